/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of cli/parse.c: what stands on the command line. */

#include "parse.h"
#include "support/unit.h"

/* A text, and its value or what is wrong with it. */
struct size_row {
	const char *text;
	uint64_t bytes;
	const char *wrong;
};

#define NOT_BYTES "is not a number of bytes (K, M or G may follow)"

static const struct size_row size_rows[] = {
	{ .text = "0", .bytes = 0 },
	{ .text = "007", .bytes = 7 },
	{ .text = "512", .bytes = 512 },
	{ .text = "1K", .bytes = 1024 },
	{ .text = "3M", .bytes = 3145728 },
	{ .text = "2G", .bytes = 2147483648 },
	{ .text = "18446744073709551615", .bytes = UINT64_MAX },
	{ .text = "17179869183G", .bytes = 17179869183u * 1073741824u },
	{ .text = "17179869184G", .wrong = "is too large" },
	{ .text = "18446744073709551616", .wrong = "is too large" },
	{ .text = "", .wrong = "is empty" },
	{ .text = "K", .wrong = "is not a number" },
	{ .text = "+1", .wrong = "is not a number" },
	{ .text = " 1", .wrong = "is not a number" },
	{ .text = "\xd9\xa1", .wrong = "is not a number" },
	{ .text = "-1K", .wrong = "is negative" },
	{ .text = "-", .wrong = "is negative" },
	{ .text = "1 ", .wrong = NOT_BYTES },
	{ .text = "1\n", .wrong = NOT_BYTES },
	{ .text = "1k", .wrong = NOT_BYTES },
	{ .text = "1T", .wrong = NOT_BYTES },
	{ .text = "1KB", .wrong = NOT_BYTES },
	{ .text = "1KiB", .wrong = NOT_BYTES },
	{ .text = "1 K", .wrong = NOT_BYTES },
	{ .text = "0x10", .wrong = NOT_BYTES },
	{ .text = "1.5G", .wrong = NOT_BYTES },
};

START_TEST(test_size)
{
	const struct size_row *row = &size_rows[_i];
	uint64_t bytes = 4711;

	ck_assert_pstr_eq(parse_size(row->text, &bytes), row->wrong);
	ck_assert_uint_eq(bytes, row->wrong ? 4711 : row->bytes);
}
END_TEST

struct partition_row {
	const char *text;
	uint32_t partition;
	const char *wrong;
};

static const struct partition_row partition_rows[] = {
	{ .text = "1", .partition = 1 },
	{ .text = "4294967295", .partition = UINT32_MAX },
	{ .text = "4294967296", .wrong = "is too large" },
	{ .text = "0", .wrong = "is not the number of a partition: they count from 1" },
	{ .text = "1K", .wrong = "is not a number" },
	{ .text = "sda1", .wrong = "is not a number" },
	{ .text = "-1", .wrong = "is negative" },
};

START_TEST(test_partition)
{
	const struct partition_row *row = &partition_rows[_i];
	uint32_t partition = 4711;

	ck_assert_pstr_eq(parse_partition(row->text, &partition), row->wrong);
	ck_assert_uint_eq(partition, row->wrong ? 4711 : row->partition);
}
END_TEST

struct numbers_row {
	const char *text;
	struct lscow_numbers numbers;
	const char *wrong;
};

#define NOT_NUMBERS "is not a number or a range of numbers"

static const struct numbers_row numbers_rows[] = {
	{ .text = "0", .numbers = { 0, 0 } },
	{ .text = "7", .numbers = { 7, 7 } },
	{ .text = "7-7", .numbers = { 7, 7 } },
	{ .text = "0-18446744073709551615", .numbers = { 0, UINT64_MAX } },
	{ .text = "", .wrong = "is empty" },
	{ .text = "x", .wrong = "is not a number" },
	{ .text = "-7", .wrong = "is negative" },
	{ .text = "7-", .wrong = "is not a range of numbers" },
	{ .text = "7--8", .wrong = "is not a range of numbers" },
	{ .text = "7-x", .wrong = "is not a range of numbers" },
	{ .text = "7-18446744073709551616", .wrong = "is not a range of numbers" },
	{ .text = "8-7", .wrong = "is a range whose last number is less than its first" },
	{ .text = "7-8-9", .wrong = NOT_NUMBERS },
	{ .text = "7 8", .wrong = NOT_NUMBERS },
	{ .text = "0x7", .wrong = NOT_NUMBERS },
	{ .text = "1K", .wrong = NOT_NUMBERS },
};

START_TEST(test_numbers)
{
	const struct numbers_row *row = &numbers_rows[_i];
	struct lscow_numbers numbers = { 4, 711 };

	ck_assert_pstr_eq(parse_numbers(row->text, &numbers), row->wrong);
	ck_assert_uint_eq(numbers.first, row->wrong ? 4 : row->numbers.first);
	ck_assert_uint_eq(numbers.last, row->wrong ? 711 : row->numbers.last);
}
END_TEST

struct path_row {
	const char *text;
	const char *path;
	const char *wrong;
};

static const struct path_row path_rows[] = {
	{ .text = "a", .path = "a" },
	{ .text = "/a", .path = "a" },
	{ .text = "./a", .path = "a" },
	{ .text = "a/", .path = "a" },
	{ .text = "a/b", .path = "a/b" },
	{ .text = "//a///b//", .path = "a/b" },
	{ .text = "././a/./b/.", .path = "a/b" },
	{ .text = "/", .path = "" },
	{ .text = ".", .path = "" },
	{ .text = "./", .path = "" },
	{ .text = ".a/..b/c..", .path = ".a/..b/c.." },
	{ .text = "...", .path = "..." },
	{ .text = " a \n", .path = " a \n" },
	{ .text = "\xff/\xfe", .path = "\xff/\xfe" },
	{ .text = "", .wrong = "is empty" },
	{ .text = "..", .wrong = "holds '..'" },
	{ .text = "a/../b", .wrong = "holds '..'" },
	{ .text = "a/..", .wrong = "holds '..'" },
};

START_TEST(test_inner_path)
{
	const struct path_row *row = &path_rows[_i];
	char *path = NULL;
	const char *wrong = parse_inner_path(row->text, &path);

	ck_assert_pstr_eq(wrong, row->wrong);
	ck_assert_pstr_eq(path, row->path);
	free(path);
}
END_TEST

START_TEST(test_letters)
{
	ck_assert_ptr_null(parse_letters("A"));
	ck_assert_ptr_null(parse_letters("ADMmRH"));
	ck_assert_ptr_null(parse_letters("mm"));
	ck_assert_str_eq(parse_letters(""), "is empty");
	ck_assert_str_eq(parse_letters("AX"), "holds a letter that is none of ADMmRH");
	ck_assert_str_eq(parse_letters("a"), "holds a letter that is none of ADMmRH");
	ck_assert_str_eq(parse_letters("A,D"), "holds a letter that is none of ADMmRH");
}
END_TEST

START_TEST(test_word)
{
	static const char *const words[] = { "auto", "always", NULL };

	ck_assert_int_eq(parse_word("auto", words), 0);
	ck_assert_int_eq(parse_word("always", words), 1);
	ck_assert_int_eq(parse_word("al", words), -1);
	ck_assert_int_eq(parse_word("", words), -1);
	ck_assert_int_eq(parse_word("Auto", words), -1);
}
END_TEST

static Suite *parse_suite(void)
{
	Suite *suite = suite_create("parse");
	TCase *tcase = tcase_create("parse");

	tcase_add_loop_test(tcase, test_size, 0,
			    UNIT_COUNT(size_rows));
	tcase_add_loop_test(tcase, test_partition, 0,
			    UNIT_COUNT(partition_rows));
	tcase_add_loop_test(tcase, test_numbers, 0,
			    UNIT_COUNT(numbers_rows));
	tcase_add_loop_test(tcase, test_inner_path, 0,
			    UNIT_COUNT(path_rows));
	tcase_add_test(tcase, test_letters);
	tcase_add_test(tcase, test_word);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(parse_suite());
}
