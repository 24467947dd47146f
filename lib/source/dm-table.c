/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The lines of the device-mapper that tell of snapshots: tables and status. */

#include "source/dm-table.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "base/decimal.h"

/* Fields have one or more spaces in between. */
static bool take_end_of_field(const char **at)
{
	if (**at != ' ' && **at != '\0')
		return false;
	*at += strspn(*at, " ");
	return true;
}

static bool take_number_field(const char **at, uint64_t *number)
{
	return lscow_take_decimal(at, number) && take_end_of_field(at);
}

/* MAJOR:MINOR, as the kernel writes devices. */
static bool take_device(const char **at, dev_t *device)
{
	uint64_t major_number;
	uint64_t minor_number;

	if (!lscow_take_decimal(at, &major_number) || *(*at)++ != ':' ||
	    !lscow_take_decimal(at, &minor_number) || !take_end_of_field(at) ||
	    major_number > UINT32_MAX || minor_number > UINT32_MAX)
		return false;
	*device = makedev((unsigned int)major_number, (unsigned int)minor_number);
	return true;
}

static bool take_sectors(const char **at, uint64_t *bytes)
{
	uint64_t sectors;

	return take_number_field(at, &sectors) &&
	       lscow_units_to_bytes(sectors, LSCOW_SECTOR_BYTES, bytes);
}

/* P and PO have their table on disk, N has not. */
static bool take_persistence(const char **at, bool *is_persistent)
{
	*is_persistent = **at == 'P';
	if (**at != 'P' && **at != 'N')
		return false;
	*at += strncmp(*at, "PO", 2) == 0 ? 2 : 1;
	return take_end_of_field(at);
}

/* ORIGIN COW P|PO|N CHUNK [features] */
static bool decode_snapshot(const char *at, struct lscow_dm_table *table)
{
	return take_device(&at, &table->origin) && take_device(&at, &table->store) &&
	       take_persistence(&at, &table->is_persistent) &&
	       take_sectors(&at, &table->chunk_bytes);
}

/* ORIGIN */
static bool decode_origin(const char *at, struct lscow_dm_table *table)
{
	return take_device(&at, &table->origin);
}

/* POOL DEVID [EXTERNAL-ORIGIN] */
static bool decode_thin(const char *at, struct lscow_dm_table *table)
{
	uint64_t id;

	if (!take_device(&at, &table->pool) || !take_number_field(&at, &id) ||
	    id > UINT32_MAX)
		return false;
	table->thin_id = (uint32_t)id;
	return *at == '\0' || take_device(&at, &table->external_origin);
}

/* METADATA DATA BLOCK LOW-WATER [features] */
static bool decode_pool(const char *at, struct lscow_dm_table *table)
{
	dev_t unwanted;

	return take_device(&at, &unwanted) && take_device(&at, &unwanted) &&
	       take_sectors(&at, &table->chunk_bytes);
}

static const struct target_type {
	const char *name;
	enum lscow_dm_kind kind;
	bool (*decode)(const char *params, struct lscow_dm_table *table);
} types[] = {
	{ "snapshot", LSCOW_DM_SNAPSHOT, decode_snapshot },
	{ "snapshot-merge", LSCOW_DM_MERGE, decode_snapshot },
	{ "snapshot-origin", LSCOW_DM_ORIGIN, decode_origin },
	{ "thin", LSCOW_DM_THIN, decode_thin },
	{ "thin-pool", LSCOW_DM_POOL, decode_pool },
};

bool lscow_dm_table_decode(const char *type, const char *params, uint64_t length_sectors,
			   struct lscow_dm_table *table)
{
	struct lscow_dm_table decoded = { .kind = LSCOW_DM_OTHER };
	bool understood = lscow_units_to_bytes(length_sectors, LSCOW_SECTOR_BYTES,
					       &decoded.size_bytes);

	for (size_t i = 0; understood && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i].name) != 0)
			continue;
		decoded.kind = types[i].kind;
		understood = types[i].decode(params, &decoded);
	}
	if (understood)
		*table = decoded;
	return understood;
}

/* ALLOCATED/TOTAL METADATA in sectors, or words: snapshot_status() in dm-snap.c. */
static void decode_snapshot_status(const char *at, struct lscow_dm_status *status)
{
	static const struct {
		const char *word;
		enum lscow_snapshot_state state;
	} words[] = {
		{ "Invalid", LSCOW_STATE_INVALID },
		{ "Overflow", LSCOW_STATE_OVERFLOW },
		{ "Merge failed", LSCOW_STATE_MERGE_FAILED },
	};
	uint64_t used_sectors;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(at, words[i].word, strlen(words[i].word)) == 0)
			status->state = words[i].state;
	if (!lscow_take_decimal(&at, &used_sectors) || *at++ != '/' ||
	    !lscow_units_to_bytes(used_sectors, LSCOW_SECTOR_BYTES, &status->used_bytes) ||
	    !take_sectors(&at, &status->total_bytes))
		return;
	status->state = LSCOW_STATE_LIVE;
	status->has_usage = true;
}

/* MAPPED HIGHEST in sectors (highest "-" where nothing is mapped), Fail or Error. */
static void decode_thin_status(const char *at, struct lscow_dm_status *status)
{
	if (strncmp(at, "Fail", 4) == 0 || strncmp(at, "Error", 5) == 0)
		status->state = LSCOW_STATE_INVALID;
	if (!take_sectors(&at, &status->used_bytes))
		return;
	status->state = LSCOW_STATE_LIVE;
	status->has_usage = true;
}

void lscow_dm_status_decode(enum lscow_dm_kind kind, const char *params,
			    struct lscow_dm_status *status)
{
	*status = (struct lscow_dm_status){ .state = LSCOW_STATE_UNKNOWN };
	if (kind == LSCOW_DM_SNAPSHOT || kind == LSCOW_DM_MERGE)
		decode_snapshot_status(params, status);
	else if (kind == LSCOW_DM_THIN)
		decode_thin_status(params, status);
}
