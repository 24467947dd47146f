/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Warnings: kept in order, and whole as far as a line goes. */

#include "support/unit.h"

#include "base/warnings.h"

START_TEST(test_add)
{
	struct lscow_warnings warnings = LSCOW_WARNINGS;
	const char *const *messages;
	size_t nr;

	lscow_warnings_get(&warnings, &nr);
	ck_assert_uint_eq(nr, 0);
	for (int i = 0; i < 100; i++)
		lscow_warnings_add(&warnings, "%s %d", "number", i);
	messages = lscow_warnings_get(&warnings, &nr);
	ck_assert_uint_eq(nr, 100);
	ck_assert_str_eq(messages[0], "number 0");
	ck_assert_str_eq(messages[99], "number 99");
	lscow_warnings_free(&warnings);
}
END_TEST

START_TEST(test_long)
{
	struct lscow_warnings warnings = LSCOW_WARNINGS;
	size_t nr;

	lscow_warnings_add(&warnings, "%0*d", 2 * LSCOW_MESSAGE_BYTES, 0);
	ck_assert_uint_eq(strlen(lscow_warnings_get(&warnings, &nr)[0]),
			  LSCOW_MESSAGE_BYTES - 1);
	lscow_warnings_free(&warnings);
}
END_TEST

START_TEST(test_nobody_listens)
{
	lscow_warnings_add(NULL, "%s", "x");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("warnings");
	TCase *tcase = tcase_create("warnings");

	tcase_add_test(tcase, test_add);
	tcase_add_test(tcase, test_long);
	tcase_add_test(tcase, test_nobody_listens);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
