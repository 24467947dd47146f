/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Finds blocks that were written with the bytes that they had. */

#include "diff/same.h"

#include <stdlib.h>
#include <string.h>

#include "diff/lookahead.h"

/* How much of each view is compared at once. */
#define COMPARE_BYTES (UINT64_C(256) << 10)

/* Neighbouring blocks without a class, up to COMPARE_BYTES of them. */
struct same_mark {
	const struct lscow_views *views;
	enum lscow_side side;
	uint64_t start_block;
	uint64_t nr_blocks;
	uint8_t *buffers[LSCOW_NR_SIDES];
	struct lscow_lookahead lookahead;
};

static int compare_stretch(struct same_mark *mark, struct lscow_error *err)
{
	uint32_t block_bytes = lscow_views_block_bytes(mark->views);
	int rc = 0;

	lscow_lookahead_move(&mark->lookahead, mark->nr_blocks);
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = lscow_extfs_read_blocks(mark->views->fs[side], LSCOW_READ_DATA, mark->start_block,
					     mark->nr_blocks, mark->buffers[side], err);
	for (uint64_t i = 0; rc == 0 && i < mark->nr_blocks; i++)
		if (memcmp(mark->buffers[0] + i * block_bytes,
			   mark->buffers[1] + i * block_bytes, block_bytes) == 0)
			lscow_blocks_mark(mark->views->blocks, mark->side,
					  mark->start_block + i, 1, LSCOW_BLOCK_SAME);
	mark->nr_blocks = 0;
	return rc;
}

static int add_block(void *data, uint64_t block, struct lscow_error *err)
{
	struct same_mark *mark = data;
	uint64_t most_blocks = COMPARE_BYTES / lscow_views_block_bytes(mark->views);
	int rc = 0;

	if (mark->nr_blocks == most_blocks ||
	    (mark->nr_blocks > 0 && mark->start_block + mark->nr_blocks != block))
		rc = compare_stretch(mark, err);
	if (mark->nr_blocks == 0)
		mark->start_block = block;
	mark->nr_blocks++;
	return rc;
}

int lscow_same_mark(const struct lscow_views *views, struct lscow_error *err)
{
	struct same_mark mark = { .views = views };
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		mark.buffers[side] = malloc(COMPARE_BYTES);
		if (!mark.buffers[side])
			rc = lscow_error_no_memory(err, "blocks to compare");
	}
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		mark.side = side;
		lscow_lookahead_start(views, side, LSCOW_BLOCK_UNKNOWN, LSCOW_LOOKAHEAD_ALL,
				      &mark.lookahead);
		rc = lscow_blocks_each_unknown(views->blocks, side, add_block, &mark, err);
		if (rc == 0 && mark.nr_blocks > 0)
			rc = compare_stretch(&mark, err);
	}
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		free(mark.buffers[side]);
	return rc;
}
