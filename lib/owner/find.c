/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What the blocks that were asked for are, and which inodes own them. */

#include "owner/find.h"

#include <stdlib.h>

#include "base/units.h"
#include "extfs/bitmap.h"
#include "extfs/fixed.h"
#include "extfs/hidden.h"
#include "extfs/walk.h"

int lscow_owner_step_over(void *data, int rc, const struct lscow_error *err)
{
	struct lscow_owner_find *find = data;

	if (!find->options->partial)
		return rc;
	if (find->damage.code == 0)
		find->damage = *err;
	return 0;
}

/* ---- by place, and by the bitmaps --------------------------------------- */

static void note_inos(const struct lscow_extfs *fs, const struct lscow_fixed_run *run,
		      struct lscow_asked_block *block)
{
	uint32_t per_block = fs->sb.block_bytes / fs->sb.inode_bytes;
	uint32_t first_index = (uint32_t)(block->block - run->start_block) * per_block;

	block->first_ino = run->group * fs->sb.inodes_per_group + first_index + 1;
	block->nr_inos = (uint32_t)lscow_min_u64(per_block,
						 fs->sb.inodes_per_group - first_index);
}

static void mark_fixed(void *data, const struct lscow_fixed_run *run)
{
	struct lscow_owner_find *find = data;
	size_t index = lscow_asked_find(find->asked, run->start_block);

	for (; index < find->asked->blocks.nr; index++) {
		struct lscow_asked_block *block = lscow_owner_get_block(find, index);

		if (block->block - run->start_block >= run->nr_blocks)
			break;
		if (block->class == LSCOW_BLOCK_UNKNOWN &&
		    run->class == LSCOW_BLOCK_INODE_TABLE)
			note_inos(find->fs, run, block);
		lscow_asked_mark(find->asked, index, run->class);
	}
}

/* Blocks that lie in a cluster of these and have no use. */
static void mark_fixed_slack(void *data, const struct lscow_fixed_run *run)
{
	struct lscow_owner_find *find = data;
	size_t index = lscow_asked_find(find->asked, run->start_block);

	for (; index < find->asked->blocks.nr &&
	       lscow_owner_get_block(find, index)->block - run->start_block < run->nr_blocks;
	     index++)
		lscow_asked_mark(find->asked, index, run->class);
}

static int mark_free(struct lscow_owner_find *find, struct lscow_error *err)
{
	struct lscow_bitmap bitmap;
	int rc = lscow_bitmap_open(find->fs, LSCOW_BLOCK_BITMAP, &bitmap, err);

	if (rc != 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < find->asked->blocks.nr; i++) {
		bool is_used = true;

		if (lscow_owner_get_block(find, i)->class != LSCOW_BLOCK_UNKNOWN)
			continue;
		rc = lscow_bitmap_test(&bitmap, lscow_owner_get_block(find, i)->block, &is_used, err);
		if (rc != 0)
			rc = lscow_owner_step_over(find, rc, err);
		else if (!is_used)
			lscow_asked_mark(find->asked, i, LSCOW_BLOCK_FREE);
	}
	lscow_bitmap_close(&bitmap);
	return rc;
}

/* ---- the filesystem's own inodes ----------------------------------------- */

/* For lscow_hidden_each. */
struct hidden_search {
	struct lscow_owner_find *find;
	struct lscow_map map;
	uint8_t *raw;
};

static int claim_hidden_inode(void *data, uint32_t ino, struct lscow_error *err)
{
	struct hidden_search *hidden = data;
	struct lscow_extfs *fs = hidden->find->fs;
	enum lscow_block_class class = lscow_hidden_class(fs, ino);
	struct lscow_inode inode;
	int rc = lscow_inode_load(fs, ino, hidden->raw, &inode, err);

	if (rc == 0)
		rc = lscow_hidden_load_map(fs, &inode, &hidden->map, err);
	if (rc == 0)
		rc = lscow_owner_claim_inode(hidden->find, &inode, &hidden->map, class, class,
					     err);
	return rc == 0 ? 0 : lscow_owner_step_over(hidden->find, rc, err);
}

static int claim_hidden(struct lscow_owner_find *find, struct lscow_error *err)
{
	struct hidden_search hidden = { .find = find, .map = LSCOW_MAP };
	int rc;

	if (find->asked->nr_unknown == 0)
		return 0;
	hidden.raw = malloc(find->fs->sb.inode_bytes);
	if (!hidden.raw)
		return lscow_error_no_memory(err, "inodes");
	rc = lscow_hidden_each(find->fs, claim_hidden_inode, &hidden, err);
	lscow_map_free(&hidden.map);
	free(hidden.raw);
	return rc;
}

/* ---- all other inodes ----------------------------------------------------- */

static bool is_done(void *data)
{
	const struct lscow_owner_find *find = data;

	return find->asked->nr_unknown == 0 && find->asked->nr_shared == 0;
}

static bool skips(void *data, uint32_t ino)
{
	const struct lscow_owner_find *find = data;

	return lscow_extfs_is_hidden_inode(find->fs, ino);
}

static int visit(void *data, const struct lscow_inode *inode, const struct lscow_map *map,
		 struct lscow_error *err)
{
	enum lscow_block_class class = LSCOW_BLOCK_DATA;

	if (lscow_inode_type(inode) == LSCOW_TYPE_DIRECTORY)
		class = LSCOW_BLOCK_DIRECTORY;
	else if (lscow_inode_state_of(inode, true) == LSCOW_INODE_VALUE)
		class = LSCOW_BLOCK_XATTR;
	return lscow_owner_claim_inode(data, inode, map, class, LSCOW_BLOCK_MAP, err);
}

static int mark(void *data, struct lscow_rings *rings, struct lscow_error *err)
{
	const struct lscow_owner_find *find = data;

	(void)err;
	for (size_t i = 0; i < find->asked->blocks.nr; i++) {
		const struct lscow_asked_block *block = lscow_owner_get_block(find, i);

		if (block->class == LSCOW_BLOCK_UNKNOWN)
			lscow_rings_mark(rings,
					 lscow_extfs_group_of_block(find->fs, block->block));
	}
	return 0;
}

static const struct lscow_walk_ops walk_ops = {
	.is_done = is_done,
	.mark = mark,
	.skips = skips,
	.visit = visit,
	.step_over = lscow_owner_step_over,
	.step_over_group = lscow_owner_step_over,
};

static int walk_inodes(struct lscow_owner_find *find, struct lscow_error *err)
{
	struct lscow_walk walk = {
		.fs = find->fs, .ops = &walk_ops, .data = find,
		.progress = find->options->progress,
		.progress_data = find->options->progress_data,
	};
	int rc = lscow_walk_run(&walk, err);

	find->nr_scanned += walk.nr_inodes;
	return rc;
}

/* ---- what is left ----------------------------------------------------------- */

static int check_owners(struct lscow_owner_find *find, struct lscow_error *err)
{
	size_t i = 0;
	int rc;

	if (find->asked->nr_unknown == 0)
		return 0;
	while (lscow_owner_get_block(find, i)->class != LSCOW_BLOCK_UNKNOWN)
		i++;
	rc = lscow_extfs_damaged(find->fs, err, "block %llu is in use and no inode owns it, "
				 "expected an owner (%zu such blocks)",
				 (unsigned long long)lscow_owner_get_block(find, i)->block,
				 find->asked->nr_unknown);
	return lscow_owner_step_over(find, rc, err);
}

static int check_sharers(struct lscow_owner_find *find, struct lscow_error *err)
{
	const struct lscow_asked_block *block;
	size_t i = 0;
	int rc;

	if (find->asked->nr_shared == 0)
		return 0;
	while (lscow_owner_get_block(find, i)->nr_left == 0)
		i++;
	block = lscow_owner_get_block(find, i);
	rc = lscow_extfs_damaged(find->fs, err, "%s %llu: found %u inodes that use it, "
				 "expected %llu as it says",
				 block->class == LSCOW_BLOCK_XATTR ? "xattr block"
				 : "cluster of an xattr block, block",
				 (unsigned long long)block->block, block->nr_claims,
				 (unsigned long long)block->nr_claims + block->nr_left);
	return lscow_owner_step_over(find, rc, err);
}

int lscow_owner_find(struct lscow_owner_find *find, struct lscow_error *err)
{
	int rc;

	find->values = LSCOW_VECTOR(uint32_t);
	lscow_fixed_each(find->fs, mark_fixed, find);
	lscow_fixed_each_slack(find->fs, mark_fixed_slack, find);
	rc = mark_free(find, err);
	if (rc == 0)
		rc = claim_hidden(find, err);
	if (rc == 0 && !is_done(find))
		rc = walk_inodes(find, err);
	if (rc == 0)
		rc = lscow_owner_read_tables(find, err);
	if (rc == 0)
		rc = check_owners(find, err);
	if (rc == 0)
		rc = check_sharers(find, err);
	if (rc == 0)
		rc = lscow_owner_find_users(find, err);
	lscow_vector_free(&find->values);
	lscow_asked_sort_claims(find->asked);
	return rc;
}
