/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of lib/source/live-changes.c: which of two stores is the older one's. */

#include "source/live-changes.h"
#include "support/unit.h"

#define NR_RANGES 4

struct row {
	const char *label;
	struct lscow_range a[NR_RANGES]; /* up to the first of length 0 */
	struct lscow_range b[NR_RANGES];
	uint64_t unit_bytes;
	bool is_within;
};

static const struct row rows[] = {
	{ .label = "both empty", .unit_bytes = 4096, .is_within = true },
	{ .label = "empty in any", .b = { { 0, 4096 } }, .unit_bytes = 4096, .is_within = true },
	{ .label = "any in empty", .a = { { 0, 4096 } }, .unit_bytes = 4096 },
	{ .label = "equal", .a = { { 4096, 8192 } }, .b = { { 4096, 8192 } },
	  .unit_bytes = 4096, .is_within = true },
	{ .label = "inside", .a = { { 4096, 4096 }, { 20480, 4096 } },
	  .b = { { 0, 12288 }, { 16384, 8192 } }, .unit_bytes = 4096, .is_within = true },
	{ .label = "one outside", .a = { { 4096, 4096 }, { 20480, 4096 } },
	  .b = { { 0, 12288 }, { 32768, 4096 } }, .unit_bytes = 4096 },
	{ .label = "begins before", .a = { { 0, 8192 } }, .b = { { 4096, 8192 } },
	  .unit_bytes = 4096 },
	{ .label = "ends behind", .a = { { 4096, 8192 } }, .b = { { 0, 8192 } },
	  .unit_bytes = 4096 },
	{ .label = "over a gap", .a = { { 0, 12288 } }, .b = { { 0, 4096 }, { 8192, 4096 } },
	  .unit_bytes = 4096 },
	{ .label = "within the larger chunk", .a = { { 0, 8192 } }, .b = { { 4096, 4096 } },
	  .unit_bytes = 8192, .is_within = true },
	{ .label = "larger chunks that touch", .a = { { 0, 16384 } },
	  .b = { { 4096, 4096 }, { 8192, 4096 } }, .unit_bytes = 8192, .is_within = true },
};

static void fill(struct lscow_ranges *ranges, const struct lscow_range *items)
{
	struct lscow_error err = { 0 };

	*ranges = LSCOW_RANGES;
	for (int i = 0; i < NR_RANGES && items[i].length_bytes; i++)
		unit_assert_ok("add", lscow_ranges_add(ranges, items[i].offset_bytes,
						       items[i].length_bytes, &err), &err);
	lscow_ranges_normalise(ranges);
}

START_TEST(test_compare_units)
{
	const struct row *row = &rows[_i];
	struct lscow_error err = { 0 };
	struct lscow_ranges a, b;
	bool is_within;

	fill(&a, row->a);
	fill(&b, row->b);
	unit_assert_ok(row->label, lscow_ranges_compare_units(&a, &b, row->unit_bytes,
							      &is_within, &err), &err);
	ck_assert_msg(is_within == row->is_within, "%s", row->label);
	lscow_ranges_free(&a);
	lscow_ranges_free(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("live-changes");
	TCase *tests = tcase_create("order");

	tcase_add_loop_test(tests, test_compare_units, 0, UNIT_COUNT(rows));
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
