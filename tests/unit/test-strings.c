/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The pool of strings: copies live on, paths are joined. */

#include "support/unit.h"

#include "base/strings.h"

static struct lscow_strings strings;
static struct lscow_error err;

static void setup(void)
{
	strings = LSCOW_STRINGS;
}

static void teardown(void)
{
	lscow_strings_free(&strings);
}

static const struct {
	const char *label;
	const char *bytes;
	size_t nr_bytes;
	const char *expected;
} adds[] = {
	{ .label = "a name", .bytes = "name", .nr_bytes = 4, .expected = "name" },
	{ .label = "the beginning of bytes", .bytes = "name", .nr_bytes = 2, .expected = "na" },
	{ .label = "nothing", .bytes = "name", .nr_bytes = 0, .expected = "" },
	{ .label = "bytes above 127", .bytes = "\xFF\x80", .nr_bytes = 2,
	  .expected = "\xFF\x80" },
};

START_TEST(test_add)
{
	const char *copy = NULL;

	unit_assert_ok(adds[_i].label, lscow_strings_add(&strings, adds[_i].bytes,
							 adds[_i].nr_bytes, &copy, &err),
		       &err);
	ck_assert_msg(copy != adds[_i].bytes, "%s: not a copy", adds[_i].label);
	ck_assert_str_eq(copy, adds[_i].expected);
}
END_TEST

static const struct {
	const char *label;
	const char *directory;
	const char *name;
	const char *expected;
} paths[] = {
	{ .label = "in the root", .directory = ".", .name = "a", .expected = "a" },
	{ .label = "in a directory", .directory = "a", .name = "b", .expected = "a/b" },
	{ .label = "deeper", .directory = "a/b", .name = "c", .expected = "a/b/c" },
	{ .label = "a name with a dot in front", .directory = ".a", .name = "b",
	  .expected = ".a/b" },
	{ .label = "two dots", .directory = "..", .name = "b", .expected = "../b" },
};

START_TEST(test_add_path)
{
	const char *path = NULL;

	unit_assert_ok(paths[_i].label, lscow_strings_add_path(&strings, paths[_i].directory,
							       paths[_i].name, &path, &err),
		       &err);
	ck_assert_str_eq(path, paths[_i].expected);
}
END_TEST

#define NR_MANY 3000

/* More than any part holds, with some that are longer than a part. */
START_TEST(test_many)
{
	static const char *copies[NR_MANY];
	static char bytes[600000];

	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 0; i < NR_MANY; i++) {
		size_t nr_bytes = i % 1000 == 999 ? sizeof(bytes) : i;

		bytes[0] = (char)('a' + i % 26);
		unit_assert_ok("add", lscow_strings_add(&strings, bytes, nr_bytes, &copies[i],
							&err), &err);
	}
	for (size_t i = 0; i < NR_MANY; i++) {
		size_t nr_bytes = i % 1000 == 999 ? sizeof(bytes) : i;

		ck_assert_uint_eq(strlen(copies[i]), nr_bytes);
		if (nr_bytes)
			ck_assert_int_eq(copies[i][0], 'a' + (int)(i % 26));
	}
}
END_TEST

START_TEST(test_free_makes_empty)
{
	const char *copy = NULL;

	unit_assert_ok("add", lscow_strings_add(&strings, "a", 1, &copy, &err), &err);
	lscow_strings_free(&strings);
	ck_assert_ptr_null(strings.last);
	unit_assert_ok("add", lscow_strings_add(&strings, "b", 1, &copy, &err), &err);
	ck_assert_str_eq(copy, "b");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("strings");
	TCase *tcase = tcase_create("strings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_add, 0, (int)UNIT_COUNT(adds));
	tcase_add_loop_test(tcase, test_add_path, 0, (int)UNIT_COUNT(paths));
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_free_makes_empty);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
