/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Inodes: decoding their bytes, state and type, reading them by number. */

#include "support/unit.h"

#include <stdio.h>
#include <sys/stat.h>

#include "extfs/inode.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_error err;

static void make_images(void)
{
	static const char *const small_inodes[] = {
		"-O", FILESYSTEM_EXT2, "-b", "1024", "-I", "128", "-N", "128", NULL,
	};

	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXT4, "write small file\n"
						 "sif file uid 100000\n"
						 "sif file generation 77\n");
	filesystem_make_with("small-inodes", small_inodes, 4 << 20, NULL);
}

static void open_image(const char *name)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
}

static void setup(void)
{
	open_image("disk");
}

static void teardown(void)
{
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

/* ---- decoding ------------------------------------------------------------ */

/* Every field that is decoded has its own value. */
static void fill_inode(uint8_t *raw)
{
	memset(raw, 0, FILESYSTEM_INODE_BYTES);
	store_put_le32(raw + 0x00, 0x81A4 | 0x2345 << 16); /* mode, uid */
	store_put_le32(raw + 0x04, 0x11111111);            /* size */
	store_put_le32(raw + 0x10, 1000);                  /* mtime */
	store_put_le32(raw + 0x18, 0x6789 | 3 << 16);      /* gid, links */
	store_put_le32(raw + 0x20, 0x80000);               /* flags */
	store_put_le32(raw + 0x28, 0xF30A);                /* i_block */
	store_put_le32(raw + 0x64, 0xABCDEF01);            /* generation */
	store_put_le32(raw + 0x68, 0x22222222);            /* file_acl */
	store_put_le32(raw + 0x6C, 0x00000003);            /* size, high half */
	store_put_le32(raw + 0x74, 0x4444 << 16);          /* file_acl, high half */
	store_put_le32(raw + 0x78, 0x0001 | 0x0002 << 16); /* uid and gid, high halves */
	store_put_le32(raw + 0x80, 32);                    /* extra size */
	store_put_le32(raw + 0x88, 500 << 2 | 1);          /* mtime, extra */
	store_put_le32(raw + 0x9C, 4242);                  /* project */
}

START_TEST(test_decode)
{
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;

	fill_inode(raw);
	unit_assert_ok("decode", lscow_inode_decode(fs, 12, raw, &inode, &err), &err);
	ck_assert_uint_eq(inode.ino, 12);
	ck_assert_uint_eq(inode.generation, 0xABCDEF01);
	ck_assert_uint_eq(inode.mode, 0x81A4);
	ck_assert_uint_eq(inode.uid, 0x12345);
	ck_assert_uint_eq(inode.gid, 0x26789);
	ck_assert_uint_eq(inode.project, 4242);
	ck_assert_uint_eq(inode.nr_links, 3);
	ck_assert_uint_eq(inode.flags, 0x80000);
	ck_assert_uint_eq(inode.size_bytes, UINT64_C(0x311111111));
	ck_assert_int_eq(inode.mtime_seconds, 1000 + (INT64_C(1) << 32));
	ck_assert_uint_eq(inode.mtime_nanoseconds, 500);
	ck_assert_uint_eq(inode.xattr_block, UINT64_C(0x444422222222));
	ck_assert_ptr_eq(inode.iblock, raw + 0x28);
	ck_assert_ptr_eq(inode.xattr_area, raw + 160);
	ck_assert_uint_eq(inode.xattr_area_bytes, 96);
}
END_TEST

START_TEST(test_decode_128_bytes)
{
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	uint8_t *exact = malloc(128);
	struct lscow_inode inode;

	teardown();
	open_image("small-inodes");
	fill_inode(raw);
	memcpy(exact, raw, 128);
	unit_assert_ok("decode", lscow_inode_decode(fs, 12, exact, &inode, &err), &err);
	ck_assert_int_eq(inode.mtime_seconds, 1000);
	ck_assert_uint_eq(inode.mtime_nanoseconds, 0);
	ck_assert_uint_eq(inode.project, 0);
	ck_assert_uint_eq(inode.xattr_area_bytes, 0);
	free(exact);
}
END_TEST

static const struct {
	const char *label;
	uint32_t extra_bytes;
	int64_t mtime_seconds;
	uint32_t project;
	size_t xattr_area_bytes;
	const char *message; /* NULL: good */
} extras[] = {
	{ .label = "none: no attributes either", .extra_bytes = 0, .mtime_seconds = 1000 },
	{ .label = "up to the checksum", .extra_bytes = 4, .mtime_seconds = 1000,
	  .xattr_area_bytes = 124 },
	{ .label = "just short of the mtime", .extra_bytes = 8, .mtime_seconds = 1000,
	  .xattr_area_bytes = 120 },
	{ .label = "with the mtime", .extra_bytes = 12, .mtime_seconds = 4294968296,
	  .xattr_area_bytes = 116 },
	{ .label = "with the project", .extra_bytes = 32, .mtime_seconds = 4294968296,
	  .project = 4242, .xattr_area_bytes = 96 },
	{ .label = "all", .extra_bytes = 128, .mtime_seconds = 4294968296, .project = 4242,
	  .xattr_area_bytes = 0 },
	{ .label = "more than all", .extra_bytes = 132,
	  .message = "disk: inode 12: extra size 132, expected a multiple of 4 up to 128" },
	{ .label = "odd", .extra_bytes = 33,
	  .message = "disk: inode 12: extra size 33, expected a multiple of 4 up to 128" },
	{ .label = "the most", .extra_bytes = 65535,
	  .message = "disk: inode 12: extra size 65535, expected a multiple of 4 up to 128" },
};

START_TEST(test_extra_size)
{
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;
	int ret;

	fill_inode(raw);
	store_put_le32(raw + 0x80, extras[_i].extra_bytes);
	ret = lscow_inode_decode(fs, 12, raw, &inode, &err);
	if (extras[_i].message) {
		unit_assert_error(extras[_i].label, ret, &err, LSCOW_E_INCOMPLETE,
				  extras[_i].message);
		return;
	}
	unit_assert_ok(extras[_i].label, ret, &err);
	ck_assert_int_eq(inode.mtime_seconds, extras[_i].mtime_seconds);
	ck_assert_uint_eq(inode.project, extras[_i].project);
	ck_assert_uint_eq(inode.xattr_area_bytes, extras[_i].xattr_area_bytes);
}
END_TEST

static const struct {
	const char *label;
	uint32_t mtime;
	uint32_t extra;
	int64_t seconds;
	uint32_t nanoseconds;
} times[] = {
	{ .label = "1901", .mtime = 0x80000000, .seconds = -INT64_C(0x80000000) },
	{ .label = "1969", .mtime = UINT32_MAX, .seconds = -1 },
	{ .label = "2038", .mtime = 0x80000000, .extra = 1, .seconds = INT64_C(0x80000000) },
	{ .label = "2446", .mtime = 0x7FFFFFFF, .extra = 3, .seconds = INT64_C(0x37FFFFFFF) },
	{ .label = "a nanosecond before", .mtime = 5, .extra = 999999999u << 2, .seconds = 5,
	  .nanoseconds = 999999999 },
};

START_TEST(test_mtime)
{
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;

	fill_inode(raw);
	store_put_le32(raw + 0x10, times[_i].mtime);
	store_put_le32(raw + 0x88, times[_i].extra);
	unit_assert_ok(times[_i].label, lscow_inode_decode(fs, 12, raw, &inode, &err), &err);
	ck_assert_int_eq(inode.mtime_seconds, times[_i].seconds);
	ck_assert_uint_eq(inode.mtime_nanoseconds, times[_i].nanoseconds);
}
END_TEST

START_TEST(test_huge_size)
{
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;
	int ret;

	fill_inode(raw);
	store_put_le32(raw + 0x6C, 0x80000000);
	ret = lscow_inode_decode(fs, 12, raw, &inode, &err);
	unit_assert_error("size", ret, &err, LSCOW_E_INCOMPLETE,
			  "disk: inode 12: size 9223372037141106961, expected below 2^63");
}
END_TEST

/* ---- what an inode is ---------------------------------------------------- */

static const struct {
	const char *label;
	uint16_t mode;
	enum lscow_file_type type;
} types[] = {
	{ .label = "file", .mode = S_IFREG | 0644, .type = LSCOW_TYPE_FILE },
	{ .label = "directory", .mode = S_IFDIR | 0755, .type = LSCOW_TYPE_DIRECTORY },
	{ .label = "symlink", .mode = S_IFLNK | 0777, .type = LSCOW_TYPE_SYMLINK },
	{ .label = "block device", .mode = S_IFBLK, .type = LSCOW_TYPE_BLOCK },
	{ .label = "character device", .mode = S_IFCHR, .type = LSCOW_TYPE_CHAR },
	{ .label = "fifo", .mode = S_IFIFO, .type = LSCOW_TYPE_FIFO },
	{ .label = "socket", .mode = S_IFSOCK, .type = LSCOW_TYPE_SOCKET },
	{ .label = "none", .mode = 0644, .type = LSCOW_TYPE_UNKNOWN },
	{ .label = "all bits", .mode = 0xFFFF, .type = LSCOW_TYPE_UNKNOWN },
};

START_TEST(test_type)
{
	struct lscow_inode inode = { .mode = types[_i].mode };

	ck_assert_msg(lscow_inode_type(&inode) == types[_i].type, "%s", types[_i].label);
}
END_TEST

static const struct {
	const char *label;
	bool is_allocated;
	uint32_t nr_links;
	uint16_t mode;
	enum lscow_inode_state state;
} states[] = {
	{ .label = "free", .nr_links = 1, .mode = S_IFREG, .state = LSCOW_INODE_FREE },
	{ .label = "live", .is_allocated = true, .nr_links = 1, .mode = S_IFREG,
	  .state = LSCOW_INODE_LIVE },
	{ .label = "unlinked but open", .is_allocated = true, .mode = S_IFREG,
	  .state = LSCOW_INODE_ORPHAN },
	{ .label = "without a mode", .is_allocated = true, .nr_links = 1,
	  .state = LSCOW_INODE_ORPHAN },
};

START_TEST(test_state)
{
	struct lscow_inode inode = { .mode = states[_i].mode,
				     .nr_links = states[_i].nr_links };

	ck_assert_msg(lscow_inode_state_of(&inode, states[_i].is_allocated) ==
		      states[_i].state, "%s", states[_i].label);
}
END_TEST

static const struct {
	const char *label;
	struct lscow_inode inode;
	bool is_deleted;
} deleted[] = {
	{ .label = "in use", .inode = { .nr_links = 1, .mode = S_IFREG } },
	{ .label = "no links", .inode = { .mode = S_IFREG }, .is_deleted = true },
	{ .label = "no mode", .inode = { .nr_links = 1 }, .is_deleted = true },
	{ .label = "a time of deletion",
	  .inode = { .nr_links = 1, .mode = S_IFREG, .deletion_time = 1 }, .is_deleted = true },
};

START_TEST(test_is_deleted)
{
	ck_assert_msg(lscow_inode_is_deleted(&deleted[_i].inode) == deleted[_i].is_deleted,
		      "%s", deleted[_i].label);
}
END_TEST

static const struct {
	const char *label;
	uint16_t mode;
	uint32_t flags;
	uint64_t size_bytes;
	bool is_fast_symlink;
	bool has_map;
} maps[] = {
	{ .label = "file", .mode = S_IFREG, .has_map = true },
	{ .label = "directory", .mode = S_IFDIR, .has_map = true },
	{ .label = "short symlink", .mode = S_IFLNK, .size_bytes = 59,
	  .is_fast_symlink = true },
	{ .label = "long symlink", .mode = S_IFLNK, .size_bytes = 60, .has_map = true },
	{ .label = "short symlink in a block", .mode = S_IFLNK, .flags = EXT4_EXTENTS_FL,
	  .size_bytes = 59, .has_map = true },
	{ .label = "device", .mode = S_IFBLK },
	{ .label = "fifo", .mode = S_IFIFO },
	{ .label = "socket", .mode = S_IFSOCK },
	{ .label = "none", .mode = 0 },
};

START_TEST(test_has_map)
{
	struct lscow_inode inode = { .mode = maps[_i].mode, .flags = maps[_i].flags,
				     .size_bytes = maps[_i].size_bytes };

	ck_assert_msg(lscow_inode_has_map(&inode) == maps[_i].has_map, "%s", maps[_i].label);
	ck_assert_msg(lscow_inode_is_fast_symlink(&inode) == maps[_i].is_fast_symlink, "%s",
		      maps[_i].label);
}
END_TEST

static const struct {
	const char *label;
	uint32_t old_encoding;
	uint32_t new_encoding;
	uint64_t number;
} devices[] = {
	{ .label = "old, 8:1", .old_encoding = 0x0801, .number = UINT64_C(8) << 32 | 1 },
	{ .label = "old, 255:255", .old_encoding = 0xFFFF,
	  .number = UINT64_C(255) << 32 | 255 },
	{ .label = "new, 256:0", .new_encoding = 0x10000, .number = UINT64_C(256) << 32 },
	{ .label = "new, 259:1048575", .new_encoding = 0xFFF103FF,
	  .number = UINT64_C(259) << 32 | 0xFFFFF },
	{ .label = "none", .number = 0 },
};

START_TEST(test_device_number)
{
	uint8_t iblock[LSCOW_IBLOCK_BYTES] = { 0 };
	struct lscow_inode inode = { .iblock = iblock };

	store_put_le32(iblock, devices[_i].old_encoding);
	store_put_le32(iblock + 4, devices[_i].new_encoding);
	ck_assert_msg(lscow_inode_device_number(&inode) == devices[_i].number, "%s: %llx",
		      devices[_i].label,
		      (unsigned long long)lscow_inode_device_number(&inode));
}
END_TEST

/* ---- reading ------------------------------------------------------------- */

START_TEST(test_load)
{
	uint32_t ino = filesystem_find("disk", "file");
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;

	unit_assert_ok("load", lscow_inode_load(fs, ino, raw, &inode, &err), &err);
	ck_assert_uint_eq(inode.ino, ino);
	ck_assert_uint_eq(inode.uid, 100000);
	ck_assert_uint_eq(inode.generation, 77);
	ck_assert_uint_eq(inode.size_bytes, 1000);
	ck_assert_uint_eq(inode.nr_links, 1);
	ck_assert_int_eq(inode.mtime_seconds, 1772330400);
	ck_assert_int_eq(lscow_inode_type(&inode), LSCOW_TYPE_FILE);
}
END_TEST

static const struct {
	const char *label;
	uint32_t ino;
	const char *message;
} numbers[] = {
	{ .label = "0", .ino = 0, .message = "disk: inode 0 wanted, expected 1 to 128" },
	{ .label = "one too many", .ino = 129,
	  .message = "disk: inode 129 wanted, expected 1 to 128" },
	{ .label = "the highest", .ino = UINT32_MAX,
	  .message = "disk: inode 4294967295 wanted, expected 1 to 128" },
};

START_TEST(test_number_out_of_range)
{
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;
	int ret = lscow_inode_load(fs, numbers[_i].ino, raw, &inode, &err);

	unit_assert_error(numbers[_i].label, ret, &err, LSCOW_E_INCOMPLETE,
			  numbers[_i].message);
}
END_TEST

START_TEST(test_wrong_checksum)
{
	uint32_t ino = filesystem_find("disk", "file");
	uint8_t raw[FILESYSTEM_INODE_BYTES], before[FILESYSTEM_INODE_BYTES];
	char expected[64];
	int ret;

	unit_assert_ok("load", lscow_inode_load_raw(fs, ino, raw, &err), &err);
	unit_assert_ok("verify", lscow_inode_verify(fs, ino, raw, &err), &err);
	raw[5] ^= 1;
	memcpy(before, raw, sizeof(raw));
	ret = lscow_inode_verify(fs, ino, raw, &err);
	snprintf(expected, sizeof(expected), "disk: inode %u: wrong checksum", ino);
	unit_assert_error("checksum", ret, &err, LSCOW_E_INCOMPLETE, expected);
	ck_assert_mem_eq(raw, before, sizeof(raw));
}
END_TEST

START_TEST(test_read_fails)
{
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;
	int ret;

	memory_device_fail_read(device, 1);
	ret = lscow_inode_load(fs, 2, raw, &inode, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED, "disk: injected read error");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("inode");
	TCase *tcase = tcase_create("inode");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_decode);
	tcase_add_test(tcase, test_decode_128_bytes);
	tcase_add_loop_test(tcase, test_extra_size, 0, (int)UNIT_COUNT(extras));
	tcase_add_loop_test(tcase, test_mtime, 0, (int)UNIT_COUNT(times));
	tcase_add_test(tcase, test_huge_size);
	tcase_add_loop_test(tcase, test_type, 0, (int)UNIT_COUNT(types));
	tcase_add_loop_test(tcase, test_state, 0, (int)UNIT_COUNT(states));
	tcase_add_loop_test(tcase, test_is_deleted, 0, (int)UNIT_COUNT(deleted));
	tcase_add_loop_test(tcase, test_has_map, 0, (int)UNIT_COUNT(maps));
	tcase_add_loop_test(tcase, test_device_number, 0, (int)UNIT_COUNT(devices));
	tcase_add_test(tcase, test_load);
	tcase_add_loop_test(tcase, test_number_out_of_range, 0, (int)UNIT_COUNT(numbers));
	tcase_add_test(tcase, test_wrong_checksum);
	tcase_add_test(tcase, test_read_fails);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
