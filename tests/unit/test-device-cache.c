/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Cache devices: same bytes as below, fewer reads, no failure kept. */

#include "support/unit.h"

#include "device/device.h"
#include "support/memory-device.h"

#define LINE_BYTES (4u << 10)
#define NR_LINES 4096u
/* More than the cache holds, and a last line that is short. */
#define LOWER_BYTES ((NR_LINES + 100) * LINE_BYTES + 1000)

static uint8_t *contents;
static struct lscow_device *lower;
static struct lscow_device *cache;
static struct lscow_error err;

static void setup(void)
{
	contents = malloc(LOWER_BYTES);
	ck_assert_ptr_nonnull(contents);
	for (size_t i = 0; i < LOWER_BYTES; i++)
		contents[i] = (uint8_t)(i * 7 + i / LINE_BYTES);
	lower = memory_device_new("disk", contents, LOWER_BYTES);
	unit_assert_ok("open", lscow_cache_device_open(lower, &cache, &err), &err);
}

static void teardown(void)
{
	lscow_device_close(cache);
	free(contents);
}

static void check_read(const char *label, uint64_t offset_bytes, size_t length_bytes,
		       unsigned int nr_reads)
{
	uint8_t *buffer = malloc(length_bytes);
	unsigned int before = memory_device_get_nr_reads(lower);

	ck_assert_ptr_nonnull(buffer);
	unit_assert_ok(label, lscow_device_read(cache, offset_bytes, buffer, length_bytes,
						&err), &err);
	ck_assert_msg(memcmp(buffer, contents + offset_bytes, length_bytes) == 0,
		      "%s: other bytes than below", label);
	ck_assert_msg(memory_device_get_nr_reads(lower) - before == nr_reads,
		      "%s: %u reads below, expected %u", label,
		      memory_device_get_nr_reads(lower) - before, nr_reads);
	free(buffer);
}

START_TEST(test_reads)
{
	ck_assert_uint_eq(cache->size_bytes, LOWER_BYTES);
	ck_assert_str_eq(cache->name, "disk");
	check_read("first", 100, 200, 1);
	check_read("same line", 300, 3000, 0);
	check_read("two lines, one known", LINE_BYTES - 10, 20, 1);
	check_read("a known line, then too much to be kept", LINE_BYTES, 18 * LINE_BYTES, 1);
	check_read("not kept", 3 * LINE_BYTES, 10, 1);
	check_read("too much, up to a known line", 4 * LINE_BYTES, 17 * LINE_BYTES, 1);
	check_read("the short last line", LOWER_BYTES - 10, 10, 1);
	check_read("the short last line again", LOWER_BYTES - 1000, 1000, 0);
}
END_TEST

START_TEST(test_oldest_line_goes)
{
	for (uint64_t line = 0; line < NR_LINES; line++)
		check_read("fill", line * LINE_BYTES, 1, 1);
	check_read("all are there", 0, 1, 0);
	check_read("one more", NR_LINES * LINE_BYTES, 1, 1);
	check_read("the second is still there", LINE_BYTES, 1, 0);
	check_read("the first is not", 0, 1, 1);
	check_read("now the second is not", LINE_BYTES, 1, 1);
}
END_TEST

/* Nothing is read ahead from a device that has no O_DIRECT. */
START_TEST(test_will_read)
{
	unsigned int before = memory_device_get_nr_reads(lower);

	lscow_device_will_read(cache, 0, 100 * LINE_BYTES);
	lscow_device_will_read(cache, LOWER_BYTES + 5, 1);
	ck_assert_uint_eq(memory_device_get_nr_reads(lower), before);
	check_read("then it is read", 0, 1, 1);
}
END_TEST

START_TEST(test_failure_is_not_kept)
{
	uint8_t byte;

	memory_device_fail_read(lower, 1);
	unit_assert_error("fails", lscow_device_read(cache, 5, &byte, 1, &err), &err,
			  LSCOW_E_FAILED, "disk: injected read error");
	check_read("then succeeds", 5, 1, 1);
}
END_TEST

START_TEST(test_long_read_fails)
{
	uint8_t *buffer = malloc(20 * LINE_BYTES);

	ck_assert_ptr_nonnull(buffer);
	memory_device_fail_read(lower, 1);
	unit_assert_error("fails", lscow_device_read(cache, 0, buffer, 20 * LINE_BYTES, &err),
			  &err, LSCOW_E_FAILED, "disk: injected read error");
	free(buffer);
}
END_TEST

START_TEST(test_next_data)
{
	uint64_t start_bytes, end_bytes;

	unit_assert_ok("next data", lscow_device_next_data(cache, 77, &start_bytes,
							   &end_bytes, &err), &err);
	ck_assert_uint_eq(start_bytes, 77);
	ck_assert_uint_eq(end_bytes, LOWER_BYTES);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device/cache");
	TCase *tcase = tcase_create("cache");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_reads);
	tcase_add_test(tcase, test_oldest_line_goes);
	tcase_add_test(tcase, test_will_read);
	tcase_add_test(tcase, test_failure_is_not_kept);
	tcase_add_test(tcase, test_long_read_fails);
	tcase_add_test(tcase, test_next_data);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
