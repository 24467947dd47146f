/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Hints, checked against the directories of one view. */

#include "names/hint-check.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "extfs/announce.h"
#include "extfs/bitmap.h"
#include "extfs/directory.h"
#include "extfs/near.h"

/* A block that is to be read, and what is asked of it: an item of a lscow_near_list. */
struct place {
	uint64_t block;
	uint32_t directory_ino;
	uint32_t generation;
	enum lscow_names names;
	struct lscow_checked_hint *hints; /* sorted by inode */
	size_t nr_hints;
	struct lscow_checked_parent *parent; /* or NULL */
};

/* A run. */
struct checking {
	struct lscow_hint_check *check;
	struct lscow_bitmap bitmap;
	struct lscow_map map;
	uint8_t *raw; /* of an inode */
	struct lscow_vector places; /* of struct place */
	const struct place *place; /* being parsed */
	struct lscow_error *err;
	int rc; /* lack of memory */
};

void lscow_hint_check_open(struct lscow_extfs *fs, struct lscow_hint_check *check)
{
	*check = (struct lscow_hint_check){
		.fs = fs,
		.hints = LSCOW_VECTOR(struct lscow_checked_hint),
		.parents = LSCOW_VECTOR(struct lscow_checked_parent),
		.found = LSCOW_VECTOR(struct lscow_found_name),
		.strings = LSCOW_STRINGS,
	};
}

void lscow_hint_check_close(struct lscow_hint_check *check)
{
	lscow_vector_free(&check->hints);
	lscow_vector_free(&check->parents);
	lscow_vector_free(&check->found);
	lscow_strings_free(&check->strings);
}

int lscow_hint_check_add(struct lscow_hint_check *check, const struct lscow_hint *hint,
			 struct lscow_error *err)
{
	struct lscow_checked_hint checked = { .hint = *hint };

	return lscow_vector_push(&check->hints, &checked, err);
}

int lscow_hint_check_want_parent(struct lscow_hint_check *check, uint32_t ino,
				 struct lscow_error *err)
{
	struct lscow_checked_parent parent = { .ino = ino };

	return lscow_vector_push(&check->parents, &parent, err);
}

/* ---- orders -------------------------------------------------------------- */

/* By directory, then block, then inode: as they are checked. */
static int compare_hints(const void *left, const void *right)
{
	const struct lscow_hint *a = &((const struct lscow_checked_hint *)left)->hint;
	const struct lscow_hint *b = &((const struct lscow_checked_hint *)right)->hint;

	if (a->directory_ino != b->directory_ino)
		return a->directory_ino < b->directory_ino ? -1 : 1;
	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

static int compare_parents(const void *left, const void *right)
{
	const struct lscow_checked_parent *a = left, *b = right;

	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

static int compare_found(const void *left, const void *right)
{
	const struct lscow_found_name *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->directory_ino != b->directory_ino)
		return a->directory_ino < b->directory_ino ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void drop_doubles(struct lscow_vector *vector,
			 int (*compare)(const void *, const void *))
{
	char *items;
	size_t nr_kept = 0;

	lscow_vector_sort(vector, compare);
	items = vector->items;
	for (size_t i = 0; i < vector->nr; i++) {
		char *item = items + i * vector->item_bytes;
		char *end = items + nr_kept * vector->item_bytes;

		if (nr_kept > 0 && compare(end - vector->item_bytes, item) == 0)
			continue;
		if (item != end)
			memcpy(end, item, vector->item_bytes);
		nr_kept++;
	}
	vector->nr = nr_kept;
}

/* ---- directories to places ----------------------------------------------- */

/* Whether the inode may be in use at all, and so is worth to be looked at. */
static bool is_allocated(struct checking *checking, uint32_t ino)
{
	struct lscow_extfs *fs = checking->check->fs;
	bool is_used;

	if (ino == 0 || ino > fs->sb.nr_inodes ||
	    (ino - 1) % fs->sb.inodes_per_group >=
		    lscow_extfs_group_used_inodes(fs, lscow_extfs_group_of_inode(fs, ino)))
		return false;
	return lscow_bitmap_test(&checking->bitmap, ino, &is_used, NULL) == 0 && is_used;
}

/* Loads inode and map of a directory that is one and has a name. */
static bool load_directory(struct checking *checking, uint32_t ino,
			   struct lscow_inode *inode)
{
	struct lscow_extfs *fs = checking->check->fs;

	return is_allocated(checking, ino) &&
	       lscow_inode_load(fs, ino, checking->raw, inode, NULL) == 0 &&
	       lscow_inode_type(inode) == LSCOW_TYPE_DIRECTORY &&
	       lscow_inode_state_of(inode, true) == LSCOW_INODE_LIVE &&
	       lscow_map_load(fs, inode, &checking->map, NULL) == 0 &&
	       lscow_directory_load_names(fs, inode, &checking->map, NULL) == 0;
}

static void add_place(struct checking *checking, const struct place *place)
{
	if (checking->rc == 0)
		checking->rc = lscow_vector_push(&checking->places, place, checking->err);
}

/* The first of the hints (of one directory) at or behind a block. */
static size_t first_at(const struct lscow_checked_hint *hints, size_t nr_hints,
		       uint64_t block)
{
	size_t low = 0, high = nr_hints;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (hints[middle].hint.block < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The blocks of one run of a directory that hints are about. */
static void add_run(struct checking *checking, const struct lscow_inode *inode,
		    const struct lscow_run *run, struct lscow_checked_hint *hints,
		    size_t nr_hints)
{
	uint64_t end_block = run->physical_block + run->nr_blocks;
	size_t at = first_at(hints, nr_hints, run->physical_block);

	while (at < nr_hints && hints[at].hint.block < end_block) {
		struct place place = {
			.block = hints[at].hint.block, .directory_ino = inode->ino,
			.generation = inode->generation, .names = inode->names,
			.hints = &hints[at],
		};

		while (at < nr_hints && hints[at].hint.block == place.block) {
			place.nr_hints++;
			at++;
		}
		add_place(checking, &place);
	}
}

/* Below, with the other names. */
static void take_inline(struct checking *checking, const struct lscow_inode *inode,
			const struct place *place);

/* What is in the inode is at hand. */
static void check_inline(struct checking *checking, const struct lscow_inode *inode,
			 struct lscow_checked_hint *hints, size_t nr_hints,
			 struct lscow_checked_parent *parent)
{
	struct place place = {
		.block = LSCOW_INLINE_BLOCK, .directory_ino = inode->ino, .hints = hints,
		.nr_hints = first_at(hints, nr_hints, LSCOW_INLINE_BLOCK + 1),
	};

	take_inline(checking, inode, &place);
	if (parent && lscow_directory_load_parent(checking->check->fs, inode,
						  &parent->parent_ino, NULL) != 0)
		parent->parent_ino = 0;
}

static void add_directory(struct checking *checking, uint32_t ino,
			  struct lscow_checked_hint *hints, size_t nr_hints,
			  struct lscow_checked_parent *parent)
{
	const struct lscow_run *runs;
	struct lscow_inode inode;

	if (!load_directory(checking, ino, &inode))
		return;
	if (lscow_inode_is_inline(&inode)) {
		check_inline(checking, &inode, hints, nr_hints, parent);
		return;
	}
	runs = checking->map.runs.items;
	for (size_t i = 0; i < checking->map.runs.nr; i++)
		add_run(checking, &inode, &runs[i], hints, nr_hints);
	if (parent && checking->map.runs.nr > 0 && runs[0].logical_block == 0)
		add_place(checking, &(struct place){
			.block = runs[0].physical_block, .directory_ino = ino,
			.generation = inode.generation, .parent = parent });
}

/* The inodes of the directories in both lists, some of which may stand there twice. */
static void announce_directories(struct checking *checking, size_t first_hint,
				 size_t first_parent)
{
	const struct lscow_hint_check *check = checking->check;
	const struct lscow_checked_hint *hints = check->hints.items;
	const struct lscow_checked_parent *parents = check->parents.items;
	uint32_t inos[2 * LSCOW_ANNOUNCE_INODES];
	size_t nr_inos = 0;

	for (size_t i = first_hint;
	     i < check->hints.nr && i < first_hint + LSCOW_ANNOUNCE_INODES; i++)
		inos[nr_inos++] = hints[i].hint.directory_ino;
	for (size_t i = first_parent;
	     i < check->parents.nr && i < first_parent + LSCOW_ANNOUNCE_INODES; i++)
		inos[nr_inos++] = parents[i].ino;
	lscow_announce_inodes(check->fs, inos, nr_inos);
}

/* Both lists side by side, in the order of the inode tables. */
static void add_directories(struct checking *checking)
{
	size_t announced_hint = 0, announced_parent = 0;
	struct lscow_vector *hint_list = &checking->check->hints;
	struct lscow_vector *parent_list = &checking->check->parents;
	struct lscow_checked_hint *hints = hint_list->items;
	struct lscow_checked_parent *parents = parent_list->items;
	size_t i = 0, j = 0;

	while (checking->rc == 0 && (i < hint_list->nr || j < parent_list->nr)) {
		struct lscow_checked_parent *parent = NULL;
		size_t first = i;
		uint32_t ino;

		if (i >= announced_hint || j >= announced_parent) {
			announce_directories(checking, i, j);
			announced_hint = i + LSCOW_ANNOUNCE_INODES;
			announced_parent = j + LSCOW_ANNOUNCE_INODES;
		}
		if (j == parent_list->nr ||
		    (i < hint_list->nr && hints[i].hint.directory_ino < parents[j].ino))
			ino = hints[i].hint.directory_ino;
		else
			ino = parents[j].ino;
		while (i < hint_list->nr && hints[i].hint.directory_ino == ino)
			i++;
		if (j < parent_list->nr && parents[j].ino == ino)
			parent = &parents[j++];
		add_directory(checking, ino, hints + first, i - first, parent);
	}
}

/* ---- places to names ----------------------------------------------------- */

static struct lscow_checked_hint *find_hint(const struct place *place, uint32_t ino)
{
	for (size_t low = 0, high = place->nr_hints; low < high;) {
		size_t middle = low + (high - low) / 2;
		struct lscow_checked_hint *hint = &place->hints[middle];

		if (hint->hint.ino == ino)
			return hint;
		if (hint->hint.ino < ino)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int take_entry(void *data, const struct lscow_dirent *entry, struct lscow_error *err)
{
	struct checking *checking = data;
	struct lscow_hint_check *check = checking->check;
	struct lscow_checked_hint *hint = find_hint(checking->place, entry->ino);
	struct lscow_found_name found = {
		.ino = entry->ino,
		.directory_ino = checking->place->directory_ino,
	};

	(void)err; /* of damage, which is nobody's concern here */
	if (!hint)
		return 0;
	hint->is_true = true;
	checking->rc = lscow_strings_add(&check->strings, entry->name, entry->name_bytes,
					 &found.name, checking->err);
	if (checking->rc == 0)
		checking->rc = lscow_vector_push(&check->found, &found, checking->err);
	return checking->rc;
}

/* Of a place that is damaged somewhere no name counts. */
static void drop_names(struct checking *checking, const struct place *place,
		       size_t nr_before)
{
	checking->check->found.nr = nr_before;
	for (size_t i = 0; i < place->nr_hints; i++)
		place->hints[i].is_true = false;
}

/* All names of a block, or none. */
static void take_names(struct checking *checking, const struct lscow_inode *inode,
		       const struct place *place, const uint8_t *bytes)
{
	struct lscow_hint_check *check = checking->check;
	size_t nr_before = check->found.nr;

	if (lscow_directory_parse_block(check->fs, inode, place->block, bytes, take_entry,
					checking, NULL) != 0)
		drop_names(checking, place, nr_before);
}

/* All names in an inode, or none. */
static void take_inline(struct checking *checking, const struct lscow_inode *inode,
			const struct place *place)
{
	struct lscow_hint_check *check = checking->check;
	size_t nr_before = check->found.nr;

	checking->place = place;
	if (lscow_directory_parse_inline(check->fs, inode, take_entry, checking, NULL) != 0)
		drop_names(checking, place, nr_before);
}

static void take_parent(struct checking *checking, const struct place *place,
			const uint8_t *bytes)
{
	struct lscow_dirblock at = { .bytes = bytes,
				     .nr_bytes = checking->check->fs->sb.block_bytes };
	struct lscow_dirent entry;

	while (place->parent->parent_ino == 0 && lscow_dirblock_next(&at, &entry) == 0)
		if (entry.name_bytes == 2 && lscow_dirent_is_dot(&entry))
			place->parent->parent_ino = entry.ino;
}

static int take_block(void *data, const void *item, uint8_t *bytes,
		      struct lscow_error *err)
{
	struct checking *checking = data;
	const struct place *place = item;
	struct lscow_inode inode = { .ino = place->directory_ino,
				     .generation = place->generation,
				     .names = place->names };

	(void)err; /* of damage, as above */
	if (lscow_directory_verify_block(checking->check->fs, &inode, place->block, bytes,
					 NULL) != 0)
		return 0;
	checking->place = place;
	if (place->parent)
		take_parent(checking, place, bytes);
	else
		take_names(checking, &inode, place, bytes);
	return checking->rc;
}

/* What cannot be read proves no hint. */
static int step_over(void *data, int rc, const struct lscow_error *err)
{
	(void)data;
	(void)rc;
	(void)err;
	return 0;
}

static int read_places(struct checking *checking)
{
	static const struct lscow_near_ops ops = { .take = take_block,
						   .step_over = step_over };
	struct lscow_vector *places = &checking->places;
	struct lscow_near_list some = { .item_bytes = places->item_bytes,
					.kind = LSCOW_READ_DIRECTORY };
	int rc = 0;

	lscow_vector_sort(places, lscow_near_compare);
	for (size_t at = 0; rc == 0 && at < places->nr; at += some.nr_items) {
		some.items = &LSCOW_ITEMS(places, struct place)[at];
		some.nr_items = lscow_min_u64(places->nr - at, LSCOW_ANNOUNCE_INODES);
		lscow_near_announce(checking->check->fs, &some);
		rc = lscow_near_read(checking->check->fs, &some, &ops, checking,
				     checking->err);
	}
	return rc;
}

static int check_all(struct checking *checking)
{
	struct lscow_hint_check *check = checking->check;
	int rc;

	drop_doubles(&check->hints, compare_hints);
	drop_doubles(&check->parents, compare_parents);
	add_directories(checking);
	rc = checking->rc;
	if (rc == 0)
		rc = read_places(checking);
	if (rc == 0)
		drop_doubles(&check->found, compare_found);
	return rc;
}

int lscow_hint_check_run(struct lscow_hint_check *check, struct lscow_error *err)
{
	struct checking checking = {
		.check = check, .map = LSCOW_MAP, .places = LSCOW_VECTOR(struct place),
		.err = err,
	};
	const struct lscow_entry_watch watch = check->fs->watch;
	int rc = lscow_bitmap_open(check->fs, LSCOW_INODE_BITMAP, &checking.bitmap, err);

	if (rc != 0)
		return rc;
	/* What the cache pointed to it has; to store it again would cost more than it gains. */
	check->fs->watch = (struct lscow_entry_watch){ NULL, NULL };
	checking.raw = malloc(check->fs->sb.inode_bytes);
	rc = checking.raw ? check_all(&checking)
			  : lscow_error_no_memory(err, "directories");
	check->fs->watch = watch;
	free(checking.raw);
	lscow_map_free(&checking.map);
	lscow_vector_free(&checking.places);
	lscow_bitmap_close(&checking.bitmap);
	return rc;
}
