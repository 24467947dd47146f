/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of owner/asked.c: blocks, their classes and the claims on them. */

#include "support/unit.h"

#include "owner/asked.h"

static struct lscow_vector rows;
static struct lscow_asked asked;
static struct lscow_error err;

/* Asks for 5, 9, 5, 7 and one outside. */
static void setup(void)
{
	static const uint64_t blocks[] = { 5, 9, 5, 7 };
	struct lscow_owned_block row = { .class = LSCOW_BLOCK_OUTSIDE };

	rows = LSCOW_VECTOR(struct lscow_owned_block);
	unit_assert_ok("row", lscow_vector_push(&rows, &row, &err), &err);
	row.class = LSCOW_BLOCK_UNKNOWN;
	for (size_t i = 0; i < UNIT_COUNT(blocks); i++) {
		row.block = blocks[i];
		unit_assert_ok("row", lscow_vector_push(&rows, &row, &err), &err);
	}
	unit_assert_ok("open", lscow_asked_open(&rows, &asked, &err), &err);
}

static void teardown(void)
{
	lscow_asked_close(&asked);
	lscow_vector_free(&rows);
}

static const struct lscow_asked_block *block_at(size_t index)
{
	return &LSCOW_ITEMS(&asked.blocks, struct lscow_asked_block)[index];
}

START_TEST(test_sorted_without_doubles)
{
	ck_assert_uint_eq(asked.blocks.nr, 3);
	ck_assert_uint_eq(asked.nr_unknown, 3);
	ck_assert_uint_eq(block_at(0)->block, 5);
	ck_assert_uint_eq(block_at(1)->block, 7);
	ck_assert_uint_eq(block_at(2)->block, 9);
}
END_TEST

START_TEST(test_find)
{
	static const size_t expected[] = { 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3 };

	for (uint64_t block = 0; block < UNIT_COUNT(expected); block++)
		ck_assert_uint_eq(lscow_asked_find(&asked, block), expected[block]);
	ck_assert_uint_eq(lscow_asked_find(&asked, UINT64_MAX), 3);
}
END_TEST

START_TEST(test_first_class_stays)
{
	lscow_asked_mark(&asked, 1, LSCOW_BLOCK_FREE);
	lscow_asked_mark(&asked, 1, LSCOW_BLOCK_DATA);
	ck_assert_int_eq(block_at(1)->class, LSCOW_BLOCK_FREE);
	ck_assert_uint_eq(asked.nr_unknown, 2);
}
END_TEST

static void claim(size_t index, uint32_t ino, uint64_t offset_bytes)
{
	struct lscow_claim item = {
		.index = index, .ino = ino, .has_offset = true, .offset_bytes = offset_bytes,
	};

	unit_assert_ok("claim", lscow_asked_claim(&asked, &item, &err), &err);
}

START_TEST(test_claims)
{
	const struct lscow_claim *claims;

	claim(2, 12, 0);
	claim(0, 14, 0);
	claim(0, 13, 1024);
	claim(0, 13, 0);
	claim(0, 14, 0);
	ck_assert_uint_eq(block_at(0)->nr_claims, 4);
	ck_assert_uint_eq(block_at(0)->first_claim_ino, 14);
	lscow_asked_sort_claims(&asked);
	claims = asked.claims.items;
	ck_assert_uint_eq(asked.claims.nr, 4);
	ck_assert(claims[0].index == 0 && claims[0].ino == 13 && claims[0].offset_bytes == 0);
	ck_assert(claims[1].index == 0 && claims[1].ino == 13 &&
		  claims[1].offset_bytes == 1024);
	ck_assert(claims[2].index == 0 && claims[2].ino == 14);
	ck_assert(claims[3].index == 2 && claims[3].ino == 12);
}
END_TEST

START_TEST(test_most_claims)
{
	for (uint32_t ino = 1; ino <= LSCOW_MOST_CLAIMS + 10; ino++)
		claim(0, ino, 0);
	ck_assert_uint_eq(asked.claims.nr, LSCOW_MOST_CLAIMS);
	ck_assert_uint_eq(block_at(0)->nr_claims, LSCOW_MOST_CLAIMS);
	claim(1, 1, 0);
	ck_assert_uint_eq(asked.claims.nr, LSCOW_MOST_CLAIMS + 1);
}
END_TEST

START_TEST(test_left)
{
	lscow_asked_set_left(&asked, 0, 2);
	lscow_asked_set_left(&asked, 1, 0);
	ck_assert_uint_eq(asked.nr_shared, 1);
	lscow_asked_set_left(&asked, 0, 1);
	ck_assert_uint_eq(asked.nr_shared, 1);
	lscow_asked_set_left(&asked, 0, 0);
	ck_assert_uint_eq(asked.nr_shared, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("asked");
	TCase *tcase = tcase_create("asked");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_sorted_without_doubles);
	tcase_add_test(tcase, test_find);
	tcase_add_test(tcase, test_first_class_stays);
	tcase_add_test(tcase, test_claims);
	tcase_add_test(tcase, test_most_claims);
	tcase_add_test(tcase, test_left);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
