/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The comparison of two views: what differs, what is read, what fails. */

#include "support/unit.h"

#include "source/compare.h"
#include "support/memory-device.h"
#include "support/ranges.h"

#define UNIT ((size_t)LSCOW_COMPARE_BYTES)
#define READ_BYTES ((size_t)1 << 20)
#define NR_MAX 5

static struct lscow_device *old_device, *new_device;
static struct lscow_ranges ranges;
static struct lscow_error err;

static void open_both(size_t length_bytes)
{
	old_device = memory_device_new("old", NULL, length_bytes);
	new_device = memory_device_new("new", NULL, length_bytes);
	ranges = LSCOW_RANGES;
}

static void close_both(void)
{
	lscow_ranges_free(&ranges);
	lscow_device_close(old_device);
	lscow_device_close(new_device);
}

static int compare(void)
{
	return lscow_compare_devices(old_device, new_device, NULL, NULL, &ranges, &err);
}

/* Offsets of bytes that are 1 in one view and 0 in the other; 0 ends a list. */
static const struct {
	const char *label;
	size_t length_bytes;
	size_t old_bytes[NR_MAX], new_bytes[NR_MAX], both_bytes[NR_MAX];
	struct lscow_range expected[NR_MAX];
} differences[] = {
	{ .label = "no bytes", .length_bytes = 0 },
	{ .label = "equal", .length_bytes = 10 * UNIT, .both_bytes = { 5, 2 * UNIT } },
	{ .label = "one byte", .length_bytes = 10 * UNIT, .new_bytes = { 3 * UNIT + 7 },
	  .expected = { { 3 * UNIT, UNIT } } },
	{ .label = "data against a hole", .length_bytes = 10 * UNIT,
	  .old_bytes = { 3 * UNIT + 7 }, .expected = { { 3 * UNIT, UNIT } } },
	{ .label = "last byte of a unit, first of the next", .length_bytes = 10 * UNIT,
	  .old_bytes = { 4 * UNIT - 1 }, .new_bytes = { 4 * UNIT },
	  .expected = { { 3 * UNIT, 2 * UNIT } } },
	{ .label = "apart", .length_bytes = 10 * UNIT, .new_bytes = { 1, 5 * UNIT },
	  .both_bytes = { 3 * UNIT }, .expected = { { 0, UNIT }, { 5 * UNIT, UNIT } } },
	{ .label = "short last unit", .length_bytes = 10 * UNIT + 9,
	  .new_bytes = { 10 * UNIT + 8 }, .expected = { { 10 * UNIT, 9 } } },
	{ .label = "less than a unit", .length_bytes = 9, .new_bytes = { 8 },
	  .expected = { { 0, 9 } } },
	{ .label = "across reads", .length_bytes = 3 * READ_BYTES,
	  .old_bytes = { READ_BYTES - 1, READ_BYTES }, .new_bytes = { 3 * READ_BYTES - 1 },
	  .expected = { { READ_BYTES - UNIT, 2 * UNIT }, { 3 * READ_BYTES - UNIT, UNIT } } },
	{ .label = "interleaved data", .length_bytes = 64 * UNIT,
	  .old_bytes = { UNIT, 20 * UNIT }, .new_bytes = { 10 * UNIT, 20 * UNIT + 1 },
	  .both_bytes = { 15 * UNIT },
	  .expected = { { UNIT, UNIT }, { 10 * UNIT, UNIT }, { 20 * UNIT, UNIT } } },
};

static void put_ones(struct lscow_device *device, const size_t *offsets)
{
	for (size_t i = 0; i < NR_MAX && offsets[i]; i++)
		memory_device_put(device, offsets[i], "\1", 1);
}

static void assert_ranges(const char *label, const struct lscow_range *expected)
{
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(&ranges, &nr);

	unit_assert_ranges(label, items, nr, expected, NR_MAX);
}

/* Each row once for each view that tells its holes, or not: 2 bits. */
START_TEST(test_differences)
{
	int row = _i / 4;
	const char *label = differences[row].label;

	open_both(differences[row].length_bytes);
	put_ones(old_device, differences[row].old_bytes);
	put_ones(new_device, differences[row].new_bytes);
	put_ones(old_device, differences[row].both_bytes);
	put_ones(new_device, differences[row].both_bytes);
	memory_device_set_sparse(old_device, _i & 1);
	memory_device_set_sparse(new_device, _i & 2);
	unit_assert_ok(label, compare(), &err);
	assert_ranges(label, differences[row].expected);
	close_both();
}
END_TEST

START_TEST(test_holes_of_both_are_not_read)
{
	open_both(64 * READ_BYTES);
	memory_device_set_sparse(old_device, true);
	memory_device_set_sparse(new_device, true);
	memory_device_put(old_device, 10 * READ_BYTES, "\1", 1);
	memory_device_put(new_device, 20 * READ_BYTES, "\1", 1);
	unit_assert_ok("sparse", compare(), &err);
	ck_assert_uint_eq(ranges.vector.nr, 2);
	ck_assert_uint_eq(memory_device_get_read_bytes(old_device), 2 * UNIT);
	ck_assert_uint_eq(memory_device_get_read_bytes(new_device), 2 * UNIT);
	close_both();
}
END_TEST

START_TEST(test_reads_of_a_megabyte)
{
	open_both(3 * READ_BYTES + 5);
	unit_assert_ok("plain", compare(), &err);
	ck_assert_uint_eq(memory_device_get_nr_reads(old_device), 4);
	ck_assert_uint_eq(memory_device_get_nr_reads(new_device), 4);
	close_both();
}
END_TEST

START_TEST(test_sizes_differ)
{
	ranges = LSCOW_RANGES;
	old_device = memory_device_new("old", NULL, 4096);
	new_device = memory_device_new("new", NULL, 4097);
	unit_assert_error("sizes", compare(), &err, LSCOW_E_UNKNOWABLE,
			  "old has 4096 bytes, new has 4097 bytes: expected views of the "
			  "same size");
	ck_assert_uint_eq(memory_device_get_nr_reads(old_device), 0);
	close_both();
}
END_TEST

/* Three reads of each view, and one question for data. */
static const struct {
	const char *label;
	struct lscow_device **device;
	unsigned int read, next_data;
	const char *message;
} failures[] = {
	{ .label = "old 1", .device = &old_device, .read = 1,
	  .message = "old: injected read error" },
	{ .label = "old 2", .device = &old_device, .read = 2,
	  .message = "old: injected read error" },
	{ .label = "old 3", .device = &old_device, .read = 3,
	  .message = "old: injected read error" },
	{ .label = "new 1", .device = &new_device, .read = 1,
	  .message = "new: injected read error" },
	{ .label = "new 2", .device = &new_device, .read = 2,
	  .message = "new: injected read error" },
	{ .label = "new 3", .device = &new_device, .read = 3,
	  .message = "new: injected read error" },
	{ .label = "old data", .device = &old_device, .next_data = 1,
	  .message = "old: injected next_data error" },
	{ .label = "new data", .device = &new_device, .next_data = 1,
	  .message = "new: injected next_data error" },
};

START_TEST(test_nth_read_fails)
{
	open_both(3 * READ_BYTES);
	memory_device_fail_read(*failures[_i].device, failures[_i].read);
	memory_device_fail_next_data(*failures[_i].device, failures[_i].next_data);
	unit_assert_error(failures[_i].label, compare(), &err, LSCOW_E_FAILED,
			  failures[_i].message);
	close_both();
}
END_TEST

struct progress_log {
	uint64_t last;
	uint64_t total;
	unsigned int nr_calls;
};

static void log_progress(void *data, const char *step, uint64_t done, uint64_t total)
{
	struct progress_log *log = data;

	ck_assert_str_eq(step, "compare");
	ck_assert_uint_ge(done, log->last);
	ck_assert_uint_le(done, total);
	log->last = done;
	log->total = total;
	log->nr_calls++;
}

START_TEST(test_progress)
{
	struct progress_log log = { 0 };

	open_both(3 * READ_BYTES);
	unit_assert_ok("progress", lscow_compare_devices(old_device, new_device, log_progress,
							 &log, &ranges, &err), &err);
	ck_assert_uint_eq(log.last, 3 * READ_BYTES);
	ck_assert_uint_eq(log.total, 3 * READ_BYTES);
	ck_assert_uint_ge(log.nr_calls, 3);
	close_both();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compare");
	TCase *tcase = tcase_create("compare");

	tcase_add_loop_test(tcase, test_differences, 0, 4 * (int)UNIT_COUNT(differences));
	tcase_add_test(tcase, test_holes_of_both_are_not_read);
	tcase_add_test(tcase, test_reads_of_a_megabyte);
	tcase_add_test(tcase, test_sizes_differ);
	tcase_add_loop_test(tcase, test_nth_read_fails, 0, (int)UNIT_COUNT(failures));
	tcase_add_test(tcase, test_progress);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
