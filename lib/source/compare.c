/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The plain comparison: reads both views and keeps where they differ. */

#include "source/compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define READ_BYTES ((uint64_t)1 << 20)

struct comparison {
	struct lscow_device *old_device;
	struct lscow_device *new_device;
	uint64_t size_bytes; /* of both */
	uint8_t *old_bytes;  /* READ_BYTES each */
	uint8_t *new_bytes;
	lscow_progress_fn *progress;
	void *progress_data;
	struct lscow_ranges *ranges;
};

static void report(const struct comparison *comparison, uint64_t done_bytes)
{
	if (comparison->progress)
		comparison->progress(comparison->progress_data, "compare", done_bytes,
				     comparison->size_bytes);
}

/*
 * The next stretch in which either device may have data, widened to whole
 * units; *start_bytes is the size where there is none.
 */
static int find_stretch(const struct comparison *comparison, uint64_t offset_bytes,
			uint64_t *start_bytes, uint64_t *end_bytes,
			struct lscow_error *err)
{
	uint64_t old_start, old_end, new_start, new_end;
	int ret;

	ret = lscow_device_next_data(comparison->old_device, offset_bytes, &old_start,
				     &old_end, err);
	if (!ret)
		ret = lscow_device_next_data(comparison->new_device, offset_bytes,
					     &new_start, &new_end, err);
	if (ret)
		return ret;

	*start_bytes = lscow_min_u64(old_start, new_start);
	*end_bytes = 0;
	if (old_start == *start_bytes)
		*end_bytes = old_end;
	if (new_start == *start_bytes)
		*end_bytes = lscow_max_u64(*end_bytes, new_end);
	if (*start_bytes < comparison->size_bytes)
		*start_bytes -= *start_bytes % LSCOW_COMPARE_BYTES;
	*end_bytes = lscow_bytes_to_units_up(*end_bytes, LSCOW_COMPARE_BYTES) *
		     LSCOW_COMPARE_BYTES;
	*end_bytes = lscow_min_u64(*end_bytes, comparison->size_bytes);
	return 0;
}

/* Compares what both buffers hold, which begins at a whole unit. */
static int compare_buffers(const struct comparison *comparison, uint64_t offset_bytes,
			   size_t length_bytes, struct lscow_error *err)
{
	if (!memcmp(comparison->old_bytes, comparison->new_bytes, length_bytes))
		return 0;

	for (size_t i = 0; i < length_bytes; i += LSCOW_COMPARE_BYTES) {
		size_t unit_bytes = (size_t)lscow_min_u64(LSCOW_COMPARE_BYTES,
							  length_bytes - i);
		int ret = 0;

		if (memcmp(comparison->old_bytes + i, comparison->new_bytes + i, unit_bytes))
			ret = lscow_ranges_add(comparison->ranges, offset_bytes + i,
					       unit_bytes, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int compare_stretch(const struct comparison *comparison, uint64_t offset_bytes,
			   uint64_t end_bytes, struct lscow_error *err)
{
	while (offset_bytes < end_bytes) {
		size_t length_bytes = (size_t)lscow_min_u64(READ_BYTES,
							    end_bytes - offset_bytes);
		int ret;

		ret = lscow_device_read(comparison->old_device, offset_bytes,
					comparison->old_bytes, length_bytes, err);
		if (!ret)
			ret = lscow_device_read(comparison->new_device, offset_bytes,
						comparison->new_bytes, length_bytes, err);
		if (!ret)
			ret = compare_buffers(comparison, offset_bytes, length_bytes, err);
		if (ret)
			return ret;
		offset_bytes += length_bytes;
		report(comparison, offset_bytes);
	}
	return 0;
}

static int compare_all(const struct comparison *comparison, struct lscow_error *err)
{
	uint64_t offset_bytes = 0;

	while (offset_bytes < comparison->size_bytes) {
		uint64_t start_bytes;
		uint64_t end_bytes;
		int ret = find_stretch(comparison, offset_bytes, &start_bytes, &end_bytes, err);

		if (!ret)
			ret = compare_stretch(comparison, start_bytes, end_bytes, err);
		if (ret)
			return ret;
		offset_bytes = end_bytes;
	}
	report(comparison, comparison->size_bytes);
	return 0;
}

int lscow_compare_devices(struct lscow_device *old_device,
			  struct lscow_device *new_device,
			  lscow_progress_fn *progress, void *progress_data,
			  struct lscow_ranges *ranges, struct lscow_error *err)
{
	struct comparison comparison = {
		.old_device = old_device,
		.new_device = new_device,
		.size_bytes = old_device->size_bytes,
		.progress = progress,
		.progress_data = progress_data,
		.ranges = ranges,
	};
	int ret;

	if (old_device->size_bytes != new_device->size_bytes)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s has %" PRIu64 " bytes, %s has %" PRIu64
				       " bytes: expected views of the same size",
				       old_device->name, old_device->size_bytes,
				       new_device->name, new_device->size_bytes);

	comparison.old_bytes = malloc(READ_BYTES);
	comparison.new_bytes = malloc(READ_BYTES);
	if (comparison.old_bytes && comparison.new_bytes)
		ret = compare_all(&comparison, err);
	else
		ret = lscow_error_no_memory(err, "comparison of two views");
	free(comparison.old_bytes);
	free(comparison.new_bytes);
	return ret;
}
