/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Errors: what is kept of a message, and how prefixes are put before it. */

#include "support/unit.h"

#include "base/error.h"

START_TEST(test_set)
{
	struct lscow_error err = { 0 };
	int ret = lscow_error_set(&err, LSCOW_E_UNKNOWABLE, "%s: entry %d", "cow.img", 17);

	unit_assert_error("set", ret, &err, LSCOW_E_UNKNOWABLE, "cow.img: entry 17");
}
END_TEST

START_TEST(test_set_without_error)
{
	ck_assert_int_eq(lscow_error_set(NULL, LSCOW_E_USAGE, "%s", "x"), LSCOW_E_USAGE);
	ck_assert_int_eq(lscow_error_no_memory(NULL, "x"), LSCOW_E_FAILED);
	ck_assert_int_eq(lscow_error_prefix(NULL, "%s", "x"), LSCOW_E_FAILED);
}
END_TEST

START_TEST(test_set_from_itself)
{
	struct lscow_error err = { .message = "inner" };
	int ret = lscow_error_set(&err, LSCOW_E_FAILED, "outer (%s)", err.message);

	unit_assert_error("alias", ret, &err, LSCOW_E_FAILED, "outer (inner)");
}
END_TEST

START_TEST(test_set_cuts_what_is_too_long)
{
	char expected[LSCOW_MESSAGE_BYTES];
	struct lscow_error err;
	int ret;

	memset(expected, ' ', sizeof(expected));
	expected[sizeof(expected) - 1] = '\0';
	ret = lscow_error_set(&err, LSCOW_E_FAILED, "%5000s", "x");
	unit_assert_error("long", ret, &err, LSCOW_E_FAILED, expected);
}
END_TEST

START_TEST(test_prefix)
{
	struct lscow_error err;
	int ret;

	lscow_error_set(&err, LSCOW_E_UNKNOWABLE, "valid 0");
	lscow_error_prefix(&err, "store %d", 7);
	ret = lscow_error_prefix(&err, "old view");
	unit_assert_error("prefix", ret, &err, LSCOW_E_UNKNOWABLE,
			  "old view: store 7: valid 0");
}
END_TEST

START_TEST(test_prefix_cuts_what_is_too_long)
{
	struct lscow_error err;

	lscow_error_set(&err, LSCOW_E_USAGE, "%1000s", "end");
	ck_assert_int_eq(lscow_error_prefix(&err, "%500s", "begin"), LSCOW_E_USAGE);
	ck_assert_uint_eq(strlen(err.message), LSCOW_MESSAGE_BYTES - 1);
	ck_assert_ptr_nonnull(strstr(err.message, "begin: "));
}
END_TEST

START_TEST(test_no_memory)
{
	struct lscow_error err;
	int ret = lscow_error_no_memory(&err, "a list");

	unit_assert_error("memory", ret, &err, LSCOW_E_FAILED, "out of memory: a list");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("error");
	TCase *tcase = tcase_create("error");

	tcase_add_test(tcase, test_set);
	tcase_add_test(tcase, test_set_without_error);
	tcase_add_test(tcase, test_set_from_itself);
	tcase_add_test(tcase, test_set_cuts_what_is_too_long);
	tcase_add_test(tcase, test_prefix);
	tcase_add_test(tcase, test_prefix_cuts_what_is_too_long);
	tcase_add_test(tcase, test_no_memory);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
