/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* From numbers of blocks, bytes or sectors to blocks of the filesystem. */

#include "owner/numbers.h"

#include <inttypes.h>

#include "base/units.h"

/* The filesystem as a stretch of numbers. */
struct number_scale {
	uint64_t start_number; /* of its first byte */
	uint64_t end_number;
	uint64_t per_block;
	uint32_t unit_bytes;
};

/* That the filesystem fits its device was checked: nothing overflows. */
static struct number_scale scale_of(enum lscow_unit unit, const struct lscow_superblock *sb,
				    uint64_t offset_bytes)
{
	struct number_scale scale = { .unit_bytes = sb->block_bytes };

	if (unit != LSCOW_UNIT_BLOCKS) {
		scale.unit_bytes = unit == LSCOW_UNIT_BYTES ? 1 : LSCOW_SECTOR_BYTES;
		scale.start_number = offset_bytes / scale.unit_bytes;
	}
	scale.per_block = sb->block_bytes / scale.unit_bytes;
	scale.end_number = scale.start_number + sb->nr_blocks * scale.per_block;
	return scale;
}

static int push_row(struct lscow_vector *rows, const struct lscow_owned_block *row,
		    struct lscow_error *err)
{
	if (rows->nr >= LSCOW_OWNER_MOST_BLOCKS)
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "more than %" PRIu32 " blocks are asked for at once, "
				       "expected fewer", LSCOW_OWNER_MOST_BLOCKS);
	return lscow_vector_push(rows, row, err);
}

static int push_outside(struct lscow_vector *rows, uint64_t number, struct lscow_error *err)
{
	struct lscow_owned_block row = { .number = number, .class = LSCOW_BLOCK_OUTSIDE };

	return push_row(rows, &row, err);
}

static int push_inside(struct lscow_vector *rows, const struct number_scale *scale,
		       uint64_t number, struct lscow_error *err)
{
	uint64_t distance = number - scale->start_number;
	struct lscow_owned_block row = {
		.number = number,
		.block = distance / scale->per_block,
		.offset_in_block_bytes =
			(uint32_t)(distance % scale->per_block) * scale->unit_bytes,
	};

	return push_row(rows, &row, err);
}

static int push_range(struct lscow_vector *rows, const struct number_scale *scale,
		      const struct lscow_numbers *numbers, struct lscow_error *err)
{
	uint64_t at = lscow_max_u64(numbers->first, scale->start_number);
	int rc = 0;

	if (numbers->first > numbers->last)
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "numbers %" PRIu64 " to %" PRIu64 ", expected the lesser "
				       "one first", numbers->first, numbers->last);
	if (numbers->first < scale->start_number)
		rc = push_outside(rows, numbers->first, err);
	while (rc == 0 && at <= numbers->last && at < scale->end_number) {
		rc = push_inside(rows, scale, at, err);
		at += scale->per_block - (at - scale->start_number) % scale->per_block;
	}
	if (rc == 0 && numbers->last >= scale->end_number)
		rc = push_outside(rows, lscow_max_u64(numbers->first, scale->end_number), err);
	return rc;
}

int lscow_numbers_to_rows(const struct lscow_owner_options *options,
			  const struct lscow_superblock *sb, uint64_t offset_bytes,
			  struct lscow_vector *rows, struct lscow_error *err)
{
	struct number_scale scale = scale_of(options->unit, sb, offset_bytes);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < options->nr_numbers; i++)
		rc = push_range(rows, &scale, &options->numbers[i], err);
	return rc;
}
