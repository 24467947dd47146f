/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Extended attributes in inodes and blocks, good ones and damaged ones. */

#include "support/unit.h"

#include <stdio.h>
#include <sys/stat.h>

#include "extfs/xattr.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"

#define AREA_BYTES 96
#define XATTR_BLOCK 3000u
#define MOST_ENTRIES 4

/* An entry; the value is written at its offset, unless that is outside. */
struct entry {
	uint8_t name_index;
	const char *name;
	const char *value;
	uint16_t value_offset;
	uint32_t value_ino;
	uint32_t value_bytes; /* 0: as the value has them */
};

static struct lscow_device *device;
static struct lscow_extfs *fs;
static uint8_t *area;
static struct lscow_inode inode;
static struct lscow_xattrs xattrs;
static struct lscow_error err;

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXTENTS, NULL);
	filesystem_make("sums", FILESYSTEM_EXT4,
			"write small file\n"
			"ea_set file user.color blue\n"
			"ea_set file trusted.long 0123456789012345678901234567890123456789"
			"0123456789012345678901234567890123456789\n");
}

static void open_image(const char *name)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
	xattrs = (struct lscow_xattrs){ .block = NULL };
}

static void setup(void)
{
	open_image("disk");
	area = calloc(1, AREA_BYTES);
	ck_assert_ptr_nonnull(area);
	inode = (struct lscow_inode){ .ino = 12, .mode = S_IFREG, .xattr_area = area,
				      .xattr_area_bytes = AREA_BYTES };
}

static void teardown(void)
{
	lscow_xattrs_free(&xattrs);
	free(area);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

/* Writes entries from first on; value offsets count from bytes. */
static void put_entries(uint8_t *bytes, size_t nr_bytes, size_t first,
			const struct entry *entries)
{
	uint8_t *p = bytes + first;

	for (size_t i = 0; i < MOST_ENTRIES && entries[i].name; i++) {
		size_t value_bytes = strlen(entries[i].value);

		p[0] = (uint8_t)strlen(entries[i].name);
		p[1] = entries[i].name_index;
		p[2] = (uint8_t)entries[i].value_offset;
		p[3] = (uint8_t)(entries[i].value_offset >> 8);
		store_put_le32(p + 4, entries[i].value_ino);
		store_put_le32(p + 8, entries[i].value_bytes ? entries[i].value_bytes
							     : (uint32_t)value_bytes);
		memcpy(p + 16, entries[i].name, p[0]);
		if (entries[i].value_offset + value_bytes <= nr_bytes)
			memcpy(bytes + entries[i].value_offset, entries[i].value, value_bytes);
		p += (16 + p[0] + 3u) / 4 * 4;
	}
}

static void put_area(const struct entry *entries)
{
	store_put_le32(area, 0xEA020000);
	put_entries(area + 4, AREA_BYTES - 4, 0, entries);
}

static void put_block(const struct entry *entries)
{
	uint8_t *block = memory_device_get_bytes(device) +
			 XATTR_BLOCK * FILESYSTEM_BLOCK_BYTES;

	store_put_le32(block, 0xEA020000);
	store_put_le32(block + 4, 3); /* references */
	store_put_le32(block + 8, 1); /* blocks */
	put_entries(block, FILESYSTEM_BLOCK_BYTES, 32, entries);
	inode.xattr_block = XATTR_BLOCK;
}

/* "INDEX.NAME=VALUE " for each. */
static const char *describe(const struct lscow_xattrs *items)
{
	static char text[1024];
	const struct lscow_xattr *xattr = items->items.items;

	text[0] = '\0';
	for (size_t i = 0; i < items->items.nr; i++, xattr++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u.%.*s=%.*s ",
			 xattr->name_index, (int)xattr->name_bytes, (const char *)xattr->name,
			 (int)xattr->value_bytes, (const char *)xattr->value);
	return text;
}

/* ---- good ones ----------------------------------------------------------- */

static const struct {
	const char *label;
	struct entry in_inode[MOST_ENTRIES];
	struct entry in_block[MOST_ENTRIES];
	const char *expected;
} good[] = {
	{ .label = "none", .expected = "" },
	{ .label = "in the inode", .in_inode = { { 1, "a", "one", 80, 0, 0 } },
	  .expected = "1.a=one " },
	{ .label = "sorted by index, length and name",
	  .in_inode = { { 7, "b", "x", 88, 0, 0 }, { 1, "bb", "y", 84, 0, 0 },
			{ 1, "c", "z", 80, 0, 0 } },
	  .expected = "1.c=z 1.bb=y 7.b=x " },
	{ .label = "in a block", .in_block = { { 1, "a", "one", 1020, 0, 0 } },
	  .expected = "1.a=one " },
	{ .label = "in both", .in_inode = { { 7, "selinux", "s", 88, 0, 0 } },
	  .in_block = { { 2, "", "acl", 1020, 0, 0 } }, .expected = "2.=acl 7.selinux=s " },
	{ .label = "without a value", .in_inode = { { 1, "a", "", 0, 0, 0 } },
	  .expected = "1.a= " },
	{ .label = "a value that ends where the inode does",
	  .in_inode = { { 1, "a", "four", 88, 0, 0 } }, .expected = "1.a=four " },
	{ .label = "a value that ends where the block does",
	  .in_block = { { 1, "a", "four", 1020, 0, 0 } }, .expected = "1.a=four " },
};

START_TEST(test_good)
{
	if (good[_i].in_inode[0].name)
		put_area(good[_i].in_inode);
	if (good[_i].in_block[0].name)
		put_block(good[_i].in_block);
	unit_assert_ok(good[_i].label, lscow_xattrs_load(fs, &inode, &xattrs, &err), &err);
	ck_assert_msg(!strcmp(describe(&xattrs), good[_i].expected), "%s: %s", good[_i].label,
		      describe(&xattrs));
	ck_assert_uint_eq(lscow_xattrs_get_refcount(&xattrs),
			  good[_i].in_block[0].name ? 3 : 0);
}
END_TEST

START_TEST(test_no_magic_no_attributes)
{
	put_area(good[1].in_inode);
	area[0] ^= 1;
	unit_assert_ok("load", lscow_xattrs_load(fs, &inode, &xattrs, &err), &err);
	ck_assert_str_eq(describe(&xattrs), "");
}
END_TEST

static const struct {
	const char *label;
	size_t area_bytes;
} short_areas[] = {
	{ .label = "none", .area_bytes = 0 },
	{ .label = "not even a magic", .area_bytes = 3 },
};

START_TEST(test_short_area)
{
	put_area(good[1].in_inode);
	inode.xattr_area_bytes = short_areas[_i].area_bytes;
	unit_assert_ok(short_areas[_i].label, lscow_xattrs_load(fs, &inode, &xattrs, &err),
		       &err);
	ck_assert_str_eq(describe(&xattrs), "");
}
END_TEST

/* ---- damage -------------------------------------------------------------- */

static const struct {
	const char *label;
	size_t area_bytes; /* 0: AREA_BYTES */
	struct entry in_inode[MOST_ENTRIES];
	struct entry in_block[MOST_ENTRIES];
	const char *message;
} bad[] = {
	{ .label = "value past the end", .in_inode = { { 1, "a", "four", 89, 0, 0 } },
	  .message = "disk: inode 12: xattr entry at byte 0 of the inode runs past its 92 "
		     "bytes" },
	{ .label = "value far past the end", .in_inode = { { 1, "a", "x", 65535, 0, 0 } },
	  .message = "disk: inode 12: xattr entry at byte 0 of the inode runs past its 92 "
		     "bytes" },
	{ .label = "a value of 4 GiB",
	  .in_inode = { { 1, "a", "x", 80, 0, UINT32_MAX } },
	  .message = "disk: inode 12: xattr entry at byte 0 of the inode runs past its 92 "
		     "bytes" },
	{ .label = "name past the end",
	  .in_inode = { { 1, "a name that would go on behind the last of the bytes", "", 0,
			  0, 0 } },
	  .area_bytes = 64,
	  .message = "disk: inode 12: xattr entry at byte 0 of the inode runs past its 60 "
		     "bytes" },
	{ .label = "no end", .area_bytes = 24, .in_inode = { { 1, "four", "", 0, 0, 0 } },
	  .message = "disk: inode 12: xattr entry at byte 20 of the inode runs past its 20 "
		     "bytes" },
	{ .label = "an entry in less bytes than one has", .area_bytes = 32,
	  .in_inode = { { 1, "four", "", 0, 0, 0 }, { 1, "", "", 0, 0, 0 } },
	  .message = "disk: inode 12: xattr entry at byte 20 of the inode runs past its 28 "
		     "bytes" },
	{ .label = "no room for an end", .area_bytes = 6, .in_inode = { { 1, "", "", 0, 0, 0 } },
	  .message = "disk: inode 12: xattr entry at byte 0 of the inode runs past its 2 "
		     "bytes" },
	{ .label = "value in an inode", .in_inode = { { 1, "a", "x", 80, 99, 0 } },
	  .message = "disk: inode 12: xattr value in inode 99 without the feature ea_inode" },
	{ .label = "value past the block's end",
	  .in_block = { { 1, "a", "four", 1021, 0, 0 } },
	  .message = "disk: inode 12: xattr entry at byte 32 of the xattr block runs past its "
		     "1024 bytes" },
	{ .label = "the second entry",
	  .in_block = { { 1, "four", "x", 1000, 0, 0 }, { 1, "b", "y", 1024, 0, 0 } },
	  .message = "disk: inode 12: xattr entry at byte 52 of the xattr block runs past its "
		     "1024 bytes" },
};

START_TEST(test_bad)
{
	uint8_t *exact;
	int ret;

	if (bad[_i].in_inode[0].name)
		put_area(bad[_i].in_inode);
	if (bad[_i].in_block[0].name)
		put_block(bad[_i].in_block);
	if (bad[_i].area_bytes) {
		/* Exactly as long, so that a sanitizer sees every overrun. */
		exact = malloc(bad[_i].area_bytes);
		memcpy(exact, area, bad[_i].area_bytes);
		free(area);
		area = exact;
		inode.xattr_area = area;
		inode.xattr_area_bytes = bad[_i].area_bytes;
	}
	ret = lscow_xattrs_load(fs, &inode, &xattrs, &err);
	unit_assert_error(bad[_i].label, ret, &err, LSCOW_E_INCOMPLETE, bad[_i].message);
}
END_TEST

/* Entries up to the last byte, and no end behind them. */
START_TEST(test_block_without_end)
{
	uint8_t *block = memory_device_get_bytes(device) +
			 XATTR_BLOCK * FILESYSTEM_BLOCK_BYTES;
	int ret;

	put_block(good[3].in_block);
	for (size_t at = 32; at + 16 <= FILESYSTEM_BLOCK_BYTES; at += 16)
		memcpy(block + at, "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	ret = lscow_xattrs_load(fs, &inode, &xattrs, &err);
	unit_assert_error("no end", ret, &err, LSCOW_E_INCOMPLETE,
			  "disk: inode 12: xattr entry at byte 1024 of the xattr block runs "
			  "past its 1024 bytes");
}
END_TEST

static const struct {
	const char *label;
	uint64_t block;
	size_t damaged_byte;
	uint8_t damage;
	const char *message;
} bad_blocks[] = {
	{ .label = "outside", .block = 4096,
	  .message = "disk: inode 12: xattr block at 4096, expected below 4096" },
	{ .label = "far outside", .block = UINT64_C(0xFFFFFFFFFFFF),
	  .message = "disk: inode 12: xattr block at 281474976710655, expected below 4096" },
	{ .label = "not one", .block = 3001,
	  .message = "disk: inode 12: block 3001 is not an xattr block" },
	{ .label = "another magic", .block = XATTR_BLOCK, .damaged_byte = 0, .damage = 1,
	  .message = "disk: inode 12: block 3000 is not an xattr block" },
	{ .label = "two blocks", .block = XATTR_BLOCK, .damaged_byte = 8, .damage = 3,
	  .message = "disk: inode 12: block 3000 is not an xattr block" },
};

START_TEST(test_bad_block)
{
	int ret;

	put_block(good[3].in_block);
	memory_device_get_bytes(device)[XATTR_BLOCK * FILESYSTEM_BLOCK_BYTES +
					bad_blocks[_i].damaged_byte] ^= bad_blocks[_i].damage;
	inode.xattr_block = bad_blocks[_i].block;
	ret = lscow_xattrs_load(fs, &inode, &xattrs, &err);
	unit_assert_error(bad_blocks[_i].label, ret, &err, LSCOW_E_INCOMPLETE,
			  bad_blocks[_i].message);
}
END_TEST

START_TEST(test_read_fails)
{
	int ret;

	put_area(good[4].in_inode);
	put_block(good[4].in_block);
	memory_device_fail_read(device, 1);
	ret = lscow_xattrs_load(fs, &inode, &xattrs, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED, "disk: injected read error");
}
END_TEST

/* ---- as debugfs wrote them ----------------------------------------------- */

START_TEST(test_with_checksum)
{
	uint32_t ino = filesystem_find("sums", "file");
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_xattrs block_only;
	char expected[128];
	int ret;

	lscow_extfs_close(fs);
	lscow_device_close(device);
	open_image("sums");
	unit_assert_ok("load", lscow_inode_load(fs, ino, raw, &inode, &err), &err);
	ck_assert_uint_ne(inode.xattr_block, 0);
	unit_assert_ok("load", lscow_xattrs_load(fs, &inode, &xattrs, &err), &err);
	ck_assert_uint_eq(xattrs.items.nr, 2);
	ck_assert_uint_eq(lscow_xattrs_get_refcount(&xattrs), 1);
	unit_assert_ok("block", lscow_xattrs_load_block(fs, 0, inode.xattr_block, &block_only,
							&err), &err);
	ck_assert_uint_eq(block_only.items.nr, 1);
	ck_assert(!lscow_xattrs_are_equal(&xattrs, &block_only));
	lscow_xattrs_free(&block_only);
	lscow_xattrs_free(&xattrs);

	memory_device_get_bytes(device)[inode.xattr_block * FILESYSTEM_BLOCK_BYTES + 700] ^= 1;
	ret = lscow_xattrs_load(fs, &inode, &xattrs, &err);
	snprintf(expected, sizeof(expected), "sums: inode %u: xattr block %ju: wrong checksum",
		 ino, (uintmax_t)inode.xattr_block);
	unit_assert_error("checksum", ret, &err, LSCOW_E_INCOMPLETE, expected);
}
END_TEST

/* ---- comparing ----------------------------------------------------------- */

static const struct {
	const char *label;
	struct entry in_inode[MOST_ENTRIES];
	struct entry in_block[MOST_ENTRIES];
	bool is_equal;
} others[] = {
	{ .label = "the same", .in_inode = { { 1, "a", "one", 80, 0, 0 },
					     { 2, "", "acl", 84, 0, 0 } }, .is_equal = true },
	{ .label = "in another order and place",
	  .in_inode = { { 2, "", "acl", 60, 0, 0 }, { 1, "a", "one", 64, 0, 0 } },
	  .is_equal = true },
	{ .label = "one in a block", .in_inode = { { 2, "", "acl", 60, 0, 0 } },
	  .in_block = { { 1, "a", "one", 1000, 0, 0 } }, .is_equal = true },
	{ .label = "one less", .in_inode = { { 1, "a", "one", 80, 0, 0 } } },
	{ .label = "none" },
	{ .label = "another value", .in_inode = { { 1, "a", "two", 80, 0, 0 },
						  { 2, "", "acl", 84, 0, 0 } } },
	{ .label = "a longer value", .in_inode = { { 1, "a", "ones", 80, 0, 0 },
						   { 2, "", "acl", 84, 0, 0 } } },
	{ .label = "another name", .in_inode = { { 1, "b", "one", 80, 0, 0 },
						 { 2, "", "acl", 84, 0, 0 } } },
	{ .label = "another prefix", .in_inode = { { 7, "a", "one", 80, 0, 0 },
						   { 2, "", "acl", 84, 0, 0 } } },
};

START_TEST(test_are_equal)
{
	uint8_t first_area[AREA_BYTES];
	struct lscow_inode first = inode;
	struct lscow_xattrs first_xattrs;

	put_area(others[0].in_inode);
	memcpy(first_area, area, AREA_BYTES);
	first.xattr_area = first_area;
	unit_assert_ok("first", lscow_xattrs_load(fs, &first, &first_xattrs, &err), &err);
	memset(area, 0, AREA_BYTES);
	put_area(others[_i].in_inode);
	if (others[_i].in_block[0].name)
		put_block(others[_i].in_block);
	unit_assert_ok(others[_i].label, lscow_xattrs_load(fs, &inode, &xattrs, &err), &err);
	ck_assert_msg(lscow_xattrs_are_equal(&first_xattrs, &xattrs) == others[_i].is_equal,
		      "%s", others[_i].label);
	ck_assert_msg(lscow_xattrs_are_equal(&xattrs, &first_xattrs) == others[_i].is_equal,
		      "%s, the other way", others[_i].label);
	lscow_xattrs_free(&first_xattrs);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xattr");
	TCase *tcase = tcase_create("xattr");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, (int)UNIT_COUNT(good));
	tcase_add_test(tcase, test_no_magic_no_attributes);
	tcase_add_loop_test(tcase, test_short_area, 0, (int)UNIT_COUNT(short_areas));
	tcase_add_loop_test(tcase, test_bad, 0, (int)UNIT_COUNT(bad));
	tcase_add_test(tcase, test_block_without_end);
	tcase_add_loop_test(tcase, test_bad_block, 0, (int)UNIT_COUNT(bad_blocks));
	tcase_add_test(tcase, test_read_fails);
	tcase_add_test(tcase, test_with_checksum);
	tcase_add_loop_test(tcase, test_are_equal, 0, (int)UNIT_COUNT(others));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
