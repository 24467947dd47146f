/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Directories: their entries, checksums and parents. */

#include "support/unit.h"

#include <stdio.h>

#include "extfs/directory.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"

#define NR_MANY 80

static struct lscow_device *device;
static struct lscow_extfs *fs;
static uint8_t raw[FILESYSTEM_INODE_BYTES];
static struct lscow_inode inode;
static char found[4096];
static struct lscow_error err;

static void make_images(void)
{
	static const char commands[] = "mkdir dir\nwrite small dir/a\nwrite small dir/b\n"
				       "mkdir dir/sub\nwrite small file\n";
	char many[NR_MANY * 64] = "mkdir many\ncd many\n";

	for (int i = 0; i < NR_MANY; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many),
			 "symlink a-name-that-is-rather-long-%d x\n", i);
	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXT4, commands);
	filesystem_make("plain", FILESYSTEM_EXTENTS, commands);
	filesystem_make("blocks", FILESYSTEM_EXT2, many);
}

static void open_image(const char *name, const char *path)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
	unit_assert_ok(path, lscow_inode_load(fs, filesystem_find(name, path), raw, &inode,
					      &err), &err);
	found[0] = '\0';
}

static void teardown(void)
{
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

static int add_name(void *data, const struct lscow_dirent *entry, struct lscow_error *e)
{
	(void)data;
	(void)e;
	snprintf(found + strlen(found), sizeof(found) - strlen(found), "%.*s ",
		 (int)entry->name_bytes, (const char *)entry->name);
	return 0;
}

static const struct {
	const char *label;
	const char *image;
	const char *path;
	const char *expected;
	const char *parent;
} listings[] = {
	{ .label = "the root", .image = "disk", .path = "/",
	  .expected = "lost+found dir file ", .parent = "/" },
	{ .label = "a directory", .image = "disk", .path = "dir", .expected = "a b sub ",
	  .parent = "/" },
	{ .label = "an empty one", .image = "disk", .path = "dir/sub", .expected = "",
	  .parent = "dir" },
	{ .label = "several blocks", .image = "disk", .path = "lost+found", .expected = "",
	  .parent = "/" },
	{ .label = "without checksums", .image = "plain", .path = "dir",
	  .expected = "a b sub ", .parent = "/" },
};

START_TEST(test_iterate)
{
	uint32_t parent_ino = 0;

	open_image(listings[_i].image, listings[_i].path);
	unit_assert_ok(listings[_i].label,
		       lscow_directory_iterate(fs, &inode, add_name, NULL, &err), &err);
	ck_assert_msg(!strcmp(found, listings[_i].expected), "%s: %s", listings[_i].label,
		      found);
	unit_assert_ok(listings[_i].label,
		       lscow_directory_load_parent(fs, &inode, &parent_ino, &err), &err);
	ck_assert_uint_eq(parent_ino,
			  filesystem_find(listings[_i].image, listings[_i].parent));
}
END_TEST

static int count(void *data, const struct lscow_dirent *entry, struct lscow_error *e)
{
	(void)entry;
	(void)e;
	++*(int *)data;
	return 0;
}

START_TEST(test_many_blocks)
{
	int nr = 0;

	open_image("blocks", "many");
	unit_assert_ok("iterate", lscow_directory_iterate(fs, &inode, count, &nr, &err), &err);
	ck_assert_int_eq(nr, NR_MANY);
	ck_assert_uint_ge(inode.size_bytes, 4 * FILESYSTEM_BLOCK_BYTES);
}
END_TEST

static int stop_at_second(void *data, const struct lscow_dirent *entry,
			  struct lscow_error *e)
{
	(void)entry;
	(void)e;
	return ++*(int *)data == 2 ? 7 : 0;
}

START_TEST(test_callback_ends_it)
{
	int nr = 0;

	open_image("disk", "dir");
	ck_assert_int_eq(lscow_directory_iterate(fs, &inode, stop_at_second, &nr, &err), 7);
	ck_assert_int_eq(nr, 2);
}
END_TEST

/* ---- damage -------------------------------------------------------------- */

/* A byte or four of the first block of /dir. */
static const struct {
	const char *label;
	const char *image;
	size_t offset_bytes;
	uint32_t value;
	const char *message; /* behind "IMAGE: directory inode 12: block N" */
} damages[] = {
	{ .label = "checksum", .image = "disk", .offset_bytes = 1020, .value = 7,
	  .message = ": wrong checksum" },
	{ .label = "an entry changed", .image = "disk", .offset_bytes = 24, .value = 99,
	  .message = ": wrong checksum" },
	{ .label = "no tail any more", .image = "disk", .offset_bytes = 1016, .value = 0,
	  .message = ": wrong checksum" },
	{ .label = "an inode number out of range", .image = "plain", .offset_bytes = 24,
	  .value = 129, .message = ", byte 24: inode 129, expected 1 to 128" },
	{ .label = "the highest inode number", .image = "plain", .offset_bytes = 36,
	  .value = UINT32_MAX, .message = ", byte 36: inode 4294967295, expected 1 to 128" },
	{ .label = "a record of length 0", .image = "plain", .offset_bytes = 28,
	  .value = 0x01010000, .message = ", byte 24: bad entry" },
	{ .label = "a name with a slash", .image = "plain", .offset_bytes = 32, .value = '/',
	  .message = ", byte 24: bad entry" },
};

START_TEST(test_damaged)
{
	uint64_t block = filesystem_block(damages[_i].image, "dir", 0);
	char expected[256];
	uint8_t value[4];
	int ret;

	open_image(damages[_i].image, "dir");
	store_put_le32(value, damages[_i].value);
	memory_device_put(device, block * FILESYSTEM_BLOCK_BYTES + damages[_i].offset_bytes,
			  value, sizeof(value));
	ret = lscow_directory_iterate(fs, &inode, add_name, NULL, &err);
	snprintf(expected, sizeof(expected), "%s: directory inode %u: block %ju%s",
		 damages[_i].image, inode.ino, (uintmax_t)block, damages[_i].message);
	unit_assert_error(damages[_i].label, ret, &err, LSCOW_E_INCOMPLETE, expected);
}
END_TEST

/* A block that belongs to another directory, or to none. */
static const struct {
	const char *label;
	uint32_t ino;
	uint32_t generation;
} others[] = {
	{ .label = "another inode", .ino = 99 },
	{ .label = "another generation", .ino = 12, .generation = 1 },
};

START_TEST(test_checksum_of_another)
{
	uint8_t buffer[FILESYSTEM_BLOCK_BYTES];
	struct lscow_inode other;

	open_image("disk", "dir");
	other = inode;
	other.ino = others[_i].ino;
	other.generation = others[_i].generation;
	unit_assert_ok("right", lscow_directory_read_block(
			       fs, &inode, filesystem_block("disk", "dir", 0), buffer, &err),
		       &err);
	ck_assert_msg(lscow_directory_read_block(fs, &other,
						 filesystem_block("disk", "dir", 0), buffer,
						 &err) == LSCOW_E_INCOMPLETE, "%s",
		      others[_i].label);
}
END_TEST

START_TEST(test_no_parent)
{
	uint64_t block = filesystem_block("plain", "dir", 0);
	uint32_t parent_ino;
	char expected[128];
	int ret;

	open_image("plain", "dir");
	memory_device_put(device, block * FILESYSTEM_BLOCK_BYTES + 12, "\0\0\0\0", 4);
	ret = lscow_directory_load_parent(fs, &inode, &parent_ino, &err);
	snprintf(expected, sizeof(expected),
		 "plain: directory inode %u: no \"..\" in its first block", inode.ino);
	unit_assert_error("parent", ret, &err, LSCOW_E_INCOMPLETE, expected);
}
END_TEST

START_TEST(test_no_blocks)
{
	uint8_t iblock[LSCOW_IBLOCK_BYTES] = { 0 };
	uint32_t parent_ino;
	char expected[128];
	int ret;

	open_image("blocks", "many");
	inode.iblock = iblock;
	unit_assert_ok("iterate", lscow_directory_iterate(fs, &inode, add_name, NULL, &err),
		       &err);
	ck_assert_str_eq(found, "");
	ret = lscow_directory_load_parent(fs, &inode, &parent_ino, &err);
	snprintf(expected, sizeof(expected), "blocks: directory inode %u: no first block",
		 inode.ino);
	unit_assert_error("parent", ret, &err, LSCOW_E_INCOMPLETE, expected);
}
END_TEST

START_TEST(test_read_fails)
{
	uint32_t parent_ino;
	int ret;

	open_image("disk", "dir");
	memory_device_fail_read(device, 1);
	ret = lscow_directory_iterate(fs, &inode, add_name, NULL, &err);
	unit_assert_error("iterate", ret, &err, LSCOW_E_FAILED, "disk: injected read error");
	memory_device_fail_read(device, 1);
	ret = lscow_directory_load_parent(fs, &inode, &parent_ino, &err);
	unit_assert_error("parent", ret, &err, LSCOW_E_FAILED, "disk: injected read error");
}
END_TEST

/* ---- htrees -------------------------------------------------------------- */

/*
 * The root of an htree, as the kernel writes it over a directory's first block:
 * ".." spans the rest, and what was in the last bytes before may stay there.
 */
START_TEST(test_htree_root_with_old_tail)
{
	uint64_t block = filesystem_block("disk", "dir", 0);
	uint8_t *bytes;
	uint8_t count_limit[] = { 123, 0, 1, 0 }; /* (1024 - 32 - 8) / 8 entries fit */
	uint8_t zeros[4] = { 0 };
	uint32_t checksum;

	open_image("disk", "dir");
	bytes = memory_device_get_bytes(device) + block * FILESYSTEM_BLOCK_BYTES;
	ck_assert_uint_eq(bytes[1023 - 4], 0xDE);
	bytes[16] = (uint8_t)(1012 & 0xFF); /* length of ".." */
	bytes[17] = 1012 >> 8;
	memset(bytes + 24, 0, 1012 - 24);
	bytes[29] = 8;                      /* info length */
	memcpy(bytes + 32, count_limit, sizeof(count_limit));
	store_put_le32(bytes + 36, 1);      /* the first leaf */
	/* The tail of an htree block is {reserved, checksum} at its end. */
	checksum = lscow_extfs_inode_seed(fs, inode.ino, inode.generation);
	checksum = ext2fs_crc32c_le(checksum, bytes, 32 + 8);
	checksum = ext2fs_crc32c_le(checksum, bytes + 1016, 4);
	checksum = ext2fs_crc32c_le(checksum, zeros, 4);
	store_put_le32(bytes + 1020, checksum);
	unit_assert_ok("iterate", lscow_directory_iterate(fs, &inode, add_name, NULL, &err),
		       &err);
	ck_assert_str_eq(found, "");
	bytes[36] ^= 1;
	ck_assert_int_eq(lscow_directory_iterate(fs, &inode, add_name, NULL, &err),
			 LSCOW_E_INCOMPLETE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("directory");
	TCase *tcase = tcase_create("directory");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, test_iterate, 0, (int)UNIT_COUNT(listings));
	tcase_add_test(tcase, test_many_blocks);
	tcase_add_test(tcase, test_callback_ends_it);
	tcase_add_loop_test(tcase, test_damaged, 0, (int)UNIT_COUNT(damages));
	tcase_add_loop_test(tcase, test_checksum_of_another, 0, (int)UNIT_COUNT(others));
	tcase_add_test(tcase, test_no_parent);
	tcase_add_test(tcase, test_no_blocks);
	tcase_add_test(tcase, test_read_fails);
	tcase_add_test(tcase, test_htree_root_with_old_tail);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
