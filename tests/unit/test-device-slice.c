/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Slice devices: their bounds, and what they pass on to the device below. */

#include "support/unit.h"

#include "device/device.h"
#include "support/memory-device.h"

#define LOWER_BYTES 4096u

static uint8_t contents[LOWER_BYTES];
static struct lscow_device *lower;
static struct lscow_error err;

static void setup(void)
{
	for (size_t i = 0; i < sizeof(contents); i++)
		contents[i] = (uint8_t)(i * 5 + i / 256);
	lower = memory_device_new("disk", contents, sizeof(contents));
}

static void teardown(void)
{
	lscow_device_close(lower);
}

static struct lscow_device *open_slice(uint64_t offset_bytes, uint64_t length_bytes)
{
	struct lscow_device *slice;

	unit_assert_ok("open", lscow_slice_device_open(lower, offset_bytes, length_bytes,
						       &slice, &err), &err);
	return slice;
}

START_TEST(test_read)
{
	struct lscow_device *slice = open_slice(1000, 2000);
	uint8_t buffer[2000];

	ck_assert_uint_eq(slice->size_bytes, 2000);
	ck_assert_str_eq(slice->name, "disk at 1000");
	unit_assert_ok("all", lscow_device_read(slice, 0, buffer, 2000, &err), &err);
	ck_assert_mem_eq(buffer, contents + 1000, 2000);
	unit_assert_ok("part", lscow_device_read(slice, 1999, buffer, 1, &err), &err);
	ck_assert_uint_eq(buffer[0], contents[2999]);
	lscow_device_close(slice);
}
END_TEST

START_TEST(test_read_beyond)
{
	struct lscow_device *slice = open_slice(1000, 2000);
	uint8_t buffer[2];
	int ret = lscow_device_read(slice, 1999, buffer, 2, &err);

	unit_assert_error("beyond", ret, &err, LSCOW_E_FAILED,
			  "disk at 1000: read of 2 bytes at 1999 goes beyond the device's "
			  "2000 bytes");
	ck_assert_uint_eq(memory_device_get_nr_reads(lower), 0);
	lscow_device_close(slice);
}
END_TEST

START_TEST(test_read_fails_below)
{
	struct lscow_device *slice = open_slice(0, LOWER_BYTES);
	uint8_t buffer[2];

	memory_device_fail_read(lower, 2);
	unit_assert_ok("first", lscow_device_read(slice, 0, buffer, 2, &err), &err);
	unit_assert_error("second", lscow_device_read(slice, 0, buffer, 2, &err), &err,
			  LSCOW_E_FAILED, "disk: injected read error");
	lscow_device_close(slice);
}
END_TEST

static const struct {
	const char *label;
	uint64_t offset_bytes;
	uint64_t length_bytes;
	const char *message;
} misfits[] = {
	{ .label = "one byte too long", .offset_bytes = 4000, .length_bytes = 97,
	  .message = "disk: a slice of 97 bytes at 4000 does not lie within the device's "
		     "4096 bytes" },
	{ .label = "begins behind the end", .offset_bytes = 4097, .length_bytes = 0,
	  .message = "disk: a slice of 0 bytes at 4097 does not lie within the device's "
		     "4096 bytes" },
	{ .label = "sum overflows", .offset_bytes = 4000, .length_bytes = UINT64_MAX,
	  .message = "disk: a slice of 18446744073709551615 bytes at 4000 does not lie "
		     "within the device's 4096 bytes" },
};

START_TEST(test_misfit)
{
	struct lscow_device *slice = NULL;
	int ret = lscow_slice_device_open(lower, misfits[_i].offset_bytes,
					  misfits[_i].length_bytes, &slice, &err);

	unit_assert_error(misfits[_i].label, ret, &err, LSCOW_E_USAGE, misfits[_i].message);
	ck_assert_ptr_null(slice);
}
END_TEST

START_TEST(test_empty_at_the_end)
{
	struct lscow_device *slice = open_slice(LOWER_BYTES, 0);

	ck_assert_uint_eq(slice->size_bytes, 0);
	lscow_device_close(slice);
}
END_TEST

/* The device below has data in its sectors 1, 2 and 5. */
static const struct {
	const char *label;
	uint64_t offset_bytes, length_bytes; /* of the slice */
	uint64_t from_bytes;
	uint64_t start_bytes, end_bytes;
} stretches[] = {
	{ .label = "whole", .length_bytes = 4096, .start_bytes = 512, .end_bytes = 1536 },
	{ .label = "whole, second", .length_bytes = 4096, .from_bytes = 1536,
	  .start_bytes = 2560, .end_bytes = 3072 },
	{ .label = "whole, none left", .length_bytes = 4096, .from_bytes = 3072,
	  .start_bytes = 4096, .end_bytes = 4096 },
	{ .label = "begins in data", .offset_bytes = 700, .length_bytes = 2000,
	  .start_bytes = 0, .end_bytes = 836 },
	{ .label = "ends in data", .offset_bytes = 0, .length_bytes = 700,
	  .start_bytes = 512, .end_bytes = 700 },
	{ .label = "data behind the slice only", .offset_bytes = 1536, .length_bytes = 1000,
	  .start_bytes = 1000, .end_bytes = 1000 },
	{ .label = "from its end", .offset_bytes = 512, .length_bytes = 512, .from_bytes = 512,
	  .start_bytes = 512, .end_bytes = 512 },
};

static void clear_sectors(void)
{
	static const uint8_t zeros[LOWER_BYTES];

	memory_device_put(lower, 0, zeros, 512);
	memory_device_put(lower, 1536, zeros, 1024);
	memory_device_put(lower, 3072, zeros, 1024);
	memory_device_set_sparse(lower, true);
}

START_TEST(test_next_data)
{
	struct lscow_device *slice = open_slice(stretches[_i].offset_bytes,
						stretches[_i].length_bytes);
	uint64_t start_bytes, end_bytes;

	clear_sectors();
	unit_assert_ok(stretches[_i].label,
		       lscow_device_next_data(slice, stretches[_i].from_bytes, &start_bytes,
					      &end_bytes, &err), &err);
	ck_assert_msg(start_bytes == stretches[_i].start_bytes, "%s: start %ju",
		      stretches[_i].label, (uintmax_t)start_bytes);
	ck_assert_msg(end_bytes == stretches[_i].end_bytes, "%s: end %ju", stretches[_i].label,
		      (uintmax_t)end_bytes);
	lscow_device_close(slice);
}
END_TEST

START_TEST(test_next_data_fails_below)
{
	struct lscow_device *slice = open_slice(0, LOWER_BYTES);
	uint64_t start_bytes, end_bytes;
	int ret;

	memory_device_fail_next_data(lower, 1);
	ret = lscow_device_next_data(slice, 0, &start_bytes, &end_bytes, &err);
	unit_assert_error("next_data", ret, &err, LSCOW_E_FAILED,
			  "disk: injected next_data error");
	lscow_device_close(slice);
}
END_TEST

START_TEST(test_close_nothing)
{
	lscow_device_close(NULL);
	ck_assert_uint_eq(memory_device_get_nr_reads(lower), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device-slice");
	TCase *tcase = tcase_create("device-slice");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_read);
	tcase_add_test(tcase, test_read_beyond);
	tcase_add_test(tcase, test_read_fails_below);
	tcase_add_loop_test(tcase, test_misfit, 0, (int)UNIT_COUNT(misfits));
	tcase_add_test(tcase, test_empty_at_the_end);
	tcase_add_loop_test(tcase, test_next_data, 0, (int)UNIT_COUNT(stretches));
	tcase_add_test(tcase, test_next_data_fails_below);
	tcase_add_test(tcase, test_close_nothing);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
