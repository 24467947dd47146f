/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* One row for each path that differs. */

#include <string.h>

#include "changes/compose.h"

/* The kind of a path that exists in both views; 0 where nothing differs. */
static enum lscow_kind kind_in_place(bool is_content_changed, bool is_metadata_changed)
{
	if (is_content_changed)
		return LSCOW_MODIFIED;
	return is_metadata_changed ? LSCOW_METADATA : 0;
}

static struct lscow_change describe(const struct lscow_inode_record *record,
				    enum lscow_side side, enum lscow_kind kind,
				    const char *path)
{
	return (struct lscow_change){
		.kind = kind,
		.type = record->sides[side].type,
		.path = path,
		.ino = record->ino,
		.size_bytes = record->sides[side].size_bytes,
	};
}

/* Adds what the record says of a file that is the same one in both views. */
static void describe_same(const struct lscow_inode_record *record,
			  struct lscow_change *change)
{
	change->content_changed = record->is_content_changed;
	change->metadata_changed = record->is_metadata_changed;
	change->ranges = lscow_ranges_get(&record->ranges, &change->nr_ranges);
}

/* A path where another inode took the place. */
static int add_replacement(struct lscow_composition *c, const struct lscow_item *item,
			   struct lscow_error *err)
{
	struct lscow_ranges ranges = LSCOW_RANGES;
	struct lscow_replacement replacement;
	struct lscow_change change;
	int rc;

	rc = lscow_inodes_compare(c->inodes, item->twin->entry->ino, item->entry->ino,
				  &replacement, c->options->want_ranges ? &ranges : NULL,
				  err);
	if (rc == 0) {
		lscow_ranges_normalise(&ranges);
		change = describe(item->record, LSCOW_SIDE_NEW,
				  kind_in_place(replacement.is_content_changed,
						replacement.is_metadata_changed),
				  item->path);
		change.content_changed = replacement.is_content_changed;
		change.metadata_changed = replacement.is_metadata_changed;
		change.ranges = lscow_ranges_get(&ranges, &change.nr_ranges);
		if (change.kind != 0)
			rc = lscow_result_add_change(c->files, &change, err);
	}
	lscow_ranges_free(&ranges);
	return rc;
}

/* A file that is the same in both views, at path now and at old_path then. */
static int add_in_place(struct lscow_composition *c,
			const struct lscow_inode_record *record, const char *path,
			const char *old_path, struct lscow_error *err)
{
	struct lscow_change change = describe(
		record, LSCOW_SIDE_NEW,
		kind_in_place(record->is_content_changed, record->is_metadata_changed), path);

	if (change.kind == 0)
		return 0;
	describe_same(record, &change);
	if (strcmp(path, old_path) != 0)
		change.old_path = old_path;
	return lscow_result_add_change(c->files, &change, err);
}

/* A directory whose new path is new altogether: its row speaks for all below it. */
static bool is_covered(const struct lscow_composition *c, uint32_t directory_ino)
{
	const struct lscow_inode_record *record =
		lscow_inodes_find(c->inodes, directory_ino);
	const struct lscow_dirpath *node =
		lscow_dirpaths_find(&c->dirpaths[LSCOW_SIDE_NEW], directory_ino);
	const struct lscow_item *item;

	if (!record || !lscow_record_is_same(record) || !node || !node->path)
		return false;
	item = lscow_items_find(&c->items, LSCOW_SIDE_NEW, node->path);
	return item && !item->twin;
}

static bool is_same_entry(const struct lscow_item *a, const struct lscow_item *b)
{
	return lscow_entry_compare(a->entry, b->entry) == 0;
}

static int add_rename(struct lscow_composition *c, const struct lscow_item *item,
		      struct lscow_error *err)
{
	struct lscow_change change;

	if (!lscow_composition_is_expanded(c) && is_same_entry(item, item->partner) &&
	    is_covered(c, item->entry->directory_ino))
		return add_in_place(c, item->record, item->path, item->partner->path, err);
	change = describe(item->record, LSCOW_SIDE_NEW, LSCOW_RENAMED, item->path);
	describe_same(item->record, &change);
	change.old_path = item->partner->path;
	return lscow_result_add_change(c->files, &change, err);
}

static int add_come(struct lscow_composition *c, const struct lscow_item *item,
		    struct lscow_error *err)
{
	bool is_same = lscow_record_is_same(item->record);
	struct lscow_change change;

	if (item->twin && is_same && item->twin->entry->ino == item->entry->ino)
		return add_in_place(c, item->record, item->path, item->path, err);
	if (item->twin)
		return add_replacement(c, item, err);
	if (item->partner)
		return add_rename(c, item, err);
	if (is_same && lscow_record_is_directory(item->record, LSCOW_SIDE_NEW))
		return lscow_extfs_damaged(c->inodes->views->fs[LSCOW_SIDE_NEW], err,
					   "directory inode %u: has a second name in directory "
					   "inode %u, expected one", item->entry->ino,
					   item->entry->directory_ino);
	change = describe(item->record, LSCOW_SIDE_NEW,
			  is_same ? LSCOW_LINKED : LSCOW_ADDED, item->path);
	if (is_same) {
		describe_same(item->record, &change);
	} else {
		change.content_changed = true;
		change.metadata_changed = true;
	}
	return lscow_result_add_change(c->files, &change, err);
}

static int add_gone(struct lscow_composition *c, const struct lscow_item *item,
		    struct lscow_error *err)
{
	struct lscow_change change;

	if (item->twin || item->partner)
		return 0;
	change = describe(item->record, LSCOW_SIDE_OLD, LSCOW_DELETED, item->path);
	return lscow_result_add_change(c->files, &change, err);
}

static int join_path(struct lscow_composition *c, enum lscow_side side,
		     const struct lscow_found_name *found, const char **path,
		     struct lscow_error *err)
{
	const char *directory;
	int rc = lscow_dirpaths_get(&c->dirpaths[side], found->directory_ino, &directory,
				    err);

	if (rc == 0)
		rc = lscow_strings_add_path(&c->items.strings, directory, found->name, path,
					    err);
	return rc;
}

/* A file changed under a name that did not. */
static int add_found(struct lscow_composition *c, const struct lscow_found_name *found,
		     struct lscow_error *err)
{
	const struct lscow_inode_record *record = lscow_inodes_find(c->inodes, found->ino);
	const char *paths[LSCOW_NR_SIDES];
	int rc = 0;

	if (!lscow_record_is_same(record) || lscow_composition_has_entry(c, found))
		return 0;
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = join_path(c, side, found, &paths[side], err);
	if (rc == 0)
		rc = add_in_place(c, record, paths[LSCOW_SIDE_NEW], paths[LSCOW_SIDE_OLD],
				  err);
	return rc;
}

/* A directory changed under a name that did not. */
static int add_directory(struct lscow_composition *c,
			 const struct lscow_inode_record *record, struct lscow_error *err)
{
	const char *paths[LSCOW_NR_SIDES];
	int rc = 0;

	if (!lscow_record_is_same(record) || !record->is_metadata_changed ||
	    record->sides[LSCOW_SIDE_NEW].type != LSCOW_TYPE_DIRECTORY ||
	    record->nr_entries[LSCOW_SIDE_NEW] > 0)
		return 0;
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = lscow_dirpaths_get(&c->dirpaths[side], record->ino, &paths[side], err);
	if (rc == 0)
		rc = add_in_place(c, record, paths[LSCOW_SIDE_NEW], paths[LSCOW_SIDE_OLD],
				  err);
	return rc;
}

int lscow_compose_rows(struct lscow_composition *c, struct lscow_error *err)
{
	const struct lscow_item *news = c->items.lists[LSCOW_SIDE_NEW].items;
	const struct lscow_item *olds = c->items.lists[LSCOW_SIDE_OLD].items;
	const struct lscow_found_name *found = c->search.found.items;
	const struct lscow_inode_record *record;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->items.lists[LSCOW_SIDE_NEW].nr; i++)
		rc = add_come(c, &news[i], err);
	for (size_t i = 0; rc == 0 && i < c->items.lists[LSCOW_SIDE_OLD].nr; i++)
		rc = add_gone(c, &olds[i], err);
	for (size_t i = 0; rc == 0 && i < c->search.found.nr; i++)
		rc = add_found(c, &found[i], err);
	for (record = c->inodes->records; rc == 0 && record; record = record->hh.next)
		rc = add_directory(c, record, err);
	return rc;
}
