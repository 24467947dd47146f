/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The search for the owners of changed blocks that nothing explained yet. */

#include "diff/unexplained.h"

#include <stdlib.h>

#include "diff/shared-xattrs.h"
#include "diff/value-uses.h"
#include "extfs/walk.h"

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
	struct lscow_vector value_inos; /* of uint32_t, sorted: all users wanted */
	uint64_t nr_scanned;
};

static bool is_wanted_xattr_block(const struct search *search, uint64_t block)
{
	const struct lscow_vector *wanted = &search->xattr_blocks;

	return wanted->nr > 0 && bsearch(&block, wanted->items, wanted->nr, sizeof(block),
					 lscow_u64_compare);
}

/* The blocks of a run, and the others in its clusters. */
static bool has_unknown(const struct search *search, uint64_t start_block,
			uint64_t nr_blocks)
{
	lscow_extfs_widen_to_clusters(search->fs, &start_block, &nr_blocks);
	return lscow_blocks_has_unknown(search->inodes->views->blocks, start_block,
					nr_blocks);
}

static bool owns_unknown_block(const struct search *search,
			       const struct lscow_inode *inode, const struct lscow_map *map)
{
	const struct lscow_run *runs = map->runs.items;
	const uint64_t *map_blocks = map->map_blocks.items;

	if (inode->xattr_block != 0 &&
	    (is_wanted_xattr_block(search, inode->xattr_block) ||
	     has_unknown(search, inode->xattr_block, 1)))
		return true;
	for (size_t i = 0; i < map->runs.nr; i++)
		if (has_unknown(search, runs[i].physical_block, runs[i].nr_blocks))
			return true;
	for (size_t i = 0; i < map->map_blocks.nr; i++)
		if (has_unknown(search, map_blocks[i], 1))
			return true;
	return false;
}

static bool skips(void *data, uint32_t ino)
{
	const struct search *search = data;
	const struct lscow_inode_record *record = lscow_inodes_find(search->inodes, ino);

	return (record && record->is_examined) ||
	       lscow_extfs_is_hidden_inode(search->fs, ino);
}

static int visit(void *data, const struct lscow_inode *inode, const struct lscow_map *map,
		 struct lscow_error *err)
{
	struct search *search = data;
	bool is_wanted = owns_unknown_block(search, inode, map);
	int rc = 0;

	if (!is_wanted)
		rc = lscow_value_uses_has_any(search->fs, inode, &search->value_inos,
					      &is_wanted, err);
	if (rc != 0 || !is_wanted)
		return rc;
	return lscow_inodes_examine(search->inodes, inode->ino, err);
}

static int step_over(void *data, int rc, const struct lscow_error *err)
{
	struct search *search = data;

	return lscow_inodes_step_over(search->inodes, rc, err);
}

static bool is_done(void *data)
{
	const struct search *search = data;

	return search->xattr_blocks.nr == 0 && search->value_inos.nr == 0 &&
	       !lscow_blocks_any_unknown(search->inodes->views->blocks);
}

/* For lscow_blocks_each_unknown: the group where a block lies. */
struct marking {
	const struct lscow_extfs *fs;
	struct lscow_rings *rings;
};

static int mark_group(void *data, uint64_t block, struct lscow_error *err)
{
	struct marking *marking = data;

	(void)err;
	if (block >= marking->fs->sb.first_data_block)
		lscow_rings_mark(marking->rings,
				 lscow_extfs_group_of_block(marking->fs, block));
	return 0;
}

static int mark(void *data, struct lscow_rings *rings, struct lscow_error *err)
{
	struct search *search = data;
	struct lscow_blocks *blocks = search->inodes->views->blocks;
	struct marking marking = { .fs = search->fs, .rings = rings };
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = lscow_blocks_each_unknown(blocks, side, mark_group, &marking, err);
	for (size_t i = 0; i < search->xattr_blocks.nr; i++)
		mark_group(&marking, LSCOW_ITEMS(&search->xattr_blocks, uint64_t)[i], err);
	for (size_t i = 0; i < search->value_inos.nr; i++)
		lscow_rings_mark(rings, lscow_extfs_group_of_inode(search->fs,
				 LSCOW_ITEMS(&search->value_inos, uint32_t)[i]));
	return rc;
}

static const struct lscow_walk_ops walk_ops = {
	.is_done = is_done,
	.mark = mark,
	.skips = skips,
	.visit = visit,
	.step_over = step_over,
};

static int walk_inodes(struct search *search, lscow_progress_fn *progress,
		       void *progress_data, struct lscow_error *err)
{
	struct lscow_walk walk = {
		.fs = search->fs, .ops = &walk_ops, .data = search,
		.progress = progress, .progress_data = progress_data,
	};
	int rc = lscow_walk_run(&walk, err);

	search->nr_scanned += walk.nr_inodes;
	return rc;
}

/* After a look at all inodes none can be missing. */
static int check_sharers(struct search *search, struct lscow_error *err)
{
	int rc;

	lscow_vector_clear(&search->xattr_blocks);
	rc = lscow_shared_xattrs_find(search->inodes, &search->xattr_blocks, err);
	if (rc != 0 || search->xattr_blocks.nr == 0)
		return rc;
	rc = lscow_extfs_damaged(search->fs, err, "xattr block %llu: found fewer inodes that "
				 "use it than it says",
				 (unsigned long long)LSCOW_ITEMS(&search->xattr_blocks,
								 uint64_t)[0]);
	return lscow_inodes_step_over(search->inodes, rc, err);
}

int lscow_unexplained_search(struct lscow_inodes *inodes, uint64_t *nr_scanned_inodes,
			     lscow_progress_fn *progress, void *progress_data,
			     struct lscow_error *err)
{
	struct search search = {
		.inodes = inodes, .fs = inodes->views->fs[LSCOW_SIDE_NEW],
		.xattr_blocks = LSCOW_VECTOR(uint64_t), .value_inos = LSCOW_VECTOR(uint32_t),
	};
	int rc = 0;

	/*
	 * An owner found may share its xattr block with others, or hold the value of
	 * other inodes' xattrs: then once more.
	 */
	for (int pass = 0; rc == 0 && pass < 2; pass++) {
		lscow_vector_clear(&search.xattr_blocks);
		lscow_vector_clear(&search.value_inos);
		rc = lscow_shared_xattrs_find(inodes, &search.xattr_blocks, err);
		if (rc == 0)
			rc = lscow_value_uses_find(inodes, &search.value_inos, err);
		if (rc != 0 || is_done(&search) ||
		    (pass > 0 && search.xattr_blocks.nr == 0 && search.value_inos.nr == 0))
			break;
		rc = walk_inodes(&search, progress, progress_data, err);
	}
	if (rc == 0)
		rc = check_sharers(&search, err);
	*nr_scanned_inodes += search.nr_scanned;
	lscow_vector_free(&search.xattr_blocks);
	lscow_vector_free(&search.value_inos);
	return rc;
}
