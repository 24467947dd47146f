/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Direct and indirect block pointers: the runs they hold, and damage. */

#include "support/unit.h"

#include <stdio.h>
#include <sys/stat.h>

#include "extfs/map.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"

#define MOST_POINTERS 16
#define NR_IN_BLOCK (FILESYSTEM_BLOCK_BYTES / 4)

/* Pointer number index of i_block (block 0) or of a block. */
struct pointer {
	uint64_t block;
	uint32_t index;
	uint32_t value;
};

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_map map;
static uint8_t iblock[LSCOW_IBLOCK_BYTES];
static struct lscow_inode inode;
static struct lscow_error err;

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXT2, "write large file\n");
}

static void setup(void)
{
	device = filesystem_load("disk");
	unit_assert_ok("open", lscow_extfs_open(device, &fs, &err), &err);
	map = LSCOW_MAP;
	memset(iblock, 0, sizeof(iblock));
	inode = (struct lscow_inode){ .ino = 12, .mode = S_IFREG, .iblock = iblock };
}

static void teardown(void)
{
	lscow_map_free(&map);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

static void put_pointers(const struct pointer *pointers)
{
	uint8_t value[4];

	for (size_t i = 0; i < MOST_POINTERS && pointers[i].value; i++) {
		store_put_le32(value, pointers[i].value);
		if (pointers[i].block == 0)
			memcpy(iblock + 4 * pointers[i].index, value, sizeof(value));
		else
			memory_device_put(device, pointers[i].block * FILESYSTEM_BLOCK_BYTES +
					  4 * pointers[i].index, value, sizeof(value));
	}
}

static const char *describe_map(void)
{
	static char text[1024];
	const struct lscow_run *runs = map.runs.items;

	text[0] = '\0';
	for (size_t i = 0; i < map.runs.nr; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%ju+%ju@%ju ",
			 (uintmax_t)runs[i].logical_block, (uintmax_t)runs[i].nr_blocks,
			 (uintmax_t)runs[i].physical_block);
	for (size_t i = 0; i < map.map_blocks.nr; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "[%ju] ",
			 (uintmax_t)LSCOW_ITEMS(&map.map_blocks, uint64_t)[i]);
	return text;
}

static const struct {
	const char *label;
	struct pointer pointers[MOST_POINTERS];
	const char *expected;
} good[] = {
	{ .label = "none", .expected = "" },
	{ .label = "direct blocks", .pointers = { { 0, 0, 1000 }, { 0, 1, 1001 },
						  { 0, 2, 1003 }, { 0, 11, 1004 } },
	  .expected = "0+2@1000 2+1@1003 11+1@1004 " },
	{ .label = "an indirect block", .pointers = { { 0, 12, 3000 }, { 3000, 0, 1000 },
						      { 3000, 255, 1001 } },
	  .expected = "12+1@1000 267+1@1001 [3000] " },
	{ .label = "an empty indirect block", .pointers = { { 0, 12, 3000 } },
	  .expected = "[3000] " },
	{ .label = "doubly indirect", .pointers = { { 0, 13, 3000 }, { 3000, 1, 3001 },
						    { 3001, 3, 1000 } },
	  .expected = "527+1@1000 [3000] [3001] " },
	{ .label = "triply indirect", .pointers = { { 0, 14, 3000 }, { 3000, 0, 3001 },
						    { 3001, 0, 3002 }, { 3002, 0, 1000 } },
	  .expected = "65804+1@1000 [3000] [3001] [3002] " },
	{ .label = "the last of all",
	  .pointers = { { 0, 14, 3000 }, { 3000, 255, 3001 }, { 3001, 255, 3002 },
			{ 3002, 255, 1000 } },
	  .expected = "16843019+1@1000 [3000] [3001] [3002] " },
	{ .label = "a run from direct to indirect blocks",
	  .pointers = { { 0, 11, 1000 }, { 0, 12, 3000 }, { 3000, 0, 1001 } },
	  .expected = "11+2@1000 [3000] " },
};

START_TEST(test_good)
{
	put_pointers(good[_i].pointers);
	unit_assert_ok(good[_i].label, lscow_map_load(fs, &inode, &map, &err), &err);
	ck_assert_msg(!strcmp(describe_map(), good[_i].expected), "%s: %s", good[_i].label,
		      describe_map());
}
END_TEST

START_TEST(test_what_debugfs_wrote)
{
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	const struct lscow_run *runs;

	unit_assert_ok("load", lscow_inode_load(fs, filesystem_find("disk", "file"), raw,
						&inode, &err), &err);
	unit_assert_ok("load", lscow_map_load(fs, &inode, &map, &err), &err);
	ck_assert_uint_eq(map.runs.nr, 1);
	runs = map.runs.items;
	ck_assert_uint_eq(runs->nr_blocks, 5);
	ck_assert_uint_eq(runs->physical_block, filesystem_block("disk", "file", 0));
}
END_TEST

static const struct {
	const char *label;
	struct pointer pointers[MOST_POINTERS];
	const char *message;
} bad[] = {
	{ .label = "a block outside", .pointers = { { 0, 0, 1000 }, { 0, 1, 4096 } },
	  .message = "disk: inode 12: logical block 1 maps to 1 blocks at 4096, expected "
		     "below 4096" },
	{ .label = "far outside", .pointers = { { 0, 0, UINT32_MAX } },
	  .message = "disk: inode 12: logical block 0 maps to 1 blocks at 4294967295, "
		     "expected below 4096" },
	{ .label = "an indirect block outside", .pointers = { { 0, 12, 4096 } },
	  .message = "disk: inode 12: indirect block at 4096, expected below 4096" },
	{ .label = "deeper outside", .pointers = { { 0, 13, 3000 }, { 3000, 0, UINT32_MAX } },
	  .message = "disk: inode 12: indirect block at 4294967295, expected below 4096" },
	{ .label = "a block of a block outside",
	  .pointers = { { 0, 12, 3000 }, { 3000, 9, 5000 } },
	  .message = "disk: inode 12: logical block 21 maps to 1 blocks at 5000, expected "
		     "below 4096" },
};

START_TEST(test_bad)
{
	int ret;

	put_pointers(bad[_i].pointers);
	ret = lscow_map_load(fs, &inode, &map, &err);
	unit_assert_error(bad[_i].label, ret, &err, LSCOW_E_INCOMPLETE, bad[_i].message);
}
END_TEST

/* A block that points to itself 256 times, three levels deep: 2^24 blocks. */
START_TEST(test_loop)
{
	uint8_t block[FILESYSTEM_BLOCK_BYTES];
	int ret;

	for (size_t i = 0; i < NR_IN_BLOCK; i++)
		store_put_le32(block + 4 * i, 3000);
	memory_device_put(device, 3000 * FILESYSTEM_BLOCK_BYTES, block, sizeof(block));
	store_put_le32(iblock + 4 * 14, 3000);
	ret = lscow_map_load(fs, &inode, &map, &err);
	unit_assert_error("loop", ret, &err, LSCOW_E_INCOMPLETE,
			  "disk: inode 12: indirect block at 3000 is there twice, "
			  "expected it once");
	ck_assert_uint_le(map.runs.nr, FILESYSTEM_NR_BLOCKS);
}
END_TEST

START_TEST(test_nth_read_fails)
{
	int ret;

	put_pointers(good[5].pointers);
	memory_device_fail_read(device, (unsigned int)_i);
	ret = lscow_map_load(fs, &inode, &map, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED, "disk: injected read error");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("indirect");
	TCase *tcase = tcase_create("indirect");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, (int)UNIT_COUNT(good));
	tcase_add_test(tcase, test_what_debugfs_wrote);
	tcase_add_loop_test(tcase, test_bad, 0, (int)UNIT_COUNT(bad));
	tcase_add_test(tcase, test_loop);
	tcase_add_loop_test(tcase, test_nth_read_fails, 1, 4);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
