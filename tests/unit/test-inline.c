/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Content and directory entries inside inodes, good ones and damaged ones. */

#include "support/unit.h"

#include <stdio.h>
#include <sys/stat.h>

#include "extfs/directory.h"
#include "extfs/inline.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"

#define FEATURES FILESYSTEM_EXTENTS ",inline_data,ea_inode"
#define MOST_AREA_BYTES 96
#define ENTRY_BYTES 20 /* of system.data, and of user.data too */
#define SYSTEM_INDEX 7
#define USER_INDEX 1

static struct lscow_device *device;
static struct lscow_extfs *fs;
static uint8_t *iblock, *area;
static struct lscow_inode inode;
static struct lscow_inline content;
static struct lscow_error err;

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("disk", FEATURES, NULL);
	filesystem_make("plain", FILESYSTEM_EXTENTS, NULL);
}

static void open_image(const char *name)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
}

static void close_image(void)
{
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

/* Exactly as long as they are, so that a sanitizer sees every overrun. */
static void make_inode(size_t area_bytes)
{
	free(iblock);
	free(area);
	iblock = calloc(1, LSCOW_IBLOCK_BYTES);
	area = calloc(1, area_bytes > 0 ? area_bytes : 1);
	ck_assert(iblock && area);
	inode = (struct lscow_inode){
		.ino = 12, .mode = S_IFREG, .flags = EXT4_INLINE_DATA_FL, .iblock = iblock,
		.xattr_area = area, .xattr_area_bytes = area_bytes,
	};
}

static void setup(void)
{
	open_image("disk");
	make_inode(MOST_AREA_BYTES);
}

static void teardown(void)
{
	free(iblock);
	free(area);
	iblock = area = NULL;
	close_image();
}

/* The nth entry, named "data"; its value is written where it says, if that is inside. */
static void put_entry(size_t nth, uint8_t name_index, uint16_t value_offset,
		      uint32_t value_ino, const void *value, uint32_t value_bytes)
{
	uint8_t *p = area + 4 + nth * ENTRY_BYTES;

	store_put_le32(area, 0xEA020000);
	p[0] = 4;
	p[1] = name_index;
	p[2] = (uint8_t)value_offset;
	p[3] = (uint8_t)(value_offset >> 8);
	store_put_le32(p + 4, value_ino);
	store_put_le32(p + 8, value_bytes);
	memcpy(p + 16, "data", 4);
	if (value_bytes > 0 &&
	    UINT64_C(4) + value_offset + value_bytes <= inode.xattr_area_bytes)
		memcpy(area + 4 + value_offset, value, value_bytes);
}

/* ---- content ------------------------------------------------------------- */

static const struct {
	const char *label;
	const char *head;
	const char *tail;
	uint16_t tail_offset;
	bool has_other; /* an attribute before it */
	bool is_symlink;
	const char *expected; /* of the first 70 bytes what is not zero */
} good[] = {
	{ .label = "empty", .head = "", .tail = "", .expected = "" },
	{ .label = "a few bytes", .head = "hello", .tail = "", .expected = "hello" },
	{ .label = "all in i_block", .tail = "",
	  .head = "012345678901234567890123456789012345678901234567890123456789",
	  .expected = "012345678901234567890123456789012345678901234567890123456789" },
	{ .label = "more", .tail = "tail", .tail_offset = 88,
	  .head = "012345678901234567890123456789012345678901234567890123456789",
	  .expected = "012345678901234567890123456789012345678901234567890123456789tail" },
	{ .label = "behind another attribute", .has_other = true, .tail = "tail",
	  .tail_offset = 84,
	  .head = "012345678901234567890123456789012345678901234567890123456789",
	  .expected = "012345678901234567890123456789012345678901234567890123456789tail" },
	{ .label = "more than is asked for", .tail = "0123456789abcdef", .tail_offset = 76,
	  .head = "012345678901234567890123456789012345678901234567890123456789",
	  .expected = "01234567890123456789012345678901234567890123456789012345678901234567"
		      "89" },
	{ .label = "fast symlink", .is_symlink = true, .head = "target", .expected = "target" },
};

START_TEST(test_good)
{
	uint8_t seen[71], expected[71] = { 0 };

	memcpy(iblock, good[_i].head, strlen(good[_i].head));
	if (good[_i].has_other)
		put_entry(0, USER_INDEX, 88, 0, "else", 4);
	if (good[_i].tail)
		put_entry(good[_i].has_other, SYSTEM_INDEX, good[_i].tail_offset, 0,
			  good[_i].tail, (uint32_t)strlen(good[_i].tail));
	if (good[_i].is_symlink) {
		inode.mode = S_IFLNK;
		inode.flags = 0;
	}
	unit_assert_ok(good[_i].label, lscow_inline_load(fs, &inode, &content, &err), &err);
	memset(seen, 0xFF, sizeof(seen));
	lscow_inline_copy(&content, seen, sizeof(seen) - 1);
	memcpy(expected, good[_i].expected, strlen(good[_i].expected));
	expected[70] = 0xFF; /* one byte more than was asked for */
	ck_assert_msg(!memcmp(seen, expected, sizeof(seen)), "%s", good[_i].label);
}
END_TEST

START_TEST(test_copy_of_less_than_i_block)
{
	uint8_t seen[4] = { 0 };

	memcpy(iblock, "hello", 5);
	put_entry(0, SYSTEM_INDEX, 0, 0, NULL, 0);
	unit_assert_ok("load", lscow_inline_load(fs, &inode, &content, &err), &err);
	lscow_inline_copy(&content, seen, 3);
	ck_assert_str_eq((const char *)seen, "hel");
}
END_TEST

static const struct {
	const char *label;
	const char *image; /* NULL: disk */
	size_t area_bytes; /* 0: MOST_AREA_BYTES */
	uint32_t more_flags;
	uint8_t name_index; /* 0: no entry */
	uint16_t value_offset;
	uint32_t value_ino;
	uint32_t value_bytes;
	const char *message;
} bad[] = {
	{ .label = "without the feature", .image = "plain", .name_index = SYSTEM_INDEX,
	  .message = "plain: inode 12: inline content without the feature inline_data" },
	{ .label = "with extents", .more_flags = EXT4_EXTENTS_FL, .name_index = SYSTEM_INDEX,
	  .message = "disk: inode 12: found extents and inline content, expected one of them" },
	{ .label = "no attributes",
	  .message = "disk: inode 12: inline content without the xattr system.data" },
	{ .label = "no room for attributes", .area_bytes = 3,
	  .message = "disk: inode 12: inline content without the xattr system.data" },
	{ .label = "another attribute", .name_index = USER_INDEX,
	  .message = "disk: inode 12: inline content without the xattr system.data" },
	{ .label = "past the end", .name_index = SYSTEM_INDEX, .value_offset = 89,
	  .value_bytes = 4,
	  .message = "disk: inode 12: xattr entry at byte 0 of the inode runs past its 92 "
		     "bytes" },
	{ .label = "4 GiB", .name_index = SYSTEM_INDEX, .value_offset = 80,
	  .value_bytes = UINT32_MAX,
	  .message = "disk: inode 12: xattr entry at byte 0 of the inode runs past its 92 "
		     "bytes" },
	{ .label = "no end of the entries", .name_index = USER_INDEX,
	  .area_bytes = 4 + ENTRY_BYTES,
	  .message = "disk: inode 12: xattr entry at byte 20 of the inode runs past its 20 "
		     "bytes" },
	{ .label = "in another inode", .name_index = SYSTEM_INDEX, .value_offset = 80,
	  .value_ino = 13, .value_bytes = 4,
	  .message = "disk: inode 12: inline content in inode 13, expected it in the same" },
};

START_TEST(test_bad)
{
	int ret;

	if (bad[_i].image) {
		close_image();
		open_image(bad[_i].image);
	}
	make_inode(bad[_i].area_bytes ? bad[_i].area_bytes : MOST_AREA_BYTES);
	inode.flags |= bad[_i].more_flags;
	if (bad[_i].name_index && inode.xattr_area_bytes >= 4 + ENTRY_BYTES)
		put_entry(0, bad[_i].name_index, bad[_i].value_offset, bad[_i].value_ino, "past",
			  bad[_i].value_bytes);
	ret = lscow_inline_load(fs, &inode, &content, &err);
	unit_assert_error(bad[_i].label, ret, &err, LSCOW_E_INCOMPLETE, bad[_i].message);
}
END_TEST

/* ---- directories --------------------------------------------------------- */

/* The bytes of an entry, in an area of its own. */
struct entry {
	uint32_t ino;
	uint16_t record_bytes;
	const char *name;
};

#define MOST_ENTRIES 3

static size_t put_dirents(uint8_t *bytes, size_t nr_bytes, const struct entry *entries)
{
	size_t at = 0;

	for (size_t i = 0; i < MOST_ENTRIES && entries[i].name; i++) {
		size_t name_bytes = strlen(entries[i].name);

		store_put_le32(bytes + at, entries[i].ino);
		bytes[at + 4] = (uint8_t)entries[i].record_bytes;
		bytes[at + 5] = (uint8_t)(entries[i].record_bytes >> 8);
		bytes[at + 6] = (uint8_t)name_bytes;
		ck_assert(at + 8 + name_bytes <= nr_bytes);
		memcpy(bytes + at + 8, entries[i].name, name_bytes);
		at += entries[i].record_bytes;
	}
	return at;
}

/* A directory whose parent is inode 5. */
static void make_directory(const struct entry *head, const struct entry *tail,
			   uint32_t tail_bytes)
{
	uint8_t value[64] = { 0 };

	store_put_le32(iblock, 5);
	put_dirents(iblock + 4, LSCOW_IBLOCK_BYTES - 4, head);
	put_dirents(value, sizeof(value), tail);
	put_entry(0, SYSTEM_INDEX, (uint16_t)(92 - tail_bytes), 0, value, tail_bytes);
	inode.mode = S_IFDIR;
}

/* "INO=NAME " for each. */
static char listed[256];

static int list_entry(void *data, const struct lscow_dirent *entry, struct lscow_error *list_err)
{
	(void)data;
	(void)list_err;
	snprintf(listed + strlen(listed), sizeof(listed) - strlen(listed), "%u=%.*s ",
		 entry->ino, (int)entry->name_bytes, (const char *)entry->name);
	return 0;
}

static const struct {
	const char *label;
	struct entry head[MOST_ENTRIES];
	struct entry tail[MOST_ENTRIES];
	uint32_t tail_bytes;
	const char *expected; /* NULL: damage */
	const char *message;
} directories[] = {
	{ .label = "empty", .head = { { 0, 56, "" } }, .expected = "" },
	{ .label = "in i_block", .head = { { 12, 16, "a" }, { 13, 40, "bb" } },
	  .expected = "12=a 13=bb " },
	{ .label = "in both", .head = { { 12, 56, "a" } },
	  .tail = { { 13, 12, "b" }, { 14, 20, "c" } }, .tail_bytes = 32,
	  .expected = "12=a 13=b 14=c " },
	{ .label = "one deleted in each", .head = { { 0, 16, "a" }, { 13, 40, "bb" } },
	  .tail = { { 0, 12, "c" }, { 14, 20, "d" } }, .tail_bytes = 32,
	  .expected = "13=bb 14=d " },
	{ .label = "dots are skipped", .head = { { 12, 12, "." }, { 13, 44, ".." } },
	  .expected = "" },
	{ .label = "no length", .head = { { 12, 0, "a" } },
	  .message = "disk: directory inode 12: inline, byte 0 of 56: bad entry" },
	{ .label = "reaches into the xattr", .head = { { 12, 60, "a" } },
	  .message = "disk: directory inode 12: inline, byte 0 of 56: bad entry" },
	{ .label = "no room for an entry", .head = { { 12, 52, "a" } },
	  .message = "disk: directory inode 12: inline, byte 52 of 56: bad entry" },
	{ .label = "past the xattr", .head = { { 12, 56, "a" } },
	  .tail = { { 13, 12, "b" }, { 14, 24, "c" } }, .tail_bytes = 32,
	  .message = "disk: directory inode 12: inline, byte 12 of 32: bad entry" },
	{ .label = "an xattr too short for an entry", .head = { { 12, 56, "a" } },
	  .tail_bytes = 4,
	  .message = "disk: directory inode 12: inline, byte 0 of 4: bad entry" },
	{ .label = "a slash in a name", .head = { { 12, 56, "a/b" } },
	  .message = "disk: directory inode 12: inline, byte 0 of 56: bad entry" },
	{ .label = "no such inode", .head = { { 129, 56, "a" } },
	  .message = "disk: directory inode 12: inline, byte 0 of 56: inode 129, expected 1 to "
		     "128" },
};

START_TEST(test_directories)
{
	const char *label = directories[_i].label;
	uint32_t parent_ino = 0;
	int ret;

	make_directory(directories[_i].head, directories[_i].tail, directories[_i].tail_bytes);
	listed[0] = '\0';
	ret = lscow_directory_iterate(fs, &inode, list_entry, NULL, &err);
	if (!directories[_i].expected) {
		unit_assert_error(label, ret, &err, LSCOW_E_INCOMPLETE, directories[_i].message);
		return;
	}
	unit_assert_ok(label, ret, &err);
	ck_assert_msg(!strcmp(listed, directories[_i].expected), "%s: %s", label, listed);
	unit_assert_ok(label, lscow_directory_load_parent(fs, &inode, &parent_ino, &err), &err);
	ck_assert_uint_eq(parent_ino, 5);
}
END_TEST

START_TEST(test_directory_without_xattr)
{
	uint32_t parent_ino;
	int ret;

	inode.mode = S_IFDIR;
	ret = lscow_directory_iterate(fs, &inode, list_entry, NULL, &err);
	unit_assert_error("entries", ret, &err, LSCOW_E_INCOMPLETE,
			  "disk: inode 12: inline content without the xattr system.data");
	ret = lscow_directory_load_parent(fs, &inode, &parent_ino, &err);
	unit_assert_error("parent", ret, &err, LSCOW_E_INCOMPLETE,
			  "disk: inode 12: inline content without the xattr system.data");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("inline");
	TCase *tcase = tcase_create("inline");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, (int)UNIT_COUNT(good));
	tcase_add_test(tcase, test_copy_of_less_than_i_block);
	tcase_add_loop_test(tcase, test_bad, 0, (int)UNIT_COUNT(bad));
	tcase_add_loop_test(tcase, test_directories, 0, (int)UNIT_COUNT(directories));
	tcase_add_test(tcase, test_directory_without_xattr);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
