/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The snapshots of a running machine that are to be compared. */

#ifndef LSCOW_SOURCE_LIVE_H
#define LSCOW_SOURCE_LIVE_H

#include "source/machine.h"
#include "source/thin.h"

/* One of the two views. */
struct lscow_live_view {
	struct lscow_dm_node node;
	char path[LSCOW_DEVICE_PATH_BYTES];
	uint64_t nr_writes; /* when it was found */
};

struct lscow_live_store {
	dev_t dev;
	char path[LSCOW_DEVICE_PATH_BYTES];
};

/* What there is to compare, and where it tells what changed. */
struct lscow_live {
	struct lscow_live_view old_view; /* SNAPSHOT */
	struct lscow_live_view new_view; /* NEWER, or the origin */
	bool is_pair; /* NEWER was given */
	bool is_thin;

	/*
	 * Thick: the store of SNAPSHOT, and that of NEWER if it is a snapshot. A
	 * chunk that changed between the two is in the store of the older one;
	 * which that is nobody tells, so the exceptions of both count.
	 */
	struct lscow_live_store stores[2];
	size_t nr_stores;

	struct lscow_dm_node pool; /* thin */
};

/*
 * Finds SNAPSHOT and NEWER (NULL for the origin) and refuses what cannot be
 * compared. LSCOW_E_USAGE where a name is that of no device or both are the
 * same, LSCOW_E_UNKNOWABLE where they are of a wrong kind, not live or in use.
 */
int lscow_live_find(const char *snapshot, const char *newer, struct lscow_live *live,
		    struct lscow_error *err);
/* What thin_delta is to be asked, where they are thin. Borrowed from live. */
struct lscow_thin_pair lscow_live_get_thin_pair(const struct lscow_live *live);
/* LSCOW_E_UNKNOWABLE where anything of it changed since. The views are open still. */
int lscow_live_recheck(const struct lscow_live *live, struct lscow_error *err);

#endif
