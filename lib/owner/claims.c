/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Which of the blocks that were asked for an inode lays claim to. */

#include "extfs/xattr.h"
#include "owner/find.h"

static int note_second_owner(struct lscow_owner_find *find, const struct lscow_claim *claim,
			     struct lscow_error *err)
{
	const struct lscow_asked_block *block = lscow_owner_get_block(find, claim->index);
	int rc = lscow_extfs_damaged(find->fs, err, "block %llu belongs to inode %u and to "
				     "inode %u, expected one owner",
				     (unsigned long long)block->block,
				     block->first_claim_ino, claim->ino);

	return lscow_owner_step_over(find, rc, err);
}

/* A block that has its class by its place, or is free, belongs to no inode. */
static int claim_block(struct lscow_owner_find *find, const struct lscow_claim *claim,
		       enum lscow_block_class class, bool is_of_xattrs,
		       struct lscow_error *err)
{
	const struct lscow_asked_block *block = lscow_owner_get_block(find, claim->index);
	bool is_shared = is_of_xattrs && block->class == class;
	int rc = 0;

	if (block->class != LSCOW_BLOCK_UNKNOWN && block->nr_claims == 0)
		return 0;
	if (block->nr_claims > 0 && !is_shared)
		rc = note_second_owner(find, claim, err);
	lscow_asked_mark(find->asked, claim->index, class);
	return rc != 0 ? rc : lscow_asked_claim(find->asked, claim, err);
}

/* The block itself tells how many inodes share it. */
static int count_sharers(struct lscow_owner_find *find, const struct lscow_inode *inode,
			 size_t index, struct lscow_error *err)
{
	struct lscow_xattrs xattrs;
	uint32_t nr_inodes;
	int rc = lscow_xattrs_load_block(find->fs, inode->ino, inode->xattr_block, &xattrs,
					 err);

	if (rc != 0)
		return lscow_owner_step_over(find, rc, err);
	nr_inodes = lscow_xattrs_get_refcount(&xattrs);
	lscow_xattrs_free(&xattrs);
	lscow_asked_set_left(find->asked, index, nr_inodes > 0 ? nr_inodes - 1 : 0);
	return 0;
}

/* One block of the cluster of an xattr block: that block, or slack. */
static int claim_xattr_part(struct lscow_owner_find *find, const struct lscow_inode *inode,
			    size_t index, struct lscow_error *err)
{
	const struct lscow_asked_block *block = lscow_owner_get_block(find, index);
	struct lscow_claim claim = { .index = index, .ino = inode->ino };

	if (block->class == LSCOW_BLOCK_UNKNOWN) {
		int rc = count_sharers(find, inode, index, err);

		if (rc != 0)
			return rc;
	} else if (block->nr_left > 0) {
		lscow_asked_set_left(find->asked, index, block->nr_left - 1);
	}
	return claim_block(find, &claim, block->block == inode->xattr_block
					 ? LSCOW_BLOCK_XATTR : LSCOW_BLOCK_SLACK, true, err);
}

static int claim_xattr_block(struct lscow_owner_find *find, const struct lscow_inode *inode,
			     struct lscow_error *err)
{
	uint64_t start_block = inode->xattr_block;
	uint64_t nr_blocks = 1;
	size_t index;
	int rc = 0;

	if (inode->xattr_block == 0)
		return 0;
	lscow_extfs_widen_to_clusters(find->fs, &start_block, &nr_blocks);
	index = lscow_asked_find(find->asked, start_block);
	for (; rc == 0 && index < find->asked->blocks.nr; index++) {
		if (lscow_owner_get_block(find, index)->block - start_block >= nr_blocks)
			break;
		rc = claim_xattr_part(find, inode, index, err);
	}
	return rc;
}

static int claim_run(struct lscow_owner_find *find, uint32_t ino,
		     const struct lscow_run *run, enum lscow_block_class class,
		     struct lscow_error *err)
{
	struct lscow_claim claim = { .ino = ino, .has_offset = true };
	int rc = 0;

	claim.index = lscow_asked_find(find->asked, run->physical_block);
	for (; rc == 0 && claim.index < find->asked->blocks.nr; claim.index++) {
		uint64_t distance = lscow_owner_get_block(find, claim.index)->block - run->physical_block;

		if (distance >= run->nr_blocks)
			break;
		claim.offset_bytes = (run->logical_block + distance) *
				     find->fs->sb.block_bytes;
		rc = claim_block(find, &claim, class, false, err);
	}
	return rc;
}

static int claim_map_block(struct lscow_owner_find *find, uint32_t ino, uint64_t map_block,
			   enum lscow_block_class class, struct lscow_error *err)
{
	struct lscow_claim claim = { .ino = ino };

	claim.index = lscow_asked_find(find->asked, map_block);
	if (claim.index == find->asked->blocks.nr ||
	    lscow_owner_get_block(find, claim.index)->block != map_block)
		return 0;
	return claim_block(find, &claim, class, false, err);
}

/*
 * The blocks in the clusters of a run that no run of the inode has: they belong to it,
 * and hold nothing of it.
 */
static int claim_slack(struct lscow_owner_find *find, uint32_t ino, uint64_t start_block,
		       uint64_t nr_blocks, struct lscow_error *err)
{
	struct lscow_claim claim = { .ino = ino };
	int rc = 0;

	if (!lscow_extfs_widen_to_clusters(find->fs, &start_block, &nr_blocks))
		return 0;
	claim.index = lscow_asked_find(find->asked, start_block);
	for (; rc == 0 && claim.index < find->asked->blocks.nr; claim.index++) {
		const struct lscow_asked_block *block =
			lscow_owner_get_block(find, claim.index);

		if (block->block - start_block >= nr_blocks)
			break;
		/* Another run may have the same cluster, and have told it already. */
		if (block->nr_claims == 0 || (block->class == LSCOW_BLOCK_SLACK &&
					      block->first_claim_ino != ino))
			rc = claim_block(find, &claim, LSCOW_BLOCK_SLACK, false, err);
	}
	return rc;
}

/* After all blocks with a use were claimed. */
static int claim_map_slack(struct lscow_owner_find *find, uint32_t ino,
			   const struct lscow_map *map, struct lscow_error *err)
{
	const struct lscow_run *runs = map->runs.items;
	const uint64_t *map_blocks = map->map_blocks.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < map->runs.nr; i++)
		rc = claim_slack(find, ino, runs[i].physical_block, runs[i].nr_blocks, err);
	for (size_t i = 0; rc == 0 && i < map->map_blocks.nr; i++)
		rc = claim_slack(find, ino, map_blocks[i], 1, err);
	return rc;
}

int lscow_owner_claim_inode(struct lscow_owner_find *find, const struct lscow_inode *inode,
			    const struct lscow_map *map, enum lscow_block_class data_class,
			    enum lscow_block_class map_class, struct lscow_error *err)
{
	const struct lscow_run *runs = map->runs.items;
	const uint64_t *map_blocks = map->map_blocks.items;
	size_t nr_before = find->asked->claims.nr;
	int rc = claim_xattr_block(find, inode, err);

	for (size_t i = 0; rc == 0 && i < map->runs.nr; i++)
		rc = claim_run(find, inode->ino, &runs[i], data_class, err);
	for (size_t i = 0; rc == 0 && i < map->map_blocks.nr; i++)
		rc = claim_map_block(find, inode->ino, map_blocks[i], map_class, err);
	if (rc == 0)
		rc = claim_map_slack(find, inode->ino, map, err);
	if (rc != 0 || find->asked->claims.nr == nr_before)
		return rc;
	rc = lscow_named_inodes_add(find->named, inode, err);
	return rc != 0 ? rc : lscow_owner_note_value(find, inode, err);
}
