/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of source/place.c: offsets, and the partitions of a table. */

#include "support/unit.h"

#include <stdio.h>

#include "source/place.h"
#include "support/temp-dir.h"

#define DISK_SECTORS 4096
#define DISK_BYTES (DISK_SECTORS * 512u)

static uint8_t disk[DISK_BYTES];
static struct lscow_device *device;
static struct lscow_error err;

static void put_le32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* An entry of a table of MBR, or of the record before a logical partition. */
static void put_entry(uint32_t table_sector, unsigned int entry, uint8_t type,
		      uint32_t start_sector, uint32_t nr_sectors)
{
	uint8_t *table = disk + (size_t)table_sector * 512;

	table[446 + 16 * entry + 4] = type;
	put_le32(table + 446 + 16 * entry + 8, start_sector);
	put_le32(table + 446 + 16 * entry + 12, nr_sectors);
	table[510] = 0x55;
	table[511] = 0xAA;
}

static void setup(void)
{
	temp_dir_make();
	memset(disk, 0, sizeof(disk));
	put_entry(0, 0, 0x83, 64, 100);
	put_entry(0, 1, 0x05, 512, 1024);
	put_entry(0, 2, 0x83, 2048, 2048);
	put_entry(0, 3, 0x83, 4000, 97);
	put_entry(512, 0, 0x83, 64, 128); /* starts count from the record */
	unit_assert_ok("open", lscow_file_device_open(temp_dir_write("disk", disk, DISK_BYTES),
						      false, &device, &err), &err);
}

static void teardown(void)
{
	lscow_device_close(device);
	temp_dir_remove();
}

static const struct {
	const char *label;
	uint64_t offset_bytes;
	uint32_t partition;
	uint64_t start_sector;
	uint64_t nr_sectors;
} good[] = {
	{ .label = "all of it", .nr_sectors = DISK_SECTORS },
	{ .label = "behind an offset", .offset_bytes = 1024, .start_sector = 2,
	  .nr_sectors = DISK_SECTORS - 2 },
	{ .label = "the first", .partition = 1, .start_sector = 64, .nr_sectors = 100 },
	{ .label = "up to the end", .partition = 3, .start_sector = 2048, .nr_sectors = 2048 },
	{ .label = "a logical one", .partition = 5, .start_sector = 576, .nr_sectors = 128 },
};

static int find(uint64_t offset_bytes, uint32_t partition, struct lscow_place *place)
{
	struct lscow_place_search *search;
	int ret = lscow_place_search_open(device, offset_bytes, partition, &search, &err);

	if (ret)
		return ret;
	ret = lscow_place_find(device, search, place, &err);
	lscow_place_search_close(search);
	return ret;
}

START_TEST(test_good)
{
	struct lscow_place place;
	struct lscow_device *slice = NULL;

	unit_assert_ok(good[_i].label,
		       lscow_place_check(good[_i].offset_bytes, good[_i].partition, &err), &err);
	unit_assert_ok(good[_i].label,
		       find(good[_i].offset_bytes, good[_i].partition, &place), &err);
	ck_assert_uint_eq(place.offset_bytes, good[_i].start_sector * 512);
	ck_assert_uint_eq(place.length_bytes, good[_i].nr_sectors * 512);
	unit_assert_ok(good[_i].label, lscow_place_open(device, &place, &slice, &err), &err);
	ck_assert_int_eq(slice == NULL, good[_i].nr_sectors == DISK_SECTORS);
	if (slice)
		ck_assert_uint_eq(slice->size_bytes, place.length_bytes);
	lscow_device_close(slice);
}
END_TEST

static const struct {
	uint64_t offset_bytes;
	uint32_t partition;
	int code;
	const char *message; /* behind the name of the device */
} bad[] = {
	{ .offset_bytes = DISK_BYTES, .code = LSCOW_E_USAGE,
	  .message = "offset of 2097152 bytes lies beyond the device's 2097152 bytes" },
	{ .partition = 2, .code = LSCOW_E_USAGE,
	  .message = "partition 2 is an extended one, expected one of those in it" },
	{ .partition = 4, .code = LSCOW_E_UNKNOWABLE,
	  .message = "partition 4 has 97 sectors from 4000 on, expected all within the "
		     "device's 4096" },
	{ .partition = 6, .code = LSCOW_E_USAGE,
	  .message = "found 5 partitions, expected one with the number 6" },
	{ .partition = UINT32_MAX, .code = LSCOW_E_USAGE,
	  .message = "found 5 partitions, expected one with the number 4294967295" },
};

START_TEST(test_bad)
{
	struct lscow_place place;
	char expected[LSCOW_MESSAGE_BYTES];
	int ret = find(bad[_i].offset_bytes, bad[_i].partition, &place);

	snprintf(expected, sizeof(expected), "%s: %s", device->name, bad[_i].message);
	unit_assert_error(bad[_i].message, ret, &err, bad[_i].code, expected);
}
END_TEST

START_TEST(test_check)
{
	unit_assert_error("sector", lscow_place_check(511, 0, &err), &err, LSCOW_E_USAGE,
			  "offset of 511 bytes, expected a multiple of 512");
	unit_assert_error("both", lscow_place_check(512, 1, &err), &err, LSCOW_E_USAGE,
			  "an offset and a partition are given, expected one of them");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("place");
	TCase *tcase = tcase_create("place");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, (int)UNIT_COUNT(good));
	tcase_add_loop_test(tcase, test_bad, 0, (int)UNIT_COUNT(bad));
	tcase_add_test(tcase, test_check);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
