/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The paths of directories, found upwards, and trees in which there is no way up. */

#include "support/unit.h"

#include <stdio.h>

#include "names/dirpaths.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"

#define DEPTH 20

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_dirpaths dirpaths;
static struct lscow_error err;

static void make_images(void)
{
	char deep[DEPTH * 32] = "";

	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXT4,
			"mkdir a\nmkdir a/b\nmkdir a/b/c\nmkdir a/d\nmkdir e\n"
			"write small a/file\n");
	/* Without checksums, so that entries can be overwritten. */
	filesystem_make("plain", FILESYSTEM_EXTENTS,
			"mkdir a\nmkdir a/b\nmkdir a/b/c\nmkdir a/d\nmkdir e\n"
			"write small a/file\n");
	for (int i = 0; i < DEPTH; i++)
		snprintf(deep + strlen(deep), sizeof(deep) - strlen(deep),
			 "mkdir d%d\ncd d%d\n", i, i);
	filesystem_make("deep", FILESYSTEM_EXT4, deep);
}

static void open_image(const char *name)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
	unit_assert_ok(name, lscow_dirpaths_open(fs, &dirpaths, &err), &err);
}

static void teardown(void)
{
	lscow_dirpaths_close(&dirpaths);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

static void want(uint32_t ino)
{
	unit_assert_ok("want", lscow_dirpaths_want(&dirpaths, ino, &err), &err);
}

static void assert_path(uint32_t ino, const char *expected)
{
	const char *path = NULL;

	unit_assert_ok(expected, lscow_dirpaths_get(&dirpaths, ino, &path, &err), &err);
	ck_assert_str_eq(path, expected);
}

static const struct {
	const char *label;
	const char *path;
} paths[] = {
	{ .label = "the root's child", .path = "a" },
	{ .label = "deeper", .path = "a/b/c" },
	{ .label = "lost+found", .path = "lost+found" },
};

START_TEST(test_path)
{
	uint32_t ino = filesystem_find("disk", paths[_i].path);
	const struct lscow_dirpath *node;

	open_image("disk");
	want(ino);
	unit_assert_ok(paths[_i].label, lscow_dirpaths_resolve(&dirpaths, &err), &err);
	assert_path(ino, paths[_i].path);
	node = lscow_dirpaths_find(&dirpaths, ino);
	ck_assert_ptr_nonnull(node);
	ck_assert_str_eq(node->path, paths[_i].path);
}
END_TEST

START_TEST(test_root)
{
	open_image("disk");
	assert_path(EXT2_ROOT_INO, ".");
	want(EXT2_ROOT_INO);
	unit_assert_ok("resolve", lscow_dirpaths_resolve(&dirpaths, &err), &err);
	assert_path(EXT2_ROOT_INO, ".");
	ck_assert_uint_eq(lscow_dirpaths_find(&dirpaths, EXT2_ROOT_INO)->parent_ino,
			  EXT2_ROOT_INO);
}
END_TEST

START_TEST(test_several_at_once)
{
	static const char *const all[] = { "a/b/c", "e", "a/d", "a/b", "a" };

	open_image("disk");
	for (size_t i = 0; i < UNIT_COUNT(all); i++) {
		want(filesystem_find("disk", all[i]));
		want(filesystem_find("disk", all[i]));
	}
	unit_assert_ok("resolve", lscow_dirpaths_resolve(&dirpaths, &err), &err);
	for (size_t i = 0; i < UNIT_COUNT(all); i++)
		assert_path(filesystem_find("disk", all[i]), all[i]);
	/* More may be asked for later. */
	want(filesystem_find("disk", "lost+found"));
	unit_assert_ok("resolve", lscow_dirpaths_resolve(&dirpaths, &err), &err);
	assert_path(filesystem_find("disk", "lost+found"), "lost+found");
	ck_assert_ptr_null(lscow_dirpaths_find(&dirpaths, filesystem_find("disk", "a/file")));
}
END_TEST

START_TEST(test_deep)
{
	char path[DEPTH * 8] = "d0";

	for (int i = 1; i < DEPTH; i++)
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "/d%d", i);
	open_image("deep");
	want(filesystem_find("deep", path));
	unit_assert_ok("resolve", lscow_dirpaths_resolve(&dirpaths, &err), &err);
	assert_path(filesystem_find("deep", path), path);
}
END_TEST

/* What an entry told is not searched for; the way from there is. */
START_TEST(test_learned)
{
	uint32_t b = filesystem_find("disk", "a/b");

	open_image("disk");
	unit_assert_ok("learn", lscow_dirpaths_learn(&dirpaths, 99, b, "told", &err), &err);
	unit_assert_ok("learn", lscow_dirpaths_learn(&dirpaths, 99, 2, "again", &err), &err);
	unit_assert_ok("resolve", lscow_dirpaths_resolve(&dirpaths, &err), &err);
	assert_path(99, "a/b/told");
}
END_TEST

START_TEST(test_learned_while_wanted)
{
	uint32_t c = filesystem_find("disk", "a/b/c");
	uint32_t e = filesystem_find("disk", "e");

	open_image("disk");
	want(c);
	unit_assert_ok("learn", lscow_dirpaths_learn(&dirpaths, c, e, "x", &err), &err);
	unit_assert_ok("resolve", lscow_dirpaths_resolve(&dirpaths, &err), &err);
	assert_path(c, "e/x");
}
END_TEST

/* ---- damage -------------------------------------------------------------- */

/* Writes a number into ".." or the first entry behind it of a directory. */
static void put_number(const char *path, size_t offset_bytes, uint32_t ino)
{
	uint8_t value[4];

	store_put_le32(value, ino);
	memory_device_put(device, filesystem_block("plain", path, 0) * FILESYSTEM_BLOCK_BYTES +
			  offset_bytes, value, sizeof(value));
}

static const struct {
	const char *label;
	const char *wanted; /* a path; NULL: inode ino */
	uint32_t ino;
	const char *damaged; /* the directory in which a number is changed */
	size_t offset_bytes;
	uint32_t number;
	const char *message;
} damages[] = {
	{ .label = "a file", .wanted = "a/file",
	  .message = "plain: inode 17 is not a directory, expected one with children" },
	{ .label = "no such inode", .ino = 1000,
	  .message = "plain: inode 1000 wanted, expected 1 to 128" },
	{ .label = "the parent is out of range", .wanted = "a/b", .damaged = "a/b",
	  .offset_bytes = 12, .number = 129,
	  .message = "plain: inode 129 wanted, expected 1 to 128" },
	{ .label = "the parent has no such child", .wanted = "a/b", .damaged = "a/b",
	  .offset_bytes = 12, .number = 16,
	  .message = "plain: directory inode 16: 1 of its subdirectories have no name in it" },
	{ .label = "it is its own parent", .wanted = "a/b", .damaged = "a/b",
	  .offset_bytes = 12, .number = 13,
	  .message = "plain: directory inode 13: 1 of its subdirectories have no name in it" },
};

START_TEST(test_damaged)
{
	const char *wanted = damages[_i].wanted;
	int ret;

	open_image("plain");
	if (damages[_i].damaged)
		put_number(damages[_i].damaged, damages[_i].offset_bytes, damages[_i].number);
	want(wanted ? filesystem_find("plain", wanted) : damages[_i].ino);
	ret = lscow_dirpaths_resolve(&dirpaths, &err);
	unit_assert_error(damages[_i].label, ret, &err, LSCOW_E_INCOMPLETE,
			  damages[_i].message);
}
END_TEST

/* a/b (13) and a/b/c (14) are each other's parent and child. */
START_TEST(test_loop)
{
	const char *path;
	int ret;

	open_image("plain");
	put_number("a/b", 12, 14);
	put_number("a/b/c", 24, 13); /* the rest of the block: an unused record */
	memory_device_put(device, filesystem_block("plain", "a/b/c", 0) *
			  FILESYSTEM_BLOCK_BYTES + 12,
			  "\x0D\0\0\0\x0C\0\2\2..\0\0\x0D\0\0\0\xE8\3\1\2x", 21);
	want(14);
	unit_assert_ok("resolve", lscow_dirpaths_resolve(&dirpaths, &err), &err);
	ret = lscow_dirpaths_get(&dirpaths, 14, &path, &err);
	unit_assert_error("loop", ret, &err, LSCOW_E_INCOMPLETE,
			  "plain: directory inode 14 is not below the root");
}
END_TEST

START_TEST(test_not_wanted)
{
	const char *path;
	int ret;

	open_image("disk");
	ret = lscow_dirpaths_get(&dirpaths, 99, &path, &err);
	unit_assert_error("unknown", ret, &err, LSCOW_E_INCOMPLETE,
			  "disk: a directory's parent is not known");
}
END_TEST

START_TEST(test_every_read_fails)
{
	uint32_t c = filesystem_find("disk", "a/b/c");
	unsigned int before, nr_reads;
	int ret;

	open_image("disk");
	want(c);
	before = memory_device_get_nr_reads(device);
	unit_assert_ok("resolve", lscow_dirpaths_resolve(&dirpaths, &err), &err);
	nr_reads = memory_device_get_nr_reads(device) - before;
	ck_assert_uint_ge(nr_reads, 6);
	for (unsigned int nth = 1; nth <= nr_reads; nth++) {
		teardown();
		open_image("disk");
		want(c);
		memory_device_fail_read(device, nth);
		ret = lscow_dirpaths_resolve(&dirpaths, &err);
		unit_assert_error("read", ret, &err, LSCOW_E_FAILED,
				  "disk: injected read error");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dirpaths");
	TCase *tcase = tcase_create("dirpaths");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, test_path, 0, (int)UNIT_COUNT(paths));
	tcase_add_test(tcase, test_root);
	tcase_add_test(tcase, test_several_at_once);
	tcase_add_test(tcase, test_deep);
	tcase_add_test(tcase, test_learned);
	tcase_add_test(tcase, test_learned_while_wanted);
	tcase_add_loop_test(tcase, test_damaged, 0, (int)UNIT_COUNT(damages));
	tcase_add_test(tcase, test_loop);
	tcase_add_test(tcase, test_not_wanted);
	tcase_add_test(tcase, test_every_read_fails);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
