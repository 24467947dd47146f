/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of owner/numbers.c: from blocks, bytes and sectors to blocks. */

#include "support/unit.h"

#include "owner/numbers.h"

#define MOST_ROWS 6
#define OUT UINT64_MAX

static struct lscow_vector rows;
static struct lscow_error err;

static const struct lscow_superblock sb = { .block_bytes = 4096, .nr_blocks = 3 };

static void setup(void)
{
	rows = LSCOW_VECTOR(struct lscow_owned_block);
}

static void teardown(void)
{
	lscow_vector_free(&rows);
}

static int convert(enum lscow_unit unit, const struct lscow_numbers *numbers,
		   size_t nr_numbers, uint64_t offset_bytes)
{
	const struct lscow_owner_options options = {
		.unit = unit, .numbers = numbers, .nr_numbers = nr_numbers,
	};

	return lscow_numbers_to_rows(&options, &sb, offset_bytes, &rows, &err);
}

static const struct {
	const char *label;
	enum lscow_unit unit;
	uint64_t offset_bytes;
	struct lscow_numbers numbers;
	size_t nr;
	struct {
		uint64_t number;
		uint64_t block;
		uint32_t offset_bytes;
	} expected[MOST_ROWS];
} good[] = {
	{ .label = "a block", .numbers = { 2, 2 }, .nr = 1, .expected = { { 2, 2, 0 } } },
	{ .label = "the block behind the last", .numbers = { 3, 3 }, .nr = 1,
	  .expected = { { 3, OUT, 0 } } },
	{ .label = "blocks know no offset", .offset_bytes = 8192, .numbers = { 0, 1 }, .nr = 2,
	  .expected = { { 0, 0, 0 }, { 1, 1, 0 } } },
	{ .label = "all numbers that there are", .numbers = { 0, UINT64_MAX }, .nr = 4,
	  .expected = { { 0, 0, 0 }, { 1, 1, 0 }, { 2, 2, 0 }, { 3, OUT, 0 } } },
	{ .label = "the last number that there is", .unit = LSCOW_UNIT_SECTORS,
	  .numbers = { UINT64_MAX, UINT64_MAX }, .nr = 1,
	  .expected = { { UINT64_MAX, OUT, 0 } } },
	{ .label = "a byte", .unit = LSCOW_UNIT_BYTES, .numbers = { 4099, 4099 }, .nr = 1,
	  .expected = { { 4099, 1, 3 } } },
	{ .label = "the last byte", .unit = LSCOW_UNIT_BYTES, .numbers = { 12287, 12288 },
	  .nr = 2, .expected = { { 12287, 2, 4095 }, { 12288, OUT, 0 } } },
	{ .label = "bytes of two blocks", .unit = LSCOW_UNIT_BYTES,
	  .numbers = { 4095, 8191 }, .nr = 2, .expected = { { 4095, 0, 4095 }, { 4096, 1, 0 } } },
	{ .label = "sectors around the filesystem", .unit = LSCOW_UNIT_SECTORS,
	  .offset_bytes = 1536, .numbers = { 1, 100 }, .nr = 5,
	  .expected = { { 1, OUT, 0 }, { 3, 0, 0 }, { 11, 1, 0 }, { 19, 2, 0 },
			{ 27, OUT, 0 } } },
	{ .label = "a sector within a block", .unit = LSCOW_UNIT_SECTORS,
	  .offset_bytes = 1536, .numbers = { 12, 13 }, .nr = 1, .expected = { { 12, 1, 512 } } },
	{ .label = "before the filesystem", .unit = LSCOW_UNIT_BYTES, .offset_bytes = 512,
	  .numbers = { 510, 512 }, .nr = 2, .expected = { { 510, OUT, 0 }, { 512, 0, 0 } } },
};

START_TEST(test_good)
{
	const struct lscow_owned_block *items;

	unit_assert_ok(good[_i].label,
		       convert(good[_i].unit, &good[_i].numbers, 1, good[_i].offset_bytes), &err);
	ck_assert_msg(rows.nr == good[_i].nr, "%s: %zu rows", good[_i].label, rows.nr);
	items = rows.items;
	for (size_t i = 0; i < rows.nr; i++) {
		bool is_outside = good[_i].expected[i].block == OUT;

		ck_assert_uint_eq(items[i].number, good[_i].expected[i].number);
		ck_assert_int_eq(items[i].class == LSCOW_BLOCK_OUTSIDE, is_outside);
		ck_assert_uint_eq(items[i].block, is_outside ? 0 : good[_i].expected[i].block);
		ck_assert_uint_eq(items[i].offset_in_block_bytes,
				  good[_i].expected[i].offset_bytes);
	}
}
END_TEST

START_TEST(test_order_is_kept)
{
	static const struct lscow_numbers numbers[] = { { 2, 2 }, { 0, 1 }, { 2, 2 } };
	static const uint64_t expected[] = { 2, 0, 1, 2 };

	unit_assert_ok("order", convert(LSCOW_UNIT_BLOCKS, numbers, 3, 0), &err);
	ck_assert_uint_eq(rows.nr, 4);
	for (size_t i = 0; i < rows.nr; i++)
		ck_assert_uint_eq(LSCOW_ITEMS(&rows, struct lscow_owned_block)[i].block,
				  expected[i]);
}
END_TEST

START_TEST(test_backward)
{
	static const struct lscow_numbers numbers = { 9, 8 };

	unit_assert_error("backward", convert(LSCOW_UNIT_BLOCKS, &numbers, 1, 0), &err,
			  LSCOW_E_USAGE, "numbers 9 to 8, expected the lesser one first");
}
END_TEST

START_TEST(test_too_many)
{
	static const struct lscow_superblock large = {
		.block_bytes = 1024, .nr_blocks = UINT64_C(1) << 40,
	};
	static const struct lscow_numbers numbers = { 0, UINT64_MAX };
	const struct lscow_owner_options options = { .numbers = &numbers, .nr_numbers = 1 };

	unit_assert_error("many", lscow_numbers_to_rows(&options, &large, 0, &rows, &err), &err,
			  LSCOW_E_USAGE,
			  "more than 16777216 blocks are asked for at once, expected fewer");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("owner-numbers");
	TCase *tcase = tcase_create("owner-numbers");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, (int)UNIT_COUNT(good));
	tcase_add_test(tcase, test_order_is_kept);
	tcase_add_test(tcase, test_backward);
	tcase_add_test(tcase, test_too_many);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
