/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Entries with paths: twins, renames, and the walk through moved directories. */

#include "support/unit.h"

#include <stdio.h>

#include "changes/items.h"
#include "changes/moves.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/view-pair.h"

#define MOST 6

/* What stands at a number in the views. */
enum fate {
	SAME_FILE,
	SAME_DIRECTORY,
	REPLACED_FILE, /* another generation */
	ADDED_FILE,
	DELETED_FILE,
};

struct inode {
	uint32_t ino; /* 0: no more */
	enum fate fate;
};

/* A directory besides the root. */
struct place {
	uint32_t ino;
	uint32_t parent_ino;
	const char *name;
};

static struct view_pair pair;
static struct lscow_dirpaths dirpaths[LSCOW_NR_SIDES];
static struct lscow_entries entries;
static struct lscow_items items;
static struct lscow_error err;

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("base", FILESYSTEM_EXT4,
			"mkdir d\nmkdir d/s\nwrite small d/s/f\nwrite small d/g\n");
}

static void open_views(const char *new_name)
{
	view_pair_open(&pair, "base", new_name);
	lscow_entries_open(&entries);
	lscow_items_open(&items);
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		unit_assert_ok("open", lscow_dirpaths_open(pair.views.fs[side],
							   &dirpaths[side], &err), &err);
}

static void setup(void)
{
	open_views("base");
}

static void teardown(void)
{
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_dirpaths_close(&dirpaths[side]);
	lscow_items_close(&items);
	lscow_entries_close(&entries);
	view_pair_close(&pair);
}

static void add_record(const struct inode *inode)
{
	struct lscow_inode_record *record = calloc(1, sizeof(*record));
	struct lscow_inode_side *sides;

	ck_assert_ptr_nonnull(record);
	sides = record->sides;
	record->ino = inode->ino;
	record->ranges = LSCOW_RANGES;
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		sides[side].state = LSCOW_INODE_LIVE;
		sides[side].type = inode->fate == SAME_DIRECTORY ? LSCOW_TYPE_DIRECTORY
								 : LSCOW_TYPE_FILE;
	}
	if (inode->fate == REPLACED_FILE)
		sides[LSCOW_SIDE_NEW].generation = 1;
	if (inode->fate == ADDED_FILE)
		sides[LSCOW_SIDE_OLD].state = LSCOW_INODE_FREE;
	if (inode->fate == DELETED_FILE)
		sides[LSCOW_SIDE_NEW].state = LSCOW_INODE_FREE;
	HASH_ADD(hh, pair.inodes.records, ino, sizeof(record->ino), record);
}

static void add_side(enum lscow_side side, const struct place *places,
		     const struct lscow_entry *list)
{
	for (size_t i = 0; i < MOST && places[i].ino; i++)
		unit_assert_ok("place", lscow_dirpaths_learn(
				       &dirpaths[side], places[i].ino, places[i].parent_ino,
				       places[i].name, &err), &err);
	for (size_t i = 0; i < MOST && list[i].name; i++)
		unit_assert_ok("entry", lscow_vector_push(&entries.lists[side], &list[i],
							  &err), &err);
}

/* "PATH" for each item, "=" with a twin, "<OTHER" or ">OTHER" with a partner. */
static const char *describe(void)
{
	static char text[1024];

	text[0] = '\0';
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		const struct lscow_item *item = items.lists[side].items;

		strcat(text, side == LSCOW_SIDE_NEW ? "+" : "-");
		for (size_t i = 0; i < items.lists[side].nr; i++, item++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				 " %s%s%s%s", item->path, item->twin ? "=" : "",
				 !item->partner ? "" : side == LSCOW_SIDE_NEW ? "<" : ">",
				 item->partner ? item->partner->path : "");
		strcat(text, side == LSCOW_SIDE_NEW ? " " : "");
	}
	return text;
}

/* Number 2 is the root; 20 and up are files, 30 and up directories. */
static const struct {
	const char *label;
	struct inode inodes[MOST];
	struct place new_places[MOST];
	struct lscow_entry new_entries[MOST];
	struct place old_places[MOST];
	struct lscow_entry old_entries[MOST];
	const char *expected;
} rows[] = {
	{ .label = "none", .expected = "+ -" },
	{ .label = "come", .inodes = { { 20, ADDED_FILE } },
	  .new_entries = { { 2, 20, "a" } }, .expected = "+ a -" },
	{ .label = "gone", .inodes = { { 20, DELETED_FILE } },
	  .old_entries = { { 2, 20, "a" } }, .expected = "+ - a" },
	{ .label = "sorted by path, not by name",
	  .inodes = { { 20, ADDED_FILE }, { 21, ADDED_FILE }, { 22, ADDED_FILE } },
	  .new_places = { { 30, 2, "d" } },
	  .new_entries = { { 2, 20, "x" }, { 30, 21, "a" }, { 2, 22, "d-" } },
	  .expected = "+ d- d/a x -" },
	{ .label = "a rename", .inodes = { { 20, SAME_FILE } },
	  .new_entries = { { 2, 20, "b" } }, .old_entries = { { 2, 20, "a" } },
	  .expected = "+ b<a - a>b" },
	{ .label = "two files of which each has a name gone and one come",
	  .inodes = { { 20, SAME_FILE }, { 21, SAME_FILE } },
	  .new_entries = { { 2, 20, "y" }, { 2, 21, "x" } },
	  .old_entries = { { 2, 20, "a" }, { 2, 21, "b" } },
	  .expected = "+ x<b y<a - a>y b>x" },
	{ .label = "a number that another file got is no rename",
	  .inodes = { { 20, REPLACED_FILE } }, .new_entries = { { 2, 20, "b" } },
	  .old_entries = { { 2, 20, "a" } }, .expected = "+ b - a" },
	{ .label = "two come, one gone", .inodes = { { 20, SAME_FILE } },
	  .new_entries = { { 2, 20, "c" }, { 2, 20, "b" } },
	  .old_entries = { { 2, 20, "a" } }, .expected = "+ b<a c - a>b" },
	{ .label = "one come, two gone", .inodes = { { 20, SAME_FILE } },
	  .new_entries = { { 2, 20, "c" } },
	  .old_entries = { { 2, 20, "b" }, { 2, 20, "a" } },
	  .expected = "+ c<a - a>c b" },
	{ .label = "twins", .inodes = { { 20, SAME_FILE }, { 21, SAME_FILE } },
	  .new_entries = { { 2, 20, "a" }, { 2, 21, "b" } },
	  .old_entries = { { 2, 21, "a" }, { 2, 20, "b" } },
	  .expected = "+ a= b= - a= b=" },
	{ .label = "a path that existed before is no end of a rename",
	  .inodes = { { 20, SAME_FILE }, { 21, DELETED_FILE } },
	  .new_entries = { { 2, 20, "b" } },
	  .old_entries = { { 2, 20, "a" }, { 2, 21, "b" } }, .expected = "+ b= - a b=" },
	{ .label = "renamed, and its path taken by another",
	  .inodes = { { 20, SAME_FILE }, { 21, ADDED_FILE } },
	  .new_entries = { { 2, 20, "b" }, { 2, 21, "a" } },
	  .old_entries = { { 2, 20, "a" } }, .expected = "+ a= b<a - a=>b" },
	{ .label = "a name that is truly gone comes first",
	  .inodes = { { 20, SAME_FILE }, { 21, ADDED_FILE } },
	  .new_entries = { { 2, 20, "z" }, { 2, 21, "a" } },
	  .old_entries = { { 2, 20, "a" }, { 2, 20, "b" } },
	  .expected = "+ a= z<b - a= b>z" },
	{ .label = "in a directory that moved, the equal entry is the partner",
	  .inodes = { { 20, SAME_FILE }, { 30, SAME_DIRECTORY } },
	  .new_places = { { 30, 2, "new" } },
	  .new_entries = { { 2, 30, "new" }, { 30, 20, "b" }, { 30, 20, "a" } },
	  .old_places = { { 30, 2, "old" } },
	  .old_entries = { { 2, 30, "old" }, { 30, 20, "b" } },
	  .expected = "+ new<old new/a new/b<old/b - old>new old/b>new/b" },
	{ .label = "a twin below another directory's path",
	  .inodes = { { 20, SAME_FILE }, { 21, ADDED_FILE }, { 30, SAME_DIRECTORY } },
	  .new_places = { { 30, 2, "new" }, { 31, 2, "old" } },
	  .new_entries = { { 30, 20, "a" }, { 31, 21, "a" } },
	  .old_places = { { 30, 2, "old" } }, .old_entries = { { 30, 20, "a" } },
	  .expected = "+ new/a<old/a old/a= - old/a=>new/a" },
};

START_TEST(test_build_and_pair)
{
	for (size_t i = 0; i < MOST && rows[_i].inodes[i].ino; i++)
		add_record(&rows[_i].inodes[i]);
	add_side(LSCOW_SIDE_NEW, rows[_i].new_places, rows[_i].new_entries);
	add_side(LSCOW_SIDE_OLD, rows[_i].old_places, rows[_i].old_entries);
	unit_assert_ok(rows[_i].label, lscow_items_build(&items, &pair.inodes, &entries,
							 dirpaths, &err), &err);
	unit_assert_ok(rows[_i].label, lscow_items_pair(&items, &pair.inodes, &err), &err);
	ck_assert_msg(!strcmp(describe(), rows[_i].expected), "%s: %s", rows[_i].label,
		      describe());
}
END_TEST

START_TEST(test_build_again)
{
	add_record(&(struct inode){ 20, SAME_FILE });
	add_side(LSCOW_SIDE_NEW, (const struct place[MOST]){ { 0 } },
		 (const struct lscow_entry[MOST]){ { 2, 20, "b" } });
	for (int i = 0; i < 2; i++)
		unit_assert_ok("build", lscow_items_build(&items, &pair.inodes, &entries,
							  dirpaths, &err), &err);
	ck_assert_str_eq(describe(), "+ b -");
}
END_TEST

static const struct {
	const char *label;
	enum lscow_side side;
	const char *path;
	bool is_found;
} finds[] = {
	{ .label = "first", .side = LSCOW_SIDE_NEW, .path = "a", .is_found = true },
	{ .label = "last", .side = LSCOW_SIDE_NEW, .path = "c", .is_found = true },
	{ .label = "before", .side = LSCOW_SIDE_NEW, .path = "A" },
	{ .label = "between", .side = LSCOW_SIDE_NEW, .path = "ab" },
	{ .label = "behind", .side = LSCOW_SIDE_NEW, .path = "d" },
	{ .label = "the other view", .side = LSCOW_SIDE_OLD, .path = "a" },
};

START_TEST(test_find)
{
	const struct lscow_item *item;

	add_record(&(struct inode){ 20, ADDED_FILE });
	add_side(LSCOW_SIDE_NEW, (const struct place[MOST]){ { 0 } },
		 (const struct lscow_entry[MOST]){ { 2, 20, "c" }, { 2, 20, "a" },
						   { 2, 20, "b" } });
	unit_assert_ok("build", lscow_items_build(&items, &pair.inodes, &entries, dirpaths,
						  &err), &err);
	item = lscow_items_find(&items, finds[_i].side, finds[_i].path);
	ck_assert_msg((item != NULL) == finds[_i].is_found, "%s", finds[_i].label);
	if (item)
		ck_assert_str_eq(item->path, finds[_i].path);
}
END_TEST

START_TEST(test_directory_without_path)
{
	int ret;

	add_record(&(struct inode){ 20, ADDED_FILE });
	add_side(LSCOW_SIDE_NEW, (const struct place[MOST]){ { 0 } },
		 (const struct lscow_entry[MOST]){ { 99, 20, "a" } });
	ret = lscow_items_build(&items, &pair.inodes, &entries, dirpaths, &err);
	unit_assert_error("unknown", ret, &err, LSCOW_E_INCOMPLETE,
			  "base: a directory's parent is not known");
}
END_TEST

/* ---- moved directories --------------------------------------------------- */

/* Numbers: 12 d, 13 d/s, 14 d/s/f, 15 d/g. */
static const char *describe_entries(enum lscow_side side)
{
	static char text[512];
	const struct lscow_entry *list;

	lscow_vector_sort(&entries.lists[side], lscow_entry_compare);
	list = entries.lists[side].items;
	text[0] = '\0';
	for (size_t i = 0; i < entries.lists[side].nr; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u/%s=%u ",
			 list[i].directory_ino, list[i].name, list[i].ino);
	return text;
}

static const struct {
	const char *label;
	const char *commands;
	struct lscow_entry come; /* the entry that the walk begins from */
	const char *new_entries;
	const char *old_entries;
} walks[] = {
	{ .label = "a directory with one below it", .come = { 2, 12, "x" },
	  .new_entries = "2/x=12 12/g=15 12/s=13 13/f=14 ",
	  .old_entries = "12/g=15 12/s=13 13/f=14 " },
	{ .label = "entries differ", .commands = "unlink d/g\nln d/s/f d/h\n",
	  .come = { 2, 12, "x" }, .new_entries = "2/x=12 12/h=14 12/s=13 13/f=14 ",
	  .old_entries = "12/g=15 12/s=13 13/f=14 " },
	{ .label = "the inner one alone", .come = { 2, 13, "x" },
	  .new_entries = "2/x=13 13/f=14 ", .old_entries = "13/f=14 " },
	{ .label = "a file", .come = { 2, 15, "x" }, .new_entries = "2/x=15 ",
	  .old_entries = "" },
	{ .label = "a new directory", .commands = "mkdir n\n", .come = { 2, 16, "n" },
	  .new_entries = "2/n=16 ", .old_entries = "" },
};

START_TEST(test_walk)
{
	teardown();
	filesystem_copy("base", "new", walks[_i].commands);
	open_views("new");
	unit_assert_ok("come", lscow_vector_push(&entries.lists[LSCOW_SIDE_NEW],
						 &walks[_i].come, &err), &err);
	unit_assert_ok(walks[_i].label, lscow_moves_walk(&pair.inodes, &entries, &err), &err);
	ck_assert_msg(!strcmp(describe_entries(LSCOW_SIDE_NEW), walks[_i].new_entries),
		      "%s: %s", walks[_i].label, describe_entries(LSCOW_SIDE_NEW));
	ck_assert_msg(!strcmp(describe_entries(LSCOW_SIDE_OLD), walks[_i].old_entries),
		      "%s: %s", walks[_i].label, describe_entries(LSCOW_SIDE_OLD));
	/* A second walk adds nothing. */
	unit_assert_ok(walks[_i].label, lscow_moves_walk(&pair.inodes, &entries, &err), &err);
	ck_assert_str_eq(describe_entries(LSCOW_SIDE_OLD), walks[_i].old_entries);
}
END_TEST

START_TEST(test_walk_read_fails)
{
	static const struct lscow_entry come = { 2, 12, "x" };
	int ret;

	unit_assert_ok("come", lscow_vector_push(&entries.lists[LSCOW_SIDE_NEW], &come,
						 &err), &err);
	memory_device_fail_read(pair.devices[LSCOW_SIDE_OLD], (unsigned int)_i);
	ret = lscow_moves_walk(&pair.inodes, &entries, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED, "base: injected read error");
}
END_TEST

static const struct {
	const char *label;
	enum fate fate;
	bool is_moved;
} fates[] = {
	{ .label = "a directory", .fate = SAME_DIRECTORY, .is_moved = true },
	{ .label = "a file", .fate = SAME_FILE },
	{ .label = "replaced", .fate = REPLACED_FILE },
	{ .label = "added", .fate = ADDED_FILE },
};

START_TEST(test_is_moved)
{
	add_record(&(struct inode){ 20, fates[_i].fate });
	ck_assert_msg(lscow_moves_is_moved(lscow_inodes_find(&pair.inodes, 20)) ==
		      fates[_i].is_moved, "%s", fates[_i].label);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("items");
	TCase *tcase = tcase_create("items");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_build_and_pair, 0, (int)UNIT_COUNT(rows));
	tcase_add_test(tcase, test_build_again);
	tcase_add_loop_test(tcase, test_find, 0, (int)UNIT_COUNT(finds));
	tcase_add_test(tcase, test_directory_without_path);
	tcase_add_loop_test(tcase, test_walk, 0, (int)UNIT_COUNT(walks));
	tcase_add_loop_test(tcase, test_walk_read_fails, 1, 5);
	tcase_add_loop_test(tcase, test_is_moved, 0, (int)UNIT_COUNT(fates));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
