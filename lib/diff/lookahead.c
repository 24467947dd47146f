/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Announces changed blocks ahead of those who read them in ascending order. */

#include "diff/lookahead.h"

#include "base/units.h"
#include "device/read-plan.h"

/* So much of each view is under way, and so much is announced together. */
#define MOST_AHEAD_BYTES (4u << 20)
#define BATCH_BYTES (1u << 20)

static uint64_t count_blocks(const struct lscow_lookahead *lookahead, uint32_t nr_bytes)
{
	return nr_bytes / lscow_views_block_bytes(lookahead->views);
}

/* The next stretch of blocks of the class. */
static bool next_stretch(struct lscow_lookahead *lookahead, uint64_t *start_block,
			 uint64_t *nr_blocks)
{
	const struct lscow_blocks *blocks = lookahead->views->blocks;
	const struct lscow_block_run *runs = blocks->runs.items;
	const uint8_t *classes = blocks->classes[lookahead->side];
	/* Of a long stretch the rest is for the next time. */
	uint64_t most_blocks = lookahead->extent == LSCOW_LOOKAHEAD_ALL
				       ? count_blocks(lookahead, BATCH_BYTES)
				       : UINT64_MAX;

	for (; lookahead->at_run < blocks->runs.nr; lookahead->at_run++) {
		const struct lscow_block_run *run = &runs[lookahead->at_run];
		uint64_t first = lookahead->at_block;
		uint64_t end;

		while (first < run->nr_blocks &&
		       classes[run->first_index + first] != lookahead->class)
			first++;
		end = first;
		while (end < run->nr_blocks && end - first < most_blocks &&
		       classes[run->first_index + end] == lookahead->class)
			end++;
		lookahead->at_block = end;
		if (end > first) {
			*start_block = run->start_block + first;
			*nr_blocks = end - first;
			return true;
		}
		lookahead->at_block = 0;
	}
	return false;
}

/* Adds one stretch to the plans. */
static bool plan_stretch(struct lscow_lookahead *lookahead,
			 struct lscow_read_plan plans[LSCOW_NR_SIDES])
{
	uint32_t block_bytes = lscow_views_block_bytes(lookahead->views);
	uint64_t start_block, nr_blocks;

	if (!next_stretch(lookahead, &start_block, &nr_blocks))
		return false;
	if (lookahead->extent == LSCOW_LOOKAHEAD_FIRST)
		nr_blocks = 1;
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_read_plan_add(&plans[side], start_block * block_bytes,
				    nr_blocks * block_bytes);
	lookahead->nr_ahead += nr_blocks;
	return true;
}

static void fill(struct lscow_lookahead *lookahead)
{
	uint64_t most_blocks = count_blocks(lookahead, MOST_AHEAD_BYTES);
	struct lscow_read_plan plans[LSCOW_NR_SIDES];

	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_read_plan_open(lookahead->views->fs[side]->device, &plans[side]);
	while (lookahead->nr_ahead < most_blocks && plan_stretch(lookahead, plans))
		;
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		lscow_read_plan_announce(&plans[side]);
		lscow_read_plan_close(&plans[side]);
	}
}

void lscow_lookahead_start(const struct lscow_views *views, enum lscow_side side,
			   enum lscow_block_class class,
			   enum lscow_lookahead_extent extent,
			   struct lscow_lookahead *lookahead)
{
	*lookahead = (struct lscow_lookahead){ .views = views, .side = side,
					       .class = class, .extent = extent };
	fill(lookahead);
}

void lscow_lookahead_move(struct lscow_lookahead *lookahead, uint64_t nr_blocks)
{
	lookahead->nr_ahead -= lscow_min_u64(nr_blocks, lookahead->nr_ahead);
	if (lookahead->nr_ahead <= count_blocks(lookahead, MOST_AHEAD_BYTES - BATCH_BYTES))
		fill(lookahead);
}
