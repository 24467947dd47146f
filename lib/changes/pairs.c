/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Pairs names that are gone with names that came, inode by inode. */

#include <string.h>

#include "changes/items.h"

/*
 * Names of one inode that may be two ends of a rename. A name that came to a
 * path which existed before is not one; a name that is gone is one also where
 * another inode took its path.
 */
struct candidates {
	struct lscow_vector lists[LSCOW_NR_SIDES]; /* of struct lscow_item * */
};

static struct lscow_item *item_at(const struct lscow_vector *list, size_t index)
{
	return LSCOW_ITEMS(list, struct lscow_item *)[index];
}

static int compare_u32(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

/* By inode, then by entry: the order that brings equal entries together. */
static int compare_entries(const void *left, const void *right)
{
	const struct lscow_item *a = *(struct lscow_item *const *)left;
	const struct lscow_item *b = *(struct lscow_item *const *)right;
	int order = compare_u32(a->entry->ino, b->entry->ino);

	return order != 0 ? order : lscow_entry_compare(a->entry, b->entry);
}

/* By inode, names whose path is truly gone first, then by path. */
static int compare_leftovers(const void *left, const void *right)
{
	const struct lscow_item *a = *(struct lscow_item *const *)left;
	const struct lscow_item *b = *(struct lscow_item *const *)right;
	int order = compare_u32(a->entry->ino, b->entry->ino);

	if (order == 0)
		order = (a->twin != NULL) - (b->twin != NULL);
	return order != 0 ? order : strcmp(a->path, b->path);
}

static bool is_candidate(const struct lscow_item *item, enum lscow_side side)
{
	if (!lscow_record_is_same(item->record))
		return false;
	if (side == LSCOW_SIDE_NEW)
		return !item->twin;
	return !item->twin || item->twin->entry->ino != item->entry->ino;
}

static int collect(struct lscow_items *items, struct candidates *candidates,
		   struct lscow_error *err)
{
	int rc = 0;

	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		struct lscow_item *list = items->lists[side].items;

		for (size_t i = 0; rc == 0 && i < items->lists[side].nr; i++) {
			struct lscow_item *item = &list[i];

			if (is_candidate(item, side))
				rc = lscow_vector_push(&candidates->lists[side], &item, err);
		}
	}
	return rc;
}

static void join(struct lscow_item *a, struct lscow_item *b)
{
	a->partner = b;
	b->partner = a;
}

/* Whether the directory of two equal entries is one directory, not two in turn. */
static bool is_same_directory(const struct lscow_inodes *inodes,
			      const struct lscow_entry *entry)
{
	const struct lscow_inode_record *record =
		lscow_inodes_find(inodes, entry->directory_ino);

	return !record || lscow_record_is_same(record);
}

/* What kept its entry in a directory that moved. */
static void pair_equal_entries(struct candidates *candidates,
			       const struct lscow_inodes *inodes)
{
	struct lscow_vector *news = &candidates->lists[LSCOW_SIDE_NEW];
	struct lscow_vector *olds = &candidates->lists[LSCOW_SIDE_OLD];
	size_t i = 0, j = 0;

	lscow_vector_sort(news, compare_entries);
	lscow_vector_sort(olds, compare_entries);
	while (i < news->nr && j < olds->nr) {
		struct lscow_item *new_item = item_at(news, i);
		struct lscow_item *old_item = item_at(olds, j);
		int order = compare_entries(&new_item, &old_item);

		if (order == 0 && is_same_directory(inodes, new_item->entry))
			join(new_item, old_item);
		i += order <= 0;
		j += order >= 0;
	}
}

static void drop_paired(struct lscow_vector *list)
{
	struct lscow_item **pointers = list->items;
	size_t nr_kept = 0;

	for (size_t i = 0; i < list->nr; i++)
		if (!pointers[i]->partner)
			pointers[nr_kept++] = pointers[i];
	list->nr = nr_kept;
}

static void pair_leftovers(struct candidates *candidates)
{
	struct lscow_vector *news = &candidates->lists[LSCOW_SIDE_NEW];
	struct lscow_vector *olds = &candidates->lists[LSCOW_SIDE_OLD];
	size_t i = 0, j = 0;

	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		drop_paired(&candidates->lists[side]);
		lscow_vector_sort(&candidates->lists[side], compare_leftovers);
	}
	while (i < news->nr && j < olds->nr) {
		struct lscow_item *new_item = item_at(news, i);
		struct lscow_item *old_item = item_at(olds, j);
		int order = compare_u32(new_item->entry->ino, old_item->entry->ino);

		if (order == 0)
			join(new_item, old_item);
		i += order <= 0;
		j += order >= 0;
	}
}

int lscow_items_pair(struct lscow_items *items, const struct lscow_inodes *inodes,
		     struct lscow_error *err)
{
	struct candidates candidates;
	int rc;

	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		candidates.lists[side] = LSCOW_VECTOR(struct lscow_item *);
	rc = collect(items, &candidates, err);
	if (rc == 0) {
		pair_equal_entries(&candidates, inodes);
		pair_leftovers(&candidates);
	}
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_vector_free(&candidates.lists[side]);
	return rc;
}
