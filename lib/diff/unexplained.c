/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The search for the owners of changed blocks that nothing explained yet. */

#include "diff/unexplained.h"

#include <stdlib.h>

#include "diff/shared-xattrs.h"
#include "extfs/map.h"
#include "extfs/scan.h"

/*
 * Only inodes with equal bytes in both views are left, since the others are
 * examined already. So a look at one view is enough; where an extent tree
 * differs, its changed node is itself a block without an owner and gives the
 * inode away.
 */
struct search {
	struct lscow_inodes *inodes;
	struct lscow_extfs *fs;
	struct lscow_vector xattr_blocks; /* of uint64_t, sorted: all owners wanted */
	struct lscow_map map;
	uint64_t nr_scanned;
};

static bool is_wanted_xattr_block(const struct search *search, uint64_t block)
{
	const struct lscow_vector *wanted = &search->xattr_blocks;

	return wanted->nr > 0 && bsearch(&block, wanted->items, wanted->nr, sizeof(block),
					 lscow_u64_compare);
}

static bool owns_unknown_block(const struct search *search,
			       const struct lscow_inode *inode)
{
	const struct lscow_blocks *blocks = search->inodes->views->blocks;
	const struct lscow_run *runs = search->map.runs.items;
	const uint64_t *map_blocks = search->map.map_blocks.items;

	if (inode->xattr_block != 0 &&
	    (is_wanted_xattr_block(search, inode->xattr_block) ||
	     lscow_blocks_has_unknown(blocks, inode->xattr_block, 1)))
		return true;
	for (size_t i = 0; i < search->map.runs.nr; i++)
		if (lscow_blocks_has_unknown(blocks, runs[i].physical_block,
					     runs[i].nr_blocks))
			return true;
	for (size_t i = 0; i < search->map.map_blocks.nr; i++)
		if (lscow_blocks_has_unknown(blocks, map_blocks[i], 1))
			return true;
	return false;
}

static int check_inode(void *data, uint32_t ino, uint8_t *raw, struct lscow_error *err)
{
	struct search *search = data;
	struct lscow_inode_record *record = lscow_inodes_find(search->inodes, ino);
	struct lscow_inode inode;
	int rc;

	search->nr_scanned++;
	if ((record && record->is_examined) ||
	    lscow_extfs_is_hidden_inode(search->fs, ino))
		return 0;
	rc = lscow_inode_verify(search->fs, ino, raw, err);
	if (rc == 0)
		rc = lscow_inode_decode(search->fs, ino, raw, &inode, err);
	if (rc == 0)
		rc = lscow_map_load(search->fs, &inode, &search->map, err);
	if (rc == 0 && owns_unknown_block(search, &inode))
		rc = lscow_inodes_examine(search->inodes, ino, err);
	return lscow_inodes_step_over(search->inodes, rc, err);
}

static bool is_done(const struct search *search)
{
	return search->xattr_blocks.nr == 0 &&
	       !lscow_blocks_any_unknown(search->inodes->views->blocks);
}

/* For lscow_blocks_each_unknown: the groups where the blocks lie. */
struct marked_groups {
	const struct lscow_extfs *fs;
	uint8_t *is_marked;
};

static int mark_group(void *data, uint64_t block, struct lscow_error *err)
{
	struct marked_groups *groups = data;

	(void)err;
	if (block >= groups->fs->sb.first_data_block)
		groups->is_marked[lscow_extfs_group_of_block(groups->fs, block)] = 1;
	return 0;
}

static int order_groups(struct search *search, uint32_t *order, struct lscow_error *err)
{
	struct lscow_blocks *blocks = search->inodes->views->blocks;
	struct marked_groups groups = { .fs = search->fs };
	int rc = 0;

	groups.is_marked = calloc(search->fs->nr_groups, 1);
	if (!groups.is_marked)
		return lscow_error_no_memory(err, "the order of groups");
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = lscow_blocks_each_unknown(blocks, side, mark_group, &groups, err);
	for (size_t i = 0; i < search->xattr_blocks.nr; i++)
		mark_group(&groups, LSCOW_ITEMS(&search->xattr_blocks, uint64_t)[i], err);
	if (rc == 0)
		rc = lscow_scan_order(search->fs, groups.is_marked, order, err);
	free(groups.is_marked);
	return rc;
}

static int scan_groups(struct search *search, const uint32_t *order,
		       lscow_progress_fn *progress, void *progress_data,
		       struct lscow_error *err)
{
	struct lscow_scan scan;
	int rc = lscow_scan_open(search->fs, &scan, err);

	if (rc != 0)
		return rc;
	for (uint32_t i = 0; rc == 0 && i < search->fs->nr_groups && !is_done(search); i++) {
		if (progress)
			progress(progress_data, "owners of blocks", i,
				 search->fs->nr_groups);
		rc = lscow_scan_group(&scan, order[i], check_inode, search, err);
	}
	lscow_scan_close(&scan);
	return rc;
}

int lscow_unexplained_search(struct lscow_inodes *inodes, uint64_t *nr_scanned_inodes,
			     lscow_progress_fn *progress, void *progress_data,
			     struct lscow_error *err)
{
	struct search search = {
		.inodes = inodes, .fs = inodes->views->fs[LSCOW_SIDE_NEW],
		.xattr_blocks = LSCOW_VECTOR(uint64_t), .map = LSCOW_MAP,
	};
	uint32_t *order = malloc(search.fs->nr_groups * sizeof(*order));
	int rc = order ? 0 : lscow_error_no_memory(err, "the order of groups");

	/* An owner found may share its xattr block with others: then once more. */
	for (int pass = 0; rc == 0 && pass < 2; pass++) {
		lscow_vector_clear(&search.xattr_blocks);
		rc = lscow_shared_xattrs_find(inodes, &search.xattr_blocks, err);
		if (rc != 0 || is_done(&search) || (pass > 0 && search.xattr_blocks.nr == 0))
			break;
		rc = order_groups(&search, order, err);
		if (rc == 0)
			rc = scan_groups(&search, order, progress, progress_data, err);
	}
	*nr_scanned_inodes += search.nr_scanned;
	free(order);
	lscow_map_free(&search.map);
	lscow_vector_free(&search.xattr_blocks);
	return rc;
}
