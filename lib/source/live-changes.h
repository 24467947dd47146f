/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What changed between two views of a running machine. */

#ifndef LSCOW_SOURCE_LIVE_CHANGES_H
#define LSCOW_SOURCE_LIVE_CHANGES_H

#include "base/warnings.h"
#include "source/feed.h"
#include "source/live.h"

/* Where it is told; start from zeros, and close in every case. */
struct lscow_live_changes {
	struct lscow_device *stores[2]; /* thick: as in struct lscow_live */
	struct lscow_feed thin;         /* thin: what thin_delta told */
};

/*
 * Opens the exception stores, or asks thin_delta, once both views are open: whatever
 * changes between them is recorded by then. Of the stores nothing is read yet.
 */
int lscow_live_open_changes(const struct lscow_live *live, struct lscow_warnings *warnings,
			    struct lscow_live_changes *changes, struct lscow_error *err);
/*
 * Reads them, once. view, borrowed for this call, is either of the views. *feed is
 * set only on success; free it with lscow_feed_free().
 */
int lscow_live_load_changes(const struct lscow_live *live,
			    struct lscow_live_changes *changes,
			    const struct lscow_device *view, struct lscow_warnings *warnings,
			    struct lscow_feed *feed, struct lscow_error *err);
void lscow_live_close_changes(struct lscow_live_changes *changes);

/*
 * Whether every unit of unit_bytes, a power of two, that a touches is touched by
 * b too. Both are normalised.
 */
int lscow_ranges_compare_units(const struct lscow_ranges *a, const struct lscow_ranges *b,
			       uint64_t unit_bytes, bool *is_within,
			       struct lscow_error *err);

#endif
