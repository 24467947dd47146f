/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The search for all names of files: which are found, what is read, what is missing. */

#include "support/unit.h"

#include <stdio.h>

#include "names/search.h"
#include "support/filesystem.h"
#include "support/memory-device.h"

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_name_search search;
static struct lscow_error err;

static void make_images(void)
{
	/* 4 groups of 1024 blocks with 32 inodes each. */
	static const char *const groups[] = {
		"-O", "none,ext_attr,filetype,extent,metadata_csum,sparse_super",
		"-b", "1024", "-I", "256", "-N", "128", "-g", "1024", NULL,
	};
	static const char commands[] =
		"mkdir a\nmkdir b\nwrite small a/one\nwrite small b/two\nwrite small three\n"
		"ln a/one b/uno\nln a/one eins\nsif a/one links_count 3\n"
		"symlink b/sym target\n";

	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXT4, commands);
	filesystem_make_with("groups", groups, 4097 * 1024, commands);
}

static void open_image(const char *name)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
	lscow_name_search_open(fs, &search);
}

static void teardown(void)
{
	lscow_name_search_close(&search);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

static void want(const char *image, const char *path, uint32_t nr_links)
{
	unit_assert_ok(path, lscow_name_search_want(&search, filesystem_find(image, path),
						    nr_links, &err), &err);
}

static int compare_found(const void *left, const void *right)
{
	const struct lscow_found_name *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* The names that were found, sorted. */
static const char *describe(void)
{
	static char text[1024];
	const struct lscow_found_name *found;

	text[0] = '\0';
	lscow_vector_sort(&search.found, compare_found);
	found = search.found.items;
	for (size_t i = 0; i < search.found.nr; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ",
			 found[i].name);
	return text;
}

/* ---- what is found ------------------------------------------------------- */

struct wanted {
	const char *path;
	uint32_t nr_links;
};

static const struct {
	const char *label;
	struct wanted wanted[4];
	const char *expected;
} searches[] = {
	{ .label = "none", .expected = "" },
	{ .label = "one", .wanted = { { "three", 1 } }, .expected = "three " },
	{ .label = "a symlink", .wanted = { { "b/sym", 1 } }, .expected = "sym " },
	{ .label = "three names of one", .wanted = { { "a/one", 3 } },
	  .expected = "eins one uno " },
	{ .label = "several", .wanted = { { "b/two", 1 }, { "three", 1 }, { "a/one", 3 } },
	  .expected = "eins one three two uno " },
	{ .label = "twice the same", .wanted = { { "three", 1 }, { "three", 1 } },
	  .expected = "three " },
	{ .label = "without links", .wanted = { { "three", 0 } }, .expected = "" },
};

static void assert_search(const char *image, size_t i)
{
	open_image(image);
	for (size_t j = 0; j < 4 && searches[i].wanted[j].path; j++)
		want(image, searches[i].wanted[j].path, searches[i].wanted[j].nr_links);
	unit_assert_ok(searches[i].label, lscow_name_search_run(&search, NULL, NULL, &err),
		       &err);
	ck_assert_msg(!strcmp(describe(), searches[i].expected), "%s: %s", searches[i].label,
		      describe());
	ck_assert_uint_eq(search.nr_left, 0);
}

START_TEST(test_search)
{
	assert_search("disk", (size_t)_i);
}
END_TEST

START_TEST(test_search_groups)
{
	assert_search("groups", (size_t)_i);
}
END_TEST

START_TEST(test_directory_of_name)
{
	const struct lscow_found_name *found;

	open_image("disk");
	want("disk", "b/two", 1);
	unit_assert_ok("run", lscow_name_search_run(&search, NULL, NULL, &err), &err);
	ck_assert_uint_eq(search.found.nr, 1);
	found = search.found.items;
	ck_assert_uint_eq(found->ino, filesystem_find("disk", "b/two"));
	ck_assert_uint_eq(found->directory_ino, filesystem_find("disk", "b"));
}
END_TEST

START_TEST(test_nothing_wanted_nothing_read)
{
	unsigned int before;

	open_image("disk");
	before = memory_device_get_nr_reads(device);
	unit_assert_ok("run", lscow_name_search_run(&search, NULL, NULL, &err), &err);
	ck_assert_uint_eq(memory_device_get_nr_reads(device), before);
	ck_assert_uint_eq(search.nr_directories, 0);
}
END_TEST

static void count_steps(void *data, const char *step, uint64_t done, uint64_t total)
{
	ck_assert_str_eq(step, "names");
	ck_assert_uint_lt(done, total);
	++*(int *)data;
}

/* b and what is in it lie in one group, the root in another. */
START_TEST(test_nearest_first)
{
	uint32_t group_of_b;
	int nr_steps = 0;

	open_image("groups");
	group_of_b = lscow_extfs_group_of_inode(fs, filesystem_find("groups", "b"));
	ck_assert_uint_eq(lscow_extfs_group_of_inode(fs, filesystem_find("groups", "b/two")),
			  group_of_b);
	want("groups", "b/two", 1);
	unit_assert_ok("run", lscow_name_search_run(&search, count_steps, &nr_steps, &err),
		       &err);
	ck_assert_str_eq(describe(), "two ");
	ck_assert_int_eq(nr_steps, 1);
}
END_TEST

/* ---- what is missing, damaged or cannot be read -------------------------- */

START_TEST(test_missing_name)
{
	char expected[128];
	int ret;

	open_image("disk");
	want("disk", "three", 2);
	want("disk", "b/two", 1);
	ret = lscow_name_search_run(&search, NULL, NULL, &err);
	snprintf(expected, sizeof(expected),
		 "disk: inode %u: 1 of its names are in no directory (1 such inodes)",
		 filesystem_find("disk", "three"));
	unit_assert_error("missing", ret, &err, LSCOW_E_INCOMPLETE, expected);
}
END_TEST

static const struct {
	const char *label;
	const char *path;  /* of a directory */
	size_t byte; /* of its first block; 0: of its inode */
} damages[] = {
	{ .label = "a block", .path = "b", .byte = 30 },
	{ .label = "an inode", .path = "b", .byte = 0 },
};

START_TEST(test_damaged)
{
	uint32_t ino = filesystem_find("disk", damages[_i].path);
	uint64_t block = filesystem_block("disk", damages[_i].path, 0);
	uint64_t offset_bytes;
	char expected[128];
	int ret;

	open_image("disk");
	offset_bytes = ext2fs_inode_table_loc(fs->handle, 0) * FILESYSTEM_BLOCK_BYTES +
		       (uint64_t)(ino - 1) * FILESYSTEM_INODE_BYTES + 4;
	if (damages[_i].byte)
		offset_bytes = block * FILESYSTEM_BLOCK_BYTES + damages[_i].byte;
	memory_device_get_bytes(device)[offset_bytes] ^= 1;
	want("disk", "b/two", 1);
	ret = lscow_name_search_run(&search, NULL, NULL, &err);
	if (damages[_i].byte)
		snprintf(expected, sizeof(expected),
			 "disk: directory inode %u: block %ju: wrong checksum", ino,
			 (uintmax_t)block);
	else
		snprintf(expected, sizeof(expected), "disk: inode %u: wrong checksum", ino);
	unit_assert_error(damages[_i].label, ret, &err, LSCOW_E_INCOMPLETE, expected);
}
END_TEST

START_TEST(test_every_read_fails)
{
	unsigned int before, nr_reads, nr_failed = 0;
	int ret;

	open_image("groups");
	want("groups", "a/one", 3);
	before = memory_device_get_nr_reads(device);
	unit_assert_ok("run", lscow_name_search_run(&search, NULL, NULL, &err), &err);
	nr_reads = memory_device_get_nr_reads(device) - before;
	ck_assert_uint_ge(nr_reads, 3);
	for (unsigned int nth = 1; nth <= nr_reads; nth++) {
		teardown();
		open_image("groups");
		want("groups", "a/one", 3);
		memory_device_fail_read(device, nth);
		ret = lscow_name_search_run(&search, NULL, NULL, &err);
		/* Of several blocks that cannot be read at once each is read again. */
		if (ret == 0) {
			ck_assert_uint_eq(search.nr_left, 0);
			continue;
		}
		nr_failed++;
		unit_assert_error("read", ret, &err, LSCOW_E_FAILED,
				  "groups: injected read error");
	}
	ck_assert_uint_ge(nr_failed, 2); /* bitmap and inode table */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("search");
	TCase *tcase = tcase_create("search");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, test_search, 0, (int)UNIT_COUNT(searches));
	tcase_add_loop_test(tcase, test_search_groups, 0, (int)UNIT_COUNT(searches));
	tcase_add_test(tcase, test_directory_of_name);
	tcase_add_test(tcase, test_nothing_wanted_nothing_read);
	tcase_add_test(tcase, test_nearest_first);
	tcase_add_test(tcase, test_missing_name);
	tcase_add_loop_test(tcase, test_damaged, 0, (int)UNIT_COUNT(damages));
	tcase_add_test(tcase, test_every_read_fails);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
