/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Changes inputs of the fuzz target image, in fields of the metadata. */

#include "fuzz/mutate.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "fuzz/bases.h"
#include "fuzz/places.h"
#include "support/store-image.h"

#define MOST_CHANGES 4u

/* One mutation. */
struct mutation {
	struct fuzz_patches *patches;
	const struct fuzz_base *base;
	const struct fuzz_places *places;
	uint64_t state; /* of the random numbers */
};

/* A field, relative to the structure that it is in. */
struct field {
	uint16_t offset_bytes;
	uint8_t nr_bytes;
};

/* fs/ext4/ext4.h, struct ext4_inode: what decides what an inode is. */
static const struct field inode_fields[] = {
	{ 0x00, 2 }, { 0x04, 4 }, { 0x04, 4 }, { 0x10, 4 }, { 0x14, 4 }, { 0x1A, 2 },
	{ 0x1A, 2 }, { 0x1C, 4 }, { 0x20, 4 }, { 0x20, 2 }, { 0x22, 2 }, { 0x28, 2 },
	{ 0x2A, 2 }, { 0x2C, 2 }, { 0x2E, 2 }, { 0x34, 4 }, { 0x38, 2 }, { 0x3A, 2 },
	{ 0x3C, 4 }, { 0x40, 4 }, { 0x44, 2 }, { 0x48, 4 }, { 0x58, 4 }, { 0x5C, 4 },
	{ 0x60, 4 }, { 0x64, 4 }, { 0x68, 4 }, { 0x6C, 4 }, { 0x76, 2 }, { 0x80, 2 },
	{ 0x88, 4 }, { 0x9C, 4 }, { 0xA0, 4 }, { 0xA4, 1 }, { 0xA6, 2 }, { 0xA8, 4 },
	{ 0xAC, 4 },
};

static const struct field extent_fields[] = {
	{ 0, 2 }, { 2, 2 }, { 4, 2 }, { 6, 2 }, { 12, 4 }, { 16, 2 }, { 16, 4 }, { 18, 2 },
	{ 20, 4 }, { 24, 4 }, { 28, 2 }, { 30, 2 }, { 32, 4 }, { 36, 4 }, { 40, 2 }, { 44, 4 },
};

static const struct field xattr_fields[] = {
	{ 0, 4 }, { 4, 4 }, { 8, 4 }, { 12, 4 }, { 32, 1 }, { 33, 1 }, { 34, 2 }, { 36, 4 },
	{ 40, 4 }, { 48, 4 },
};

/* fs/ext4/ext4.h, struct ext4_dir_entry_2. */
static const struct field dirent_fields[] = {
	{ 0, 4 }, { 0, 4 }, { 4, 2 }, { 6, 1 }, { 7, 1 }, { 8, 1 }, { 8, 4 },
};

#define PICK(mutation, array) \
	(&(array)[pick(mutation, sizeof(array) / sizeof((array)[0]))])

static uint64_t next(struct mutation *mutation)
{
	mutation->state ^= mutation->state << 13;
	mutation->state ^= mutation->state >> 7;
	mutation->state ^= mutation->state << 17;
	return mutation->state;
}

/* Below a limit, which is at least 1. */
static uint32_t pick(struct mutation *mutation, size_t limit)
{
	return (uint32_t)((next(mutation) >> 16) % limit);
}

static const struct fuzz_place *pick_place(struct mutation *mutation)
{
	return &mutation->places->items[pick(mutation, mutation->places->nr)];
}

/* Of the same kind as another. */
static const struct fuzz_place *pick_like(struct mutation *mutation,
					  const struct fuzz_place *place)
{
	for (int i = 0; i < 50; i++) {
		const struct fuzz_place *other = pick_place(mutation);

		if (other->kind == place->kind && other != place)
			return other;
	}
	return place;
}

/* What stands there, with the patches for the new view that are there already. */
static void read_bytes(const struct mutation *mutation, size_t offset, uint8_t *bytes,
		       size_t nr_bytes)
{
	memset(bytes, 0, nr_bytes);
	for (size_t i = 0; i < nr_bytes && offset + i < mutation->base->nr_bytes; i++)
		bytes[i] = mutation->base->bytes[offset + i];
	for (size_t i = 0; i < mutation->patches->nr; i++) {
		const struct fuzz_patch *patch = &mutation->patches->items[i];

		for (size_t j = 0; patch->views != FUZZ_PATCH_OLD && j < patch->nr_bytes; j++)
			if (patch->offset_bytes + j - offset < nr_bytes)
				bytes[patch->offset_bytes + j - offset] = patch->bytes[j];
	}
}

/* ---- one field ------------------------------------------------------------------ */

/* Where a name begins in a block of them, if they can be followed so far. */
static size_t pick_dirent(struct mutation *mutation, const struct fuzz_place *place)
{
	uint32_t nr_steps = pick(mutation, 12);
	size_t at = 0;

	while (nr_steps-- > 0) {
		size_t length = lscow_load_le16(mutation->base->bytes + place->offset_bytes +
						at + 4);

		if (length < 8 || at + length + 8 >= place->nr_bytes)
			break;
		at += length;
	}
	return at;
}

static struct field pick_field(struct mutation *mutation, const struct fuzz_place *place)
{
	struct field field;

	switch (pick(mutation, 8) == 0 ? FUZZ_PLACE_DATA : place->kind) {
	case FUZZ_PLACE_INODE:
		return *PICK(mutation, inode_fields);
	case FUZZ_PLACE_EXTENTS:
		return *PICK(mutation, extent_fields);
	case FUZZ_PLACE_XATTRS:
		return *PICK(mutation, xattr_fields);
	case FUZZ_PLACE_DIRECTORY:
		field = *PICK(mutation, dirent_fields);
		field.offset_bytes += (uint16_t)pick_dirent(mutation, place);
		return field;
	case FUZZ_PLACE_SUPER:
	case FUZZ_PLACE_DESCRIPTOR:
	case FUZZ_PLACE_BITMAP:
	case FUZZ_PLACE_DATA:
		break;
	}
	field.nr_bytes = (uint8_t)(1u << pick(mutation, 4));
	field.offset_bytes = (uint16_t)(pick(mutation, place->nr_bytes / field.nr_bytes) *
					field.nr_bytes);
	return field;
}

static uint64_t pick_value(struct mutation *mutation, uint64_t value)
{
	static const uint64_t special[] = { 0, 1, 2, 4, 8, 11, 12, 60, 255, 256, 1024, 4096,
					    0x7FFF, 0x8000, 0x8001, 0xFFFF, 0x7FFFFFFF,
					    0x80000000, 0xFFFFFFFF, UINT64_MAX };

	switch (pick(mutation, 7)) {
	case 0:
		return *PICK(mutation, special);
	case 1:
		return value + pick(mutation, 17) - 8;
	case 2:
		return value ^ UINT64_C(1) << pick(mutation, 32);
	case 3: /* a number of a block */
		return pick_place(mutation)->offset_bytes / mutation->base->block_bytes;
	case 4: /* a number of an inode */
		return pick(mutation, 33);
	case 5:
		return pick(mutation, mutation->base->nr_bytes / mutation->base->block_bytes);
	default:
		return next(mutation);
	}
}

static enum fuzz_patch_views pick_views(struct mutation *mutation)
{
	static const enum fuzz_patch_views views[] = {
		FUZZ_PATCH_NEW, FUZZ_PATCH_NEW, FUZZ_PATCH_NEW, FUZZ_PATCH_BOTH, FUZZ_PATCH_OLD,
	};

	return *PICK(mutation, views);
}

static void change_field(struct mutation *mutation)
{
	const struct fuzz_place *place = pick_place(mutation);
	struct field field = pick_field(mutation, place);
	size_t offset = place->offset_bytes + field.offset_bytes;
	uint8_t bytes[8];

	read_bytes(mutation, offset, bytes, sizeof(bytes));
	store_put_le64(bytes, pick_value(mutation, lscow_load_le64(bytes)));
	fuzz_patches_add(mutation->patches, pick_views(mutation), (uint32_t)offset, bytes,
			 field.nr_bytes);
}

/* ---- more than a field ------------------------------------------------------------ */

/* An inode like another, a block that begins like another. */
static void copy_place(struct mutation *mutation)
{
	const struct fuzz_place *to = pick_place(mutation);
	const struct fuzz_place *from = pick(mutation, 8) == 0 ? pick_place(mutation)
							       : pick_like(mutation, to);
	uint8_t bytes[FUZZ_MOST_PATCH_BYTES];
	size_t nr_bytes = from->nr_bytes < to->nr_bytes ? from->nr_bytes : to->nr_bytes;

	if (nr_bytes > sizeof(bytes))
		nr_bytes = sizeof(bytes);
	read_bytes(mutation, from->offset_bytes, bytes, nr_bytes);
	fuzz_patches_add(mutation->patches, pick_views(mutation), to->offset_bytes, bytes,
			 nr_bytes);
}

static void drop_patch(struct mutation *mutation)
{
	struct fuzz_patches *patches = mutation->patches;
	size_t which;

	if (patches->nr == 0)
		return;
	which = pick(mutation, patches->nr);
	patches->nr--;
	memmove(&patches->items[which], &patches->items[which + 1],
		(patches->nr - which) * sizeof(patches->items[0]));
}

static void change_patch(struct mutation *mutation)
{
	struct fuzz_patch *patch;

	if (mutation->patches->nr == 0)
		return;
	patch = &mutation->patches->items[pick(mutation, mutation->patches->nr)];
	switch (pick(mutation, 4)) {
	case 0:
		patch->views = pick_views(mutation);
		break;
	case 1:
		patch->offset_bytes = pick_place(mutation)->offset_bytes;
		break;
	default:
		patch->bytes[pick(mutation, patch->nr_bytes)] =
			(uint8_t)pick_value(mutation, patch->bytes[0]);
		break;
	}
}

static void change(struct mutation *mutation)
{
	switch (pick(mutation, 10)) {
	case 0:
	case 1:
		drop_patch(mutation);
		break;
	case 2:
		change_patch(mutation);
		break;
	case 3:
		copy_place(mutation);
		break;
	default:
		change_field(mutation);
		break;
	}
}

void fuzz_mutate(struct fuzz_patches *patches, unsigned int seed)
{
	struct mutation mutation = {
		.patches = patches,
		.state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1,
	};
	uint32_t nr_changes;

	patches->base %= FUZZ_NR_BASES;
	if (pick(&mutation, 50) == 0)
		patches->base = (uint8_t)pick(&mutation, FUZZ_NR_BASES);
	patches->keeps_checksums = pick(&mutation, 100) == 0;
	/* One at a time takes less time; which one does not depend on the others. */
	patches->question = (uint8_t)(1 + pick(&mutation, FUZZ_NR_QUESTIONS - 1));
	mutation.base = fuzz_base_get(patches->base);
	mutation.places = fuzz_places_get(patches->base);
	nr_changes = 1 + pick(&mutation, MOST_CHANGES);
	while (nr_changes-- > 0)
		change(&mutation);
}
