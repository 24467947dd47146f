/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A device that keeps what was read last from one without a page cache. */

#include "device/device.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

/* Small reads go through lines; what is longer than most is read as it is. */
#define LINE_BYTES (UINT64_C(16) << 10)
#define NR_LINES 1024
#define MOST_CACHED_BYTES (4 * LINE_BYTES)

/* A line holds the part of the device that last fell on its number. */
struct cache_device {
	struct lscow_device base;
	struct lscow_device *lower; /* owned */
	uint8_t *bytes;
	uint64_t line_of_slot[NR_LINES]; /* line number + 1; 0: empty */
};

static int load_line(struct cache_device *cache, uint64_t line, const uint8_t **bytes,
		     struct lscow_error *err)
{
	size_t slot = line % NR_LINES;
	uint8_t *place = cache->bytes + slot * LINE_BYTES;
	uint64_t start_bytes = line * LINE_BYTES;
	int rc;

	*bytes = place;
	if (cache->line_of_slot[slot] == line + 1)
		return 0;
	cache->line_of_slot[slot] = 0;
	rc = lscow_device_read(cache->lower, start_bytes, place,
			       lscow_min_u64(LINE_BYTES, cache->base.size_bytes - start_bytes),
			       err);
	if (rc == 0)
		cache->line_of_slot[slot] = line + 1;
	return rc;
}

static int cache_read(struct lscow_device *device, uint64_t offset_bytes, void *buffer,
		      size_t length_bytes, struct lscow_error *err)
{
	struct cache_device *cache = (struct cache_device *)device;
	uint8_t *to = buffer;

	if (length_bytes > MOST_CACHED_BYTES)
		return lscow_device_read(cache->lower, offset_bytes, buffer, length_bytes,
					 err);
	while (length_bytes > 0) {
		uint64_t skip_bytes = offset_bytes % LINE_BYTES;
		size_t part_bytes = lscow_min_u64(length_bytes, LINE_BYTES - skip_bytes);
		const uint8_t *line;
		int rc = load_line(cache, offset_bytes / LINE_BYTES, &line, err);

		if (rc != 0)
			return rc;
		memcpy(to, line + skip_bytes, part_bytes);
		to += part_bytes;
		offset_bytes += part_bytes;
		length_bytes -= part_bytes;
	}
	return 0;
}

static int cache_next_data(struct lscow_device *device, uint64_t offset_bytes,
			   uint64_t *start_bytes, uint64_t *end_bytes,
			   struct lscow_error *err)
{
	return lscow_device_next_data(((struct cache_device *)device)->lower, offset_bytes,
				      start_bytes, end_bytes, err);
}

static void cache_close(struct lscow_device *device)
{
	struct cache_device *cache = (struct cache_device *)device;

	lscow_device_close(cache->lower);
	free(cache->bytes);
	free(cache);
}

static const struct lscow_device_ops cache_ops = {
	.read = cache_read,
	.next_data = cache_next_data,
	.close = cache_close,
};

int lscow_cache_device_open(struct lscow_device *lower, struct lscow_device **device,
			    struct lscow_error *err)
{
	struct cache_device *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return lscow_error_no_memory(err, lower->name);
	cache->bytes = malloc(NR_LINES * LINE_BYTES);
	cache->base.name = strdup(lower->name);
	if (!cache->bytes || !cache->base.name) {
		lscow_error_no_memory(err, lower->name);
		free(cache->bytes);
		free(cache->base.name);
		free(cache);
		return LSCOW_E_FAILED;
	}
	cache->base.ops = &cache_ops;
	cache->base.size_bytes = lower->size_bytes;
	cache->lower = lower;
	*device = &cache->base;
	return 0;
}
