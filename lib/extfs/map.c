/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Block maps: which blocks of the filesystem hold an inode's data. */

#include "extfs/map.h"

#include "extfs/groups.h"
#include "extfs/inline.h"

static bool continues(const struct lscow_run *last, const struct lscow_run *run)
{
	return last->logical_block + last->nr_blocks == run->logical_block &&
	       last->physical_block + last->nr_blocks == run->physical_block &&
	       last->is_unwritten == run->is_unwritten;
}

int lscow_map_add_run(const struct lscow_extfs *fs, uint32_t ino, struct lscow_map *map,
		      const struct lscow_run *run, struct lscow_error *err)
{
	struct lscow_run *last;
	int rc;

	if (!lscow_extfs_has_blocks(fs, run->physical_block, run->nr_blocks))
		return lscow_extfs_damaged(
			fs, err, "inode %u: logical block %llu maps to %llu blocks at %llu, "
			"expected below %llu", ino, (unsigned long long)run->logical_block,
			(unsigned long long)run->nr_blocks,
			(unsigned long long)run->physical_block,
			(unsigned long long)fs->sb.nr_blocks);
	/* The same place may be mapped again and again: that must have an end. */
	map->nr_blocks += run->nr_blocks;
	if (map->nr_blocks > fs->sb.nr_blocks)
		return lscow_extfs_damaged(fs, err, "inode %u: maps more blocks than the "
					   "filesystem's %llu", ino,
					   (unsigned long long)fs->sb.nr_blocks);
	rc = lscow_groups_check_owned(fs, ino, run->physical_block, run->nr_blocks, err);
	if (rc != 0)
		return rc;
	if (map->runs.nr == 0)
		return lscow_vector_push(&map->runs, run, err);
	last = &LSCOW_ITEMS(&map->runs, struct lscow_run)[map->runs.nr - 1];
	if (run->logical_block < last->logical_block + last->nr_blocks)
		return lscow_extfs_damaged(
			fs, err, "inode %u: logical block %llu is mapped twice", ino,
			(unsigned long long)run->logical_block);
	if (!continues(last, run))
		return lscow_vector_push(&map->runs, run, err);
	last->nr_blocks += run->nr_blocks;
	return 0;
}

int lscow_map_add_map_block(const struct lscow_extfs *fs, uint32_t ino,
			    struct lscow_map *map, uint64_t block, struct lscow_error *err)
{
	int rc = lscow_groups_check_owned(fs, ino, block, 1, err);

	return rc != 0 ? rc : lscow_vector_push(&map->map_blocks, &block, err);
}

int lscow_map_load(struct lscow_extfs *fs, const struct lscow_inode *inode,
		   struct lscow_map *map, struct lscow_error *err)
{
	lscow_vector_clear(&map->runs);
	lscow_vector_clear(&map->map_blocks);
	map->nr_blocks = 0;
	if (lscow_inode_is_inline(inode))
		return lscow_inline_check(fs, inode, err);
	if (!lscow_inode_has_map(inode))
		return 0;
	if (inode->flags & EXT4_EXTENTS_FL)
		return lscow_map_load_extents(fs, inode, map, err);
	return lscow_map_load_indirect(fs, inode, map, err);
}

void lscow_map_free(struct lscow_map *map)
{
	lscow_vector_free(&map->runs);
	lscow_vector_free(&map->map_blocks);
}
