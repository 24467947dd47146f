/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Vectors: growth, order, and sizes that do not fit. */

#include "support/unit.h"

#include "base/vector.h"

static int compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

START_TEST(test_push_keeps_order)
{
	struct lscow_vector vector = LSCOW_VECTOR(int);
	struct lscow_error err;

	for (int i = 0; i < 1000; i++)
		unit_assert_ok("push", lscow_vector_push(&vector, &i, &err), &err);
	ck_assert_uint_eq(vector.nr, 1000);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(LSCOW_ITEMS(&vector, int)[i], i);
	lscow_vector_free(&vector);
}
END_TEST

START_TEST(test_sort)
{
	struct lscow_vector vector = LSCOW_VECTOR(int);
	const int values[] = { 3, 1, 2, 1 };
	const int sorted[] = { 1, 1, 2, 3 };
	struct lscow_error err;

	lscow_vector_sort(&vector, compare_ints);
	ck_assert_uint_eq(vector.nr, 0);
	for (size_t i = 0; i < UNIT_COUNT(values); i++)
		unit_assert_ok("push", lscow_vector_push(&vector, &values[i], &err), &err);
	lscow_vector_sort(&vector, compare_ints);
	ck_assert_mem_eq(vector.items, sorted, sizeof(sorted));
	lscow_vector_free(&vector);
}
END_TEST

START_TEST(test_clear_keeps_the_memory)
{
	struct lscow_vector vector = LSCOW_VECTOR(int);
	struct lscow_error err;
	int value = 7;
	void *items;

	unit_assert_ok("push", lscow_vector_push(&vector, &value, &err), &err);
	items = vector.items;
	lscow_vector_clear(&vector);
	ck_assert_uint_eq(vector.nr, 0);
	unit_assert_ok("push", lscow_vector_push(&vector, &value, &err), &err);
	ck_assert_ptr_eq(vector.items, items);
	lscow_vector_free(&vector);
}
END_TEST

START_TEST(test_free_leaves_an_empty_vector)
{
	struct lscow_vector vector = LSCOW_VECTOR(int);
	struct lscow_error err;
	int value = 7;

	unit_assert_ok("push", lscow_vector_push(&vector, &value, &err), &err);
	lscow_vector_free(&vector);
	ck_assert_uint_eq(vector.nr, 0);
	ck_assert_ptr_null(vector.items);
	unit_assert_ok("push", lscow_vector_push(&vector, &value, &err), &err);
	ck_assert_int_eq(*LSCOW_ITEMS(&vector, int), 7);
	lscow_vector_free(&vector);
	lscow_vector_free(&vector);
	ck_assert_ptr_null(vector.items);
}
END_TEST

/* Vectors that cannot grow; the items are never touched. */
static const struct {
	const char *label;
	struct lscow_vector vector;
} too_large[] = {
	{ .label = "capacity doubles beyond 2^64",
	  .vector = { .nr = SIZE_MAX, .capacity = SIZE_MAX, .item_bytes = 1 } },
	{ .label = "bytes beyond 2^64",
	  .vector = { .nr = 1024, .capacity = 1024, .item_bytes = SIZE_MAX / 1024 } },
	{ .label = "first bytes beyond 2^64", .vector = { .item_bytes = SIZE_MAX / 2 } },
	{ .label = "bytes beyond the address space",
	  .vector = { .nr = 1, .capacity = 1, .item_bytes = SIZE_MAX / 4 + 1 } },
};

START_TEST(test_too_large)
{
	const char *label = too_large[_i].label;
	struct lscow_vector vector = too_large[_i].vector;
	struct lscow_error err = { 0 };
	int ret = lscow_vector_push(&vector, "", &err);

	unit_assert_error(label, ret, &err, LSCOW_E_FAILED,
			  "out of memory: a list has too many items");
	ck_assert_msg(vector.nr == too_large[_i].vector.nr, "%s: the vector changed", label);
	ck_assert_msg(vector.capacity == too_large[_i].vector.capacity,
		      "%s: the capacity changed", label);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vector");
	TCase *tcase = tcase_create("vector");

	tcase_add_test(tcase, test_push_keeps_order);
	tcase_add_test(tcase, test_sort);
	tcase_add_test(tcase, test_clear_keeps_the_memory);
	tcase_add_test(tcase, test_free_leaves_an_empty_vector);
	tcase_add_loop_test(tcase, test_too_large, 0, (int)UNIT_COUNT(too_large));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
