/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Ranges: added in any order, sorted and merged, clipped. */

#include "support/unit.h"

#include "base/ranges.h"
#include "support/ranges.h"

#define NR_MAX 6

/* Unused ranges at the end have length 0. */
static const struct {
	const char *label;
	struct lscow_range added[NR_MAX];
	struct lscow_range expected[NR_MAX];
} merges[] = {
	{ .label = "nothing" },
	{ .label = "one", .added = { { 5, 3 } }, .expected = { { 5, 3 } } },
	{ .label = "apart", .added = { { 0, 1 }, { 2, 1 } },
	  .expected = { { 0, 1 }, { 2, 1 } } },
	{ .label = "touching", .added = { { 0, 4 }, { 4, 4 } }, .expected = { { 0, 8 } } },
	{ .label = "backwards", .added = { { 8, 4 }, { 4, 4 }, { 0, 4 } },
	  .expected = { { 0, 12 } } },
	{ .label = "overlapping", .added = { { 4, 8 }, { 0, 5 } }, .expected = { { 0, 12 } } },
	{ .label = "inside another", .added = { { 0, 10 }, { 2, 3 }, { 20, 1 } },
	  .expected = { { 0, 10 }, { 20, 1 } } },
	{ .label = "the same twice", .added = { { 3, 3 }, { 3, 3 } }, .expected = { { 3, 3 } } },
	{ .label = "one over many",
	  .added = { { 2, 1 }, { 4, 1 }, { 6, 1 }, { 1, 9 }, { 11, 1 } },
	  .expected = { { 1, 9 }, { 11, 1 } } },
	{ .label = "up to the last byte", .added = { { UINT64_MAX - 2, 2 }, { 0, 1 } },
	  .expected = { { 0, 1 }, { UINT64_MAX - 2, 2 } } },
};

static void add_all(const char *label, struct lscow_ranges *ranges,
		    const struct lscow_range *added)
{
	struct lscow_error err;

	for (size_t i = 0; i < NR_MAX; i++)
		unit_assert_ok(label,
			       lscow_ranges_add(ranges, added[i].offset_bytes,
						added[i].length_bytes, &err), &err);
}

static void assert_ranges(const char *label, const struct lscow_ranges *ranges,
			  const struct lscow_range *expected)
{
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(ranges, &nr);

	unit_assert_ranges(label, items, nr, expected, NR_MAX);
}

START_TEST(test_normalise)
{
	struct lscow_ranges ranges = LSCOW_RANGES;

	add_all(merges[_i].label, &ranges, merges[_i].added);
	lscow_ranges_normalise(&ranges);
	assert_ranges(merges[_i].label, &ranges, merges[_i].expected);
	lscow_ranges_free(&ranges);
}
END_TEST

START_TEST(test_add_merges_with_the_last)
{
	static const struct lscow_range expected[NR_MAX] = { { 0, 3 }, { 5, 1 } };
	struct lscow_ranges ranges = LSCOW_RANGES;
	struct lscow_error err;

	unit_assert_ok("add", lscow_ranges_add(&ranges, 0, 1, &err), &err);
	unit_assert_ok("add", lscow_ranges_add(&ranges, 1, 2, &err), &err);
	unit_assert_ok("empty", lscow_ranges_add(&ranges, 4, 0, &err), &err);
	unit_assert_ok("add", lscow_ranges_add(&ranges, 5, 1, &err), &err);
	assert_ranges("merged", &ranges, expected);
	lscow_ranges_free(&ranges);
}
END_TEST

static const struct {
	const char *label;
	struct lscow_range added;
	const char *message;
} overflows[] = {
	{ .label = "by one", .added = { UINT64_MAX, 1 },
	  .message = "range of 1 bytes at 18446744073709551615 ends beyond 2^64" },
	{ .label = "by all", .added = { UINT64_MAX, UINT64_MAX },
	  .message = "range of 18446744073709551615 bytes at 18446744073709551615 "
		     "ends beyond 2^64" },
};

START_TEST(test_overflow)
{
	struct lscow_ranges ranges = LSCOW_RANGES;
	struct lscow_error err = { 0 };
	int ret = lscow_ranges_add(&ranges, overflows[_i].added.offset_bytes,
				   overflows[_i].added.length_bytes, &err);

	unit_assert_error(overflows[_i].label, ret, &err, LSCOW_E_UNKNOWABLE,
			  overflows[_i].message);
	ck_assert_uint_eq(ranges.vector.nr, 0);
	lscow_ranges_free(&ranges);
}
END_TEST

static const struct {
	const char *label;
	struct lscow_range added[NR_MAX];
	uint64_t end_bytes;
	struct lscow_range expected[NR_MAX];
} clips[] = {
	{ .label = "nothing to clip", .end_bytes = 10 },
	{ .label = "ends before", .added = { { 0, 9 } }, .end_bytes = 10,
	  .expected = { { 0, 9 } } },
	{ .label = "ends there", .added = { { 0, 10 } }, .end_bytes = 10,
	  .expected = { { 0, 10 } } },
	{ .label = "ends behind", .added = { { 0, 2 }, { 4, 8 } }, .end_bytes = 10,
	  .expected = { { 0, 2 }, { 4, 6 } } },
	{ .label = "begins there", .added = { { 0, 2 }, { 10, 8 } }, .end_bytes = 10,
	  .expected = { { 0, 2 } } },
	{ .label = "many behind", .added = { { 0, 2 }, { 10, 1 }, { 12, 1 } }, .end_bytes = 1,
	  .expected = { { 0, 1 } } },
	{ .label = "all of it", .added = { { 0, 2 } }, .end_bytes = 0 },
};

START_TEST(test_clip)
{
	struct lscow_ranges ranges = LSCOW_RANGES;

	add_all(clips[_i].label, &ranges, clips[_i].added);
	lscow_ranges_clip(&ranges, clips[_i].end_bytes);
	assert_ranges(clips[_i].label, &ranges, clips[_i].expected);
	lscow_ranges_free(&ranges);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ranges");
	TCase *tcase = tcase_create("ranges");

	tcase_add_loop_test(tcase, test_normalise, 0, (int)UNIT_COUNT(merges));
	tcase_add_test(tcase, test_add_merges_with_the_last);
	tcase_add_loop_test(tcase, test_overflow, 0, (int)UNIT_COUNT(overflows));
	tcase_add_loop_test(tcase, test_clip, 0, (int)UNIT_COUNT(clips));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
