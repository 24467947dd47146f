/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The header of an exception store (drivers/md/dm-snap-persistent.c). */

#include "source/store.h"

#include <inttypes.h>
#include <limits.h>

#include "base/bytes.h"
#include "base/units.h"

/* struct disk_header: u32 magic, valid, version, chunk size in sectors. */
#define STORE_MAGIC 0x70416e53u /* "SnAp" */
#define STORE_VERSION 1u

static int header_check_magic(uint32_t magic, const char *name, struct lscow_error *err)
{
	if (magic == STORE_MAGIC)
		return 0;
	if (magic == 0)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: blank exception store: magic 0x%08x at byte 0, "
				       "expected 0x%08x; no change was ever recorded in it",
				       name, magic, STORE_MAGIC);
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: not an exception store: magic 0x%08x at byte 0, "
			       "expected 0x%08x", name, magic, STORE_MAGIC);
}

static int header_check_state(const struct lscow_store_info *info, const char *name,
			      struct lscow_error *err)
{
	if (info->version != STORE_VERSION)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: exception store header: version %u, expected %u",
				       name, info->version, STORE_VERSION);
	if (!info->valid)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: exception store header: valid 0, expected 1: the "
				       "store was invalidated, and changes after that are not "
				       "recorded", name);
	return 0;
}

/* dm_exception_store_set_chunk_size() of drivers/md/dm-exception-store.c. */
static int header_check_chunk(const struct lscow_store_info *info, const char *name,
			      struct lscow_error *err)
{
	uint64_t sectors = info->chunk_bytes / LSCOW_SECTOR_BYTES;

	if (!lscow_is_power_of_two(sectors))
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: exception store header: chunk size of %" PRIu64
				       " sectors, expected a power of two", name, sectors);
	if (info->chunk_bytes > INT_MAX)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: exception store header: chunk size of %" PRIu64
				       " bytes, expected at most %d", name,
				       info->chunk_bytes, INT_MAX);
	if (info->chunk_bytes > info->store_bytes)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: exception store header: chunk size of %" PRIu64
				       " bytes, larger than the store's %" PRIu64 " bytes",
				       name, info->chunk_bytes, info->store_bytes);
	return 0;
}

int lscow_store_header_decode(const uint8_t *bytes, uint64_t store_bytes,
			      const char *name, struct lscow_store_info *info,
			      struct lscow_error *err)
{
	const struct lscow_store_info decoded = {
		.valid = lscow_load_le32(bytes + 4) != 0,
		.version = lscow_load_le32(bytes + 8),
		.chunk_bytes = (uint64_t)lscow_load_le32(bytes + 12) * LSCOW_SECTOR_BYTES,
		.store_bytes = store_bytes,
	};
	int ret = header_check_magic(lscow_load_le32(bytes), name, err);

	if (!ret)
		ret = header_check_state(&decoded, name, err);
	if (!ret)
		ret = header_check_chunk(&decoded, name, err);
	if (!ret)
		*info = decoded;
	return ret;
}
