/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The inodes that hold the filesystem's own data and never have a name. */

#ifndef LSCOW_EXTFS_HIDDEN_H
#define LSCOW_EXTFS_HIDDEN_H

#include "extfs/map.h"

/* Called with a number; a result other than 0 ends it and is returned. */
typedef int lscow_hidden_fn(void *data, uint32_t ino, struct lscow_error *err);

/*
 * Calls fn for each number that lscow_extfs_is_hidden_inode() is true of,
 * whether that inode is in use or not.
 */
int lscow_hidden_each(const struct lscow_extfs *fs, lscow_hidden_fn *fn, void *data,
		      struct lscow_error *err);
/* What the blocks of a hidden inode are: of the journal, or hidden. */
enum lscow_block_class lscow_hidden_class(const struct lscow_extfs *fs, uint32_t ino);
/* What a hidden inode is for, such as "journal". Static storage. */
const char *lscow_hidden_name(const struct lscow_extfs *fs, uint32_t ino);
/* Loads the map of a hidden inode, as lscow_map_load() does of others. */
int lscow_hidden_load_map(struct lscow_extfs *fs, const struct lscow_inode *inode,
			  struct lscow_map *map, struct lscow_error *err);

#endif
