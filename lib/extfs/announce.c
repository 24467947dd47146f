/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Announces the reads that a number of inodes will take. */

#include "extfs/announce.h"

#include <stdlib.h>

#include "base/units.h"
#include "device/read-plan.h"
#include "extfs/inode.h"
#include "extfs/map.h"

void lscow_announce_inodes(struct lscow_extfs *fs, const uint32_t *inos, size_t nr_inos)
{
	uint32_t block_bytes = fs->sb.block_bytes;
	struct lscow_read_plan plan;

	lscow_read_plan_open(fs->device, &plan);
	for (size_t i = 0; i < nr_inos; i++)
		if (inos[i] > 0 && inos[i] <= fs->sb.nr_inodes)
			lscow_read_plan_add(&plan,
					    lscow_inode_get_block(fs, inos[i]) * block_bytes,
					    block_bytes);
	lscow_read_plan_announce(&plan);
	lscow_read_plan_close(&plan);
}

static void plan_map(const struct lscow_extfs *fs, const struct lscow_map *map,
		     uint64_t most_blocks, struct lscow_read_plan *plan)
{
	const struct lscow_run *runs = map->runs.items;
	uint32_t block_bytes = fs->sb.block_bytes;

	for (size_t i = 0; i < map->runs.nr && most_blocks > 0; i++) {
		uint64_t nr_blocks = lscow_min_u64(runs[i].nr_blocks, most_blocks);

		lscow_read_plan_add(plan, runs[i].physical_block * block_bytes,
				    nr_blocks * block_bytes);
		most_blocks -= nr_blocks;
	}
}

void lscow_announce_content(struct lscow_extfs *fs, const uint32_t *inos, size_t nr_inos,
			    uint64_t most_blocks)
{
	struct lscow_map map = LSCOW_MAP;
	struct lscow_read_plan plan;
	struct lscow_inode inode;
	uint8_t *raw = fs->device->ops->will_read ? malloc(fs->sb.inode_bytes) : NULL;

	if (!raw)
		return;
	lscow_announce_inodes(fs, inos, nr_inos);
	lscow_read_plan_open(fs->device, &plan);
	for (size_t i = 0; i < nr_inos; i++)
		if (lscow_inode_load(fs, inos[i], raw, &inode, NULL) == 0 &&
		    lscow_map_load(fs, &inode, &map, NULL) == 0)
			plan_map(fs, &map, most_blocks, &plan);
	lscow_read_plan_announce(&plan);
	lscow_read_plan_close(&plan);
	lscow_map_free(&map);
	free(raw);
}
