/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the content of a file differs between the views, and where. */

#include "diff/content.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/units.h"

/* How much of each view is compared at once. */
#define COMPARE_BYTES (UINT64_C(256) << 10)
/* Stands for the place of bytes that are in memory. */
#define IN_MEMORY UINT64_MAX

/* A walk through both maps, logical block by logical block. */
struct content_walk {
	const struct lscow_views *views;
	const struct lscow_bytes *sides; /* by enum lscow_side */
	const struct lscow_run *runs[LSCOW_NR_SIDES];
	size_t nr_runs[LSCOW_NR_SIDES];
	size_t at[LSCOW_NR_SIDES]; /* first run that ends after logical_block */
	uint64_t logical_block;
	uint64_t end_block;      /* blocks at or after it are in no file */
	uint64_t common_bytes;   /* the smaller of both sizes */
	uint64_t new_bytes;
	uint8_t *buffers[LSCOW_NR_SIDES];
	bool is_changed;
	struct lscow_ranges *ranges;
	struct lscow_error *err;
};

/* Blocks that are one stretch in each view: somewhere on the device, or zeros. */
struct piece {
	uint64_t nr_blocks;
	uint64_t physical_block[LSCOW_NR_SIDES]; /* 0: zeros; or IN_MEMORY */
};

/* Cuts the piece to where this view's run, or hole, ends. */
static void take_side(struct content_walk *walk, int side, struct piece *piece)
{
	const struct lscow_run *run;
	uint64_t logical = walk->logical_block;

	while (walk->at[side] < walk->nr_runs[side] &&
	       walk->runs[side][walk->at[side]].logical_block +
			       walk->runs[side][walk->at[side]].nr_blocks <= logical)
		walk->at[side]++;
	piece->physical_block[side] = 0;
	if (!walk->sides[side].map && logical == 0) {
		piece->nr_blocks = 1;
		piece->physical_block[side] = IN_MEMORY;
		return;
	}
	if (walk->at[side] == walk->nr_runs[side])
		return;
	run = &walk->runs[side][walk->at[side]];
	if (run->logical_block > logical) {
		piece->nr_blocks = lscow_min_u64(piece->nr_blocks,
						 run->logical_block - logical);
		return;
	}
	piece->nr_blocks = lscow_min_u64(piece->nr_blocks, run->logical_block +
							   run->nr_blocks - logical);
	if (!run->is_unwritten)
		piece->physical_block[side] = run->physical_block + (logical - run->logical_block);
}

/* Whether both views have the same bytes there without a look at them. */
static bool is_surely_equal(const struct content_walk *walk, const struct piece *piece)
{
	uint64_t block = piece->physical_block[LSCOW_SIDE_NEW];

	if (block != piece->physical_block[LSCOW_SIDE_OLD] || block == IN_MEMORY)
		return false;
	return block == 0 || !lscow_blocks_overlap(walk->views->blocks, block,
						   piece->nr_blocks);
}

/* Cuts a piece at the same place in both views to its first changed stretch. */
static void skip_unchanged(struct content_walk *walk, struct piece *piece)
{
	uint64_t start_block = piece->physical_block[LSCOW_SIDE_NEW];
	uint64_t end_block = start_block + piece->nr_blocks;
	uint64_t changed_block = start_block;
	uint64_t nr_changed;

	if (start_block == 0 || start_block == IN_MEMORY ||
	    start_block != piece->physical_block[LSCOW_SIDE_OLD] ||
	    !lscow_blocks_next(walk->views->blocks, &changed_block, end_block, &nr_changed))
		return;
	walk->logical_block += changed_block - start_block;
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		piece->physical_block[side] = changed_block;
	piece->nr_blocks = nr_changed;
}

static int read_side(struct content_walk *walk, int side, const struct piece *piece,
		     uint64_t nr_bytes)
{
	if (piece->physical_block[side] == 0) {
		memset(walk->buffers[side], 0, nr_bytes);
		return 0;
	}
	if (piece->physical_block[side] == IN_MEMORY) {
		lscow_inline_copy(&walk->sides[side].in_memory, walk->buffers[side], nr_bytes);
		return 0;
	}
	return lscow_extfs_read_blocks(walk->views->fs[side], LSCOW_READ_DATA,
				       piece->physical_block[side], piece->nr_blocks, walk->buffers[side], walk->err);
}

static int note_difference(struct content_walk *walk, uint64_t start_bytes,
			   uint64_t end_bytes)
{
	walk->is_changed = true;
	end_bytes = lscow_min_u64(end_bytes, walk->new_bytes);
	if (!walk->ranges || start_bytes >= end_bytes)
		return 0;
	return lscow_ranges_add(walk->ranges, start_bytes, end_bytes - start_bytes,
				walk->err);
}

/* Compares a piece of up to COMPARE_BYTES, block by block, within both sizes. */
static int compare_piece(struct content_walk *walk, const struct piece *piece)
{
	uint64_t block_bytes = lscow_views_block_bytes(walk->views);
	uint64_t start_bytes = walk->logical_block * block_bytes;
	uint64_t nr_bytes = piece->nr_blocks * block_bytes;
	uint64_t part_bytes;
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = read_side(walk, side, piece, nr_bytes);
	for (uint64_t at = 0; rc == 0 && at < nr_bytes; at += block_bytes) {
		if (start_bytes + at >= walk->common_bytes)
			break;
		part_bytes = lscow_min_u64(block_bytes, walk->common_bytes - start_bytes - at);
		if (memcmp(walk->buffers[LSCOW_SIDE_OLD] + at,
			   walk->buffers[LSCOW_SIDE_NEW] + at, part_bytes) != 0)
			rc = note_difference(walk, start_bytes + at,
					     start_bytes + at + block_bytes);
	}
	return rc;
}

static int walk_pieces(struct content_walk *walk)
{
	uint64_t most_blocks = COMPARE_BYTES / lscow_views_block_bytes(walk->views);
	struct piece piece;
	int rc;

	while (walk->logical_block < walk->end_block) {
		if (walk->is_changed && !walk->ranges)
			return 0;
		piece.nr_blocks = walk->end_block - walk->logical_block;
		for (int side = 0; side < LSCOW_NR_SIDES; side++)
			take_side(walk, side, &piece);
		if (!is_surely_equal(walk, &piece)) {
			skip_unchanged(walk, &piece);
			piece.nr_blocks = lscow_min_u64(piece.nr_blocks, most_blocks);
			rc = compare_piece(walk, &piece);
			if (rc != 0)
				return rc;
		}
		walk->logical_block += piece.nr_blocks;
	}
	return 0;
}

static int allocate_buffers(struct content_walk *walk)
{
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		walk->buffers[side] = malloc(COMPARE_BYTES);
		if (!walk->buffers[side])
			return lscow_error_no_memory(walk->err, "file content");
	}
	return 0;
}

int lscow_bytes_compare(const struct lscow_views *views,
			const struct lscow_bytes sides[LSCOW_NR_SIDES], bool *is_changed,
			struct lscow_ranges *ranges, struct lscow_error *err)
{
	uint64_t old_bytes = sides[LSCOW_SIDE_OLD].size_bytes;
	uint64_t new_bytes = sides[LSCOW_SIDE_NEW].size_bytes;
	struct content_walk walk = {
		.views = views, .sides = sides, .ranges = ranges, .err = err,
		.new_bytes = new_bytes,
		.common_bytes = lscow_min_u64(old_bytes, new_bytes),
	};
	int rc;

	walk.end_block = lscow_bytes_to_units_up(walk.common_bytes,
						 lscow_views_block_bytes(views));
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		if (!sides[side].map)
			continue;
		walk.runs[side] = sides[side].map->runs.items;
		walk.nr_runs[side] = sides[side].map->runs.nr;
	}
	walk.is_changed = old_bytes != new_bytes;
	rc = allocate_buffers(&walk);
	if (rc == 0)
		rc = walk_pieces(&walk);
	if (rc == 0 && new_bytes > old_bytes)
		rc = note_difference(&walk, old_bytes, new_bytes);
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		free(walk.buffers[side]);
	*is_changed = walk.is_changed;
	return rc;
}

/* Where the content of a file or symlink is makes no difference. */
static int compare_data(const struct lscow_views *views,
			const struct lscow_content *const contents[LSCOW_NR_SIDES],
			bool *is_changed, struct lscow_ranges *ranges,
			struct lscow_error *err)
{
	struct lscow_bytes sides[LSCOW_NR_SIDES];
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		const struct lscow_inode *inode = contents[side]->inode;

		sides[side] = (struct lscow_bytes){ .size_bytes = inode->size_bytes };
		if (lscow_inode_has_map(inode))
			sides[side].map = contents[side]->map;
		else
			rc = lscow_inline_load(views->fs[side], inode,
					       &sides[side].in_memory, err);
	}
	return rc != 0 ? rc : lscow_bytes_compare(views, sides, is_changed, ranges, err);
}

int lscow_content_compare(const struct lscow_views *views,
			  const struct lscow_content *old_content,
			  const struct lscow_content *new_content, bool *is_changed,
			  struct lscow_ranges *ranges, struct lscow_error *err)
{
	const struct lscow_content *const contents[LSCOW_NR_SIDES] = {
		[LSCOW_SIDE_OLD] = old_content,
		[LSCOW_SIDE_NEW] = new_content,
	};
	const struct lscow_inode *old_inode = old_content->inode;
	const struct lscow_inode *new_inode = new_content->inode;

	*is_changed = false;
	if ((old_inode->mode & S_IFMT) != (new_inode->mode & S_IFMT)) {
		*is_changed = true;
	} else if (S_ISBLK(new_inode->mode) || S_ISCHR(new_inode->mode)) {
		*is_changed = lscow_inode_device_number(old_inode) !=
			      lscow_inode_device_number(new_inode);
	} else if (S_ISREG(new_inode->mode)) {
		return compare_data(views, contents, is_changed, ranges, err);
	} else if (S_ISLNK(new_inode->mode)) {
		return compare_data(views, contents, is_changed, NULL, err);
	}
	return 0;
}
