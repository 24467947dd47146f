/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The inputs of the fuzz target image: a base, and patches of its bytes. */

#ifndef LSCOW_TESTS_FUZZ_PATCHES_H
#define LSCOW_TESTS_FUZZ_PATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FUZZ_MOST_PATCHES 64u
#define FUZZ_MOST_PATCH_BYTES 255u
#define FUZZ_NR_QUESTIONS 8u

/* What a patch is for: in the top bits of its place, on disk. */
enum fuzz_patch_views {
	FUZZ_PATCH_NEW = 0,
	FUZZ_PATCH_BOTH = 1,
	FUZZ_PATCH_OLD = 2,
};

struct fuzz_patch {
	enum fuzz_patch_views views;
	uint32_t offset_bytes;
	uint8_t nr_bytes; /* at least 1 */
	uint8_t bytes[FUZZ_MOST_PATCH_BYTES];
};

/*
 * The first byte is the number of the base, the second has flags (bit 0: checksums
 * are kept as they are; bits 1 to 3: what is asked); then for each patch 4 bytes with its place (2 bits what for, 30 bits offset, little-endian),
 * one with its length, and its bytes.
 */
struct fuzz_patches {
	uint8_t base;
	bool keeps_checksums; /* wrong ones stay wrong */
	uint8_t question; /* 0: all of them; below FUZZ_NR_QUESTIONS */
	size_t nr;
	struct fuzz_patch items[FUZZ_MOST_PATCHES];
};

/* Takes what is there: a patch that is cut short is as long as there are bytes. */
void fuzz_patches_decode(const uint8_t *bytes, size_t nr_bytes, struct fuzz_patches *patches);
/* Gives the length; patches that do not fit are left out. */
size_t fuzz_patches_encode(const struct fuzz_patches *patches, uint8_t *bytes,
			   size_t most_bytes);
/* Adds one; false where there are enough. */
bool fuzz_patches_add(struct fuzz_patches *patches, enum fuzz_patch_views views,
		      uint32_t offset_bytes, const uint8_t *bytes, size_t nr_bytes);
/* Puts those for a view (FUZZ_PATCH_NEW or _OLD) in their places. */
void fuzz_patches_apply(const struct fuzz_patches *patches, enum fuzz_patch_views view,
			uint8_t *image, size_t nr_image_bytes);

#endif
