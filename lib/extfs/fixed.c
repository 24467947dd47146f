/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The blocks that have a fixed place in a filesystem, by its geometry. */

#include "extfs/fixed.h"

/* A walk through the groups. */
struct fixed_walk {
	const struct lscow_extfs *fs;
	lscow_fixed_fn *fn;
	void *data;
};

static void tell(const struct fixed_walk *walk, uint32_t group, uint64_t start_block,
		 uint64_t nr_blocks, enum lscow_block_class class)
{
	struct lscow_fixed_run run = {
		.start_block = start_block, .nr_blocks = nr_blocks, .class = class,
		.group = group,
	};

	walk->fn(walk->data, &run);
}

/* The copy of the superblock in a group, the descriptors behind it. */
static void tell_superblock_copy(const struct fixed_walk *walk, uint32_t group)
{
	ext2_filsys handle = walk->fs->handle;
	struct ext2_super_block *super = handle->super;
	blk64_t super_block, old_descriptors, new_descriptors;
	uint64_t nr_descriptors;

	ext2fs_super_and_bgd_loc2(handle, group, &super_block, &old_descriptors,
				  &new_descriptors, NULL);
	if (super_block != 0 || group == 0)
		tell(walk, group, super_block, 1, LSCOW_BLOCK_SUPERBLOCK);
	if (old_descriptors != 0) {
		nr_descriptors = ext2fs_has_feature_meta_bg(super)
				 ? super->s_first_meta_bg : handle->desc_blocks;
		nr_descriptors += super->s_reserved_gdt_blocks;
		tell(walk, group, old_descriptors, nr_descriptors, LSCOW_BLOCK_DESCRIPTORS);
	}
	if (new_descriptors != 0)
		tell(walk, group, new_descriptors, 1, LSCOW_BLOCK_DESCRIPTORS);
}

static void tell_group(const struct fixed_walk *walk, uint32_t group)
{
	ext2_filsys handle = walk->fs->handle;

	tell_superblock_copy(walk, group);
	tell(walk, group, ext2fs_block_bitmap_loc(handle, group), 1,
	     LSCOW_BLOCK_BLOCK_BITMAP);
	tell(walk, group, ext2fs_inode_bitmap_loc(handle, group), 1,
	     LSCOW_BLOCK_INODE_BITMAP);
	tell(walk, group, ext2fs_inode_table_loc(handle, group),
	     lscow_extfs_itable_blocks(walk->fs), LSCOW_BLOCK_INODE_TABLE);
}

static void tell_clusters(void *data, const struct lscow_fixed_run *run)
{
	const struct fixed_walk *walk = data;
	struct lscow_fixed_run clusters = *run;

	clusters.class = LSCOW_BLOCK_SLACK;
	if (lscow_extfs_widen_to_clusters(walk->fs, &clusters.start_block,
					  &clusters.nr_blocks))
		walk->fn(walk->data, &clusters);
}

void lscow_fixed_each_slack(const struct lscow_extfs *fs, lscow_fixed_fn *fn, void *data)
{
	struct fixed_walk walk = { .fs = fs, .fn = fn, .data = data };

	if (lscow_superblock_blocks_per_cluster(&fs->sb) > 1)
		lscow_fixed_each(fs, tell_clusters, &walk);
}

void lscow_fixed_each(const struct lscow_extfs *fs, lscow_fixed_fn *fn, void *data)
{
	struct fixed_walk walk = { .fs = fs, .fn = fn, .data = data };

	if (fs->sb.block_bytes <= LSCOW_SUPERBLOCK_OFFSET_BYTES)
		tell(&walk, 0, 0, 1, LSCOW_BLOCK_BOOT);
	if (fs->sb.mmp_block != 0)
		tell(&walk, ext2fs_group_of_blk2(fs->handle, fs->sb.mmp_block),
		     fs->sb.mmp_block, 1, LSCOW_BLOCK_SUPERBLOCK);
	for (uint32_t group = 0; group < fs->nr_groups; group++)
		tell_group(&walk, group);
}
