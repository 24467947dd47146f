/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The blocks that an inode has in one view: their classes, and that no other has them. */

#include "diff/claims.h"

/* What the widened run has besides; a class that a block has already it keeps. */
static void mark_slack(const struct lscow_views *views, enum lscow_side side,
		       uint64_t start_block, uint64_t nr_blocks)
{
	if (lscow_extfs_widen_to_clusters(views->fs[side], &start_block, &nr_blocks))
		lscow_blocks_mark(views->blocks, side, start_block, nr_blocks,
				  LSCOW_BLOCK_SLACK);
}

/* Only when all blocks with a use have their class the others are slack. */
static void mark_map_slack(const struct lscow_views *views, enum lscow_side side,
			   const struct lscow_map *map)
{
	const struct lscow_run *runs = map->runs.items;
	const uint64_t *map_blocks = map->map_blocks.items;

	for (size_t i = 0; i < map->runs.nr; i++)
		mark_slack(views, side, runs[i].physical_block, runs[i].nr_blocks);
	for (size_t i = 0; i < map->map_blocks.nr; i++)
		mark_slack(views, side, map_blocks[i], 1);
}

/*
 * Two owners of one block see it change together, and one of them may not be known.
 * A map may also have a block twice.
 */
static int check_run(const struct lscow_views *views, enum lscow_side side, uint32_t ino,
		     uint64_t start_block, uint64_t nr_blocks, struct lscow_error *err)
{
	uint64_t block;
	enum lscow_block_class class =
		lscow_blocks_find_taken(views->blocks, side, start_block, nr_blocks, &block);

	if (class == LSCOW_BLOCK_UNKNOWN)
		return 0;
	if (class == LSCOW_BLOCK_FREE)
		return lscow_extfs_damaged(views->fs[side], err, "inode %u: block %llu is its "
					   "own, but the block bitmap says that it is free",
					   ino, (unsigned long long)block);
	return lscow_extfs_damaged(views->fs[side], err, "inode %u: block %llu is its own, "
				   "expected no other owner (%s)", ino,
				   (unsigned long long)block, lscow_block_class_name(class));
}

static enum lscow_block_class class_of_data(const struct lscow_inode *inode)
{
	if (lscow_inode_type(inode) == LSCOW_TYPE_DIRECTORY)
		return LSCOW_BLOCK_DIRECTORY;
	return lscow_inode_state_of(inode, true) == LSCOW_INODE_VALUE ? LSCOW_BLOCK_XATTR
								      : LSCOW_BLOCK_DATA;
}

/* A run that has another owner has its class all the same. */
static int claim_map(const struct lscow_views *views, enum lscow_side side,
		     const struct lscow_inode *inode, const struct lscow_map *map,
		     struct lscow_error *err)
{
	const struct lscow_run *runs = map->runs.items;
	const uint64_t *map_blocks = map->map_blocks.items;
	enum lscow_block_class class = class_of_data(inode);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < map->runs.nr; i++) {
		rc = check_run(views, side, inode->ino, runs[i].physical_block,
			       runs[i].nr_blocks, err);
		lscow_blocks_mark(views->blocks, side, runs[i].physical_block,
				  runs[i].nr_blocks, class);
	}
	for (size_t i = 0; rc == 0 && i < map->map_blocks.nr; i++) {
		rc = check_run(views, side, inode->ino, map_blocks[i], 1, err);
		lscow_blocks_mark(views->blocks, side, map_blocks[i], 1, LSCOW_BLOCK_MAP);
	}
	if (rc == 0)
		mark_map_slack(views, side, map);
	return rc;
}

/* An xattr block may be shared. */
static int claim_xattr_block(const struct lscow_views *views, enum lscow_side side,
			     const struct lscow_inode *inode, struct lscow_error *err)
{
	uint64_t block = inode->xattr_block;
	int rc = 0;

	if (lscow_blocks_overlap(views->blocks, block, 1) &&
	    lscow_blocks_get_class(views->blocks, side, block) != LSCOW_BLOCK_XATTR)
		rc = check_run(views, side, inode->ino, block, 1, err);
	if (rc != 0)
		return rc;
	lscow_blocks_mark(views->blocks, side, block, 1, LSCOW_BLOCK_XATTR);
	mark_slack(views, side, block, 1);
	return 0;
}

int lscow_claims_mark_inode(const struct lscow_views *views, enum lscow_side side,
			    const struct lscow_inode *inode, const struct lscow_map *map,
			    struct lscow_error *err)
{
	int rc = claim_map(views, side, inode, map, err);

	if (rc != 0 || inode->xattr_block == 0)
		return rc;
	return claim_xattr_block(views, side, inode, err);
}

void lscow_claims_mark_hidden(const struct lscow_views *views, enum lscow_side side,
			      const struct lscow_map *map, enum lscow_block_class class)
{
	const struct lscow_run *runs = map->runs.items;
	const uint64_t *map_blocks = map->map_blocks.items;

	for (size_t i = 0; i < map->runs.nr; i++)
		lscow_blocks_mark(views->blocks, side, runs[i].physical_block,
				  runs[i].nr_blocks, class);
	for (size_t i = 0; i < map->map_blocks.nr; i++)
		lscow_blocks_mark(views->blocks, side, map_blocks[i], 1, class);
	mark_map_slack(views, side, map);
}
