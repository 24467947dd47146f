/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Sorted, merged byte ranges. */

#ifndef LSCOW_BASE_RANGES_H
#define LSCOW_BASE_RANGES_H

#include "base/vector.h"

/* Ranges in the making: add in any order, then normalise. */
struct lscow_ranges {
	struct lscow_vector vector; /* of struct lscow_range */
};

#define LSCOW_RANGES ((struct lscow_ranges){ LSCOW_VECTOR(struct lscow_range) })

/*
 * Adds a range; an empty one is ignored, one that touches the last is merged
 * into it. LSCOW_E_UNKNOWABLE where offset + length is not below 2^64.
 */
int lscow_ranges_add(struct lscow_ranges *ranges, uint64_t offset_bytes,
		     uint64_t length_bytes, struct lscow_error *err);
/* Sorts by offset and merges what overlaps or touches. */
void lscow_ranges_normalise(struct lscow_ranges *ranges);
/* Cuts off what lies at or after end_bytes, of normalised ranges. */
void lscow_ranges_clip(struct lscow_ranges *ranges, uint64_t end_bytes);
const struct lscow_range *lscow_ranges_get(const struct lscow_ranges *ranges,
					   size_t *nr_ranges);
void lscow_ranges_free(struct lscow_ranges *ranges);

#endif
