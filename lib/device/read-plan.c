/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Reads that are to come, collected and announced to their device together. */

#include "device/read-plan.h"

#include "base/units.h"

void lscow_read_plan_open(struct lscow_device *device, struct lscow_read_plan *plan)
{
	*plan = (struct lscow_read_plan){ .device = device,
					  .parts = LSCOW_VECTOR(struct lscow_range) };
}

void lscow_read_plan_close(struct lscow_read_plan *plan)
{
	lscow_vector_free(&plan->parts);
}

void lscow_read_plan_add(struct lscow_read_plan *plan, uint64_t offset_bytes,
			 uint64_t length_bytes)
{
	const struct lscow_range part = { offset_bytes, length_bytes };
	struct lscow_range *last = LSCOW_ITEMS(&plan->parts, struct lscow_range);

	if (!plan->device->ops->will_read)
		return;
	if (plan->parts.nr > 0) {
		last += plan->parts.nr - 1;
		if (last->offset_bytes + last->length_bytes == offset_bytes) {
			last->length_bytes += length_bytes;
			return;
		}
	}
	if (lscow_vector_push(&plan->parts, &part, NULL) != 0)
		lscow_device_will_read(plan->device, offset_bytes, length_bytes);
}

static int compare_offsets(const void *left, const void *right)
{
	const struct lscow_range *a = left, *b = right;

	return (a->offset_bytes > b->offset_bytes) - (a->offset_bytes < b->offset_bytes);
}

void lscow_read_plan_announce(struct lscow_read_plan *plan)
{
	const struct lscow_range *parts;
	uint64_t start_bytes, end_bytes;
	size_t next;

	lscow_vector_sort(&plan->parts, compare_offsets);
	parts = plan->parts.items;
	for (size_t i = 0; i < plan->parts.nr; i = next) {
		start_bytes = parts[i].offset_bytes;
		end_bytes = start_bytes + parts[i].length_bytes;
		for (next = i + 1; next < plan->parts.nr &&
				   parts[next].offset_bytes <= end_bytes + LSCOW_READ_GAP_BYTES; next++)
			end_bytes = lscow_max_u64(end_bytes, parts[next].offset_bytes +
								     parts[next].length_bytes);
		lscow_device_will_read(plan->device, start_bytes, end_bytes - start_bytes);
	}
	lscow_vector_clear(&plan->parts);
}
