/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Extended attributes of an inode (fs/ext4/xattr.h). */

#ifndef LSCOW_EXTFS_XATTR_H
#define LSCOW_EXTFS_XATTR_H

#include "base/vector.h"
#include "extfs/inode.h"

/* One attribute; name and value are borrowed from the inode or the block. */
struct lscow_xattr {
	uint8_t name_index; /* stands for the prefix: user., trusted., … */
	uint8_t name_bytes;
	const uint8_t *name;
	uint32_t value_bytes;
	const uint8_t *value;
};

/* All attributes of an inode, wherever they are kept, sorted by name. */
struct lscow_xattrs {
	struct lscow_vector items; /* of struct lscow_xattr */
	uint8_t *block;            /* the attribute block, NULL where there is none */
};

/* Loads into *xattrs, which is overwritten; the inode's raw bytes must live on. */
int lscow_xattrs_load(struct lscow_extfs *fs, const struct lscow_inode *inode,
		      struct lscow_xattrs *xattrs, struct lscow_error *err);
/* Loads the attributes of a block alone; ino is for messages. */
int lscow_xattrs_load_block(struct lscow_extfs *fs, uint32_t ino, uint64_t block,
			    struct lscow_xattrs *xattrs, struct lscow_error *err);
bool lscow_xattrs_are_equal(const struct lscow_xattrs *a, const struct lscow_xattrs *b);
/* How many inodes share the attribute block; 0 without one. */
uint32_t lscow_xattrs_get_refcount(const struct lscow_xattrs *xattrs);
void lscow_xattrs_free(struct lscow_xattrs *xattrs);

#endif
