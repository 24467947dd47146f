/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Builds exception stores in memory, good ones and others. */

#ifndef LSCOW_TESTS_STORE_IMAGE_H
#define LSCOW_TESTS_STORE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

/* A store of nr_chunks chunks. */
struct store_image {
	uint8_t *bytes;
	size_t length_bytes;
	size_t chunk_bytes;
};

void store_put_le32(uint8_t *p, uint32_t value);
void store_put_le64(uint8_t *p, uint64_t value);

/* A valid header and an empty table. Aborts without memory. */
struct store_image store_image_new(size_t chunk_bytes, size_t nr_chunks);
void store_image_free(struct store_image *image);
/* Where an entry of an area stands. */
uint8_t *store_image_entry(const struct store_image *image, size_t area, size_t entry);
void store_image_put(struct store_image *image, size_t area, size_t entry,
		     uint64_t old_chunk, uint64_t new_chunk);
/* Fills a chunk with one byte. */
void store_image_fill(struct store_image *image, size_t chunk, uint8_t byte);

#endif
