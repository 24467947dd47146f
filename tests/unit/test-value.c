/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Values of xattrs in inodes of their own, good ones and damaged ones. */

#include "support/unit.h"

#include <stdio.h>

#include "extfs/value.h"
#include "support/filesystem.h"
#include "support/memory-device.h"

#define FEATURES FILESYSTEM_EXTENTS ",ea_inode"

static struct lscow_device *device;
static struct lscow_extfs *fs;
static uint32_t file_ino;
static uint8_t raw[FILESYSTEM_INODE_BYTES], value_raw[FILESYSTEM_INODE_BYTES];
static struct lscow_inode inode, value;
static struct lscow_xattrs xattrs;
static struct lscow_map map;
static struct lscow_error err;

/* The value is as long as a block, and so has no room beside what a block has of its own. */
static void make_image(void)
{
	filesystem_folder_make();
	filesystem_make("disk", FEATURES,
			"write small file\n"
			"ea_set -f large file user.large\n"
			"ea_set file user.small 1\n");
	file_ino = filesystem_find("disk", "file");
}

static void setup(void)
{
	device = filesystem_load("disk");
	unit_assert_ok("open", lscow_extfs_open(device, &fs, &err), &err);
	unit_assert_ok("file", lscow_inode_load(fs, file_ino, raw, &inode, &err), &err);
	unit_assert_ok("xattrs", lscow_xattrs_load(fs, &inode, &xattrs, &err), &err);
	map = LSCOW_MAP;
}

static void teardown(void)
{
	lscow_map_free(&map);
	lscow_xattrs_free(&xattrs);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

/* The one with the large value, which is first or second. */
static struct lscow_xattr *get_large(void)
{
	struct lscow_xattr *items = xattrs.items.items;

	ck_assert_uint_eq(xattrs.items.nr, 2);
	return &items[items[0].value_ino == 0];
}

START_TEST(test_good)
{
	const struct lscow_xattr *xattr = get_large();

	ck_assert(lscow_value_has_inodes(fs));
	ck_assert_uint_ne(xattr->value_ino, 0);
	ck_assert_ptr_null(xattr->value);
	unit_assert_ok("load", lscow_value_load(fs, file_ino, xattr, value_raw, &value, &map,
						&err), &err);
	ck_assert_uint_eq(value.ino, xattr->value_ino);
	ck_assert_uint_eq(value.size_bytes, xattr->value_bytes);
	ck_assert_uint_eq(value.nr_value_uses, 1);
	ck_assert_uint_eq(map.nr_blocks, 1);
	ck_assert_int_eq(lscow_inode_state_of(&value, true), LSCOW_INODE_VALUE);
	ck_assert_int_eq(lscow_inode_state_of(&value, false), LSCOW_INODE_FREE);
}
END_TEST

START_TEST(test_are_equal)
{
	struct lscow_xattrs others;
	struct lscow_xattr *xattr = get_large();

	unit_assert_ok("others", lscow_xattrs_load(fs, &inode, &others, &err), &err);
	ck_assert(lscow_xattrs_are_equal(&xattrs, &others));
	xattr->hash ^= 1;
	ck_assert(!lscow_xattrs_are_equal(&xattrs, &others));
	xattr->hash ^= 1;
	xattr->value_ino++;
	ck_assert(!lscow_xattrs_are_equal(&xattrs, &others));
	lscow_xattrs_free(&others);
}
END_TEST

static const struct {
	const char *label;
	size_t offset_bytes; /* in the value's inode */
	uint8_t change;
	uint32_t more_bytes; /* than the xattr says */
	const char *what; /* behind the number of the value's inode */
} bad[] = {
	{ .label = "not marked as a value", .offset_bytes = 0x22, .change = 0x20,
	  .what = ", which holds none" },
	{ .label = "a directory", .offset_bytes = 0x01, .change = 0xC0,
	  .what = ", which holds none" },
	{ .label = "deleted", .offset_bytes = 0x1A, .change = 1, .what = ", which holds none" },
	{ .label = "shorter", .more_bytes = 1, .what = ", which holds %u bytes, expected %u" },
};

/* Where the inode of the value lies in the image. */
static uint8_t *get_value_bytes(void)
{
	uint32_t ino = get_large()->value_ino;

	return memory_device_get_bytes(device) +
	       ext2fs_inode_table_loc(fs->handle, 0) * FILESYSTEM_BLOCK_BYTES +
	       (ino - 1) * FILESYSTEM_INODE_BYTES;
}

START_TEST(test_bad)
{
	struct lscow_xattr xattr = *get_large();
	char message[200];
	int at, ret;

	get_value_bytes()[bad[_i].offset_bytes] ^= bad[_i].change;
	xattr.value_bytes += bad[_i].more_bytes;
	at = snprintf(message, sizeof(message), "disk: inode %u: xattr value in inode %u",
		      file_ino, xattr.value_ino);
	if (bad[_i].more_bytes > 0)
		snprintf(message + at, sizeof(message) - (size_t)at,
			 ", which holds %u bytes, expected %u", xattr.value_bytes - 1,
			 xattr.value_bytes);
	else
		snprintf(message + at, sizeof(message) - (size_t)at, "%s", bad[_i].what);
	ret = lscow_value_load(fs, file_ino, &xattr, value_raw, &value, &map, &err);
	unit_assert_error(bad[_i].label, ret, &err, LSCOW_E_INCOMPLETE, message);
}
END_TEST

static const struct {
	const char *label;
	size_t offset_bytes; /* in the xattr's entry */
	uint8_t bytes[4];
	const char *message; /* behind the number of the inode */
} bad_entries[] = {
	{ .label = "no such inode", .offset_bytes = 4, .bytes = { 0xFF, 0xFF, 0xFF, 0xFF },
	  .message = "xattr value in inode 4294967295, expected up to 128" },
	{ .label = "above 16 MiB", .offset_bytes = 8, .bytes = { 1, 0, 0, 1 },
	  .message = "xattr value of 16777217 bytes, expected up to 16777216" },
};

START_TEST(test_bad_entry)
{
	struct lscow_xattrs damaged;
	uint8_t *entry = (uint8_t *)(uintptr_t)get_large()->name - 16;
	char message[200];
	int ret;

	memcpy(entry + bad_entries[_i].offset_bytes, bad_entries[_i].bytes, 4);
	ck_assert_uint_eq(inode.xattr_block, 0); /* so that it was in raw */
	snprintf(message, sizeof(message), "disk: inode %u: %s", file_ino,
		 bad_entries[_i].message);
	ret = lscow_xattrs_load(fs, &inode, &damaged, &err);
	unit_assert_error(bad_entries[_i].label, ret, &err, LSCOW_E_INCOMPLETE, message);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("value");
	TCase *tcase = tcase_create("value");

	tcase_add_unchecked_fixture(tcase, make_image, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_good);
	tcase_add_test(tcase, test_are_equal);
	tcase_add_loop_test(tcase, test_bad, 0, (int)UNIT_COUNT(bad));
	tcase_add_loop_test(tcase, test_bad_entry, 0, (int)UNIT_COUNT(bad_entries));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
