/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of cli/human.c: sizes and times for people. */

#include "human.h"
#include "support/unit.h"

struct row {
	uint64_t number;
	const char *text;
};

static const struct row sizes[] = {
	{ 0, "0" },
	{ 1, "1" },
	{ 1023, "1023" },
	{ 1024, "1K" },
	{ 4096, "4K" },
	{ 1536, "1.5K" },
	{ 1025, "1K" },
	{ 10 * 1024 + 512, "10K" },
	{ 1048576, "1M" },
	{ 800ull << 30, "800G" },
	{ (2ull << 40) + (700ull << 30), "2.6T" },
	{ UINT64_MAX, "15E" },
};

static const struct row ages[] = {
	{ 0, "0s" },
	{ 59, "59s" },
	{ 60, "1m" },
	{ 3599, "59m" },
	{ 3600, "1h 0m" },
	{ 86399, "23h 59m" },
	{ 86400, "1d 0h" },
	{ 400 * 86400 + 7200, "400d 2h" },
};

START_TEST(test_size)
{
	char text[HUMAN_BYTES];

	ck_assert_str_eq(human_size(sizes[_i].number, text), sizes[_i].text);
}
END_TEST

START_TEST(test_age)
{
	char text[HUMAN_BYTES];

	ck_assert_str_eq(human_age(ages[_i].number, text), ages[_i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("human");
	TCase *tests = tcase_create("human");

	tcase_add_loop_test(tests, test_size, 0, UNIT_COUNT(sizes));
	tcase_add_loop_test(tests, test_age, 0, UNIT_COUNT(ages));
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
