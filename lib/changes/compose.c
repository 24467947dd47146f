/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* From changed inodes and entries to rows with paths: the order of the steps. */

#include "changes/compose.h"

#include <stdlib.h>

#include "changes/counts.h"
#include "changes/moves.h"
#include "names/recall.h"

bool lscow_composition_is_expanded(const struct lscow_composition *c)
{
	return c->options->expand || c->options->want_transfers || c->options->under;
}

/* Sorts both lists, drops doubles and counts each inode's entries. */
static void count_entries(struct lscow_composition *c)
{
	struct lscow_inode_record *record;

	for (record = c->inodes->records; record; record = record->hh.next)
		record->nr_entries[LSCOW_SIDE_OLD] = record->nr_entries[LSCOW_SIDE_NEW] = 0;
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		struct lscow_vector *list = &c->entries->lists[side];
		struct lscow_entry *entries;
		size_t nr_kept = 0;

		lscow_vector_sort(list, lscow_entry_compare);
		entries = list->items;
		for (size_t i = 0; i < list->nr; i++) {
			if (nr_kept > 0 &&
			    lscow_entry_compare(&entries[nr_kept - 1], &entries[i]) == 0)
				continue;
			entries[nr_kept++] = entries[i];
			lscow_inodes_find(c->inodes, entries[i].ino)->nr_entries[side]++;
		}
		list->nr = nr_kept;
	}
}

/* Makes sure that every entry's inode has a record, and is in use there. */
static int load_records(struct lscow_composition *c, struct lscow_error *err)
{
	int rc = 0;

	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		const struct lscow_entry *entries = c->entries->lists[side].items;

		for (size_t i = 0; rc == 0 && i < c->entries->lists[side].nr; i++) {
			struct lscow_inode_record *record;

			rc = lscow_inodes_get(c->inodes, entries[i].ino, &record, err);
			if (rc == 0 && !lscow_record_is_live(record, side))
				rc = lscow_extfs_damaged(
					c->inodes->views->fs[side], err,
					"directory inode %u: an entry for inode %u, which "
					"is not in use", entries[i].directory_ino,
					entries[i].ino);
		}
	}
	return rc;
}

bool lscow_composition_has_entry(const struct lscow_composition *c,
				 const struct lscow_found_name *found)
{
	const struct lscow_vector *list = &c->entries->lists[LSCOW_SIDE_NEW];
	struct lscow_entry entry = {
		.directory_ino = found->directory_ino,
		.ino = found->ino,
		.name = found->name,
	};

	return list->nr > 0 && bsearch(&entry, list->items, list->nr,
				       sizeof(struct lscow_entry), lscow_entry_compare);
}

/* Whether names of a file are needed beyond those in the lists. */
static bool needs_names(const struct lscow_composition *c,
			const struct lscow_inode_record *record)
{
	const struct lscow_inode_side *new_side = &record->sides[LSCOW_SIDE_NEW];
	bool has_entries = record->nr_entries[LSCOW_SIDE_NEW] > 0 ||
			   record->nr_entries[LSCOW_SIDE_OLD] > 0;

	if (!lscow_record_is_live(record, LSCOW_SIDE_NEW) ||
	    new_side->type == LSCOW_TYPE_DIRECTORY ||
	    lscow_extfs_is_hidden_inode(c->inodes->views->fs[LSCOW_SIDE_NEW], record->ino) ||
	    record->nr_entries[LSCOW_SIDE_NEW] >= new_side->nr_links)
		return false;
	if (!lscow_record_is_same(record))
		return true; /* created: then a name is missing; replaced */
	return record->is_content_changed || record->is_metadata_changed ||
	       (c->options->want_transfers && has_entries);
}

static int want_names(struct lscow_composition *c, struct lscow_error *err)
{
	const struct lscow_inode_record *record;
	int rc = 0;

	for (record = c->inodes->records; rc == 0 && record; record = record->hh.next)
		if (needs_names(c, record))
			rc = lscow_name_search_want(&c->search, record->ino,
						    record->sides[LSCOW_SIDE_NEW].nr_links,
						    err);
	return rc;
}

static int search_names(struct lscow_composition *c, struct lscow_error *err)
{
	int rc = lscow_name_search_run(&c->search, c->options->progress,
				       c->options->progress_data, err);

	c->files->summary.searched_directories = c->search.nr_directories;
	return rc;
}

/* Entries of directories tell where these are. */
static int learn_directories(struct lscow_composition *c, struct lscow_error *err)
{
	int rc = 0;

	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		const struct lscow_entry *entry = c->entries->lists[side].items;

		for (size_t i = 0; rc == 0 && i < c->entries->lists[side].nr; i++, entry++)
			if (lscow_record_is_directory(lscow_inodes_find(c->inodes, entry->ino), side))
				rc = lscow_dirpaths_learn(&c->dirpaths[side], entry->ino,
							  entry->directory_ino, entry->name,
							  err);
		entry = c->entries->lists[side].items;
		for (size_t i = 0; rc == 0 && i < c->entries->lists[side].nr; i++, entry++)
			rc = lscow_dirpaths_want(&c->dirpaths[side], entry->directory_ino,
						 err);
	}
	return rc;
}

/* A directory that is one in both views is wanted in both. */
static int want_in_both(struct lscow_composition *c, uint32_t ino, struct lscow_error *err)
{
	struct lscow_inode_record *record;
	int rc = lscow_inodes_get(c->inodes, ino, &record, err);

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		if (lscow_record_is_directory(record, side))
			rc = lscow_dirpaths_want(&c->dirpaths[side], ino, err);
	return rc;
}

static int want_directories(struct lscow_composition *c, struct lscow_error *err)
{
	const struct lscow_found_name *found = c->search.found.items;
	const struct lscow_inode_record *record;
	int rc = 0;

	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		const struct lscow_entry *entries = c->entries->lists[side].items;

		for (size_t i = 0; rc == 0 && i < c->entries->lists[side].nr; i++)
			rc = want_in_both(c, entries[i].directory_ino, err);
	}
	for (size_t i = 0; rc == 0 && i < c->search.found.nr; i++)
		rc = want_in_both(c, found[i].directory_ino, err);
	for (record = c->inodes->records; rc == 0 && record; record = record->hh.next)
		if (lscow_record_is_directory(record, LSCOW_SIDE_NEW) &&
		    (record->is_metadata_changed || lscow_record_is_replaced(record)))
			rc = want_in_both(c, record->ino, err);
	return rc;
}

/* What the names cache knows need not be searched. */
static int recall_names(struct lscow_composition *c, struct lscow_error *err)
{
	int rc;

	if (!c->watch->cache)
		return 0;
	rc = learn_directories(c, err);
	if (rc == 0)
		rc = want_directories(c, err);
	return rc != 0 ? rc
		       : lscow_recall(c->watch, &c->search, &c->dirpaths[LSCOW_SIDE_NEW], err);
}

/* Whether the directory is the same in both views, and no name of it came or went. */
static bool stands_as_before(const struct lscow_composition *c, uint32_t ino)
{
	const struct lscow_inode_record *record = lscow_inodes_find(c->inodes, ino);

	return !record || (lscow_record_is_same(record) &&
			   lscow_record_is_directory(record, LSCOW_SIDE_OLD) &&
			   lscow_record_is_directory(record, LSCOW_SIDE_NEW) &&
			   record->nr_entries[LSCOW_SIDE_OLD] == 0 &&
			   record->nr_entries[LSCOW_SIDE_NEW] == 0);
}

/*
 * Of a name that neither came nor went it is known where it was, once it is known
 * where it is. So the old view is read only for directories that moved or are gone.
 */
static int inherit_directories(struct lscow_composition *c, struct lscow_error *err)
{
	struct lscow_dirpaths *olds = &c->dirpaths[LSCOW_SIDE_OLD];
	int rc = 0;

	/* The list grows by the parents. */
	for (size_t i = 0; rc == 0 && i < olds->pending.nr; i++) {
		uint32_t ino = LSCOW_ITEMS(&olds->pending, struct lscow_dirpath *)[i]->ino;
		const struct lscow_dirpath *twin =
			lscow_dirpaths_find(&c->dirpaths[LSCOW_SIDE_NEW], ino);

		if (!twin || !twin->name || !stands_as_before(c, ino))
			continue;
		rc = lscow_dirpaths_learn(olds, ino, twin->parent_ino, twin->name, err);
		if (rc == 0)
			rc = lscow_dirpaths_want(olds, twin->parent_ino, err);
	}
	return rc;
}

static int resolve_directories(struct lscow_composition *c, struct lscow_error *err)
{
	int rc = learn_directories(c, err);

	if (rc == 0)
		rc = want_directories(c, err);
	if (rc == 0)
		rc = lscow_dirpaths_resolve(&c->dirpaths[LSCOW_SIDE_NEW], err);
	if (rc == 0)
		rc = inherit_directories(c, err);
	return rc != 0 ? rc : lscow_dirpaths_resolve(&c->dirpaths[LSCOW_SIDE_OLD], err);
}

/* Appends to both lists, which are sorted again when they are counted. */
static int add_to_both(struct lscow_composition *c, const struct lscow_vector *added,
		       struct lscow_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < added->nr; i++)
		for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
			rc = lscow_vector_push(&c->entries->lists[side],
					       &LSCOW_ITEMS(added, struct lscow_entry)[i], err);
	return rc;
}

/*
 * An entry that did not change but leads to another file, because a new one got
 * the number of one that is gone, is a name gone and a name come.
 */
static int find_replaced_entries(struct lscow_composition *c, struct lscow_vector *added,
				 struct lscow_error *err)
{
	const struct lscow_found_name *found = c->search.found.items;
	const struct lscow_inode_record *record;
	const struct lscow_dirpath *node;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->search.found.nr; i++) {
		record = lscow_inodes_find(c->inodes, found[i].ino);
		if (lscow_record_is_same(record) || lscow_composition_has_entry(c, &found[i]))
			continue;
		if (lscow_record_is_replaced(record))
			rc = lscow_vector_push(added, &(struct lscow_entry){
				found[i].directory_ino, found[i].ino, found[i].name }, err);
		else
			rc = lscow_extfs_damaged(
				c->inodes->views->fs[LSCOW_SIDE_OLD], err,
				"directory inode %u: an entry for inode %u, which is not in "
				"use", found[i].directory_ino, found[i].ino);
	}
	for (record = c->inodes->records; rc == 0 && record; record = record->hh.next) {
		if (!lscow_record_is_replaced(record) ||
		    !lscow_record_is_directory(record, LSCOW_SIDE_NEW) ||
		    record->nr_entries[LSCOW_SIDE_NEW] > 0)
			continue;
		node = lscow_dirpaths_find(&c->dirpaths[LSCOW_SIDE_NEW], record->ino);
		rc = lscow_vector_push(added, &(struct lscow_entry){
			node->parent_ino, record->ino, node->name }, err);
	}
	return rc;
}

static int add_replaced_entries(struct lscow_composition *c, struct lscow_error *err)
{
	struct lscow_vector added = LSCOW_VECTOR(struct lscow_entry);
	int rc = find_replaced_entries(c, &added, err);

	if (rc == 0)
		rc = add_to_both(c, &added, err);
	lscow_vector_free(&added);
	return rc;
}

static int build_items(struct lscow_composition *c, struct lscow_error *err)
{
	count_entries(c);
	return lscow_items_build(&c->items, c->inodes, c->entries, c->dirpaths, err);
}

/*
 * Whether the row of a moved directory cannot speak for all below it: its new
 * path existed before, so that it has no row of a rename; or its old path is
 * that of another directory now, so that paths below it may exist in both views.
 */
static bool has_collision(const struct lscow_composition *c)
{
	const struct lscow_item *news = c->items.lists[LSCOW_SIDE_NEW].items;
	const struct lscow_item *olds = c->items.lists[LSCOW_SIDE_OLD].items;

	for (size_t i = 0; i < c->items.lists[LSCOW_SIDE_NEW].nr; i++)
		if (lscow_moves_is_moved(news[i].record) && news[i].twin)
			return true;
	for (size_t i = 0; i < c->items.lists[LSCOW_SIDE_OLD].nr; i++)
		if (lscow_moves_is_moved(olds[i].record) && olds[i].twin &&
		    lscow_record_is_directory(olds[i].twin->record, LSCOW_SIDE_NEW))
			return true;
	return false;
}

static int walk_moved(struct lscow_composition *c, struct lscow_error *err)
{
	int rc = lscow_moves_walk(c->inodes, c->entries, err);

	return rc != 0 ? rc : load_records(c, err);
}

static int prepare_items(struct lscow_composition *c, struct lscow_error *err)
{
	bool is_expanded = lscow_composition_is_expanded(c);
	int rc = load_records(c, err);

	if (rc == 0 && is_expanded)
		rc = walk_moved(c, err);
	if (rc != 0)
		return rc;
	count_entries(c);
	rc = want_names(c, err);
	if (rc == 0)
		rc = recall_names(c, err);
	if (rc == 0)
		rc = search_names(c, err);
	if (rc == 0)
		rc = resolve_directories(c, err);
	if (rc == 0)
		rc = add_replaced_entries(c, err);
	if (rc == 0)
		rc = resolve_directories(c, err);
	if (rc == 0)
		rc = build_items(c, err);
	if (rc != 0 || is_expanded || !has_collision(c))
		return rc;
	rc = walk_moved(c, err);
	if (rc == 0)
		rc = resolve_directories(c, err);
	return rc != 0 ? rc : build_items(c, err);
}

static int compose(struct lscow_composition *c, struct lscow_error *err)
{
	int rc = prepare_items(c, err);

	if (rc == 0)
		rc = lscow_items_pair(&c->items, c->inodes, err);
	if (rc == 0)
		rc = lscow_compose_rows(c, err);
	if (rc == 0 && c->options->want_transfers)
		rc = lscow_compose_transfers(c, err);
	if (rc == 0)
		rc = lscow_inodes_step_over(c->inodes,
					    lscow_name_search_check(&c->search, err), err);
	return rc != 0 ? rc : lscow_counts_check(c->inodes, err);
}

int lscow_compose(struct lscow_inodes *inodes, struct lscow_entries *entries,
		  const struct lscow_files_options *options,
		  const struct lscow_names_watch *watch, struct lscow_files *files,
		  struct lscow_error *err)
{
	struct lscow_composition c = { .inodes = inodes, .entries = entries,
				       .options = options, .watch = watch,
				       .files = files };
	int rc = 0;

	lscow_name_search_open(inodes->views->fs[LSCOW_SIDE_NEW], &c.search);
	lscow_items_open(&c.items);
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = lscow_dirpaths_open(inodes->views->fs[side], &c.dirpaths[side], err);
	if (rc == 0)
		rc = compose(&c, err);
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_dirpaths_close(&c.dirpaths[side]);
	lscow_items_close(&c.items);
	lscow_name_search_close(&c.search);
	return rc;
}
