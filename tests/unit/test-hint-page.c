/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Packed pages of hints: the same when unpacked, and never more than they hold. */

#include "support/unit.h"

#include <stdlib.h>

#include "names/hint-page.h"

#define NR_ROUNDS 500
#define MOST_HINTS 200

static struct lscow_error err;
static struct lscow_vector hints, bytes, unpacked;

static void setup(void)
{
	hints = LSCOW_VECTOR(struct lscow_hint);
	unpacked = LSCOW_VECTOR(struct lscow_hint);
	bytes = LSCOW_VECTOR(uint8_t);
}

static void teardown(void)
{
	lscow_vector_free(&hints);
	lscow_vector_free(&unpacked);
	lscow_vector_free(&bytes);
}

static uint64_t random_bits(unsigned int nr_bits)
{
	uint64_t bits = (uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^ (uint64_t)random();

	return nr_bits == 64 ? bits : bits & ((UINT64_C(1) << nr_bits) - 1);
}

/* Sorted and without doubles. */
static void make_hints(uint32_t page, size_t nr)
{
	struct lscow_hint *items;
	size_t nr_kept = 0;

	lscow_vector_clear(&hints);
	for (size_t i = 0; i < nr; i++) {
		struct lscow_hint hint = {
			.ino = page * LSCOW_HINT_PAGE_INODES + (uint32_t)random_bits(6),
			.directory_ino = (uint32_t)random_bits(i % 32 + 1),
			.block = random_bits(i % 64 + 1),
		};

		unit_assert_ok("push", lscow_vector_push(&hints, &hint, &err), &err);
	}
	lscow_vector_sort(&hints, lscow_hint_compare);
	items = hints.items;
	for (size_t i = 0; i < hints.nr; i++)
		if (i == 0 || lscow_hint_compare(&items[i - 1], &items[i]) != 0)
			items[nr_kept++] = items[i];
	hints.nr = nr_kept;
}

static void pack(void)
{
	lscow_vector_clear(&bytes);
	unit_assert_ok("pack", lscow_hint_page_pack(hints.items, hints.nr, &bytes, &err), &err);
}

static int unpack(uint32_t page, size_t nr_bytes)
{
	lscow_vector_clear(&unpacked);
	return lscow_hint_page_unpack(page, bytes.items, nr_bytes, &unpacked, &err);
}

START_TEST(test_same_again)
{
	for (int i = 0; i < NR_ROUNDS; i++) {
		uint32_t page = (uint32_t)random_bits(26);

		make_hints(page, random_bits(30) % MOST_HINTS);
		pack();
		unit_assert_ok("unpack", unpack(page, bytes.nr), &err);
		ck_assert_uint_eq(unpacked.nr, hints.nr);
		for (size_t j = 0; j < hints.nr; j++)
			ck_assert_int_eq(
				lscow_hint_compare(&LSCOW_ITEMS(&hints, struct lscow_hint)[j],
						   &LSCOW_ITEMS(&unpacked, struct lscow_hint)[j]),
				0);
	}
}
END_TEST

/* As in a directory made at one go: an inode, its directory and its block are near. */
START_TEST(test_small)
{
	for (uint32_t i = 0; i < LSCOW_HINT_PAGE_INODES; i++) {
		struct lscow_hint hint = { .ino = 640 + i, .directory_ino = 630,
					   .block = 123456 };

		unit_assert_ok("push", lscow_vector_push(&hints, &hint, &err), &err);
	}
	pack();
	ck_assert_uint_le(bytes.nr, 4 * hints.nr);
}
END_TEST

START_TEST(test_cut)
{
	make_hints(5, 100);
	pack();
	for (size_t nr_bytes = 0; nr_bytes < bytes.nr; nr_bytes++) {
		int rc = unpack(5, nr_bytes);

		ck_assert(rc == 0 || rc == LSCOW_E_INCOMPLETE);
		ck_assert_uint_lt(unpacked.nr, hints.nr);
	}
}
END_TEST

static const struct {
	const char *label;
	uint8_t bytes[16];
	size_t nr_bytes;
} bad_pages[] = {
	{ "inode of another page", { 64, 0, 0 }, 3 },
	{ "no directory", { 1 }, 1 },
	{ "no block", { 1, 0 }, 2 },
	{ "a number without an end",
	  { 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1 }, 12 },
	{ "a directory below 0", { 1, 0xFF, 0xFF, 3, 0 }, 5 },
	{ "the same twice", { 1, 0, 2, 1, 0, 0 }, 6 },
	{ "not in order", { 2, 0, 2, 1, 0, 2 }, 6 },
};

START_TEST(test_bad)
{
	for (size_t i = 0; i < bad_pages[_i].nr_bytes; i++)
		unit_assert_ok("push", lscow_vector_push(&bytes, &bad_pages[_i].bytes[i], &err),
			       &err);
	unit_assert_error(bad_pages[_i].label, unpack(0, bytes.nr), &err, LSCOW_E_INCOMPLETE,
			  "page 0: not a page of hints");
}
END_TEST

/* Whatever stands there, what comes out is sorted and of the page. */
START_TEST(test_garbage)
{
	for (int i = 0; i < NR_ROUNDS; i++) {
		const struct lscow_hint *items;

		lscow_vector_clear(&bytes);
		for (size_t j = random_bits(8); j > 0; j--) {
			uint8_t byte = (uint8_t)(random_bits(8) & (i % 2 ? 0x3F : 0xFF));

			unit_assert_ok("push", lscow_vector_push(&bytes, &byte, &err), &err);
		}
		(void)unpack(7, bytes.nr);
		items = unpacked.items;
		for (size_t j = 0; j < unpacked.nr; j++) {
			ck_assert_uint_eq(items[j].ino / LSCOW_HINT_PAGE_INODES, 7);
			ck_assert(j == 0 || lscow_hint_compare(&items[j - 1], &items[j]) < 0);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hint-page");
	TCase *tcase = tcase_create("hint-page");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_same_again);
	tcase_add_test(tcase, test_small);
	tcase_add_test(tcase, test_cut);
	tcase_add_loop_test(tcase, test_bad, 0, (int)UNIT_COUNT(bad_pages));
	tcase_add_test(tcase, test_garbage);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
