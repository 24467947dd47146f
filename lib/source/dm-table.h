/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The lines of the device-mapper that tell of snapshots: tables and status. */

#ifndef LSCOW_SOURCE_DM_TABLE_H
#define LSCOW_SOURCE_DM_TABLE_H

#include <sys/types.h>

#include "base/error.h"

/* What a device is. */
enum lscow_dm_kind {
	LSCOW_DM_OTHER,
	LSCOW_DM_SNAPSHOT,
	LSCOW_DM_MERGE,  /* snapshot-merge: the origin while it takes a snapshot back */
	LSCOW_DM_ORIGIN, /* snapshot-origin */
	LSCOW_DM_THIN,
	LSCOW_DM_POOL,   /* thin-pool */
};

/* What the one line of a table says; devices that it does not name are 0. */
struct lscow_dm_table {
	enum lscow_dm_kind kind;
	uint64_t size_bytes;
	dev_t origin;
	dev_t store;
	bool is_persistent;   /* the store has its table on disk */
	dev_t pool;
	uint32_t thin_id;
	dev_t external_origin; /* of a thin volume */
	uint64_t chunk_bytes;  /* of a snapshot or a pool, as the table has it */
};

/* What a status line says. */
struct lscow_dm_status {
	enum lscow_snapshot_state state;
	bool has_usage;
	uint64_t used_bytes;  /* of the store; mapped, of a thin volume */
	uint64_t total_bytes; /* of the store; not set for a thin volume */
};

/*
 * Decodes the parameters of a table line of length_sectors. A type that is
 * none of lscow_dm_kind is LSCOW_DM_OTHER. False where the parameters are not
 * those of the type (Documentation/admin-guide/device-mapper/snapshot.rst,
 * thin-provisioning.rst).
 */
bool lscow_dm_table_decode(const char *type, const char *params, uint64_t length_sectors,
			   struct lscow_dm_table *table);
/* The same for a status line; what is not understood is LSCOW_STATE_UNKNOWN. */
void lscow_dm_status_decode(enum lscow_dm_kind kind, const char *params,
			    struct lscow_dm_status *status);

#endif
