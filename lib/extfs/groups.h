/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the fixed blocks of all groups lie apart, and whether other blocks do. */

#ifndef LSCOW_EXTFS_GROUPS_H
#define LSCOW_EXTFS_GROUPS_H

#include "extfs/extfs.h"

/*
 * Checks, once for a view that is being opened, that no block serves two purposes:
 * bitmaps and inode tables of all groups, superblocks and descriptors
 * (LSCOW_E_INCOMPLETE names the group and both). Fills fs->fixed.
 */
int lscow_groups_check(struct lscow_extfs *fs, struct lscow_error *err);

/*
 * Damage where one of these blocks, which an inode says are its own, has a fixed
 * purpose. The resize inode and the bad blocks are let through.
 */
int lscow_groups_check_owned(const struct lscow_extfs *fs, uint32_t ino,
			     uint64_t start_block, uint64_t nr_blocks,
			     struct lscow_error *err);

#endif
