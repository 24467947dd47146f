/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Content that is kept inside an inode (feature inline_data). */

#ifndef LSCOW_EXTFS_INLINE_H
#define LSCOW_EXTFS_INLINE_H

#include "extfs/inode.h"

/* Stands for the number of a block where entries of a directory are inline. */
#define LSCOW_INLINE_BLOCK 0

/*
 * The first bytes of the content are in i_block, the rest is the value of the xattr
 * system.data in the inode (fs/ext4/inline.c). Less than a block in all; what a file
 * has behind it are zeros. Borrowed from the inode's raw bytes.
 */
struct lscow_inline {
	const uint8_t *head;
	size_t head_bytes;
	const uint8_t *tail;
	size_t tail_bytes;
};

/*
 * Whether an inode that says that its content is inline may have it: the filesystem
 * has the feature, and the inode no extents. Otherwise it is damage.
 */
int lscow_inline_check(const struct lscow_extfs *fs, const struct lscow_inode *inode,
		       struct lscow_error *err);
/*
 * Finds the content of an inode that has it inline, or of a fast symlink, which has
 * it all in i_block. Without the xattr an inode is damaged.
 */
int lscow_inline_load(struct lscow_extfs *fs, const struct lscow_inode *inode,
		      struct lscow_inline *content, struct lscow_error *err);
/* Copies the first nr_bytes; zeros are behind what there is. */
void lscow_inline_copy(const struct lscow_inline *content, uint8_t *buffer,
		       size_t nr_bytes);

#endif
