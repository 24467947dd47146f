/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Builds exception stores in memory, good ones and others. */

#include "support/store-image.h"

#include <stdlib.h>
#include <string.h>

#define ENTRY_BYTES 16

void store_put_le32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

void store_put_le64(uint8_t *p, uint64_t value)
{
	store_put_le32(p, (uint32_t)value);
	store_put_le32(p + 4, (uint32_t)(value >> 32));
}

struct store_image store_image_new(size_t chunk_bytes, size_t nr_chunks)
{
	struct store_image image = {
		.length_bytes = chunk_bytes * nr_chunks,
		.chunk_bytes = chunk_bytes,
	};

	image.bytes = calloc(nr_chunks, chunk_bytes);
	if (!image.bytes)
		abort();
	memcpy(image.bytes, "SnAp", 4);
	store_put_le32(image.bytes + 4, 1);
	store_put_le32(image.bytes + 8, 1);
	store_put_le32(image.bytes + 12, (uint32_t)(chunk_bytes / 512));
	return image;
}

void store_image_free(struct store_image *image)
{
	free(image->bytes);
	image->bytes = NULL;
}

uint8_t *store_image_entry(const struct store_image *image, size_t area, size_t entry)
{
	size_t area_chunk = 1 + area * (image->chunk_bytes / ENTRY_BYTES + 1);
	size_t offset_bytes = area_chunk * image->chunk_bytes + entry * ENTRY_BYTES;

	if (offset_bytes + ENTRY_BYTES > image->length_bytes)
		abort();
	return image->bytes + offset_bytes;
}

void store_image_put(struct store_image *image, size_t area, size_t entry,
		     uint64_t old_chunk, uint64_t new_chunk)
{
	uint8_t *p = store_image_entry(image, area, entry);

	store_put_le64(p, old_chunk);
	store_put_le64(p + 8, new_chunk);
}

void store_image_fill(struct store_image *image, size_t chunk, uint8_t byte)
{
	if ((chunk + 1) * image->chunk_bytes > image->length_bytes)
		abort();
	memset(image->bytes + chunk * image->chunk_bytes, byte, image->chunk_bytes);
}
