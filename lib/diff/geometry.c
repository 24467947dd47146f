/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Gives the blocks that have a fixed place in the filesystem their class. */

#include "diff/geometry.h"

#include <stdlib.h>
#include <string.h>

/* The copy of the superblock in a group, the descriptors behind it. */
static void mark_superblock_copy(const struct lscow_views *views, enum lscow_side side,
				 uint32_t group)
{
	struct lscow_extfs *fs = views->fs[side];
	struct lscow_blocks *blocks = views->blocks;
	struct ext2_super_block *super = fs->handle->super;
	blk64_t super_block, old_descriptors, new_descriptors;
	uint64_t nr_descriptors;

	ext2fs_super_and_bgd_loc2(fs->handle, group, &super_block, &old_descriptors,
				  &new_descriptors, NULL);
	if (super_block != 0 || group == 0)
		lscow_blocks_mark(blocks, side, super_block, 1, LSCOW_BLOCK_SUPERBLOCK);
	if (old_descriptors != 0) {
		nr_descriptors = ext2fs_has_feature_meta_bg(super)
				 ? super->s_first_meta_bg : fs->handle->desc_blocks;
		nr_descriptors += super->s_reserved_gdt_blocks;
		lscow_blocks_mark(blocks, side, old_descriptors, nr_descriptors,
				  LSCOW_BLOCK_DESCRIPTORS);
	}
	if (new_descriptors != 0)
		lscow_blocks_mark(blocks, side, new_descriptors, 1,
				  LSCOW_BLOCK_DESCRIPTORS);
}

static void mark_group(const struct lscow_views *views, enum lscow_side side,
		       uint32_t group)
{
	struct lscow_extfs *fs = views->fs[side];
	struct lscow_blocks *blocks = views->blocks;

	mark_superblock_copy(views, side, group);
	lscow_blocks_mark(blocks, side, ext2fs_block_bitmap_loc(fs->handle, group), 1,
			  LSCOW_BLOCK_BLOCK_BITMAP);
	lscow_blocks_mark(blocks, side, ext2fs_inode_bitmap_loc(fs->handle, group), 1,
			  LSCOW_BLOCK_INODE_BITMAP);
	lscow_blocks_mark(blocks, side, ext2fs_inode_table_loc(fs->handle, group),
			  lscow_extfs_itable_blocks(fs), LSCOW_BLOCK_INODE_TABLE);
}

void lscow_geometry_mark(const struct lscow_views *views)
{
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		struct lscow_extfs *fs = views->fs[side];

		if (fs->sb.first_data_block > 0)
			lscow_blocks_mark(views->blocks, side, 0, fs->sb.first_data_block,
					  LSCOW_BLOCK_BOOT);
		for (uint32_t group = 0; group < fs->nr_groups; group++)
			mark_group(views, side, group);
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
		rc = lscow_extfs_read_blocks(views->fs[side], block, 1,
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
	uint64_t first_block = fs->sb.first_data_block;
	uint8_t *buffer = malloc((size_t)fs->sb.block_bytes * LSCOW_NR_SIDES);
	int rc = 0;

	if (!buffer)
		return lscow_error_no_memory(err, "the descriptors");
	for (uint64_t i = 0; rc == 0 && i <= nr_blocks; i++)
		rc = check_block(views, first_block + i, buffer, err);
	free(buffer);
	return rc;
}
