/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A growable array of equally sized items. */

#include "base/vector.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define FIRST_CAPACITY 16

static int vector_grow(struct lscow_vector *vector, struct lscow_error *err)
{
	uint64_t capacity = FIRST_CAPACITY;
	uint64_t bytes;
	void *items;

	if ((vector->capacity && !lscow_multiply_u64(vector->capacity, 2, &capacity)) ||
	    !lscow_multiply_u64(capacity, vector->item_bytes, &bytes) ||
	    bytes > PTRDIFF_MAX)
		return lscow_error_no_memory(err, "a list has too many items");

	items = realloc(vector->items, (size_t)bytes);
	if (!items)
		return lscow_error_no_memory(err, "a growing list");

	vector->items = items;
	vector->capacity = (size_t)capacity;
	return 0;
}

int lscow_vector_push(struct lscow_vector *vector, const void *item,
		      struct lscow_error *err)
{
	if (vector->nr == vector->capacity) {
		int ret = vector_grow(vector, err);

		if (ret)
			return ret;
	}

	memcpy((char *)vector->items + vector->nr * vector->item_bytes, item,
	       vector->item_bytes);
	vector->nr++;
	return 0;
}

void lscow_vector_sort(struct lscow_vector *vector,
		       int (*compare)(const void *, const void *))
{
	if (vector->nr > 1)
		qsort(vector->items, vector->nr, vector->item_bytes, compare);
}

int lscow_u64_compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

size_t lscow_u64_find_first(const void *items, size_t nr_items, size_t item_bytes,
			    uint64_t value)
{
	size_t low = 0, high = nr_items;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t number;

		memcpy(&number, (const char *)items + middle * item_bytes, sizeof(number));
		if (number < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void lscow_vector_clear(struct lscow_vector *vector)
{
	vector->nr = 0;
}

void lscow_vector_free(struct lscow_vector *vector)
{
	free(vector->items);
	vector->items = NULL;
	vector->nr = 0;
	vector->capacity = 0;
}
