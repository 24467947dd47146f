/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names that came into directories and names that are gone from them. */

#include "support/unit.h"

#include <stdio.h>

#include "diff/entries.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/view-pair.h"

#define NR_MANY 40

static struct view_pair pair;
static struct lscow_entries entries;
static struct lscow_error err;

static void make_images(void)
{
	char many[NR_MANY * 64] = "mkdir many\nexpand_dir many\n";

	for (int i = 0; i < NR_MANY; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many),
			 "ln file many/a-name-that-is-rather-long-%d\n", i);
	filesystem_folder_make();
	filesystem_make("base", FILESYSTEM_EXT4,
			"mkdir dir\nwrite small dir/a\nwrite small dir/b\nwrite small file\n"
			"mkdir gone\nwrite small gone/in\n");
	filesystem_change("base", many);
}

static void open_pair(const char *commands)
{
	filesystem_copy("base", "new", commands);
	view_pair_open(&pair, "base", "new");
	lscow_entries_open(&entries);
}

static void teardown(void)
{
	lscow_entries_close(&entries);
	view_pair_close(&pair);
}

/* "+NAME " for what came, "-NAME " for what is gone, each with its inode. */
static const char *describe(void)
{
	static char text[4096];

	text[0] = '\0';
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		const struct lscow_entry *list;

		lscow_vector_sort(&entries.lists[side], lscow_entry_compare);
		list = entries.lists[side].items;
		for (size_t i = 0; i < entries.lists[side].nr; i++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				 "%c%u/%s=%u ", side == LSCOW_SIDE_NEW ? '+' : '-',
				 list[i].directory_ino, list[i].name, list[i].ino);
	}
	return text;
}

/* Inodes: 12 dir, 13 a, 14 b, 15 file, 16 gone, 17 in, 18 many; 2 is the root. */
static const struct {
	const char *label;
	const char *commands;
	uint32_t examined[3]; /* besides those that differ in the tables */
	const char *expected;
} changes[] = {
	{ .label = "none", .examined = { 12 }, .expected = "" },
	{ .label = "come", .commands = "write small dir/c\n", .examined = { 12 },
	  .expected = "+12/c=19 " },
	{ .label = "gone", .commands = "rm dir/a\n", .examined = { 12 },
	  .expected = "-12/a=13 " },
	{ .label = "renamed", .commands = "ln dir/a dir/z\nunlink dir/a\n",
	  .examined = { 12 }, .expected = "+12/z=13 -12/a=13 " },
	{ .label = "moved", .commands = "ln dir/a a\nunlink dir/a\n", .examined = { 2, 12 },
	  .expected = "+2/a=13 -12/a=13 " },
	{ .label = "another inode", .commands = "unlink dir/a\nln file dir/a\n",
	  .examined = { 12 }, .expected = "+12/a=15 -12/a=13 " },
	{ .label = "removed and put back", .commands = "unlink dir/a\nln dir/b dir/c\n"
						       "ln <13> dir/a\nunlink dir/c\n",
	  .examined = { 12 }, .expected = "" },
	{ .label = "a new directory", .commands = "mkdir fresh\nwrite small fresh/x\n",
	  .examined = { 2 }, .expected = "+2/fresh=19 +19/x=20 " },
	{ .label = "a deleted directory", .commands = "rm gone/in\nrmdir gone\n",
	  .examined = { 2 }, .expected = "-2/gone=16 -16/in=17 " },
	{ .label = "one of many", .commands = "unlink many/a-name-that-is-rather-long-7\n",
	  .examined = { 18 }, .expected = "-18/a-name-that-is-rather-long-7=15 " },
};

static void examine(const uint32_t *inos, size_t nr)
{
	view_pair_examine(&pair);
	for (size_t i = 0; i < nr && inos[i]; i++)
		unit_assert_ok("examine", lscow_inodes_examine(&pair.inodes, inos[i], &err),
			       &err);
}

START_TEST(test_diff)
{
	open_pair(changes[_i].commands);
	examine(changes[_i].examined, UNIT_COUNT(changes[_i].examined));
	unit_assert_ok(changes[_i].label, lscow_entries_diff(&pair.inodes, &entries, &err),
		       &err);
	ck_assert_msg(!strcmp(describe(), changes[_i].expected), "%s: %s", changes[_i].label,
		      describe());
}
END_TEST

START_TEST(test_add_all)
{
	open_pair("rm dir/a\nwrite small dir/c\n");
	unit_assert_ok("new", lscow_entries_add_all(&pair.inodes, &entries, LSCOW_SIDE_NEW, 12,
						    &err), &err);
	unit_assert_ok("old", lscow_entries_add_all(&pair.inodes, &entries, LSCOW_SIDE_OLD, 12,
						    &err), &err);
	ck_assert_str_eq(describe(), "+12/b=14 +12/c=13 -12/a=13 -12/b=14 ");
}
END_TEST

static const struct {
	const char *label;
	struct lscow_entry a;
	struct lscow_entry b;
	int order;
} orders[] = {
	{ .label = "equal", .a = { 1, 2, "x" }, .b = { 1, 2, "x" }, .order = 0 },
	{ .label = "directory first", .a = { 1, 9, "z" }, .b = { 2, 1, "a" }, .order = -1 },
	{ .label = "then name", .a = { 1, 9, "a" }, .b = { 1, 1, "b" }, .order = -1 },
	{ .label = "then inode", .a = { 1, 1, "a" }, .b = { 1, 9, "a" }, .order = -1 },
	{ .label = "numbers above 2^31", .a = { 1, 1, "a" }, .b = { 0xF0000000, 1, "a" },
	  .order = -1 },
	{ .label = "bytes above 127", .a = { 1, 1, "z" }, .b = { 1, 1, "\xFF" },
	  .order = -1 },
};

START_TEST(test_compare)
{
	int order = lscow_entry_compare(&orders[_i].a, &orders[_i].b);
	int reverse = lscow_entry_compare(&orders[_i].b, &orders[_i].a);

	ck_assert_msg((order > 0) - (order < 0) == orders[_i].order, "%s", orders[_i].label);
	ck_assert_msg((reverse > 0) - (reverse < 0) == -orders[_i].order, "%s",
		      orders[_i].label);
}
END_TEST

START_TEST(test_every_read_fails)
{
	static const uint32_t inos[] = { 2, 12, 18 };
	static const char commands[] = "rm dir/a\nwrite small many/zz\nmkdir fresh\n"
				       "write small fresh/x\n";
	unsigned int before, nr_reads;
	int ret;

	open_pair(commands);
	examine(inos, UNIT_COUNT(inos));
	before = memory_device_get_nr_reads(pair.devices[_i]);
	unit_assert_ok("diff", lscow_entries_diff(&pair.inodes, &entries, &err), &err);
	nr_reads = memory_device_get_nr_reads(pair.devices[_i]) - before;
	ck_assert_uint_ge(nr_reads, 5);
	for (unsigned int nth = 1; nth <= nr_reads; nth++) {
		teardown();
		view_pair_open(&pair, "base", "new");
		lscow_entries_open(&entries);
		examine(inos, UNIT_COUNT(inos));
		memory_device_fail_read(pair.devices[_i], nth);
		ret = lscow_entries_diff(&pair.inodes, &entries, &err);
		unit_assert_error("read", ret, &err, LSCOW_E_FAILED,
				  _i == LSCOW_SIDE_OLD ? "base: injected read error"
						       : "new: injected read error");
	}
}
END_TEST

START_TEST(test_damaged_block)
{
	uint64_t block = filesystem_block("base", "dir", 0);
	char expected[128];
	int ret;

	open_pair("rm dir/a\n");
	examine((const uint32_t[]){ 12 }, 1);
	memory_device_get_bytes(pair.devices[LSCOW_SIDE_NEW])
		[block * FILESYSTEM_BLOCK_BYTES + 30] ^= 1;
	ret = lscow_entries_diff(&pair.inodes, &entries, &err);
	snprintf(expected, sizeof(expected),
		 "new: directory inode 12: block %ju: wrong checksum", (uintmax_t)block);
	unit_assert_error("damaged", ret, &err, LSCOW_E_INCOMPLETE, expected);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("entries");
	TCase *tcase = tcase_create("entries");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, test_diff, 0, (int)UNIT_COUNT(changes));
	tcase_add_test(tcase, test_add_all);
	tcase_add_loop_test(tcase, test_every_read_fails, 0, LSCOW_NR_SIDES);
	tcase_add_test(tcase, test_damaged_block);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("order");
	tcase_add_loop_test(tcase, test_compare, 0, (int)UNIT_COUNT(orders));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
