/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Changed xattr blocks that may belong to more inodes than are known. */

#include "diff/shared-xattrs.h"

#include "extfs/xattr.h"

/* Whether the block holds these attributes in this view, too. */
static int holds_attributes(struct lscow_extfs *fs, uint64_t block,
			    const struct lscow_xattrs *xattrs, bool *is_same,
			    struct lscow_error *err)
{
	struct lscow_xattrs others;
	int rc = lscow_xattrs_load_block(fs, 0, block, &others, err);

	*is_same = false;
	if (rc == LSCOW_E_INCOMPLETE) /* it is something else there */
		return 0;
	if (rc != 0)
		return rc;
	*is_same = lscow_xattrs_are_equal(xattrs, &others);
	lscow_xattrs_free(&others);
	return 0;
}

/*
 * Whether the block's owners see the same attributes in both views. Mostly only
 * the count of owners differs; then those in the other view are no concern, and
 * need not be known.
 */
static int has_same_attributes(const struct lscow_views *views, enum lscow_side side,
			       uint64_t block, const struct lscow_xattrs *xattrs,
			       bool *is_same, struct lscow_error *err)
{
	enum lscow_side other = side == LSCOW_SIDE_OLD ? LSCOW_SIDE_NEW : LSCOW_SIDE_OLD;
	enum lscow_block_class class = lscow_blocks_get_class(views->blocks, other, block);
	int rc;

	*is_same = class == LSCOW_BLOCK_SAME;
	if (class != LSCOW_BLOCK_XATTR && class != LSCOW_BLOCK_UNKNOWN)
		return 0;
	rc = holds_attributes(views->fs[other], block, xattrs, is_same, err);
	if (rc == 0 && *is_same)
		lscow_blocks_mark(views->blocks, other, block, 1, LSCOW_BLOCK_XATTR);
	return rc;
}

/* Adds the block unless its nr_uses known owners in this view are all it has. */
static int check_block(struct lscow_inodes *inodes, enum lscow_side side, uint64_t block,
		       size_t nr_uses, struct lscow_vector *blocks,
		       struct lscow_error *err)
{
	const struct lscow_views *views = inodes->views;
	struct lscow_xattrs xattrs;
	bool is_same;
	int rc;

	rc = lscow_xattrs_load_block(views->fs[side], 0, block, &xattrs, err);
	if (rc != 0)
		return rc;
	rc = has_same_attributes(views, side, block, &xattrs, &is_same, err);
	if (rc == 0 && !is_same && lscow_xattrs_get_refcount(&xattrs) > nr_uses)
		rc = lscow_vector_push(blocks, &block, err);
	lscow_xattrs_free(&xattrs);
	return rc;
}

int lscow_shared_xattrs_find(struct lscow_inodes *inodes, struct lscow_vector *blocks,
			     struct lscow_error *err)
{
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		struct lscow_vector *uses = &inodes->xattr_uses[side];
		const uint64_t *items;
		size_t next;

		lscow_vector_sort(uses, lscow_u64_compare);
		items = uses->items;
		for (size_t i = 0; rc == 0 && i < uses->nr; i = next) {
			for (next = i + 1; next < uses->nr && items[next] == items[i];)
				next++;
			rc = check_block(inodes, side, items[i], next - i, blocks, err);
		}
	}
	lscow_vector_sort(blocks, lscow_u64_compare);
	return rc;
}
