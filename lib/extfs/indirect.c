/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Block maps of ext2 and ext3: direct and indirect blocks. */

#include <stdlib.h>

#include "base/bytes.h"
#include "extfs/map.h"

#define NR_DIRECT 12
#define NR_LEVELS 3

/* Block numbers, none of them 0, in an open hash table. */
struct block_set {
	uint64_t *slots; /* 0: empty */
	size_t nr_slots; /* a power of two */
	size_t nr;
};

/* A walk through one map. */
struct indirect_walk {
	struct lscow_extfs *fs;
	uint32_t ino;
	struct lscow_map *map;
	uint64_t nr_pointers;      /* in a block */
	uint64_t logical_block;    /* of the next pointer */
	uint64_t nr_blocks_left;   /* how many more blocks the map may sensibly have */
	struct block_set indirect; /* blocks seen: the way to one must not lead there again */
	struct lscow_error *err;
};

/* Where a block is, or would be. */
static uint64_t *find_slot(const struct block_set *set, uint64_t block)
{
	size_t at = block * UINT64_C(0x9E3779B97F4A7C15) >> 20 & (set->nr_slots - 1);

	while (set->slots[at] != 0 && set->slots[at] != block)
		at = (at + 1) & (set->nr_slots - 1);
	return &set->slots[at];
}

static int grow_set(struct block_set *set, struct lscow_error *err)
{
	struct block_set grown = { .nr_slots = set->nr_slots ? set->nr_slots * 2 : 16,
				   .nr = set->nr };

	grown.slots = calloc(grown.nr_slots, sizeof(*grown.slots));
	if (!grown.slots)
		return lscow_error_no_memory(err, "indirect blocks");
	for (size_t i = 0; i < set->nr_slots; i++)
		if (set->slots[i] != 0)
			*find_slot(&grown, set->slots[i]) = set->slots[i];
	free(set->slots);
	*set = grown;
	return 0;
}

/* Without this a few blocks that lead to each other map as many as there are. */
static int see_once(struct indirect_walk *walk, uint64_t block)
{
	struct block_set *set = &walk->indirect;
	uint64_t *slot;
	int rc = set->nr * 2 >= set->nr_slots ? grow_set(set, walk->err) : 0;

	if (rc != 0)
		return rc;
	slot = find_slot(set, block);
	if (*slot == block)
		return lscow_extfs_damaged(walk->fs, walk->err, "inode %u: indirect block at "
					   "%llu is there twice, expected it once", walk->ino,
					   (unsigned long long)block);
	*slot = block;
	set->nr++;
	return 0;
}

static int take_block(struct indirect_walk *walk)
{
	if (walk->nr_blocks_left-- != 0)
		return 0;
	return lscow_extfs_damaged(walk->fs, walk->err, "inode %u: maps more blocks than the "
				   "filesystem has", walk->ino);
}

static int add_data_block(struct indirect_walk *walk, uint64_t block)
{
	struct lscow_run run = {
		.logical_block = walk->logical_block++,
		.physical_block = block,
		.nr_blocks = 1,
	};
	int rc;

	if (block == 0)
		return 0;
	rc = take_block(walk);
	if (rc == 0)
		rc = lscow_map_add_run(walk->fs, walk->ino, walk->map, &run, walk->err);
	return rc;
}

/* How many data blocks a pointer of this level (0: direct) spans. */
static uint64_t level_span(const struct indirect_walk *walk, unsigned int level)
{
	uint64_t span = 1;

	while (level-- > 0)
		span *= walk->nr_pointers;
	return span;
}

static int load_pointers(struct indirect_walk *walk, uint64_t block, uint8_t *buffer)
{
	int rc = take_block(walk);

	if (rc == 0 && !lscow_extfs_has_blocks(walk->fs, block, 1))
		rc = lscow_extfs_damaged(walk->fs, walk->err, "inode %u: indirect block at "
					 "%llu, expected below %llu", walk->ino,
					 (unsigned long long)block,
					 (unsigned long long)walk->fs->sb.nr_blocks);
	if (rc == 0)
		rc = see_once(walk, block);
	if (rc == 0)
		rc = lscow_map_add_map_block(walk->fs, walk->ino, walk->map, block, walk->err);
	if (rc == 0)
		rc = lscow_extfs_read_blocks(walk->fs, LSCOW_READ_MAP, block, 1, buffer, walk->err);
	return rc;
}

static int walk_pointer(struct indirect_walk *walk, uint64_t block, unsigned int level)
{
	uint8_t *buffer;
	int rc;

	if (level == 0)
		return add_data_block(walk, block);
	if (block == 0) {
		walk->logical_block += level_span(walk, level);
		return 0;
	}
	buffer = malloc(walk->fs->sb.block_bytes);
	if (!buffer)
		return lscow_error_no_memory(walk->err, "an indirect block");
	rc = load_pointers(walk, block, buffer);
	for (uint64_t i = 0; rc == 0 && i < walk->nr_pointers; i++)
		rc = walk_pointer(walk, lscow_load_le32(buffer + 4 * i), level - 1);
	free(buffer);
	return rc;
}

int lscow_map_load_indirect(struct lscow_extfs *fs, const struct lscow_inode *inode,
			    struct lscow_map *map, struct lscow_error *err)
{
	struct indirect_walk walk = {
		.fs = fs, .ino = inode->ino, .map = map,
		.nr_pointers = fs->sb.block_bytes / 4,
		.nr_blocks_left = fs->sb.nr_blocks, .err = err,
	};
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && i < NR_DIRECT + NR_LEVELS; i++)
		rc = walk_pointer(&walk, lscow_load_le32(inode->iblock + 4 * i),
				  i < NR_DIRECT ? 0 : i - NR_DIRECT + 1);
	free(walk.indirect.slots);
	return rc;
}
