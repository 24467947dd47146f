/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Directories: reading and verifying their blocks, listing their entries. */

#ifndef LSCOW_EXTFS_DIRECTORY_H
#define LSCOW_EXTFS_DIRECTORY_H

#include "extfs/dirblock.h"
#include "extfs/inline.h"
#include "extfs/map.h"

/*
 * Called for each entry, without "." and "..", with its name as it is shown: one
 * that is encrypted is encoded (nokey.h) and is valid during the call. A result other than 0 ends the
 * iteration and is returned.
 */
typedef int lscow_dirent_fn(void *data, const struct lscow_dirent *entry,
			    struct lscow_error *err);

/*
 * Verifies the checksum of a directory's block that was read into buffer, which
 * is written to and restored meanwhile. Only the inode's number and generation
 * are looked at.
 */
int lscow_directory_verify_block(struct lscow_extfs *fs, const struct lscow_inode *inode,
				 uint64_t block, uint8_t *buffer,
				 struct lscow_error *err);
/*
 * Damage where a map has blocks behind the size of its directory: the kernel does
 * not look there.
 */
int lscow_directory_check_size(const struct lscow_extfs *fs, const struct lscow_inode *inode,
			       const struct lscow_map *map, struct lscow_error *err);
/* Damage where a directory's first block, in buffer, has no "." to itself, then "..". */
int lscow_directory_check_start(const struct lscow_extfs *fs, const struct lscow_inode *inode,
				uint64_t block, const uint8_t *buffer,
				struct lscow_error *err);
/* Reads one block of a directory into buffer and verifies its checksum. */
int lscow_directory_read_block(struct lscow_extfs *fs, const struct lscow_inode *inode,
			       uint64_t block, uint8_t *buffer, struct lscow_error *err);
/*
 * Fills inode->names of a directory whose map was loaded; needed before its blocks
 * are parsed. Notes in fs that it has encrypted names.
 */
int lscow_directory_load_names(struct lscow_extfs *fs, struct lscow_inode *inode,
			       const struct lscow_map *map, struct lscow_error *err);
/*
 * Calls fn for the entries of one block that was read. Only the inode's number and
 * names are looked at.
 */
int lscow_directory_parse_block(struct lscow_extfs *fs, const struct lscow_inode *inode,
				uint64_t block, const uint8_t *buffer, lscow_dirent_fn *fn,
				void *data, struct lscow_error *err);
/* Calls fn for the entries of a directory that is inline. */
int lscow_directory_parse_inline(struct lscow_extfs *fs, const struct lscow_inode *inode,
				 lscow_dirent_fn *fn, void *data, struct lscow_error *err);
/* Calls fn for every entry of a directory. */
int lscow_directory_iterate(struct lscow_extfs *fs, const struct lscow_inode *inode,
			    lscow_dirent_fn *fn, void *data, struct lscow_error *err);
/* The number of the directory's parent, from its "..". */
int lscow_directory_load_parent(struct lscow_extfs *fs, const struct lscow_inode *inode,
				uint32_t *parent_ino, struct lscow_error *err);

#endif
