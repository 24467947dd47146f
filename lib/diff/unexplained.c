/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The search for the owners of changed blocks that nothing explained yet. */

#include "diff/unexplained.h"

#include <stdlib.h>

#include "diff/shared-xattrs.h"
#include "extfs/map.h"
#include "extfs/rings.h"
#include "extfs/scan.h"

/* How many groups ahead the inode tables are announced. */
#define NR_GROUPS_AHEAD 4

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
	struct lscow_rings rings;
	uint32_t nr_groups_done;
	uint64_t nr_scanned;
	lscow_progress_fn *progress;
	void *progress_data;
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

static void mark_group(struct search *search, uint64_t block)
{
	if (block >= search->fs->sb.first_data_block)
		lscow_rings_mark(&search->rings,
				 lscow_extfs_group_of_block(search->fs, block));
}

/* For lscow_blocks_each_unknown. */
static int mark_unknown(void *data, uint64_t block, struct lscow_error *err)
{
	(void)err;
	mark_group(data, block);
	return 0;
}

static int mark_groups(struct search *search, struct lscow_error *err)
{
	struct lscow_blocks *blocks = search->inodes->views->blocks;
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = lscow_blocks_each_unknown(blocks, side, mark_unknown, search, err);
	for (size_t i = 0; i < search->xattr_blocks.nr; i++)
		mark_group(search, LSCOW_ITEMS(&search->xattr_blocks, uint64_t)[i]);
	return rc;
}

static int scan_ring(struct search *search, struct lscow_scan *scan,
		     struct lscow_error *err)
{
	const struct lscow_rings *rings = &search->rings;
	uint32_t nr_announced = 0;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < rings->nr_groups && !is_done(search); i++) {
		for (; nr_announced < rings->nr_groups && nr_announced <= i + NR_GROUPS_AHEAD;
		     nr_announced++)
			lscow_scan_announce(scan, rings->groups[nr_announced]);
		if (search->progress)
			search->progress(search->progress_data, "owners of blocks",
					 search->nr_groups_done, search->fs->nr_groups);
		rc = lscow_scan_group(scan, rings->groups[i], check_inode, search, err);
		search->nr_groups_done++;
	}
	return rc;
}

/* Looks for the owners of all that has none, near the blocks first. */
static int scan_all(struct search *search, struct lscow_error *err)
{
	struct lscow_scan scan;
	int rc = lscow_scan_open(search->fs, &scan, err);

	if (rc != 0)
		return rc;
	rc = lscow_rings_open(search->fs, &search->rings, err);
	search->nr_groups_done = 0;
	while (rc == 0 && !is_done(search)) {
		rc = mark_groups(search, err);
		if (rc != 0 || !lscow_rings_next(&search->rings))
			break;
		rc = scan_ring(search, &scan, err);
	}
	lscow_rings_close(&search->rings);
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
		.progress = progress, .progress_data = progress_data,
	};
	int rc = 0;

	/* An owner found may share its xattr block with others: then once more. */
	for (int pass = 0; rc == 0 && pass < 2; pass++) {
		lscow_vector_clear(&search.xattr_blocks);
		rc = lscow_shared_xattrs_find(inodes, &search.xattr_blocks, err);
		if (rc != 0 || is_done(&search) || (pass > 0 && search.xattr_blocks.nr == 0))
			break;
		rc = scan_all(&search, err);
	}
	*nr_scanned_inodes += search.nr_scanned;
	lscow_map_free(&search.map);
	lscow_vector_free(&search.xattr_blocks);
	return rc;
}
