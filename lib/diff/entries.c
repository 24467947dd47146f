/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names that came into directories, and names that are gone from them. */

#include "diff/entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "diff/lookahead.h"
#include "extfs/directory.h"

/* Where the entries of a directory go. */
struct entry_sink {
	struct lscow_vector *list;
	struct lscow_strings *strings;
	uint32_t directory_ino;
};

/* One directory in one view. */
struct directory_side {
	struct lscow_inode inode;
	uint8_t *raw;
	struct lscow_map map;
};

void lscow_entries_open(struct lscow_entries *entries)
{
	*entries = (struct lscow_entries){ .strings = LSCOW_STRINGS };
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		entries->lists[side] = LSCOW_VECTOR(struct lscow_entry);
}

void lscow_entries_close(struct lscow_entries *entries)
{
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_vector_free(&entries->lists[side]);
	lscow_strings_free(&entries->strings);
}

int lscow_entry_compare(const void *left, const void *right)
{
	const struct lscow_entry *a = left, *b = right;
	int order;

	if (a->directory_ino != b->directory_ino)
		return a->directory_ino < b->directory_ino ? -1 : 1;
	order = strcmp(a->name, b->name);
	if (order != 0)
		return order;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

static int add_entry(void *data, const struct lscow_dirent *dirent,
		     struct lscow_error *err)
{
	struct entry_sink *sink = data;
	struct lscow_entry entry = {
		.directory_ino = sink->directory_ino,
		.ino = dirent->ino,
	};
	int rc;

	rc = lscow_strings_add(sink->strings, dirent->name, dirent->name_bytes, &entry.name,
			       err);
	return rc != 0 ? rc : lscow_vector_push(sink->list, &entry, err);
}

/* The kernel finds but one of two entries with one name. */
static int check_doubles(const struct lscow_extfs *fs, const struct lscow_vector *collected,
			 struct lscow_error *err)
{
	const struct lscow_entry *items = collected->items;

	for (size_t i = 1; i < collected->nr; i++)
		if (strcmp(items[i - 1].name, items[i].name) == 0)
			return lscow_extfs_damaged(fs, err, "directory inode %u: entries for "
						   "inode %u and for inode %u have one name, "
						   "expected different ones",
						   items[i].directory_ino, items[i - 1].ino,
						   items[i].ino);
	return 0;
}

int lscow_entries_add_all(struct lscow_inodes *inodes, struct lscow_entries *entries,
			  enum lscow_side side, uint32_t directory_ino,
			  struct lscow_error *err)
{
	struct lscow_extfs *fs = inodes->views->fs[side];
	struct lscow_vector all = LSCOW_VECTOR(struct lscow_entry);
	struct entry_sink sink = {
		.list = &all, .strings = &entries->strings, .directory_ino = directory_ino,
	};
	struct lscow_inode inode;
	int rc;

	rc = lscow_inode_load(fs, directory_ino, inodes->raws[side], &inode, err);
	if (rc == 0)
		rc = lscow_directory_iterate(fs, &inode, add_entry, &sink, err);
	lscow_vector_sort(&all, lscow_entry_compare);
	if (rc == 0)
		rc = check_doubles(fs, &all, err);
	for (size_t i = 0; rc == 0 && i < all.nr; i++)
		rc = lscow_vector_push(&entries->lists[side],
				       &LSCOW_ITEMS(&all, struct lscow_entry)[i], err);
	lscow_vector_free(&all);
	return rc;
}

/* Where one logical block of a directory lies; 0 where it has none. */
static uint64_t map_block(const struct lscow_map *map, size_t *at, uint64_t logical_block)
{
	const struct lscow_run *runs = map->runs.items;

	while (*at < map->runs.nr &&
	       runs[*at].logical_block + runs[*at].nr_blocks <= logical_block)
		(*at)++;
	if (*at == map->runs.nr || runs[*at].logical_block > logical_block)
		return 0;
	return runs[*at].physical_block + (logical_block - runs[*at].logical_block);
}

/* The first logical block at or after this one that the map has, or UINT64_MAX. */
static uint64_t next_mapped(const struct lscow_map *map, size_t at, uint64_t logical_block)
{
	const struct lscow_run *runs = map->runs.items;

	if (at == map->runs.nr)
		return UINT64_MAX;
	return lscow_max_u64(runs[at].logical_block, logical_block);
}

static uint64_t end_of_map(const struct lscow_map *map)
{
	const struct lscow_run *last;

	if (map->runs.nr == 0)
		return 0;
	last = &LSCOW_ITEMS(&map->runs, struct lscow_run)[map->runs.nr - 1];
	return last->logical_block + last->nr_blocks;
}

static int add_block(struct lscow_extfs *fs, const struct lscow_inode *inode,
		     uint64_t logical_block, uint64_t block, uint8_t *buffer,
		     struct entry_sink *sink, struct lscow_error *err)
{
	int rc = lscow_directory_read_block(fs, inode, block, buffer, err);

	if (rc == 0 && logical_block == 0)
		rc = lscow_directory_check_start(fs, inode, block, buffer, err);
	if (rc == 0)
		rc = lscow_directory_parse_block(fs, inode, block, buffer, add_entry, sink,
						 err);
	return rc;
}

/* Collects the entries that are inside the inode. */
static int collect_inline(struct lscow_inodes *inodes, struct directory_side *sides,
			  struct entry_sink *sinks, struct lscow_error *err)
{
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		if (lscow_inode_is_inline(&sides[side].inode))
			rc = lscow_directory_parse_inline(inodes->views->fs[side],
							  &sides[side].inode, add_entry,
							  &sinks[side], err);
	return rc;
}

/* Collects the entries of the blocks that are not the same in both views. */
static int collect_changed(struct lscow_inodes *inodes, struct directory_side *sides,
			   struct entry_sink *sinks, struct lscow_error *err)
{
	const struct lscow_views *views = inodes->views;
	uint8_t *buffer = malloc(lscow_views_block_bytes(views));
	uint64_t end_block = lscow_max_u64(end_of_map(&sides[LSCOW_SIDE_OLD].map),
					   end_of_map(&sides[LSCOW_SIDE_NEW].map));
	size_t at[LSCOW_NR_SIDES] = { 0, 0 };
	uint64_t blocks[LSCOW_NR_SIDES];
	int rc = 0;

	if (!buffer)
		return lscow_error_no_memory(err, "a directory block");
	for (uint64_t logical = 0; rc == 0 && logical < end_block; logical++) {
		for (int side = 0; side < LSCOW_NR_SIDES; side++)
			blocks[side] = map_block(&sides[side].map, &at[side], logical);
		if (blocks[0] == 0 && blocks[1] == 0) {
			logical = lscow_min_u64(next_mapped(&sides[0].map, at[0], logical),
						next_mapped(&sides[1].map, at[1], logical)) - 1;
			continue;
		}
		if (blocks[0] == blocks[1] &&
		    !lscow_blocks_overlap(views->blocks, blocks[0], 1))
			continue;
		for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
			if (blocks[side] != 0)
				rc = add_block(views->fs[side], &sides[side].inode, logical,
					       blocks[side], buffer, &sinks[side], err);
	}
	free(buffer);
	return rc;
}

/* Keeps what is in one list only; htree splits move entries between blocks. */
static int keep_differences(const struct lscow_views *views, struct lscow_vector *collected,
			    struct lscow_entries *entries, struct lscow_error *err)
{
	const struct lscow_entry *items[LSCOW_NR_SIDES];
	size_t at[LSCOW_NR_SIDES] = { 0, 0 };
	int rc = 0;

	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		lscow_vector_sort(&collected[side], lscow_entry_compare);
		items[side] = collected[side].items;
		if (rc == 0)
			rc = check_doubles(views->fs[side], &collected[side], err);
	}
	while (rc == 0 && (at[0] < collected[0].nr || at[1] < collected[1].nr)) {
		int order;

		if (at[0] == collected[0].nr)
			order = 1;
		else if (at[1] == collected[1].nr)
			order = -1;
		else
			order = lscow_entry_compare(&items[0][at[0]], &items[1][at[1]]);
		if (order < 0)
			rc = lscow_vector_push(&entries->lists[0], &items[0][at[0]], err);
		else if (order > 0)
			rc = lscow_vector_push(&entries->lists[1], &items[1][at[1]], err);
		at[0] += order <= 0;
		at[1] += order >= 0;
	}
	return rc;
}

static int load_side(struct lscow_extfs *fs, uint32_t ino, struct directory_side *side,
		     struct lscow_error *err)
{
	int rc;

	side->map = LSCOW_MAP;
	side->raw = malloc(fs->sb.inode_bytes);
	if (!side->raw)
		return lscow_error_no_memory(err, "a directory");
	rc = lscow_inode_load(fs, ino, side->raw, &side->inode, err);
	if (rc == 0)
		rc = lscow_map_load(fs, &side->inode, &side->map, err);
	if (rc == 0)
		rc = lscow_directory_check_size(fs, &side->inode, &side->map, err);
	if (rc == 0)
		rc = lscow_directory_load_names(fs, &side->inode, &side->map, err);
	return rc;
}

static int diff_same_directory(struct lscow_inodes *inodes, uint32_t ino,
			       struct lscow_entries *entries, struct lscow_error *err)
{
	struct directory_side sides[LSCOW_NR_SIDES] = { { .raw = NULL }, { .raw = NULL } };
	struct lscow_vector collected[LSCOW_NR_SIDES];
	struct entry_sink sinks[LSCOW_NR_SIDES];
	int rc = 0;

	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		collected[side] = LSCOW_VECTOR(struct lscow_entry);
		sinks[side] = (struct entry_sink){ .list = &collected[side],
						   .strings = &entries->strings,
						   .directory_ino = ino };
	}
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = load_side(inodes->views->fs[side], ino, &sides[side], err);
	if (rc == 0)
		rc = collect_inline(inodes, sides, sinks, err);
	if (rc == 0)
		rc = collect_changed(inodes, sides, sinks, err);
	if (rc == 0)
		rc = keep_differences(inodes->views, collected, entries, err);
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		lscow_vector_free(&collected[side]);
		if (sides[side].raw)
			lscow_map_free(&sides[side].map);
		free(sides[side].raw);
	}
	return rc;
}

int lscow_entries_diff(struct lscow_inodes *inodes, struct lscow_entries *entries,
		       struct lscow_error *err)
{
	const struct lscow_inode_record *record;
	struct lscow_lookahead lookahead;
	int rc = 0;

	lscow_lookahead_start(inodes->views, LSCOW_SIDE_NEW, LSCOW_BLOCK_DIRECTORY,
			      LSCOW_LOOKAHEAD_ALL, &lookahead);
	for (record = inodes->records; rc == 0 && record; record = record->hh.next) {
		if (lscow_record_is_directory(record, LSCOW_SIDE_NEW))
			lscow_lookahead_move(&lookahead, 1);
		if (lscow_record_is_same(record)) {
			if (lscow_record_is_directory(record, LSCOW_SIDE_NEW))
				rc = lscow_inodes_step_over(
					inodes,
					diff_same_directory(inodes, record->ino, entries, err),
					err);
			continue;
		}
		for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
			if (lscow_record_is_directory(record, side))
				rc = lscow_inodes_step_over(
					inodes,
					lscow_entries_add_all(inodes, entries, side,
							      record->ino, err),
					err);
	}
	return rc;
}
