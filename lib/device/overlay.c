/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The origin as it was when the snapshot was made: store over origin. */

#include "device/device.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "base/vector.h"

struct overlay_device {
	struct lscow_device base;
	struct lscow_device *origin;
	struct lscow_device *store;
	uint64_t chunk_bytes;
	const struct lscow_exception *exceptions; /* sorted by old_chunk */
	size_t nr_exceptions;
};

/* A stretch that one read of one device can fill. */
struct overlay_piece {
	struct lscow_device *source;
	uint64_t source_offset_bytes;
	uint64_t length_bytes;
};

/* How many exceptions from index on are neighbours in origin and store alike. */
static uint64_t count_neighbours(const struct overlay_device *overlay, size_t index,
				 uint64_t wanted)
{
	const struct lscow_exception *first = &overlay->exceptions[index];
	uint64_t nr = 1;

	while (nr < wanted && nr < overlay->nr_exceptions - index &&
	       first[nr].old_chunk == first->old_chunk + nr &&
	       first[nr].new_chunk == first->new_chunk + nr)
		nr++;
	return nr;
}

/* A stretch of the store. Nobody has checked new_chunk for the overlay. */
static int find_store_piece(const struct overlay_device *overlay, size_t index,
			    uint64_t within_bytes, uint64_t nr_wanted_chunks,
			    struct overlay_piece *piece, struct lscow_error *err)
{
	const struct lscow_exception *exception = &overlay->exceptions[index];
	uint64_t nr_chunks = count_neighbours(overlay, index, nr_wanted_chunks);
	uint64_t start_bytes;

	/* Adding within_bytes cannot overflow: start_bytes is a multiple of the chunk. */
	if (!lscow_units_to_bytes(exception->new_chunk, overlay->chunk_bytes, &start_bytes))
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: new chunk %" PRIu64 " lies beyond the device's %"
				       PRIu64 " bytes", overlay->store->name,
				       exception->new_chunk, overlay->store->size_bytes);
	piece->source = overlay->store;
	piece->source_offset_bytes = start_bytes + within_bytes;
	piece->length_bytes = nr_chunks * overlay->chunk_bytes - within_bytes;
	return 0;
}

/* What holds the bytes from offset_bytes on; at most length_bytes of it. */
static int find_piece(const struct overlay_device *overlay, uint64_t offset_bytes,
		      uint64_t length_bytes, struct overlay_piece *piece,
		      struct lscow_error *err)
{
	uint64_t first_chunk = offset_bytes / overlay->chunk_bytes;
	uint64_t last_chunk = (offset_bytes + length_bytes - 1) / overlay->chunk_bytes;
	size_t index = lscow_u64_find_first(overlay->exceptions, overlay->nr_exceptions,
					    sizeof(*overlay->exceptions), first_chunk);
	uint64_t next_chunk = index < overlay->nr_exceptions ?
			      overlay->exceptions[index].old_chunk : UINT64_MAX;

	if (next_chunk == first_chunk) {
		int ret = find_store_piece(overlay, index,
					   offset_bytes % overlay->chunk_bytes,
					   last_chunk - first_chunk + 1, piece, err);

		if (ret)
			return ret;
	} else {
		piece->source = overlay->origin;
		piece->source_offset_bytes = offset_bytes;
		piece->length_bytes = next_chunk > last_chunk ? length_bytes :
				      next_chunk * overlay->chunk_bytes - offset_bytes;
	}
	piece->length_bytes = lscow_min_u64(piece->length_bytes, length_bytes);
	return 0;
}

static int overlay_read(struct lscow_device *device, uint64_t offset_bytes,
			void *buffer, size_t length_bytes, struct lscow_error *err)
{
	struct overlay_device *overlay = (struct overlay_device *)device;
	uint8_t *out = buffer;

	while (length_bytes > 0) {
		struct overlay_piece piece = { .source = NULL };
		int ret = find_piece(overlay, offset_bytes, length_bytes, &piece, err);

		if (!ret)
			ret = lscow_device_read(piece.source, piece.source_offset_bytes,
						out, (size_t)piece.length_bytes, err);
		if (ret)
			return ret;
		out += piece.length_bytes;
		offset_bytes += piece.length_bytes;
		length_bytes -= (size_t)piece.length_bytes;
	}
	return 0;
}

static void overlay_will_read(struct lscow_device *device, uint64_t offset_bytes,
			      uint64_t length_bytes)
{
	struct overlay_device *overlay = (struct overlay_device *)device;

	while (length_bytes > 0) {
		struct overlay_piece piece = { .source = NULL };

		if (find_piece(overlay, offset_bytes, length_bytes, &piece, NULL) != 0)
			return; /* the read itself will tell */
		lscow_device_will_read(piece.source, piece.source_offset_bytes,
				       piece.length_bytes);
		offset_bytes += piece.length_bytes;
		length_bytes -= piece.length_bytes;
	}
}

static void overlay_close(struct lscow_device *device)
{
	free(device);
}

static const struct lscow_device_ops overlay_ops = {
	.read = overlay_read,
	.will_read = overlay_will_read,
	.close = overlay_close,
};

int lscow_overlay_device_open(struct lscow_device *origin,
			      struct lscow_device *store, uint64_t chunk_bytes,
			      const struct lscow_exception *exceptions,
			      size_t nr_exceptions, struct lscow_device **device,
			      struct lscow_error *err)
{
	struct overlay_device *overlay;

	assert(lscow_is_power_of_two(chunk_bytes));

	overlay = calloc(1, sizeof(*overlay));
	if (!overlay)
		return lscow_error_no_memory(err, origin->name);
	if (asprintf(&overlay->base.name, "%s with %s", origin->name, store->name) < 0) {
		free(overlay);
		return lscow_error_no_memory(err, origin->name);
	}
	overlay->base.ops = &overlay_ops;
	overlay->base.size_bytes = origin->size_bytes;
	overlay->origin = origin;
	overlay->store = store;
	overlay->chunk_bytes = chunk_bytes;
	overlay->exceptions = exceptions;
	overlay->nr_exceptions = nr_exceptions;
	*device = &overlay->base;
	return 0;
}
