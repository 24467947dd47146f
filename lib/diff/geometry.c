/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Gives the blocks that have a fixed place in the filesystem their class. */

#include "diff/geometry.h"

#include <stdlib.h>
#include <string.h>

#include "extfs/fixed.h"

/* For lscow_fixed_each: where the blocks are marked. */
struct fixed_mark {
	struct lscow_blocks *blocks;
	enum lscow_side side;
};

static void mark_run(void *data, const struct lscow_fixed_run *run)
{
	const struct fixed_mark *mark = data;

	lscow_blocks_mark(mark->blocks, mark->side, run->start_block, run->nr_blocks,
			  run->class);
}

void lscow_geometry_mark(const struct lscow_views *views)
{
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		struct fixed_mark mark = { .blocks = views->blocks, .side = side };

		lscow_fixed_each(views->fs[side], mark_run, &mark);
	}
}

void lscow_geometry_mark_slack(const struct lscow_views *views)
{
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		struct fixed_mark mark = { .blocks = views->blocks, .side = side };

		lscow_fixed_each_slack(views->fs[side], mark_run, &mark);
	}
}

static int check_block(const struct lscow_views *views, uint64_t block, uint8_t *buffer,
		       struct lscow_error *err)
{
	uint32_t block_bytes = lscow_views_block_bytes(views);
	int rc = 0;

	if (lscow_blocks_overlap(views->blocks, block, 1))
		return 0;
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = lscow_extfs_read_blocks(views->fs[side], LSCOW_READ_FILESYSTEM, block, 1,
					     buffer + side * block_bytes, err);
	if (rc != 0 || memcmp(buffer, buffer + block_bytes, block_bytes) == 0)
		return rc;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: block %llu (superblock or descriptors) differs from %s, "
			       "expected it among the changed blocks: the list of changes is "
			       "not of these views, or incomplete",
			       views->fs[LSCOW_SIDE_NEW]->device->name,
			       (unsigned long long)block,
			       views->fs[LSCOW_SIDE_OLD]->device->name);
}

int lscow_geometry_check_feed(const struct lscow_views *views, struct lscow_error *err)
{
	struct lscow_extfs *fs = views->fs[LSCOW_SIDE_NEW];
	struct ext2_super_block *super = fs->handle->super;
	uint64_t nr_blocks = ext2fs_has_feature_meta_bg(super) ? super->s_first_meta_bg
							       : fs->handle->desc_blocks;
	uint64_t first_block = LSCOW_SUPERBLOCK_OFFSET_BYTES / fs->sb.block_bytes;
	uint8_t *buffer = malloc((size_t)fs->sb.block_bytes * LSCOW_NR_SIDES);
	int rc = 0;

	if (!buffer)
		return lscow_error_no_memory(err, "the descriptors");
	for (uint64_t i = 0; rc == 0 && i <= nr_blocks; i++)
		rc = check_block(views, first_block + i, buffer, err);
	free(buffer);
	return rc;
}
