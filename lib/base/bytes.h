/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* On-disk integers, decoded from bytes whose length the caller has checked. */

#ifndef LSCOW_BASE_BYTES_H
#define LSCOW_BASE_BYTES_H

#include <stdint.h>

static inline uint16_t lscow_load_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | (uint16_t)p[1] << 8);
}

static inline uint32_t lscow_load_le32(const uint8_t *p)
{
	return (uint32_t)lscow_load_le16(p) | (uint32_t)lscow_load_le16(p + 2) << 16;
}

static inline uint64_t lscow_load_le64(const uint8_t *p)
{
	return (uint64_t)lscow_load_le32(p) | (uint64_t)lscow_load_le32(p + 4) << 32;
}

/* A 64-bit number kept as two fields that need not be neighbours. */
static inline uint64_t lscow_join_le32(const uint8_t *low, const uint8_t *high)
{
	return (uint64_t)lscow_load_le32(low) | (uint64_t)lscow_load_le32(high) << 32;
}

static inline uint16_t lscow_load_be16(const uint8_t *p)
{
	return (uint16_t)((uint16_t)p[0] << 8 | p[1]);
}

static inline uint32_t lscow_load_be32(const uint8_t *p)
{
	return (uint32_t)lscow_load_be16(p) << 16 | (uint32_t)lscow_load_be16(p + 2);
}

static inline uint64_t lscow_load_be64(const uint8_t *p)
{
	return (uint64_t)lscow_load_be32(p) << 32 | (uint64_t)lscow_load_be32(p + 4);
}

#endif
