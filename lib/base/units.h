/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Named, overflow-checked conversions between sectors, chunks, blocks and bytes. */

#ifndef LSCOW_BASE_UNITS_H
#define LSCOW_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LSCOW_SECTOR_BYTES 512u

static inline bool lscow_add_u64(uint64_t a, uint64_t b, uint64_t *sum)
{
	return !__builtin_add_overflow(a, b, sum);
}

static inline bool lscow_multiply_u64(uint64_t a, uint64_t b, uint64_t *product)
{
	return !__builtin_mul_overflow(a, b, product);
}

/* count units of unit_bytes each, in bytes; false where that is above 2^64. */
static inline bool lscow_units_to_bytes(uint64_t count, uint64_t unit_bytes,
					uint64_t *bytes)
{
	return lscow_multiply_u64(count, unit_bytes, bytes);
}

/* How many units of unit_bytes (not 0) it takes to hold this many bytes. */
static inline uint64_t lscow_bytes_to_units_up(uint64_t bytes, uint64_t unit_bytes)
{
	return bytes / unit_bytes + (bytes % unit_bytes != 0);
}

static inline bool lscow_is_power_of_two(uint64_t value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

static inline uint64_t lscow_min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t lscow_max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
