/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* An opened input: the devices, the changed ranges and the two views. */

#include "source/input.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/units.h"
#include "sandbox/sandbox.h"
#include "source/compare.h"
#include "source/feed.h"
#include "source/input-spec.h"
#include "source/live-changes.h"
#include "source/open.h"
#include "source/place.h"
#include "source/store.h"

struct lscow_input {
	/* The strings are there until lscow_input_load() is done. */
	struct lscow_input_spec spec;
	struct lscow_input_plan plan;

	/* What waits for lscow_input_load(). */
	struct lscow_place_search *search;
	struct lscow_feed_file *feed_file;
	struct lscow_live_changes changes;

	uint64_t offset_bytes;
	uint64_t chunk_bytes; /* granularity of the ranges, or 0 */
	struct lscow_ranges ranges;
	bool has_store_info;
	struct lscow_store_info store_info;

	/* Whole devices; NULL where the form has none. */
	struct lscow_device *store_device;
	struct lscow_store store;
	struct lscow_device *old_device; /* the overlay, with an origin */
	struct lscow_device *new_device; /* the origin itself, with an origin */

	struct lscow_live live; /* of LSCOW_INPUT_SNAPSHOT */
	struct lscow_warnings warnings;

	/* The views where the filesystem does not begin at 0, otherwise NULL. */
	struct lscow_device *old_slice;
	struct lscow_device *new_slice;
};

/* A store up to this is read ahead. */
#define MOST_STORE_AHEAD_BYTES (UINT64_C(128) << 20)

static int open_role(const char *role, const char *path, struct lscow_device **device,
		     struct lscow_error *err)
{
	int ret = lscow_open_device(path, device, err);

	return ret ? lscow_error_prefix(err, "%s", role) : 0;
}

/*
 * Most of what is in a small store will be read, though in another order: one
 * read of it all takes less time.
 */
static void announce_store(const struct lscow_input *input)
{
	uint64_t nr_chunks = input->store.exceptions.nr + input->store.info.nr_areas + 1;

	if (nr_chunks <= MOST_STORE_AHEAD_BYTES / input->chunk_bytes)
		lscow_device_will_read(input->store_device, 0,
				       nr_chunks * input->chunk_bytes);
}

static int load_store(struct lscow_input *input, struct lscow_error *err)
{
	int ret = lscow_store_load(input->store_device, &input->store, err);

	if (!ret)
		ret = lscow_open_cache(&input->store_device, err);
	if (!ret)
		ret = lscow_store_list_ranges(&input->store, &input->ranges, err);
	if (ret)
		return lscow_error_prefix(err, "store");
	input->chunk_bytes = input->store.info.chunk_bytes;
	input->store_info = input->store.info;
	input->has_store_info = true;
	return 0;
}

static int load_origin_store(struct lscow_input *input, struct lscow_error *err)
{
	int ret = load_store(input, err);

	if (ret)
		return ret;
	ret = lscow_store_check_origin(&input->store, input->store_device,
				       input->new_device, err);
	if (ret)
		return lscow_error_prefix(err, "store");
	announce_store(input);
	return lscow_overlay_device_open(input->new_device, input->store_device,
					 input->store.info.chunk_bytes,
					 LSCOW_ITEMS(&input->store.exceptions,
						     struct lscow_exception),
					 input->store.exceptions.nr, &input->old_device, err);
}

static int open_store(struct lscow_input *input, struct lscow_error *err)
{
	int ret = lscow_file_device_open(input->spec.cow_path, true, &input->store_device,
					 err);

	return ret ? lscow_error_prefix(err, "store") : 0;
}

static int open_origin_store(struct lscow_input *input, struct lscow_error *err)
{
	int ret = open_role("origin", input->spec.origin_path, &input->new_device, err);

	return ret ? ret : open_store(input, err);
}

static int open_views(struct lscow_input *input, const char *old_path,
		      const char *new_path, struct lscow_error *err)
{
	const struct lscow_device *old_device;
	const struct lscow_device *new_device;
	int ret = open_role("old view", old_path, &input->old_device, err);

	if (!ret)
		ret = open_role("new view", new_path, &input->new_device, err);
	if (ret)
		return ret;

	old_device = input->old_device;
	new_device = input->new_device;
	if (old_device->size_bytes != new_device->size_bytes)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "old view: %s has %" PRIu64 " bytes, new view: %s has %"
				       PRIu64 " bytes: expected the same size",
				       old_device->name, old_device->size_bytes,
				       new_device->name, new_device->size_bytes);
	return 0;
}

static int open_live(struct lscow_input *input, struct lscow_error *err)
{
	int ret = lscow_live_find(input->spec.snapshot, input->spec.newer, &input->live, err);

	if (!ret)
		ret = open_views(input, input->live.old_view.path, input->live.new_view.path,
				 err);
	if (!ret)
		ret = lscow_live_open_changes(&input->live, &input->warnings, &input->changes,
					      err);
	return ret;
}

static int open_feed(struct lscow_input *input, struct lscow_error *err)
{
	int ret = lscow_feed_open(input->plan.feed_format, input->plan.feed_path,
				  &input->feed_file, err);

	return ret ? lscow_error_prefix(err, "changes") : 0;
}

/* The ranges are owned from here on. */
static void take_feed(struct lscow_input *input, const struct lscow_feed *feed)
{
	input->ranges = feed->ranges;
	input->chunk_bytes = feed->chunk_bytes;
	input->store_info = feed->store_info;
	input->has_store_info = feed->has_store_info;
}

static int load_feed(struct lscow_input *input, struct lscow_error *err)
{
	struct lscow_feed feed;
	int ret = lscow_feed_load(input->feed_file, input->new_device, &feed, err);

	if (ret)
		return lscow_error_prefix(err, "changes");
	take_feed(input, &feed);
	return 0;
}

static int load_live(struct lscow_input *input, struct lscow_error *err)
{
	struct lscow_feed feed;
	int ret = lscow_live_load_changes(&input->live, &input->changes, input->new_device,
					  &input->warnings, &feed, err);

	if (!ret)
		take_feed(input, &feed);
	return ret;
}

static int open_devices(struct lscow_input *input, struct lscow_error *err)
{
	int ret;

	switch (input->plan.form) {
	case LSCOW_INPUT_STORE:
		return open_store(input, err);
	case LSCOW_INPUT_ORIGIN_STORE:
		return open_origin_store(input, err);
	case LSCOW_INPUT_SNAPSHOT:
		return open_live(input, err);
	case LSCOW_INPUT_COMPARE:
	case LSCOW_INPUT_FEED:
		break;
	}
	ret = open_views(input, input->spec.old_path, input->spec.new_path, err);
	return ret || input->plan.form == LSCOW_INPUT_COMPARE ? ret : open_feed(input, err);
}

/* Both views have the same size; the place is looked for in the newer one. */
static int open_search(struct lscow_input *input, struct lscow_error *err)
{
	const struct lscow_input_spec *spec = &input->spec;

	if (spec->offset_bytes == 0 && spec->partition == 0)
		return 0;
	return lscow_place_search_open(input->new_device, spec->offset_bytes, spec->partition,
				       &input->search, err);
}

static int open_slices(struct lscow_input *input, struct lscow_error *err)
{
	struct lscow_place place;
	int ret;

	if (!input->search)
		return 0;
	ret = lscow_place_find(input->new_device, input->search, &place, err);
	if (!ret)
		ret = lscow_place_open(input->old_device, &place, &input->old_slice, err);
	if (!ret)
		ret = lscow_place_open(input->new_device, &place, &input->new_slice, err);
	if (!ret)
		input->offset_bytes = place.offset_bytes;
	return ret;
}

static int load_stores(struct lscow_input *input, struct lscow_error *err)
{
	switch (input->plan.form) {
	case LSCOW_INPUT_STORE:
		return load_store(input, err);
	case LSCOW_INPUT_ORIGIN_STORE:
		return load_origin_store(input, err);
	default:
		return 0;
	}
}

static int load_ranges(struct lscow_input *input, lscow_progress_fn *progress,
		       void *progress_data, struct lscow_error *err)
{
	switch (input->plan.form) {
	case LSCOW_INPUT_COMPARE:
		input->chunk_bytes = LSCOW_COMPARE_BYTES;
		return lscow_compare_devices(input->old_device, input->new_device, progress,
					     progress_data, &input->ranges, err);
	case LSCOW_INPUT_FEED:
		return load_feed(input, err);
	case LSCOW_INPUT_SNAPSHOT:
		return load_live(input, err);
	default:
		return 0;
	}
}

/* The strings of the specification are not needed any more either. */
static void end_loading(struct lscow_input *input)
{
	lscow_place_search_close(input->search);
	lscow_feed_close(input->feed_file);
	lscow_live_close_changes(&input->changes);
	input->search = NULL;
	input->feed_file = NULL;
}

int lscow_input_load(struct lscow_input *input, lscow_progress_fn *progress,
		     void *progress_data, struct lscow_error *err)
{
	struct lscow_error unwanted;
	int ret;

	if (!err)
		err = &unwanted;
	ret = load_stores(input, err);
	/* Before the ranges, because a comparison takes long. */
	if (!ret)
		ret = open_slices(input, err);
	if (!ret)
		ret = load_ranges(input, progress, progress_data, err);
	end_loading(input);
	if (ret)
		return ret;

	lscow_ranges_normalise(&input->ranges);
	/* The last chunk of a device may be short. */
	if (input->new_device)
		lscow_ranges_clip(&input->ranges, input->new_device->size_bytes);
	return 0;
}

/* Two lscow_task_fn: what has to be asked of the machine. */
static int recheck_task(const void *data, struct lscow_error *err)
{
	const struct lscow_input *input = data;

	return lscow_live_recheck(&input->live, err);
}

static int check_not_mounted_task(const void *data, struct lscow_error *err)
{
	const struct lscow_input *input = data;
	int ret = lscow_open_check_not_mounted(input->old_device, err);

	return ret ? ret : lscow_open_check_not_mounted(input->new_device, err);
}

int lscow_input_prepare(const struct lscow_input_spec *spec, struct lscow_input **input,
			struct lscow_error *err)
{
	struct lscow_input_plan plan;
	struct lscow_input *opened;
	struct lscow_error unwanted;
	int ret;

	if (!err)
		err = &unwanted;
	ret = lscow_input_spec_check(spec, &plan, err);
	if (ret)
		return ret;

	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return lscow_error_no_memory(err, "input");
	opened->spec = *spec;
	opened->plan = plan;
	opened->ranges = LSCOW_RANGES;
	opened->warnings = LSCOW_WARNINGS;
	ret = open_devices(opened, err);
	if (!ret)
		ret = open_search(opened, err);
	if (ret) {
		lscow_input_close(opened);
		return ret;
	}
	lscow_sandbox_add_task(spec->sandbox, recheck_task, opened);
	lscow_sandbox_add_task(spec->sandbox, check_not_mounted_task, opened);
	*input = opened;
	return 0;
}

int lscow_input_open(const struct lscow_input_spec *spec,
		     lscow_progress_fn *progress, void *progress_data,
		     struct lscow_input **input, struct lscow_error *err)
{
	struct lscow_input *opened;
	int ret = lscow_input_prepare(spec, &opened, err);

	if (ret)
		return ret;
	ret = lscow_input_load(opened, progress, progress_data, err);
	if (ret)
		lscow_input_close(opened);
	else
		*input = opened;
	return ret;
}

void lscow_input_close(struct lscow_input *input)
{
	if (!input)
		return;
	end_loading(input);
	/* From the top of the stacks down: a device borrows those below it. */
	lscow_device_close(input->old_slice);
	lscow_device_close(input->new_slice);
	lscow_device_close(input->old_device);
	lscow_device_close(input->new_device);
	lscow_device_close(input->store_device);
	lscow_store_free(&input->store);
	lscow_ranges_free(&input->ranges);
	lscow_warnings_free(&input->warnings);
	free(input);
}

const struct lscow_range *
lscow_input_get_ranges(const struct lscow_input *input, size_t *nr_ranges)
{
	return lscow_ranges_get(&input->ranges, nr_ranges);
}

const struct lscow_store_info *
lscow_input_get_store_info(const struct lscow_input *input)
{
	return input->has_store_info ? &input->store_info : NULL;
}

const char *const *lscow_input_get_warnings(const struct lscow_input *input,
					    size_t *nr_warnings)
{
	return lscow_warnings_get(&input->warnings, nr_warnings);
}

uint64_t lscow_input_get_chunk_bytes(const struct lscow_input *input)
{
	return input->chunk_bytes;
}

const char *lscow_input_get_form(const struct lscow_input *input)
{
	static const char *const names[] = {
		[LSCOW_INPUT_STORE] = "store",
		[LSCOW_INPUT_ORIGIN_STORE] = "origin-store",
		[LSCOW_INPUT_COMPARE] = "compare",
		[LSCOW_INPUT_FEED] = "feed",
		[LSCOW_INPUT_SNAPSHOT] = "snapshot",
	};

	if (input->plan.form == LSCOW_INPUT_SNAPSHOT && input->live.is_pair)
		return "snapshots";
	return names[input->plan.form];
}

int lscow_input_check_not_mounted(const struct lscow_input *input,
				  struct lscow_error *err)
{
	return lscow_sandbox_run_task(input->spec.sandbox, check_not_mounted_task, input, err);
}

bool lscow_input_has_origin(const struct lscow_input *input)
{
	return input->plan.form == LSCOW_INPUT_ORIGIN_STORE;
}

int lscow_input_recheck(const struct lscow_input *input, struct lscow_error *err)
{
	struct lscow_error unwanted;

	if (input->plan.form != LSCOW_INPUT_SNAPSHOT)
		return 0;
	return lscow_sandbox_run_task(input->spec.sandbox, recheck_task, input,
				      err ? err : &unwanted);
}

struct lscow_device *lscow_input_get_old_view(const struct lscow_input *input)
{
	return input->old_slice ? input->old_slice : input->old_device;
}

struct lscow_device *lscow_input_get_new_view(const struct lscow_input *input)
{
	return input->new_slice ? input->new_slice : input->new_device;
}

uint64_t lscow_input_get_offset_bytes(const struct lscow_input *input)
{
	return input->offset_bytes;
}
