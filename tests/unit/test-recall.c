/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names from the cache: which hints are believed, and what is read for it. */

#include "support/unit.h"

#include <stdio.h>

#include "names/recall.h"
#include "support/filesystem.h"
#include "support/memory-device.h"

#define IMAGE "disk"

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_name_search search;
static struct lscow_dirpaths dirpaths;
static struct lscow_names_watch watch;
static struct lscow_warnings warnings;
static struct lscow_error err;

static void make_images(void)
{
	static const char commands[] =
		"mkdir a\nmkdir b\nmkdir b/c\nwrite small a/one\nwrite small b/two\n"
		"write small b/c/three\nln a/one b/uno\nln a/one a/eins\n"
		"sif a/one links_count 3\nsymlink b/sym target\n";

	filesystem_folder_make();
	filesystem_make(IMAGE, FILESYSTEM_EXT4, commands);
	/* What is free there must not be believed, though its bytes are left. */
	filesystem_copy(IMAGE, "freed", "rm b/c/three\nrmdir b/c\n");
}

static void open_image(const char *name)
{
	const uint8_t uuid[16] = { 1 };

	warnings = LSCOW_WARNINGS;
	device = filesystem_load(name);
	unit_assert_ok("fs", lscow_extfs_open(device, &fs, &err), &err);
	lscow_name_search_open(fs, &search);
	unit_assert_ok("paths", lscow_dirpaths_open(fs, &dirpaths, &err), &err);
	watch = (struct lscow_names_watch){ .newer = fs };
	unit_assert_ok("cache", lscow_names_cache_open("cache", 0, uuid, &warnings, &watch.cache,
						       &err), &err);
}

static void close_image(struct lscow_summary *summary)
{
	size_t nr;

	lscow_name_search_close(&search);
	lscow_dirpaths_close(&dirpaths);
	lscow_names_cache_close(watch.cache, summary);
	lscow_warnings_get(&warnings, &nr);
	ck_assert_uint_eq(nr, 0);
	lscow_warnings_free(&warnings);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

static void remove_cache(void)
{
	remove("cache");
	remove("cache-lock");
}

static int compare_found(const void *left, const void *right)
{
	const struct lscow_found_name *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* "NAME " for each that was found, sorted. */
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

/* A hint, of paths. */
struct row {
	const char *path;
	const char *directory;
	const char *block_of; /* the first block of this */
	uint32_t directory_ino; /* instead of the directory's */
	uint64_t block;         /* instead of the block */
};

static struct lscow_hint make_hint(const struct row *row)
{
	struct lscow_hint hint = { .ino = filesystem_find(IMAGE, row->path),
				   .directory_ino = row->directory_ino,
				   .block = row->block };

	if (row->directory)
		hint.directory_ino = filesystem_find(IMAGE, row->directory);
	if (row->block_of)
		hint.block = filesystem_block(IMAGE, row->block_of, 0);
	return hint;
}

static void write_cache(const char *name, const struct row *rows, size_t nr_rows)
{
	remove_cache();
	open_image(name);
	for (size_t i = 0; i < nr_rows && rows[i].path; i++) {
		struct lscow_hint hint = make_hint(&rows[i]);

		lscow_names_cache_add(watch.cache, &hint);
	}
	close_image(NULL);
}

/* ---- files ----------------------------------------------------------------- */

#define MOST_ROWS 4

static const struct {
	const char *label;
	const char *image; /* NULL: IMAGE */
	const char *wanted;
	uint32_t nr_links;
	struct row rows[MOST_ROWS];
	const char *recalled;
	const char *found; /* after the search as well; NULL: the same */
	uint64_t nr_stale;
} files[] = {
	{ .label = "nothing known", .wanted = "b/two", .nr_links = 1, .recalled = "",
	  .found = "two " },
	{ .label = "one name", .wanted = "b/two", .nr_links = 1,
	  .rows = { { "b/two", "b", "b" } }, .recalled = "two " },
	{ .label = "in the root", .wanted = "a", .nr_links = 1,
	  .rows = { { "a", "/", "/" } }, .recalled = "a " },
	{ .label = "three names, two of them in one block", .wanted = "a/one", .nr_links = 3,
	  .rows = { { "a/one", "a", "a" }, { "a/one", "b", "b" } },
	  .recalled = "eins one uno " },
	{ .label = "one of three unknown", .wanted = "a/one", .nr_links = 3,
	  .rows = { { "a/one", "a", "a" } }, .recalled = "", .found = "eins one uno " },
	{ .label = "fewer links than names", .wanted = "a/one", .nr_links = 2,
	  .rows = { { "a/one", "a", "a" }, { "a/one", "b", "b" } }, .recalled = "",
	  .found = "eins one " },
	{ .label = "a false one beside the true one", .wanted = "b/two", .nr_links = 1,
	  .rows = { { "b/two", "a", "a" }, { "b/two", "b", "b" } }, .recalled = "two ",
	  .nr_stale = 1 },
	{ .label = "another directory", .wanted = "b/two", .nr_links = 1,
	  .rows = { { "b/two", "a", "a" } }, .recalled = "", .found = "two ", .nr_stale = 1 },
	{ .label = "a block of another directory", .wanted = "b/two", .nr_links = 1,
	  .rows = { { "b/two", "a", "b" }, { "b/two", "b", "a" } }, .recalled = "",
	  .found = "two ", .nr_stale = 2 },
	{ .label = "a file is no directory", .wanted = "b/two", .nr_links = 1,
	  .rows = { { "b/two", "a/one", "a/one" } }, .recalled = "", .found = "two ",
	  .nr_stale = 1 },
	{ .label = "no such directory or block", .wanted = "b/two", .nr_links = 1,
	  .rows = { { "b/two", .directory_ino = 0, .block_of = "b" },
		    { "b/two", .directory_ino = UINT32_MAX, .block_of = "b" },
		    { "b/two", "b", .block = UINT64_C(0xFFFFFFFFFFFF) },
		    { "b/two", "b", .block = 0 } },
	  .recalled = "", .found = "two ", .nr_stale = 4 },
	{ .label = "an inode that is free", .wanted = "b/two", .nr_links = 1,
	  .rows = { { "b/two", .directory_ino = 100, .block_of = "b" } }, .recalled = "",
	  .found = "two ", .nr_stale = 1 },
	{ .label = "a directory that was removed", .image = "freed", .wanted = "b/two",
	  .nr_links = 1, .rows = { { "b/c/three", "b/c", "b/c" }, { "b/two", "b/c", "b/c" },
				   { "b/two", "b", "b" } },
	  .recalled = "two ", .nr_stale = 1 },
	{ .label = "a directory is its own", .wanted = "b/two", .nr_links = 1,
	  .rows = { { "b/two", "b", "b" }, { "b", "b", "b" } }, .recalled = "two ",
	  .nr_stale = 1 },
};

static void want_file(int i)
{
	const char *path = files[i].wanted;

	unit_assert_ok(files[i].label,
		       lscow_name_search_want(&search, filesystem_find(IMAGE, path),
					      files[i].nr_links, &err), &err);
}

START_TEST(test_files)
{
	const char *label = files[_i].label;
	const char *image = files[_i].image ? files[_i].image : IMAGE;
	const char *found = files[_i].found ? files[_i].found : files[_i].recalled;
	struct lscow_summary summary = { .cached_names = 0 };

	write_cache(image, files[_i].rows, MOST_ROWS);
	open_image(image);
	want_file(_i);
	unit_assert_ok(label, lscow_recall(&watch, &search, &dirpaths, &err), &err);
	ck_assert_msg(!strcmp(describe(), files[_i].recalled), "%s: %s", label, describe());
	ck_assert_uint_eq(search.nr_left, files[_i].recalled[0] ? 0 : 1);
	unit_assert_ok(label, lscow_name_search_run(&search, NULL, NULL, &err), &err);
	ck_assert_msg(!strcmp(describe(), found), "%s: %s", label, describe());
	close_image(&summary);
	ck_assert_msg(summary.stale_hints == files[_i].nr_stale, "%s: %d stale", label,
		      (int)summary.stale_hints);

	/* What was false is gone from the cache. */
	open_image(image);
	want_file(_i);
	unit_assert_ok(label, lscow_recall(&watch, &search, &dirpaths, &err), &err);
	ck_assert_msg(!strcmp(describe(), files[_i].recalled), "%s again: %s", label, describe());
	summary.stale_hints = 0;
	close_image(&summary);
	ck_assert_msg(summary.stale_hints == 0, "%s again: %d stale", label,
		      (int)summary.stale_hints);
}
END_TEST

/* ---- directories ------------------------------------------------------------ */

static const struct {
	const char *label;
	struct row rows[MOST_ROWS];
	bool knows_b; /* and c below it, from the cache alone */
	bool knows_c;
} directories[] = {
	{ .label = "nothing known" },
	{ .label = "both", .rows = { { "b/c", "b", "b" }, { "b", "/", "/" } }, .knows_b = true,
	  .knows_c = true },
	{ .label = "the lower one", .rows = { { "b/c", "b", "b" } }, .knows_c = true },
	{ .label = "another parent", .rows = { { "b/c", "a", "a" }, { "b", "a", "a" } } },
	{ .label = "below itself", .rows = { { "b/c", "b/c", "b/c" }, { "b", "b/c", "b/c" } } },
};

static bool is_known(const char *path)
{
	const struct lscow_dirpath *node =
		lscow_dirpaths_find(&dirpaths, filesystem_find(IMAGE, path));

	return node && node->name;
}

START_TEST(test_directories)
{
	const char *label = directories[_i].label;
	uint32_t ino = filesystem_find(IMAGE, "b/c");
	const char *path;

	write_cache(IMAGE, directories[_i].rows, MOST_ROWS);
	open_image(IMAGE);
	unit_assert_ok(label, lscow_dirpaths_want(&dirpaths, ino, &err), &err);
	unit_assert_ok(label, lscow_recall(&watch, NULL, &dirpaths, &err), &err);
	ck_assert_msg(is_known("b/c") == directories[_i].knows_c, "%s", label);
	ck_assert_msg(is_known("b") == directories[_i].knows_b, "%s", label);
	unit_assert_ok(label, lscow_dirpaths_resolve(&dirpaths, &err), &err);
	unit_assert_ok(label, lscow_dirpaths_get(&dirpaths, ino, &path, &err), &err);
	ck_assert_str_eq(path, "b/c");
	close_image(NULL);
}
END_TEST

/* An entry that is there is not enough: ".." must agree. */
START_TEST(test_two_parents)
{
	const struct row rows[] = { { "b/c", "a", "a" } };

	filesystem_copy(IMAGE, "twice", "ln b/c a/c\n");
	write_cache("twice", rows, 1);
	open_image("twice");
	unit_assert_ok("want", lscow_dirpaths_want(&dirpaths, filesystem_find(IMAGE, "b/c"),
						   &err), &err);
	unit_assert_ok("recall", lscow_recall(&watch, NULL, &dirpaths, &err), &err);
	ck_assert(!is_known("b/c"));
	close_image(NULL);
}
END_TEST

/* ---- what is read ------------------------------------------------------------ */

static const struct row all_rows[] = {
	{ "a/one", "a", "a" }, { "a/one", "b", "b" }, { "b/two", "b", "b" },
	{ "b/sym", "b", "b" }, { "b/c/three", "b/c", "b/c" }, { "b/c", "b", "b" },
	{ "a", "/", "/" }, { "b", "/", "/" },
};

static void want_all(void)
{
	static const struct { const char *path; uint32_t nr_links; } wanted[] = {
		{ "a/one", 3 }, { "b/two", 1 }, { "b/sym", 1 }, { "b/c/three", 1 },
	};

	for (size_t i = 0; i < UNIT_COUNT(wanted); i++)
		unit_assert_ok("want", lscow_name_search_want(
			&search, filesystem_find(IMAGE, wanted[i].path), wanted[i].nr_links,
			&err), &err);
}

/* A bitmap, an inode for each of 4 directories, and their blocks at once. */
START_TEST(test_reads)
{
	unsigned int before;

	write_cache(IMAGE, all_rows, UNIT_COUNT(all_rows));
	open_image(IMAGE);
	want_all();
	before = memory_device_get_nr_reads(device);
	unit_assert_ok("recall", lscow_recall(&watch, &search, &dirpaths, &err), &err);
	ck_assert_str_eq(describe(), "eins one sym three two uno ");
	ck_assert_uint_le(memory_device_get_nr_reads(device) - before, 7);
	close_image(NULL);
}
END_TEST

/* What cannot be read is not believed, and is found by the search. */
START_TEST(test_every_read_fails)
{
	unsigned int before, nr_reads;

	write_cache(IMAGE, all_rows, UNIT_COUNT(all_rows));
	open_image(IMAGE);
	want_all();
	before = memory_device_get_nr_reads(device);
	unit_assert_ok("recall", lscow_recall(&watch, &search, &dirpaths, &err), &err);
	nr_reads = memory_device_get_nr_reads(device) - before;
	close_image(NULL);
	for (unsigned int nth = 1; nth <= nr_reads; nth++) {
		write_cache(IMAGE, all_rows, UNIT_COUNT(all_rows));
		open_image(IMAGE);
		want_all();
		memory_device_fail_read(device, nth);
		unit_assert_ok("recall", lscow_recall(&watch, &search, &dirpaths, &err), &err);
		unit_assert_ok("search", lscow_name_search_run(&search, NULL, NULL, &err), &err);
		ck_assert_str_eq(describe(), "eins one sym three two uno ");
		close_image(NULL);
	}
}
END_TEST

/* A wrong checksum: nothing in the block is believed. */
START_TEST(test_damaged_block)
{
	write_cache(IMAGE, all_rows, UNIT_COUNT(all_rows));
	open_image(IMAGE);
	memory_device_get_bytes(device)[filesystem_block(IMAGE, "b", 0) *
					FILESYSTEM_BLOCK_BYTES + 30] ^= 1;
	want_all();
	unit_assert_ok("recall", lscow_recall(&watch, &search, &dirpaths, &err), &err);
	ck_assert_str_eq(describe(), "three ");
	close_image(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("recall");
	TCase *tcase = tcase_create("recall");

	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_loop_test(tcase, test_files, 0, (int)UNIT_COUNT(files));
	tcase_add_loop_test(tcase, test_directories, 0, (int)UNIT_COUNT(directories));
	tcase_add_test(tcase, test_two_parents);
	tcase_add_test(tcase, test_reads);
	tcase_add_test(tcase, test_every_read_fails);
	tcase_add_test(tcase, test_damaged_block);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
