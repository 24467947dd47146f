/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Values of xattrs that have an inode of their own (feature ea_inode). */

#ifndef LSCOW_EXTFS_VALUE_H
#define LSCOW_EXTFS_VALUE_H

#include "extfs/map.h"
#include "extfs/xattr.h"

/* Whether values may have inodes of their own. */
bool lscow_value_has_inodes(const struct lscow_extfs *fs);

/*
 * Loads the inode, and its map, that holds the value of an xattr of inode user_ino.
 * Several xattrs may share it; it says how many (nr_value_uses). One that does not hold
 * a value, or one of another size, is damage. raw holds what inode borrows.
 */
int lscow_value_load(struct lscow_extfs *fs, uint32_t user_ino,
		     const struct lscow_xattr *xattr, uint8_t *raw,
		     struct lscow_inode *inode, struct lscow_map *map,
		     struct lscow_error *err);

#endif
