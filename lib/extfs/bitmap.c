/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Allocation bitmaps, one group at a time. */

#include "extfs/bitmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "device/read-plan.h"

/* How many bitmaps are announced together. */
#define NR_GROUPS_AHEAD 16

int lscow_bitmap_open(struct lscow_extfs *fs, enum lscow_bitmap_kind kind,
		      struct lscow_bitmap *bitmap, struct lscow_error *err)
{
	*bitmap = (struct lscow_bitmap){ .fs = fs, .kind = kind };
	bitmap->bits = malloc(fs->sb.block_bytes);
	if (!bitmap->bits)
		return lscow_error_no_memory(err, "a bitmap");
	return 0;
}

void lscow_bitmap_close(struct lscow_bitmap *bitmap)
{
	free(bitmap->bits);
	bitmap->bits = NULL;
}

static bool is_uninitialised(const struct lscow_bitmap *bitmap, uint32_t group)
{
	uint16_t flag = bitmap->kind == LSCOW_BLOCK_BITMAP ? EXT2_BG_BLOCK_UNINIT
							   : EXT2_BG_INODE_UNINIT;

	return ext2fs_has_group_desc_csum(bitmap->fs->handle) &&
	       ext2fs_bg_flags_test(bitmap->fs->handle, group, flag);
}

static bool has_right_checksum(const struct lscow_bitmap *bitmap, uint32_t group)
{
	ext2_filsys handle = bitmap->fs->handle;
	char *bits = (char *)bitmap->bits;

	if (bitmap->kind == LSCOW_BLOCK_BITMAP)
		return ext2fs_block_bitmap_csum_verify(
			handle, group, bits, (int)(bitmap->fs->sb.clusters_per_group / 8));
	return ext2fs_inode_bitmap_csum_verify(
		handle, group, bits, (int)(bitmap->fs->sb.inodes_per_group / 8));
}

static uint64_t get_block(const struct lscow_bitmap *bitmap, uint32_t group)
{
	ext2_filsys handle = bitmap->fs->handle;

	return bitmap->kind == LSCOW_BLOCK_BITMAP ? ext2fs_block_bitmap_loc(handle, group)
						  : ext2fs_inode_bitmap_loc(handle, group);
}

/*
 * Announces this group's bitmap and the next ones: groups are mostly asked for
 * in ascending order.
 */
static void announce_ahead(struct lscow_bitmap *bitmap, uint32_t group)
{
	uint32_t block_bytes = bitmap->fs->sb.block_bytes;
	uint32_t end = lscow_min_u64((uint64_t)group + NR_GROUPS_AHEAD,
				     bitmap->fs->nr_groups);
	struct lscow_read_plan plan;

	if (group > bitmap->end_ahead || end < bitmap->end_ahead)
		bitmap->end_ahead = group; /* somewhere else */
	if (bitmap->end_ahead > group + NR_GROUPS_AHEAD / 2)
		return;
	lscow_read_plan_open(bitmap->fs->device, &plan);
	for (; bitmap->end_ahead < end; bitmap->end_ahead++)
		if (!is_uninitialised(bitmap, bitmap->end_ahead))
			lscow_read_plan_add(&plan,
					    get_block(bitmap, bitmap->end_ahead) * block_bytes,
					    block_bytes);
	lscow_read_plan_announce(&plan);
	lscow_read_plan_close(&plan);
}

static int load_group(struct lscow_bitmap *bitmap, uint32_t group, struct lscow_error *err)
{
	struct lscow_extfs *fs = bitmap->fs;
	int rc;

	announce_ahead(bitmap, group);
	bitmap->is_loaded = false;
	if (is_uninitialised(bitmap, group)) {
		memset(bitmap->bits, 0, fs->sb.block_bytes);
	} else {
		rc = lscow_extfs_read_blocks(fs, LSCOW_READ_BITMAP, get_block(bitmap, group),
					     1, bitmap->bits, err);
		if (rc != 0)
			return rc;
		if (!has_right_checksum(bitmap, group))
			return lscow_extfs_damaged(fs, err, "%s bitmap of group %u: wrong "
						   "checksum",
						   bitmap->kind == LSCOW_BLOCK_BITMAP
						   ? "block" : "inode", group);
	}
	bitmap->group = group;
	bitmap->is_loaded = true;
	return 0;
}

int lscow_bitmap_test(struct lscow_bitmap *bitmap, uint64_t item, bool *is_used,
		      struct lscow_error *err)
{
	struct lscow_extfs *fs = bitmap->fs;
	uint32_t group;
	uint64_t bit;
	int rc;

	if (bitmap->kind == LSCOW_BLOCK_BITMAP) {
		group = lscow_extfs_group_of_block(fs, item);
		bit = (item - lscow_extfs_group_start(fs, group)) /
		      lscow_superblock_blocks_per_cluster(&fs->sb);
	} else {
		group = lscow_extfs_group_of_inode(fs, (uint32_t)item);
		bit = (item - 1) % fs->sb.inodes_per_group;
	}
	if (!bitmap->is_loaded || bitmap->group != group) {
		rc = load_group(bitmap, group, err);
		if (rc != 0)
			return rc;
	}
	*is_used = bitmap->bits[bit / 8] >> bit % 8 & 1;
	return 0;
}
