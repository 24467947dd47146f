/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Entries with their paths, matched between the views. */

#include "changes/items.h"

#include <string.h>

void lscow_items_open(struct lscow_items *items)
{
	*items = (struct lscow_items){ .strings = LSCOW_STRINGS };
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		items->lists[side] = LSCOW_VECTOR(struct lscow_item);
}

void lscow_items_close(struct lscow_items *items)
{
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_vector_free(&items->lists[side]);
	lscow_strings_free(&items->strings);
}

static int compare_paths(const void *left, const void *right)
{
	const struct lscow_item *a = left, *b = right;

	return strcmp(a->path, b->path);
}

static int build_side(struct lscow_items *items, const struct lscow_inodes *inodes,
		      const struct lscow_vector *entries, struct lscow_dirpaths *dirpaths,
		      struct lscow_vector *list, struct lscow_error *err)
{
	const struct lscow_entry *entry = entries->items;
	const char *directory;
	int rc = 0;

	lscow_vector_clear(list);
	for (size_t i = 0; rc == 0 && i < entries->nr; i++, entry++) {
		struct lscow_item item = {
			.entry = entry,
			.record = lscow_inodes_find(inodes, entry->ino),
		};

		rc = lscow_dirpaths_get(dirpaths, entry->directory_ino, &directory, err);
		if (rc == 0)
			rc = lscow_strings_add_path(&items->strings, directory, entry->name,
						    &item.path, err);
		if (rc == 0)
			rc = lscow_vector_push(list, &item, err);
	}
	lscow_vector_sort(list, compare_paths);
	return rc;
}

static void match_twins(struct lscow_items *items)
{
	struct lscow_vector *news = &items->lists[LSCOW_SIDE_NEW];
	struct lscow_vector *olds = &items->lists[LSCOW_SIDE_OLD];
	size_t i = 0, j = 0;

	while (i < news->nr && j < olds->nr) {
		struct lscow_item *new_item = &LSCOW_ITEMS(news, struct lscow_item)[i];
		struct lscow_item *old_item = &LSCOW_ITEMS(olds, struct lscow_item)[j];
		int order = compare_paths(new_item, old_item);

		if (order == 0) {
			new_item->twin = old_item;
			old_item->twin = new_item;
		}
		i += order <= 0;
		j += order >= 0;
	}
}

int lscow_items_build(struct lscow_items *items, const struct lscow_inodes *inodes,
		      const struct lscow_entries *entries,
		      struct lscow_dirpaths *dirpaths, struct lscow_error *err)
{
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = build_side(items, inodes, &entries->lists[side], &dirpaths[side],
				&items->lists[side], err);
	if (rc == 0)
		match_twins(items);
	return rc;
}

const struct lscow_item *lscow_items_find(const struct lscow_items *items,
					  enum lscow_side side, const char *path)
{
	const struct lscow_item *list = items->lists[side].items;
	size_t low = 0, high = items->lists[side].nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(list[middle].path, path);

		if (order == 0)
			return &list[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
