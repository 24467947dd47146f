/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A growable array of equally sized items. */

#ifndef LSCOW_BASE_VECTOR_H
#define LSCOW_BASE_VECTOR_H

#include <stddef.h>

#include "base/error.h"

/* Start from LSCOW_VECTOR(type); free with lscow_vector_free(). */
struct lscow_vector {
	void *items;
	size_t nr;
	size_t capacity;
	size_t item_bytes;
};

#define LSCOW_VECTOR(type) ((struct lscow_vector){ .item_bytes = sizeof(type) })

/* The items as an array of their type; invalid after the next push. */
#define LSCOW_ITEMS(vector, type) ((type *)(vector)->items)

/* Appends a copy of *item, which must not lie in the vector itself. */
int lscow_vector_push(struct lscow_vector *vector, const void *item,
		      struct lscow_error *err);
/* Sorts by a qsort(3) comparison. */
void lscow_vector_sort(struct lscow_vector *vector,
		       int (*compare)(const void *, const void *));
/* Orders uint64_t items, for lscow_vector_sort() and bsearch(3). */
int lscow_u64_compare(const void *left, const void *right);
/*
 * Index of the first item at or behind a value, or nr_items, among items that begin
 * with a uint64_t and are sorted by it.
 */
size_t lscow_u64_find_first(const void *items, size_t nr_items, size_t item_bytes,
			    uint64_t value);
/* Forgets all items and keeps the memory. */
void lscow_vector_clear(struct lscow_vector *vector);
void lscow_vector_free(struct lscow_vector *vector);

#endif
