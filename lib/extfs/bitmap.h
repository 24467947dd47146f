/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Allocation bitmaps, one group at a time. */

#ifndef LSCOW_EXTFS_BITMAP_H
#define LSCOW_EXTFS_BITMAP_H

#include "extfs/extfs.h"

enum lscow_bitmap_kind {
	LSCOW_BLOCK_BITMAP,
	LSCOW_INODE_BITMAP,
};

/* One bitmap of the group that was asked for last. */
struct lscow_bitmap {
	struct lscow_extfs *fs; /* borrowed */
	enum lscow_bitmap_kind kind;
	bool is_loaded;
	uint32_t group;
	uint32_t end_ahead; /* groups up to it are announced */
	uint8_t *bits; /* a block */
};

int lscow_bitmap_open(struct lscow_extfs *fs, enum lscow_bitmap_kind kind,
		      struct lscow_bitmap *bitmap, struct lscow_error *err);
void lscow_bitmap_close(struct lscow_bitmap *bitmap);

/*
 * Whether item (a block or inode number within the filesystem) is in use; a block
 * is where its cluster is.
 * Blocks of a group whose bitmap was never written count as free; the group's
 * own metadata in them is known from the descriptors.
 */
int lscow_bitmap_test(struct lscow_bitmap *bitmap, uint64_t item, bool *is_used,
		      struct lscow_error *err);

#endif
