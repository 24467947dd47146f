/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What became of each inode that the changed blocks concern. */

#ifndef LSCOW_DIFF_INODES_H
#define LSCOW_DIFF_INODES_H

#include <uthash.h>

#include "diff/views.h"
#include "extfs/bitmap.h"
#include "extfs/inode.h"

/* An inode in one view. */
struct lscow_inode_side {
	enum lscow_inode_state state;
	enum lscow_file_type type;
	uint32_t generation;
	uint32_t nr_links;
	uint64_t size_bytes;
};

/* An inode in both. */
struct lscow_inode_record {
	uint32_t ino;
	bool is_examined; /* compared, and its blocks marked */
	bool is_content_changed;
	bool is_metadata_changed;
	struct lscow_inode_side sides[LSCOW_NR_SIDES]; /* by enum lscow_side */
	struct lscow_ranges ranges; /* of changed content, where asked for */
	uint32_t nr_entries[LSCOW_NR_SIDES]; /* names in the entry lists */
	bool is_walked; /* a directory all of whose entries are in the lists */
	UT_hash_handle hh;
};

struct lscow_inodes {
	const struct lscow_views *views; /* borrowed */
	bool want_ranges;
	struct lscow_error *damage; /* where the first damage is noted and stepped over;
				       NULL: damage is an error. Borrowed */
	struct lscow_inode_record *records; /* a uthash, by ino */
	struct lscow_bitmap bitmaps[LSCOW_NR_SIDES];
	uint8_t *raws[LSCOW_NR_SIDES];
	struct lscow_vector xattr_uses[LSCOW_NR_SIDES]; /* of uint64_t: changed xattr
							   blocks, once per use */
	struct lscow_vector value_uses[LSCOW_NR_SIDES]; /* see value-uses.h */
	struct lscow_vector values; /* of uint32_t: inodes that hold an xattr's value in
				       either view */
};

int lscow_inodes_open(const struct lscow_views *views, bool want_ranges,
		      struct lscow_inodes *inodes, struct lscow_error *err);
void lscow_inodes_close(struct lscow_inodes *inodes);

/* The record of an inode if there is one already, or NULL. */
struct lscow_inode_record *lscow_inodes_find(const struct lscow_inodes *inodes,
					     uint32_t ino);
/* The record of an inode, made by a look at both views if there is none. */
int lscow_inodes_get(struct lscow_inodes *inodes, uint32_t ino,
		     struct lscow_inode_record **record, struct lscow_error *err);
/*
 * Compares an inode between the views and gives the blocks that it owns in each
 * their class. Does nothing the second time.
 */
int lscow_inodes_examine(struct lscow_inodes *inodes, uint32_t ino,
			 struct lscow_error *err);
/* The same with the inode's bytes in each view (by side) at hand. */
int lscow_inodes_examine_raw(struct lscow_inodes *inodes, uint32_t ino,
			     const uint8_t *const raws[LSCOW_NR_SIDES],
			     struct lscow_error *err);
/* Gives the blocks of the filesystem's own inodes their class, in both views. */
int lscow_inodes_mark_hidden(struct lscow_inodes *inodes, struct lscow_error *err);

/*
 * What to do with rc, a result that concerns one inode: gives 0 where it is
 * damage that may be stepped over, and rc otherwise.
 */
int lscow_inodes_step_over(struct lscow_inodes *inodes, int rc,
			   const struct lscow_error *err);

/* How the file at one path differs when another inode took its place. */
struct lscow_replacement {
	bool is_content_changed;
	bool is_metadata_changed;
};

/*
 * Compares the old view's inode with another one of the new view. ranges may
 * be NULL.
 */
int lscow_inodes_compare(struct lscow_inodes *inodes, uint32_t old_ino, uint32_t new_ino,
			 struct lscow_replacement *replacement,
			 struct lscow_ranges *ranges, struct lscow_error *err);

/* Whether the inode had (or has) a name. */
bool lscow_record_is_live(const struct lscow_inode_record *record, enum lscow_side side);
/* Whether it is one file in both views: number, generation and type. */
bool lscow_record_is_same(const struct lscow_inode_record *record);

/* Whether it is a directory with a name. */
bool lscow_record_is_directory(const struct lscow_inode_record *record,
			       enum lscow_side side);
/* Whether another file got its number: one with a name in both views, not the same. */
bool lscow_record_is_replaced(const struct lscow_inode_record *record);

#endif
