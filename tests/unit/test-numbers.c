/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of cli/numbers.c: lists of numbers, and what stands in a stream. */

#include "numbers.h"
#include "support/unit.h"

#define MOST_NUMBERS 4

static struct numbers numbers;

static void setup(void)
{
	numbers = (struct numbers){ 0 };
}

static void teardown(void)
{
	numbers_free(&numbers);
}

static const struct {
	const char *text;
	size_t nr;
	struct lscow_numbers expected[MOST_NUMBERS];
} good[] = {
	{ .text = "" },
	{ .text = "\n\n" },
	{ .text = "7\n", .nr = 1, .expected = { { 7, 7 } } },
	{ .text = "9 8\t7-8\n\n  6  \n", .nr = 4,
	  .expected = { { 9, 9 }, { 8, 8 }, { 7, 8 }, { 6, 6 } } },
	{ .text = "# a comment 1\n2 # 3\n4#5\n6\n", .nr = 3,
	  .expected = { { 2, 2 }, { 4, 4 }, { 6, 6 } } },
};

static int read_text(const char *text, size_t nr_bytes)
{
	FILE *stream = fmemopen((void *)(uintptr_t)text, nr_bytes, "r");
	int code = numbers_read(&numbers, stream);

	fclose(stream);
	return code;
}

START_TEST(test_good)
{
	size_t nr_bytes = strlen(good[_i].text);

	if (nr_bytes > 0) /* fmemopen of none need not work */
		ck_assert_int_eq(read_text(good[_i].text, nr_bytes), 0);
	ck_assert_uint_eq(numbers.nr, good[_i].nr);
	for (size_t i = 0; i < numbers.nr; i++) {
		ck_assert_uint_eq(numbers.items[i].first, good[_i].expected[i].first);
		ck_assert_uint_eq(numbers.items[i].last, good[_i].expected[i].last);
	}
}
END_TEST

static const struct {
	const char *text;
	size_t nr_bytes;
} bad[] = {
	{ .text = "7", .nr_bytes = 1 },
	{ .text = "7\n8", .nr_bytes = 3 },
	{ .text = "# no end", .nr_bytes = 8 },
	{ .text = "7 x\n", .nr_bytes = 4 },
	{ .text = "7\0008\n", .nr_bytes = 4 },
	{ .text = "8-7\n", .nr_bytes = 4 },
	{ .text = "0000000000000000000000000000000000000000000000000000000000000001\n",
	  .nr_bytes = 65 },
};

START_TEST(test_bad)
{
	ck_assert_int_eq(read_text(bad[_i].text, bad[_i].nr_bytes), 2);
}
END_TEST

START_TEST(test_many)
{
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(numbers_add(&numbers, "5-6"), 0);
	ck_assert_uint_eq(numbers.nr, 1000);
	ck_assert_uint_eq(numbers.items[999].last, 6);
	ck_assert_int_eq(numbers_add(&numbers, "5-"), 2);
	ck_assert_uint_eq(numbers.nr, 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("numbers");
	TCase *tcase = tcase_create("numbers");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, (int)UNIT_COUNT(good));
	tcase_add_loop_test(tcase, test_bad, 0, (int)UNIT_COUNT(bad));
	tcase_add_test(tcase, test_many);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
