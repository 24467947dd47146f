/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The list with which rsync turns a copy of the old tree into the new one. */

#include <string.h>

#include "changes/compose.h"
#include "changes/folded.h"
#include "extfs/directory.h"

/*
 * What rsync needs (rsync(1), --files-from with --delete-missing-args): every
 * path to copy; of what is gone only the topmost, since entries below a missing
 * one are not deleted; all names of an inode whose set of names changed, since
 * -H links only names in the list; and never ".", which would take in the
 * root's immediate children.
 *
 * rsync looks each path up. What is gone must be missing there, and is not where
 * the directory takes another name for it: the copy would get both.
 */

static int add_copy(struct lscow_composition *c, const char *path,
		    struct lscow_error *err)
{
	if (strcmp(path, ".") == 0)
		return 0;
	return lscow_result_add_transfer(c->files, path, false, err);
}

/* Whether the directory that a gone entry was in is still one, at its old path. */
static int has_parent_now(struct lscow_composition *c, const struct lscow_item *item,
			  bool *has_parent, struct lscow_error *err)
{
	uint32_t directory_ino = item->entry->directory_ino;
	const struct lscow_inode_record *record =
		lscow_inodes_find(c->inodes, directory_ino);
	const char *paths[LSCOW_NR_SIDES] = { NULL, NULL };
	const struct lscow_item *now;
	int rc;

	rc = lscow_dirpaths_get(&c->dirpaths[LSCOW_SIDE_OLD], directory_ino,
				&paths[LSCOW_SIDE_OLD], err);
	if (rc == 0 && record && lscow_record_is_same(record))
		rc = lscow_dirpaths_get(&c->dirpaths[LSCOW_SIDE_NEW], directory_ino,
					&paths[LSCOW_SIDE_NEW], err);
	if (rc != 0)
		return rc;
	if (paths[LSCOW_SIDE_NEW] &&
	    strcmp(paths[LSCOW_SIDE_OLD], paths[LSCOW_SIDE_NEW]) == 0) {
		*has_parent = true;
		return 0;
	}
	now = lscow_items_find(&c->items, LSCOW_SIDE_NEW, paths[LSCOW_SIDE_OLD]);
	*has_parent = now && now->record->sides[LSCOW_SIDE_NEW].type == LSCOW_TYPE_DIRECTORY;
	return 0;
}

/*
 * What is gone because something else took the place of a directory above it goes
 * when that is copied; a list that is narrowed to what is below needs it, too.
 */
static int add_what_took_its_place(struct lscow_composition *c, const char *path,
				   struct lscow_error *err)
{
	const struct lscow_item *now;
	const char *above;
	int rc;

	for (size_t i = 0; path[i] != '\0'; i++) {
		if (path[i] != '/')
			continue;
		rc = lscow_strings_add(&c->items.strings, path, i, &above, err);
		if (rc != 0)
			return rc;
		now = lscow_items_find(&c->items, LSCOW_SIDE_NEW, above);
		if (now && now->record->sides[LSCOW_SIDE_NEW].type != LSCOW_TYPE_DIRECTORY)
			return lscow_result_add_transfer_above(c->files, above, err);
	}
	return 0;
}

static int add_gone(struct lscow_composition *c, const struct lscow_folded *folded,
		    const char *path, struct lscow_error *err)
{
	const char *found = lscow_folded_find(folded, c->inodes, path);

	if (!found)
		return lscow_result_add_transfer(c->files, path, true, err);
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s is gone, but the directory finds %s by that name, as it "
			       "has feature casefold: a list cannot tell rsync to delete it; "
			       "do a full scan", path, found);
}

static int add_missing(struct lscow_composition *c, const struct lscow_folded *folded,
		       struct lscow_error *err)
{
	const struct lscow_item *olds = c->items.lists[LSCOW_SIDE_OLD].items;
	bool has_parent;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->items.lists[LSCOW_SIDE_OLD].nr; i++) {
		enum lscow_kind kind = olds[i].partner ? LSCOW_RENAMED : LSCOW_DELETED;

		if (olds[i].twin || !lscow_result_wants(c->files, kind))
			continue;
		rc = has_parent_now(c, &olds[i], &has_parent, err);
		if (rc == 0 && has_parent)
			rc = add_gone(c, folded, olds[i].path, err);
		else if (rc == 0 && c->files->under)
			rc = add_what_took_its_place(c, olds[i].path, err);
	}
	return rc;
}

static int add_rows(struct lscow_composition *c, struct lscow_error *err)
{
	const struct lscow_change *changes = c->files->changes.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->files->changes.nr; i++)
		if (changes[i].kind != LSCOW_DELETED)
			rc = add_copy(c, changes[i].path, err);
	return rc;
}

static bool has_changed_names(const struct lscow_inode_record *record)
{
	return record->sides[LSCOW_SIDE_NEW].type != LSCOW_TYPE_DIRECTORY &&
	       record->sides[LSCOW_SIDE_NEW].nr_links > 1 &&
	       (record->nr_entries[LSCOW_SIDE_NEW] > 0 ||
		record->nr_entries[LSCOW_SIDE_OLD] > 0);
}

/*
 * A path that another inode took without any difference has no row; but where
 * the old one had more names, the copy must stop being one of them.
 */
static bool has_left_links(const struct lscow_item *item)
{
	return item->twin && item->twin->entry->ino != item->entry->ino &&
	       item->twin->record->sides[LSCOW_SIDE_OLD].type != LSCOW_TYPE_DIRECTORY &&
	       item->twin->record->sides[LSCOW_SIDE_OLD].nr_links > 1;
}

static int add_found_companions(struct lscow_composition *c, struct lscow_error *err)
{
	const struct lscow_found_name *found = c->search.found.items;
	const char *directory, *path;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->search.found.nr; i++) {
		if (!has_changed_names(lscow_inodes_find(c->inodes, found[i].ino)))
			continue;
		rc = lscow_dirpaths_get(&c->dirpaths[LSCOW_SIDE_NEW], found[i].directory_ino,
					&directory, err);
		if (rc == 0)
			rc = lscow_strings_add_path(&c->items.strings, directory,
						    found[i].name, &path, err);
		if (rc == 0)
			rc = add_copy(c, path, err);
	}
	return rc;
}

/* All names of files that have several and whose set of names changed. */
static int add_companions(struct lscow_composition *c, struct lscow_error *err)
{
	const struct lscow_item *news = c->items.lists[LSCOW_SIDE_NEW].items;
	int rc;

	if (!lscow_result_wants(c->files, LSCOW_RENAMED) &&
	    !lscow_result_wants(c->files, LSCOW_LINKED))
		return 0;
	rc = add_found_companions(c, err);
	for (size_t i = 0; rc == 0 && i < c->items.lists[LSCOW_SIDE_NEW].nr; i++)
		if (has_changed_names(news[i].record) || has_left_links(&news[i]))
			rc = add_copy(c, news[i].path, err);
	return rc;
}

static int take_first(void *data, const struct lscow_dirent *entry,
		      struct lscow_error *err)
{
	struct lscow_composition *c = data;
	const char *name;
	int rc;

	rc = lscow_strings_add(&c->items.strings, entry->name, entry->name_bytes, &name, err);
	if (rc == 0)
		rc = lscow_result_add_transfer(c->files, name, false, err);
	return rc != 0 ? rc : 1;
}

/*
 * The root's own attributes come with any entry. Where nothing else changed, an
 * unchanged child serves; a root without children has none that "." could harm.
 */
static int add_root(struct lscow_composition *c, struct lscow_error *err)
{
	struct lscow_extfs *fs = c->inodes->views->fs[LSCOW_SIDE_NEW];
	struct lscow_inode inode;
	int rc;

	if (c->files->transfers.nr > 0 || c->files->changes.nr == 0)
		return 0;
	rc = lscow_inode_load(fs, EXT2_ROOT_INO, c->inodes->raws[LSCOW_SIDE_NEW], &inode,
			      err);
	if (rc == 0)
		rc = lscow_directory_iterate(fs, &inode, take_first, c, err);
	if (rc == 0)
		rc = lscow_result_add_transfer(c->files, ".", false, err);
	return rc > 0 ? 0 : rc;
}

int lscow_compose_transfers(struct lscow_composition *c, struct lscow_error *err)
{
	struct lscow_folded folded;
	int rc = add_rows(c, err);

	lscow_folded_open(&folded);
	if (rc == 0)
		rc = lscow_folded_build(&folded, c->inodes, &c->items, err);
	if (rc == 0)
		rc = add_missing(c, &folded, err);
	lscow_folded_close(&folded);
	if (rc == 0)
		rc = add_companions(c, err);
	if (rc == 0)
		rc = add_root(c, err);
	return rc != 0 ? rc : lscow_compose_check_encrypted(c, err);
}
