/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Inodes that hold values of xattrs, and the xattrs that refer to them. */

#include "diff/value-uses.h"

#include <stdlib.h>
#include <string.h>

#include "diff/content.h"
#include "extfs/value.h"

/* An xattr of an inode, or of a block that some inodes share, that refers to a value. */
struct value_use {
	uint32_t value_ino;
	uint32_t nth;      /* of those in one place that refer to it */
	uint64_t block;    /* 0: in the inode */
	uint32_t user_ino;
	uint32_t nr_sharers; /* inodes that are said to have the block */
};

struct lscow_vector lscow_value_uses(void)
{
	return LSCOW_VECTOR(struct value_use);
}

/* Uses in one place follow each other. */
static int compare_uses(const void *left, const void *right)
{
	const struct value_use *a = left, *b = right;

	if (a->value_ino != b->value_ino)
		return a->value_ino < b->value_ino ? -1 : 1;
	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	if (a->nth != b->nth)
		return a->nth < b->nth ? -1 : 1;
	return a->user_ino < b->user_ino ? -1 : a->user_ino > b->user_ino;
}

static int compare_inos(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* ---- what is noted ------------------------------------------------------- */

/* Numbers of values among xattrs of one place: how often this one stands before. */
static uint32_t count_before(const struct lscow_vector *uses, size_t nr_before,
			     const struct value_use *use)
{
	const struct value_use *items = uses->items;
	uint32_t nr = 0;

	for (size_t i = nr_before; i < uses->nr; i++)
		nr += items[i].value_ino == use->value_ino && items[i].block == use->block;
	return nr;
}

static int add_uses(const struct lscow_xattrs *xattrs, const struct value_use *place,
		    struct lscow_vector *uses, struct lscow_error *err)
{
	const struct lscow_xattr *items = xattrs->items.items;
	size_t nr_before = uses->nr;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < xattrs->items.nr; i++) {
		struct value_use use = *place;

		if (items[i].value_ino == 0)
			continue;
		use.value_ino = items[i].value_ino;
		use.nth = count_before(uses, nr_before, &use);
		rc = lscow_vector_push(uses, &use, err);
	}
	return rc;
}

int lscow_value_uses_add(struct lscow_extfs *fs, const struct lscow_inode *inode,
			 struct lscow_vector *uses, struct lscow_error *err)
{
	struct value_use place = { .user_ino = inode->ino, .nr_sharers = 1 };
	struct lscow_inode body = *inode;
	struct lscow_xattrs xattrs;
	int rc;

	if (!lscow_value_has_inodes(fs))
		return 0;
	body.xattr_block = 0;
	rc = lscow_xattrs_load(fs, &body, &xattrs, err);
	if (rc != 0)
		return rc;
	rc = add_uses(&xattrs, &place, uses, err);
	lscow_xattrs_free(&xattrs);
	if (rc != 0 || inode->xattr_block == 0)
		return rc;
	rc = lscow_xattrs_load_block(fs, inode->ino, inode->xattr_block, &xattrs, err);
	if (rc != 0)
		return rc;
	place.block = inode->xattr_block;
	place.nr_sharers = lscow_xattrs_get_refcount(&xattrs);
	rc = add_uses(&xattrs, &place, uses, err);
	lscow_xattrs_free(&xattrs);
	return rc;
}

/* ---- whose users are wanted ---------------------------------------------- */

/* One value in both views; what it holds is loaded where it holds something. */
struct value {
	uint32_t ino;
	uint8_t *raws[LSCOW_NR_SIDES];
	struct lscow_inode inodes[LSCOW_NR_SIDES];
	struct lscow_map maps[LSCOW_NR_SIDES];
	bool is_there[LSCOW_NR_SIDES];
};

static void free_value(struct value *value)
{
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		lscow_map_free(&value->maps[side]);
		free(value->raws[side]);
	}
}

static int load_value(struct lscow_inodes *inodes, const struct lscow_inode_record *record,
		      struct value *value, struct lscow_error *err)
{
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		struct lscow_extfs *fs = inodes->views->fs[side];

		value->is_there[side] = record->sides[side].state == LSCOW_INODE_VALUE;
		if (!value->is_there[side])
			continue;
		value->raws[side] = malloc(fs->sb.inode_bytes);
		if (!value->raws[side])
			return lscow_error_no_memory(err, "an xattr value");
		rc = lscow_inode_load(fs, record->ino, value->raws[side],
				      &value->inodes[side], err);
		if (rc == 0)
			rc = lscow_map_load(fs, &value->inodes[side], &value->maps[side], err);
	}
	return rc;
}

static int compare_value(const struct lscow_views *views, const struct value *value,
			 bool *is_changed, struct lscow_error *err)
{
	struct lscow_content contents[LSCOW_NR_SIDES];

	*is_changed = true;
	if (!value->is_there[LSCOW_SIDE_OLD] || !value->is_there[LSCOW_SIDE_NEW])
		return 0;
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		contents[side] = (struct lscow_content){ &value->inodes[side],
							 &value->maps[side] };
	return lscow_content_compare(views, &contents[LSCOW_SIDE_OLD],
				     &contents[LSCOW_SIDE_NEW], is_changed, NULL, err);
}

/* The uses are sorted. */
static const struct value_use *find_first_use(const struct lscow_vector *uses, uint32_t ino,
					      const struct value_use **end)
{
	const struct value_use *items = uses->items;
	size_t low = 0, high = uses->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (items[middle].value_ino < ino)
			low = middle + 1;
		else
			high = middle;
	}
	while (high < uses->nr && items[high].value_ino == ino)
		high++;
	*end = items + high;
	return items + low;
}

/*
 * Whether all users of a value are examined: all places that refer to it are known,
 * and of each that is a block all inodes that share it.
 */
static bool has_all_users(const struct lscow_vector *uses, uint32_t ino, uint64_t nr_uses)
{
	const struct value_use *end, *next;
	uint64_t nr_known = 0;

	if (uses->nr == 0)
		return nr_uses == 0;
	for (const struct value_use *at = find_first_use(uses, ino, &end); at < end; at = next) {
		uint32_t nr_sharers = 1;

		for (next = at + 1; at->block != 0 && next < end &&
				    next->block == at->block && next->nth == at->nth; next++)
			nr_sharers++;
		if (nr_sharers < at->nr_sharers)
			return false;
		nr_known++;
	}
	return nr_known >= nr_uses;
}

static int check_value(struct lscow_inodes *inodes, uint32_t ino,
		       struct lscow_vector *value_inos, struct lscow_error *err)
{
	struct value value = { .ino = ino, .maps = { LSCOW_MAP, LSCOW_MAP } };
	bool is_changed = false, is_known = true;
	int rc = load_value(inodes, lscow_inodes_find(inodes, ino), &value, err);

	if (rc == 0)
		rc = compare_value(inodes->views, &value, &is_changed, err);
	for (int side = 0; rc == 0 && is_changed && side < LSCOW_NR_SIDES; side++)
		is_known &= !value.is_there[side] ||
			    has_all_users(&inodes->value_uses[side], ino,
					  value.inodes[side].nr_value_uses);
	if (rc == 0 && !is_known)
		rc = lscow_vector_push(value_inos, &ino, err);
	free_value(&value);
	return lscow_inodes_step_over(inodes, rc, err);
}

int lscow_value_uses_find(struct lscow_inodes *inodes, struct lscow_vector *value_inos,
			  struct lscow_error *err)
{
	int rc = 0;

	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_vector_sort(&inodes->value_uses[side], compare_uses);
	for (size_t i = 0; rc == 0 && i < inodes->values.nr; i++)
		rc = check_value(inodes, LSCOW_ITEMS(&inodes->values, uint32_t)[i], value_inos,
				 err);
	lscow_vector_sort(value_inos, compare_inos);
	return rc;
}

int lscow_value_uses_has_any(struct lscow_extfs *fs, const struct lscow_inode *inode,
			     const struct lscow_vector *value_inos, bool *has_any,
			     struct lscow_error *err)
{
	const struct lscow_xattr *items;
	struct lscow_xattrs xattrs;
	int rc;

	*has_any = false;
	if (value_inos->nr == 0)
		return 0;
	rc = lscow_xattrs_load(fs, inode, &xattrs, err);
	if (rc != 0)
		return rc;
	items = xattrs.items.items;
	for (size_t i = 0; i < xattrs.items.nr; i++)
		*has_any |= items[i].value_ino != 0 &&
			    bsearch(&items[i].value_ino, value_inos->items, value_inos->nr,
				    sizeof(uint32_t), compare_inos);
	lscow_xattrs_free(&xattrs);
	return 0;
}
