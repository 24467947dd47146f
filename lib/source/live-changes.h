/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What changed between two views of a running machine. */

#ifndef LSCOW_SOURCE_LIVE_CHANGES_H
#define LSCOW_SOURCE_LIVE_CHANGES_H

#include "base/warnings.h"
#include "source/feed.h"
#include "source/live.h"

/*
 * Asks the exception stores, or thin_delta, once both views are open: whatever
 * changes between them is recorded by then. view, borrowed for this call, is
 * either of them. *feed is set only on success; free it with lscow_feed_free().
 */
int lscow_live_load_changes(const struct lscow_live *live, const struct lscow_device *view,
			    struct lscow_warnings *warnings, struct lscow_feed *feed,
			    struct lscow_error *err);

/*
 * Whether every unit of unit_bytes, a power of two, that a touches is touched by
 * b too. Both are normalised.
 */
int lscow_ranges_compare_units(const struct lscow_ranges *a, const struct lscow_ranges *b,
			       uint64_t unit_bytes, bool *is_within,
			       struct lscow_error *err);

#endif
