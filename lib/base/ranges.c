/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Sorted, merged byte ranges. */

#include "base/ranges.h"

#include <inttypes.h>

#include "base/units.h"

/* Ends never overflow: lscow_ranges_add() has checked them. */
static uint64_t range_end(const struct lscow_range *range)
{
	return range->offset_bytes + range->length_bytes;
}

static struct lscow_range *last_range(struct lscow_ranges *ranges)
{
	struct lscow_range *items = LSCOW_ITEMS(&ranges->vector, struct lscow_range);

	return ranges->vector.nr ? &items[ranges->vector.nr - 1] : NULL;
}

int lscow_ranges_add(struct lscow_ranges *ranges, uint64_t offset_bytes,
		     uint64_t length_bytes, struct lscow_error *err)
{
	struct lscow_range range = {
		.offset_bytes = offset_bytes,
		.length_bytes = length_bytes,
	};
	struct lscow_range *last = last_range(ranges);
	uint64_t end_bytes;

	if (!lscow_add_u64(offset_bytes, length_bytes, &end_bytes))
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "range of %" PRIu64 " bytes at %" PRIu64
				       " ends beyond 2^64",
				       length_bytes, offset_bytes);
	if (length_bytes == 0)
		return 0;
	if (last && range_end(last) == offset_bytes) {
		last->length_bytes += length_bytes;
		return 0;
	}
	return lscow_vector_push(&ranges->vector, &range, err);
}

static int compare_offsets(const void *a, const void *b)
{
	const struct lscow_range *left = a;
	const struct lscow_range *right = b;

	return (left->offset_bytes > right->offset_bytes) -
	       (left->offset_bytes < right->offset_bytes);
}

void lscow_ranges_normalise(struct lscow_ranges *ranges)
{
	struct lscow_range *items = LSCOW_ITEMS(&ranges->vector, struct lscow_range);
	size_t nr_merged = 1;

	if (ranges->vector.nr < 2)
		return;

	lscow_vector_sort(&ranges->vector, compare_offsets);
	for (size_t i = 1; i < ranges->vector.nr; i++) {
		struct lscow_range *last = &items[nr_merged - 1];

		if (items[i].offset_bytes > range_end(last)) {
			items[nr_merged++] = items[i];
			continue;
		}
		last->length_bytes = lscow_max_u64(range_end(last), range_end(&items[i])) -
				     last->offset_bytes;
	}
	ranges->vector.nr = nr_merged;
}

void lscow_ranges_clip(struct lscow_ranges *ranges, uint64_t end_bytes)
{
	struct lscow_range *last;

	while ((last = last_range(ranges)) && last->offset_bytes >= end_bytes)
		ranges->vector.nr--;
	if (last && range_end(last) > end_bytes)
		last->length_bytes = end_bytes - last->offset_bytes;
}

const struct lscow_range *lscow_ranges_get(const struct lscow_ranges *ranges,
					   size_t *nr_ranges)
{
	*nr_ranges = ranges->vector.nr;
	return LSCOW_ITEMS(&ranges->vector, struct lscow_range);
}

void lscow_ranges_free(struct lscow_ranges *ranges)
{
	lscow_vector_free(&ranges->vector);
}
