/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The changed blocks of a filesystem, and what each turned out to be in each view. */

#include "diff/blocks.h"

#include <stdlib.h>

#include "base/units.h"

static int add_blocks(struct lscow_blocks *blocks, uint64_t start_block,
		      uint64_t end_block, struct lscow_error *err)
{
	struct lscow_block_run run = { .start_block = start_block };
	struct lscow_block_run *last;

	if (blocks->runs.nr > 0) {
		/* Ranges smaller than a block can share one, or be neighbours. */
		last = &LSCOW_ITEMS(&blocks->runs, struct lscow_block_run)
			       [blocks->runs.nr - 1];
		run.start_block = lscow_max_u64(start_block,
						last->start_block + last->nr_blocks);
		if (run.start_block >= end_block)
			return 0;
		if (last->start_block + last->nr_blocks == run.start_block) {
			last->nr_blocks += end_block - run.start_block;
			blocks->nr_blocks += end_block - run.start_block;
			return 0;
		}
	}
	run.nr_blocks = end_block - run.start_block;
	run.first_index = blocks->nr_blocks;
	blocks->nr_blocks += run.nr_blocks;
	return lscow_vector_push(&blocks->runs, &run, err);
}

/* Blocks outside are counted in whole blocks of either side of the filesystem. */
static int add_range(struct lscow_blocks *blocks, const struct lscow_range *range,
		     uint64_t offset_bytes, uint32_t block_bytes, uint64_t fs_nr_blocks,
		     struct lscow_error *err)
{
	uint64_t start_bytes = range->offset_bytes;
	uint64_t end_bytes = range->offset_bytes + range->length_bytes;
	uint64_t start_block, end_block;

	if (start_bytes < offset_bytes) {
		blocks->nr_outside += lscow_bytes_to_units_up(
			lscow_min_u64(end_bytes, offset_bytes) - start_bytes, block_bytes);
		start_bytes = offset_bytes;
	}
	if (end_bytes <= start_bytes)
		return 0;
	start_block = (start_bytes - offset_bytes) / block_bytes;
	end_block = lscow_bytes_to_units_up(end_bytes - offset_bytes, block_bytes);
	if (end_block > fs_nr_blocks) {
		blocks->nr_outside += end_block - lscow_max_u64(start_block, fs_nr_blocks);
		end_block = fs_nr_blocks;
	}
	if (start_block >= end_block)
		return 0;
	return add_blocks(blocks, start_block, end_block, err);
}

int lscow_blocks_open(const struct lscow_range *ranges, size_t nr_ranges,
		      uint64_t offset_bytes, uint32_t block_bytes, uint64_t fs_nr_blocks,
		      struct lscow_blocks *blocks, struct lscow_error *err)
{
	int rc = 0;

	*blocks = (struct lscow_blocks){ .runs = LSCOW_VECTOR(struct lscow_block_run) };
	for (size_t i = 0; rc == 0 && i < nr_ranges; i++)
		rc = add_range(blocks, &ranges[i], offset_bytes, block_bytes, fs_nr_blocks,
			       err);
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		blocks->nr_unknown[side] = blocks->nr_blocks;
		blocks->classes[side] = calloc(blocks->nr_blocks + 1, 1);
		if (!blocks->classes[side])
			rc = lscow_error_no_memory(err, "the changed blocks");
	}
	if (rc != 0)
		lscow_blocks_close(blocks);
	return rc;
}

void lscow_blocks_close(struct lscow_blocks *blocks)
{
	lscow_vector_free(&blocks->runs);
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		free(blocks->classes[side]);
		blocks->classes[side] = NULL;
	}
}

/* Index of the first run that ends after block. */
static size_t find_run(const struct lscow_blocks *blocks, uint64_t block)
{
	const struct lscow_block_run *runs = blocks->runs.items;
	size_t low = 0, high = blocks->runs.nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (runs[middle].start_block + runs[middle].nr_blocks > block)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The changed blocks at or after *start_block in terms of runs and indices. */
struct stretch {
	uint64_t start_block;
	uint64_t nr_blocks;
	uint64_t first_index;
};

static bool next_stretch(const struct lscow_blocks *blocks, uint64_t start_block,
			 uint64_t end_block, struct stretch *stretch)
{
	size_t i = find_run(blocks, start_block);
	const struct lscow_block_run *run;
	uint64_t stop_block;

	if (i == blocks->runs.nr)
		return false;
	run = &LSCOW_ITEMS(&blocks->runs, struct lscow_block_run)[i];
	stretch->start_block = lscow_max_u64(run->start_block, start_block);
	if (stretch->start_block >= end_block)
		return false;
	stop_block = lscow_min_u64(run->start_block + run->nr_blocks, end_block);
	stretch->nr_blocks = stop_block - stretch->start_block;
	stretch->first_index = run->first_index + (stretch->start_block - run->start_block);
	return true;
}

bool lscow_blocks_next(const struct lscow_blocks *blocks, uint64_t *start_block,
		       uint64_t end_block, uint64_t *nr_blocks)
{
	struct stretch stretch;

	if (!next_stretch(blocks, *start_block, end_block, &stretch))
		return false;
	*start_block = stretch.start_block;
	*nr_blocks = stretch.nr_blocks;
	return true;
}

bool lscow_blocks_overlap(const struct lscow_blocks *blocks, uint64_t start_block,
			  uint64_t nr_blocks)
{
	struct stretch stretch;

	return next_stretch(blocks, start_block, start_block + nr_blocks, &stretch);
}

void lscow_blocks_mark(struct lscow_blocks *blocks, enum lscow_side side,
		       uint64_t start_block, uint64_t nr_blocks,
		       enum lscow_block_class class)
{
	uint64_t end_block = start_block + nr_blocks;
	struct stretch stretch;

	while (next_stretch(blocks, start_block, end_block, &stretch)) {
		uint8_t *classes = blocks->classes[side] + stretch.first_index;

		for (uint64_t i = 0; i < stretch.nr_blocks; i++) {
			if (classes[i] != LSCOW_BLOCK_UNKNOWN)
				continue;
			classes[i] = (uint8_t)class;
			blocks->nr_unknown[side]--;
		}
		start_block = stretch.start_block + stretch.nr_blocks;
	}
}

enum lscow_block_class lscow_blocks_find_taken(const struct lscow_blocks *blocks,
					       enum lscow_side side, uint64_t start_block,
					       uint64_t nr_blocks, uint64_t *block)
{
	uint64_t end_block = start_block + nr_blocks;
	struct stretch stretch;

	while (next_stretch(blocks, start_block, end_block, &stretch)) {
		const uint8_t *classes = blocks->classes[side] + stretch.first_index;

		for (uint64_t i = 0; i < stretch.nr_blocks; i++) {
			*block = stretch.start_block + i;
			if (classes[i] != LSCOW_BLOCK_UNKNOWN && classes[i] != LSCOW_BLOCK_SAME)
				return classes[i];
		}
		start_block = stretch.start_block + stretch.nr_blocks;
	}
	return LSCOW_BLOCK_UNKNOWN;
}

enum lscow_block_class lscow_blocks_get_class(const struct lscow_blocks *blocks,
					      enum lscow_side side, uint64_t block)
{
	struct stretch stretch;

	if (!next_stretch(blocks, block, block + 1, &stretch))
		return LSCOW_BLOCK_UNKNOWN;
	return blocks->classes[side][stretch.first_index];
}

bool lscow_blocks_has_unknown(const struct lscow_blocks *blocks, uint64_t start_block,
			      uint64_t nr_blocks)
{
	uint64_t end_block = start_block + nr_blocks;
	struct stretch stretch;

	while (next_stretch(blocks, start_block, end_block, &stretch)) {
		for (uint64_t i = 0; i < stretch.nr_blocks; i++)
			for (int side = 0; side < LSCOW_NR_SIDES; side++)
				if (blocks->classes[side][stretch.first_index + i] ==
				    LSCOW_BLOCK_UNKNOWN)
					return true;
		start_block = stretch.start_block + stretch.nr_blocks;
	}
	return false;
}

bool lscow_blocks_any_unknown(const struct lscow_blocks *blocks)
{
	return blocks->nr_unknown[LSCOW_SIDE_NEW] != 0 ||
	       blocks->nr_unknown[LSCOW_SIDE_OLD] != 0;
}

int lscow_blocks_each_unknown(const struct lscow_blocks *blocks, enum lscow_side side,
			      lscow_block_fn *fn, void *data, struct lscow_error *err)
{
	const struct lscow_block_run *runs = blocks->runs.items;
	int rc;

	for (size_t i = 0; i < blocks->runs.nr; i++)
		for (uint64_t j = 0; j < runs[i].nr_blocks; j++) {
			if (blocks->classes[side][runs[i].first_index + j] !=
			    LSCOW_BLOCK_UNKNOWN)
				continue;
			rc = fn(data, runs[i].start_block + j, err);
			if (rc != 0)
				return rc;
		}
	return 0;
}

/* A block counts for what it is now; if that says nothing, for what it was. */
static enum lscow_block_class merged_class(enum lscow_block_class old_class,
					   enum lscow_block_class new_class)
{
	if (old_class == LSCOW_BLOCK_UNKNOWN || new_class == LSCOW_BLOCK_UNKNOWN)
		return LSCOW_BLOCK_UNKNOWN;
	if (new_class == LSCOW_BLOCK_FREE || new_class == LSCOW_BLOCK_SLACK ||
	    new_class == LSCOW_BLOCK_SAME)
		return old_class;
	return new_class;
}

void lscow_blocks_tally(const struct lscow_blocks *blocks, struct lscow_summary *summary)
{
	for (uint64_t i = 0; i < blocks->nr_blocks; i++)
		summary->nr_blocks[merged_class(blocks->classes[LSCOW_SIDE_OLD][i],
						blocks->classes[LSCOW_SIDE_NEW][i])]++;
	summary->nr_blocks[LSCOW_BLOCK_OUTSIDE] += blocks->nr_outside;
	summary->total_blocks += blocks->nr_blocks + blocks->nr_outside;
}

const char *lscow_block_class_name(enum lscow_block_class class)
{
	static const char *const names[LSCOW_NR_BLOCK_CLASSES] = {
		[LSCOW_BLOCK_UNKNOWN] = "unknown",
		[LSCOW_BLOCK_OUTSIDE] = "outside",
		[LSCOW_BLOCK_BOOT] = "boot",
		[LSCOW_BLOCK_SUPERBLOCK] = "superblock",
		[LSCOW_BLOCK_DESCRIPTORS] = "descriptors",
		[LSCOW_BLOCK_BLOCK_BITMAP] = "block_bitmap",
		[LSCOW_BLOCK_INODE_BITMAP] = "inode_bitmap",
		[LSCOW_BLOCK_INODE_TABLE] = "inode_table",
		[LSCOW_BLOCK_JOURNAL] = "journal",
		[LSCOW_BLOCK_HIDDEN] = "hidden",
		[LSCOW_BLOCK_DIRECTORY] = "directory",
		[LSCOW_BLOCK_DATA] = "data",
		[LSCOW_BLOCK_MAP] = "map",
		[LSCOW_BLOCK_XATTR] = "xattr",
		[LSCOW_BLOCK_FREE] = "free",
		[LSCOW_BLOCK_SLACK] = "slack",
		[LSCOW_BLOCK_SAME] = "same",
	};

	return (unsigned int)class < LSCOW_NR_BLOCK_CLASSES ? names[class] : "unknown";
}
