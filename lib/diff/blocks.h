/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The changed blocks of a filesystem, and what each turned out to be in each view. */

#ifndef LSCOW_DIFF_BLOCKS_H
#define LSCOW_DIFF_BLOCKS_H

#include "base/ranges.h"

#define LSCOW_NR_SIDES 2

/* Neighbouring changed blocks. */
struct lscow_block_run {
	uint64_t start_block;
	uint64_t nr_blocks;
	uint64_t first_index; /* of start_block, counting changed blocks only */
};

/*
 * Every changed block has one class in the old view and one in the new: who it
 * belonged to, who it belongs to. It is explained when both are known.
 */
struct lscow_blocks {
	struct lscow_vector runs; /* of struct lscow_block_run, sorted */
	uint64_t nr_blocks;       /* changed blocks inside the filesystem */
	uint64_t nr_outside;      /* and beyond its end */
	uint8_t *classes[LSCOW_NR_SIDES]; /* enum lscow_block_class, by index */
	uint64_t nr_unknown[LSCOW_NR_SIDES];
};

/*
 * Projects byte ranges of a device on the blocks of the filesystem that begins
 * at offset_bytes and has fs_nr_blocks blocks.
 */
int lscow_blocks_open(const struct lscow_range *ranges, size_t nr_ranges,
		      uint64_t offset_bytes, uint32_t block_bytes, uint64_t fs_nr_blocks,
		      struct lscow_blocks *blocks, struct lscow_error *err);
void lscow_blocks_close(struct lscow_blocks *blocks);

/* Whether any of these blocks changed. */
bool lscow_blocks_overlap(const struct lscow_blocks *blocks, uint64_t start_block,
			  uint64_t nr_blocks);
/*
 * The first stretch of changed blocks at or after *start_block and before
 * end_block: *start_block and *nr_blocks are set; false where there is none.
 */
bool lscow_blocks_next(const struct lscow_blocks *blocks, uint64_t *start_block,
		       uint64_t end_block, uint64_t *nr_blocks);

/*
 * Gives the changed ones among these blocks a class in one view. What has one
 * already keeps it.
 */
void lscow_blocks_mark(struct lscow_blocks *blocks, enum lscow_side side,
		       uint64_t start_block, uint64_t nr_blocks,
		       enum lscow_block_class class);
/*
 * The first changed one among these blocks that has a class in this view that an
 * owner found later does not explain: *block and its class, or LSCOW_BLOCK_UNKNOWN
 * where there is none. Blocks that are the same in both views are not looked at.
 */
enum lscow_block_class lscow_blocks_find_taken(const struct lscow_blocks *blocks,
					       enum lscow_side side, uint64_t start_block,
					       uint64_t nr_blocks, uint64_t *block);
/* The class of one block in one view; LSCOW_BLOCK_UNKNOWN if it did not change. */
enum lscow_block_class lscow_blocks_get_class(const struct lscow_blocks *blocks,
					      enum lscow_side side, uint64_t block);
/* Whether any of these blocks changed and is without a class in either view. */
bool lscow_blocks_has_unknown(const struct lscow_blocks *blocks, uint64_t start_block,
			      uint64_t nr_blocks);
/* Whether any changed block is without a class in either view. */
bool lscow_blocks_any_unknown(const struct lscow_blocks *blocks);

/* Called with each changed block; a result other than 0 ends it and is returned. */
typedef int lscow_block_fn(void *data, uint64_t block, struct lscow_error *err);
/* Calls fn for each changed block without a class in this view, ascending. */
int lscow_blocks_each_unknown(const struct lscow_blocks *blocks, enum lscow_side side,
			      lscow_block_fn *fn, void *data, struct lscow_error *err);

/* Adds every changed block to exactly one class. */
void lscow_blocks_tally(const struct lscow_blocks *blocks, struct lscow_summary *summary);

#endif
