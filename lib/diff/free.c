/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Gives the changed blocks that no file owns their class. */

#include "diff/free.h"

#include "extfs/bitmap.h"

struct free_mark {
	struct lscow_blocks *blocks;
	enum lscow_side side;
	struct lscow_bitmap bitmap;
};

static int mark_block(void *data, uint64_t block, struct lscow_error *err)
{
	struct free_mark *mark = data;
	bool is_used;
	int rc = lscow_bitmap_test(&mark->bitmap, block, &is_used, err);

	if (rc == 0 && !is_used)
		lscow_blocks_mark(mark->blocks, mark->side, block, 1, LSCOW_BLOCK_FREE);
	return rc;
}

int lscow_free_mark(const struct lscow_views *views, struct lscow_error *err)
{
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		struct free_mark mark = { .blocks = views->blocks, .side = side };

		rc = lscow_bitmap_open(views->fs[side], LSCOW_BLOCK_BITMAP, &mark.bitmap,
				       err);
		if (rc != 0)
			return rc;
		rc = lscow_blocks_each_unknown(views->blocks, side, mark_block, &mark, err);
		lscow_bitmap_close(&mark.bitmap);
	}
	return rc;
}
