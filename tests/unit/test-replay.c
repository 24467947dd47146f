/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A journal that is replayed in memory: what is read of it, and whether somebody writes to it. */

#include "support/unit.h"

#include <string.h>

#include "extfs/log.h"
#include "extfs/map.h"
#include "support/filesystem.h"
#include "support/memory-device.h"

static struct lscow_error err;
static struct lscow_device *device;
static struct lscow_extfs *fs;
static uint64_t data_block;

/* Two neighbouring blocks of a file are logged, each with what was in the other. */
static void setup(void)
{
	char commands[512];

	filesystem_folder_make();
	filesystem_make("image", FILESYSTEM_EXT4, "write small file\nwrite large two\n");
	data_block = filesystem_block("image", "two", 0);
	snprintf(commands, sizeof(commands), "jo -c -v 3\njw -b %llu,%llu large\njc\n",
		 (unsigned long long)data_block + 1, (unsigned long long)data_block);
	filesystem_change("image", commands);
	device = filesystem_load("image");
	unit_assert_ok("open", lscow_extfs_open(device, &fs, &err), &err);
}

static void teardown(void)
{
	lscow_extfs_close(fs);
	lscow_device_close(device);
	filesystem_folder_remove();
}

/* Where a block of the journal is. */
static uint64_t find_journal(uint64_t logical_block)
{
	static uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_map map = LSCOW_MAP;
	struct lscow_inode inode;
	uint64_t found = 0;

	unit_assert_ok("inode", lscow_inode_load(fs, EXT2_JOURNAL_INO, raw, &inode, &err), &err);
	unit_assert_ok("map", lscow_map_load(fs, &inode, &map, &err), &err);
	for (size_t i = 0; i < map.runs.nr; i++) {
		const struct lscow_run *run = &LSCOW_ITEMS(&map.runs, struct lscow_run)[i];

		if (logical_block - run->logical_block < run->nr_blocks)
			found = run->physical_block + logical_block - run->logical_block;
	}
	lscow_map_free(&map);
	ck_assert_uint_ne(found, 0);
	return found;
}

static void read_view(uint64_t offset_bytes, uint8_t *bytes, size_t nr_bytes)
{
	unit_assert_ok("read", lscow_device_read(fs->device, offset_bytes, bytes, nr_bytes, &err),
		       &err);
}

START_TEST(test_blocks)
{
	const struct lscow_vector *replayed = lscow_extfs_get_replayed(fs);

	ck_assert_uint_eq(replayed->nr, 2);
	for (uint64_t i = 0; i < 2; i++)
		ck_assert_uint_eq(LSCOW_ITEMS(replayed, struct lscow_logged_block)[i].block,
				  data_block + i);
}
END_TEST

/* Any stretch of the device: before, in and behind what the journal has. */
START_TEST(test_read)
{
	const uint32_t block_bytes = FILESYSTEM_BLOCK_BYTES;
	static uint8_t expected[4 * FILESYSTEM_BLOCK_BYTES], found[4 * FILESYSTEM_BLOCK_BYTES];
	const struct lscow_vector *replayed = lscow_extfs_get_replayed(fs);
	uint64_t start_bytes = (data_block - 1) * block_bytes;
	const uint8_t *bytes = memory_device_get_bytes(device);

	memcpy(expected, bytes + start_bytes, sizeof(expected));
	for (uint64_t i = 0; i < 2; i++)
		memcpy(expected + (1 + i) * block_bytes,
		       bytes + LSCOW_ITEMS(replayed, struct lscow_logged_block)[i].device_block *
				       block_bytes, block_bytes);
	ck_assert_int_ne(memcmp(expected, bytes + start_bytes, sizeof(expected)), 0);
	for (size_t first = 0; first < sizeof(expected); first += 211)
		for (size_t nr = 1; nr <= sizeof(expected) - first; nr += 307) {
			read_view(start_bytes + first, found, nr);
			ck_assert_msg(memcmp(found, expected + first, nr) == 0,
				      "%zu bytes from %zu", nr, first);
		}
}
END_TEST

START_TEST(test_at_rest)
{
	unit_assert_ok("recheck", lscow_extfs_recheck(fs, &err), &err);
}
END_TEST

static void assert_in_use(void)
{
	ck_assert_int_eq(lscow_extfs_recheck(fs, &err), LSCOW_E_UNKNOWABLE);
	ck_assert_str_eq(err.message, "image: its journal changed while it was read, expected a "
			 "filesystem at rest; it is mounted somewhere");
}

/* The journal's superblock is written when transactions have been written back. */
START_TEST(test_written_back)
{
	memory_device_put(device, find_journal(0) * FILESYSTEM_BLOCK_BYTES + 0x18, "\1", 1);
	assert_in_use();
}
END_TEST

/* The next transaction begins behind the last one's commit block. */
START_TEST(test_goes_on)
{
	memory_device_put(device, find_journal(5) * FILESYSTEM_BLOCK_BYTES, "\xC0\x3B\x39\x98",
			  4);
	assert_in_use();
}
END_TEST

START_TEST(test_read_error)
{
	memory_device_fail_read(device, 1);
	ck_assert_int_eq(lscow_extfs_recheck(fs, &err), LSCOW_E_FAILED);
	ck_assert_str_eq(err.message, "image: injected read error");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay");
	TCase *tcase = tcase_create("replay");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_blocks);
	tcase_add_test(tcase, test_read);
	tcase_add_test(tcase, test_at_rest);
	tcase_add_test(tcase, test_written_back);
	tcase_add_test(tcase, test_goes_on);
	tcase_add_test(tcase, test_read_error);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
