/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The changed-block feeds, by the names that --changes takes. */

#include "source/feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "source/ranges-text.h"
#include "source/store.h"
#include "source/thin-xml.h"

struct lscow_feed_format {
	const char *name;
	int (*open)(const char *path, struct lscow_feed_file *file, struct lscow_error *err);
	int (*load)(const struct lscow_feed_file *file, const struct lscow_device *view,
		    struct lscow_feed *feed, struct lscow_error *err);
};

/* One that is open: a device or a stream. */
struct lscow_feed_file {
	const struct lscow_feed_format *format;
	const char *name; /* borrowed */
	struct lscow_device *device;
	FILE *stream;
};

static int open_device(const char *path, struct lscow_feed_file *file,
		       struct lscow_error *err)
{
	return lscow_file_device_open(path, true, &file->device, err);
}

static int open_stream(const char *path, struct lscow_feed_file *file,
		       struct lscow_error *err)
{
	bool is_input = !strcmp(path, "-");

	file->name = is_input ? "standard input" : path;
	file->stream = is_input ? stdin : fopen(path, "re");
	if (!file->stream)
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot open: %m", path);
	return 0;
}

/* The chunks that a store has exceptions for, and nothing else of it. */
static int load_dm_snapshot(const struct lscow_feed_file *file,
			    const struct lscow_device *view, struct lscow_feed *feed,
			    struct lscow_error *err)
{
	struct lscow_store store;
	int ret = lscow_store_load(file->device, &store, err);

	if (ret)
		return ret;
	ret = lscow_store_check_origin(&store, file->device, view, err);
	if (!ret)
		ret = lscow_store_list_ranges(&store, &feed->ranges, err);
	feed->chunk_bytes = store.info.chunk_bytes;
	feed->has_store_info = true;
	feed->store_info = store.info;
	lscow_store_free(&store);
	return ret;
}

static int load_ranges(const struct lscow_feed_file *file, const struct lscow_device *view,
		       struct lscow_feed *feed, struct lscow_error *err)
{
	return lscow_ranges_text_read(file->stream, file->name, view->size_bytes,
				      &feed->ranges, err);
}

/* The last block of a volume may be short; none begins behind its end. */
static int check_blocks(const char *name, const struct lscow_device *view,
			const struct lscow_feed *feed, struct lscow_error *err)
{
	uint64_t nr_blocks = lscow_bytes_to_units_up(view->size_bytes, feed->chunk_bytes);
	size_t nr;
	const struct lscow_range *ranges = lscow_ranges_get(&feed->ranges, &nr);
	uint64_t end_block;

	if (nr == 0)
		return 0;
	end_block = (ranges[nr - 1].offset_bytes + ranges[nr - 1].length_bytes) /
		    feed->chunk_bytes;
	if (end_block <= nr_blocks)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: block %" PRIu64 " lies beyond the %" PRIu64 " blocks of %s",
			       name, end_block - 1, nr_blocks, view->name);
}

/* What thin_delta found between two thin volumes. */
static int load_thin_delta(const struct lscow_feed_file *file,
			   const struct lscow_device *view, struct lscow_feed *feed,
			   struct lscow_error *err)
{
	struct lscow_thin_delta delta;
	int ret = lscow_thin_xml_load(fileno(file->stream), file->name, &feed->ranges, &delta,
				      err);

	if (ret)
		return ret;
	feed->chunk_bytes = delta.block_bytes;
	return check_blocks(file->name, view, feed, err);
}

static const struct lscow_feed_format formats[] = {
	{ .name = "dm-snapshot", .open = open_device, .load = load_dm_snapshot },
	{ .name = "ranges", .open = open_stream, .load = load_ranges },
	{ .name = "thin-delta", .open = open_stream, .load = load_thin_delta },
};

#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

const char *lscow_feed_format_name(size_t index)
{
	return index < NR_FORMATS ? formats[index].name : NULL;
}

static int error_unknown_format(const char *changes, size_t name_bytes,
				struct lscow_error *err)
{
	char known[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < NR_FORMATS && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
					 i ? ", " : "", formats[i].name);
	return lscow_error_set(err, LSCOW_E_USAGE,
			       "changes \"%s\": unknown format \"%.*s\", expected one of: %s",
			       changes, (int)(name_bytes < 64 ? name_bytes : 64), changes,
			       known);
}

int lscow_feed_parse(const char *changes, const struct lscow_feed_format **format,
		     const char **path, struct lscow_error *err)
{
	const char *colon = strchr(changes, ':');
	size_t name_bytes;

	if (!colon || colon[1] == '\0')
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "changes \"%s\": expected FORMAT:FILE", changes);

	name_bytes = (size_t)(colon - changes);
	for (size_t i = 0; i < NR_FORMATS; i++) {
		if (strlen(formats[i].name) == name_bytes &&
		    !memcmp(formats[i].name, changes, name_bytes)) {
			*format = &formats[i];
			*path = colon + 1;
			return 0;
		}
	}
	return error_unknown_format(changes, name_bytes, err);
}

int lscow_feed_open(const struct lscow_feed_format *format, const char *path,
		    struct lscow_feed_file **out, struct lscow_error *err)
{
	struct lscow_feed_file *file = calloc(1, sizeof(*file));
	int ret;

	if (!file)
		return lscow_error_no_memory(err, path);
	file->format = format;
	ret = format->open(path, file, err);
	if (ret)
		lscow_feed_close(file);
	else
		*out = file;
	return ret;
}

void lscow_feed_close(struct lscow_feed_file *file)
{
	if (!file)
		return;
	lscow_device_close(file->device);
	if (file->stream && file->stream != stdin)
		fclose(file->stream);
	free(file);
}

int lscow_feed_load(struct lscow_feed_file *file, const struct lscow_device *view,
		    struct lscow_feed *feed, struct lscow_error *err)
{
	struct lscow_feed loaded = { .ranges = LSCOW_RANGES };
	int ret = file->format->load(file, view, &loaded, err);

	if (ret) {
		lscow_feed_free(&loaded);
		return ret;
	}
	/* A chunk may reach beyond the end of the view: its last one may be short. */
	lscow_ranges_normalise(&loaded.ranges);
	lscow_ranges_clip(&loaded.ranges, view->size_bytes);
	*feed = loaded;
	return 0;
}

void lscow_feed_free(struct lscow_feed *feed)
{
	if (feed)
		lscow_ranges_free(&feed->ranges);
}
