/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What changed between two views of a running machine. */

#include "source/live-changes.h"

#include "base/units.h"
#include "source/store.h"
#include "source/thin.h"

/* Reads the exceptions of one store and nothing else of it. */
static int load_store(struct lscow_device *device, const struct lscow_device *view,
		      struct lscow_feed *feed, struct lscow_error *err)
{
	struct lscow_store store;
	int ret = lscow_store_load(device, &store, err);

	if (!ret) {
		ret = lscow_store_check_origin(&store, device, view, err);
		if (!ret)
			ret = lscow_store_list_ranges(&store, &feed->ranges, err);
		feed->has_store_info = true;
		feed->store_info = store.info;
		feed->chunk_bytes = store.info.chunk_bytes;
		lscow_store_free(&store);
	}
	lscow_ranges_normalise(&feed->ranges);
	return ret ? lscow_error_prefix(err, "store") : 0;
}

/* Stretches every range to whole units. */
static int widen(const struct lscow_ranges *ranges, uint64_t unit_bytes,
		 struct lscow_ranges *wide, struct lscow_error *err)
{
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(ranges, &nr);
	int ret = 0;

	for (size_t i = 0; i < nr && !ret; i++) {
		uint64_t start_bytes = items[i].offset_bytes & ~(unit_bytes - 1);
		uint64_t length_bytes = items[i].offset_bytes + items[i].length_bytes -
					start_bytes;
		uint64_t nr_units = lscow_bytes_to_units_up(length_bytes, unit_bytes);

		ret = lscow_ranges_add(wide, start_bytes, nr_units * unit_bytes, err);
	}
	lscow_ranges_normalise(wide);
	return ret;
}

/* Ranges are merged: one of a's lies within one of b's or not at all within b. */
static bool lies_within(const struct lscow_ranges *a, const struct lscow_ranges *b)
{
	size_t nr_inner, nr_outer, at = 0;
	const struct lscow_range *inner = lscow_ranges_get(a, &nr_inner);
	const struct lscow_range *outer = lscow_ranges_get(b, &nr_outer);

	for (size_t i = 0; i < nr_inner; i++) {
		uint64_t end_bytes = inner[i].offset_bytes + inner[i].length_bytes;

		while (at < nr_outer &&
		       outer[at].offset_bytes + outer[at].length_bytes < end_bytes)
			at++;
		if (at == nr_outer || outer[at].offset_bytes > inner[i].offset_bytes)
			return false;
	}
	return true;
}

int lscow_ranges_compare_units(const struct lscow_ranges *a, const struct lscow_ranges *b,
			       uint64_t unit_bytes, bool *is_within,
			       struct lscow_error *err)
{
	struct lscow_ranges wide_a = LSCOW_RANGES;
	struct lscow_ranges wide_b = LSCOW_RANGES;
	int ret = widen(a, unit_bytes, &wide_a, err);

	if (!ret)
		ret = widen(b, unit_bytes, &wide_b, err);
	if (!ret)
		*is_within = lies_within(&wide_a, &wide_b);
	lscow_ranges_free(&wide_a);
	lscow_ranges_free(&wide_b);
	return ret;
}

/*
 * A chunk that was overwritten when both snapshots were there is in both stores,
 * one that was overwritten before is in the older one's alone: the exceptions of
 * the newer one are among those of the older one, unless it was written to.
 */
static int check_order(const struct lscow_live *live, const struct lscow_feed *old_feed,
		       const struct lscow_feed *new_feed, struct lscow_warnings *warnings,
		       struct lscow_error *err)
{
	const char *old_name = live->old_view.node.shown;
	const char *new_name = live->new_view.node.shown;
	uint64_t unit_bytes = lscow_max_u64(old_feed->chunk_bytes, new_feed->chunk_bytes);
	bool is_usual = false, is_swapped = false;
	int ret = lscow_ranges_compare_units(&new_feed->ranges, &old_feed->ranges,
					     unit_bytes, &is_usual, err);

	if (!ret)
		ret = lscow_ranges_compare_units(&old_feed->ranges, &new_feed->ranges,
						 unit_bytes, &is_swapped, err);
	if (ret || is_usual)
		return ret;
	if (is_swapped)
		lscow_warnings_add(warnings, "%s looks newer than %s: the changes are those "
				   "that lead back, from the first to the second", old_name,
				   new_name);
	else
		lscow_warnings_add(warnings, "%s or %s was written to after it was taken, and "
				   "is compared as it is now", old_name, new_name);
	return 0;
}

/* Adds the ranges of the second store to those of the first. */
static int merge(struct lscow_feed *feed, const struct lscow_feed *other,
		 struct lscow_error *err)
{
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(&other->ranges, &nr);
	int ret = 0;

	for (size_t i = 0; i < nr && !ret; i++)
		ret = lscow_ranges_add(&feed->ranges, items[i].offset_bytes,
				       items[i].length_bytes, err);
	feed->chunk_bytes = lscow_min_u64(feed->chunk_bytes, other->chunk_bytes);
	lscow_ranges_normalise(&feed->ranges);
	return ret;
}

/*
 * The store of NEWER is read first: a write to the origin in between is then in
 * that of SNAPSHOT alone, as one before NEWER would be.
 */
static int load_stores(const struct lscow_live *live,
		       const struct lscow_live_changes *changes,
		       const struct lscow_device *view, struct lscow_warnings *warnings,
		       struct lscow_feed *feed, struct lscow_error *err)
{
	struct lscow_feed newer = { .ranges = LSCOW_RANGES };
	int ret = 0;

	if (live->nr_stores == 2)
		ret = load_store(changes->stores[1], view, &newer, err);
	if (!ret)
		ret = load_store(changes->stores[0], view, feed, err);
	if (!ret && live->nr_stores == 2)
		ret = check_order(live, feed, &newer, warnings, err);
	if (!ret && live->nr_stores == 2)
		ret = merge(feed, &newer, err);
	lscow_feed_free(&newer);
	return ret;
}

static int open_stores(const struct lscow_live *live, struct lscow_live_changes *changes,
		       struct lscow_error *err)
{
	int ret = 0;

	for (size_t i = 0; i < live->nr_stores && !ret; i++)
		ret = lscow_file_device_open(live->stores[i].path, true, &changes->stores[i],
					     err);
	return ret ? lscow_error_prefix(err, "store") : 0;
}

int lscow_live_open_changes(const struct lscow_live *live, struct lscow_warnings *warnings,
			    struct lscow_live_changes *changes, struct lscow_error *err)
{
	struct lscow_thin_pair pair = lscow_live_get_thin_pair(live);

	changes->thin.ranges = LSCOW_RANGES;
	if (!live->is_thin)
		return open_stores(live, changes, err);
	pair.warnings = warnings;
	return lscow_thin_list_changes(&pair, &changes->thin.ranges,
				       &changes->thin.chunk_bytes, err);
}

int lscow_live_load_changes(const struct lscow_live *live,
			    struct lscow_live_changes *changes,
			    const struct lscow_device *view, struct lscow_warnings *warnings,
			    struct lscow_feed *feed, struct lscow_error *err)
{
	struct lscow_feed loaded = changes->thin;
	int ret = 0;

	changes->thin = (struct lscow_feed){ .ranges = LSCOW_RANGES };
	if (!live->is_thin)
		ret = load_stores(live, changes, view, warnings, &loaded, err);
	if (ret)
		lscow_feed_free(&loaded);
	else
		*feed = loaded;
	return ret;
}

void lscow_live_close_changes(struct lscow_live_changes *changes)
{
	lscow_device_close(changes->stores[0]);
	lscow_device_close(changes->stores[1]);
	lscow_feed_free(&changes->thin);
	*changes = (struct lscow_live_changes){ .stores = { NULL } };
}
