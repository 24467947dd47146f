/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The inputs of the fuzz target image: a base, and patches of its bytes. */

#include "fuzz/patches.h"

#include <string.h>

#include "base/bytes.h"
#include "fuzz/checksums.h"
#include "support/store-image.h"

#define HEADER_BYTES 5u
#define OFFSET_MASK ((UINT32_C(1) << 30) - 1)
#define FLAG_KEEPS_CHECKSUMS 1u

void fuzz_patches_decode(const uint8_t *bytes, size_t nr_bytes, struct fuzz_patches *patches)
{
	size_t at = 2;

	memset(patches, 0, sizeof(*patches));
	if (nr_bytes < at)
		return;
	patches->base = bytes[0];
	patches->keeps_checksums = bytes[1] & FLAG_KEEPS_CHECKSUMS;
	patches->question = bytes[1] / 2 % FUZZ_NR_QUESTIONS;
	while (patches->nr < FUZZ_MOST_PATCHES && nr_bytes - at > HEADER_BYTES) {
		struct fuzz_patch *patch = &patches->items[patches->nr];
		uint32_t place = lscow_load_le32(bytes + at);
		size_t left_bytes = nr_bytes - at - HEADER_BYTES;

		patch->views = (enum fuzz_patch_views)((place >> 30) % 3);
		patch->offset_bytes = place & OFFSET_MASK;
		patch->nr_bytes = bytes[at + 4];
		if (patch->nr_bytes > left_bytes)
			patch->nr_bytes = (uint8_t)left_bytes;
		memcpy(patch->bytes, bytes + at + HEADER_BYTES, patch->nr_bytes);
		at += HEADER_BYTES + patch->nr_bytes;
		if (patch->nr_bytes > 0)
			patches->nr++;
	}
}

size_t fuzz_patches_encode(const struct fuzz_patches *patches, uint8_t *bytes,
			   size_t most_bytes)
{
	size_t at = 2;

	if (most_bytes < at)
		return 0;
	bytes[0] = patches->base;
	bytes[1] = (uint8_t)((patches->keeps_checksums ? FLAG_KEEPS_CHECKSUMS : 0) |
			     patches->question * 2);
	for (size_t i = 0; i < patches->nr; i++) {
		const struct fuzz_patch *patch = &patches->items[i];

		if (most_bytes - at < HEADER_BYTES + patch->nr_bytes)
			break;
		store_put_le32(bytes + at, (uint32_t)patch->views << 30 | patch->offset_bytes);
		bytes[at + 4] = patch->nr_bytes;
		memcpy(bytes + at + HEADER_BYTES, patch->bytes, patch->nr_bytes);
		at += HEADER_BYTES + patch->nr_bytes;
	}
	return at;
}

bool fuzz_patches_add(struct fuzz_patches *patches, enum fuzz_patch_views views,
		      uint32_t offset_bytes, const uint8_t *bytes, size_t nr_bytes)
{
	struct fuzz_patch *patch = &patches->items[patches->nr];

	if (patches->nr == FUZZ_MOST_PATCHES || nr_bytes == 0 ||
	    nr_bytes > FUZZ_MOST_PATCH_BYTES)
		return false;
	patches->nr++;
	patch->views = views;
	patch->offset_bytes = offset_bytes & OFFSET_MASK;
	patch->nr_bytes = (uint8_t)nr_bytes;
	memcpy(patch->bytes, bytes, nr_bytes);
	return true;
}

void fuzz_patches_apply(const struct fuzz_patches *patches, enum fuzz_patch_views view,
			uint8_t *image, size_t nr_image_bytes)
{
	for (size_t i = 0; i < patches->nr; i++) {
		const struct fuzz_patch *patch = &patches->items[i];
		size_t offset = patch->offset_bytes % nr_image_bytes;
		size_t nr_bytes = patch->nr_bytes;

		if (patch->views != view && patch->views != FUZZ_PATCH_BOTH)
			continue;
		if (nr_bytes > nr_image_bytes - offset)
			nr_bytes = nr_image_bytes - offset;
		memcpy(image + offset, patch->bytes, nr_bytes);
	}
	if (!patches->keeps_checksums)
		fuzz_checksums_fix(image, nr_image_bytes);
}
