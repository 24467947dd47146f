/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Extended attributes of an inode (fs/ext4/xattr.h). */

#ifndef LSCOW_EXTFS_XATTR_H
#define LSCOW_EXTFS_XATTR_H

#include "base/vector.h"
#include "extfs/inode.h"

/*
 * One attribute; name and value are borrowed from the inode or the block. With the
 * feature ea_inode a value may be the content of another inode (value.h).
 */
struct lscow_xattr {
	uint8_t name_index; /* stands for the prefix: user., trusted., … */
	uint8_t name_bytes;
	const uint8_t *name;
	uint32_t value_bytes;
	const uint8_t *value; /* NULL where it is in an inode of its own */
	uint32_t value_ino;   /* that inode; 0: none */
	uint32_t hash;        /* over name and value, as it is kept with them */
};

/*
 * All attributes of an inode, wherever they are kept, sorted by name. What holds
 * inline content (inline.h) is none.
 */
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
/*
 * Looks for the one inside the inode that holds the rest of its inline content: 0
 * with *xattr filled, 1 where there is none.
 */
int lscow_xattrs_find_inline(struct lscow_extfs *fs, const struct lscow_inode *inode,
			     struct lscow_xattr *xattr, struct lscow_error *err);
/* Orders by name, for lscow_vector_sort(). */
int lscow_xattr_compare_names(const void *left, const void *right);
/* Whether the same is kept; of values in other inodes the numbers and hashes are. */
bool lscow_xattrs_are_equal(const struct lscow_xattrs *a, const struct lscow_xattrs *b);
/* How many inodes share the attribute block; 0 without one. */
uint32_t lscow_xattrs_get_refcount(const struct lscow_xattrs *xattrs);
void lscow_xattrs_free(struct lscow_xattrs *xattrs);

#endif
