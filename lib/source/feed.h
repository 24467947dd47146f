/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The changed-block feeds, by the names that --changes takes. */

#ifndef LSCOW_SOURCE_FEED_H
#define LSCOW_SOURCE_FEED_H

#include "base/ranges.h"
#include "device/device.h"

struct lscow_feed_format;
struct lscow_feed_file;

/* What a feed says. */
struct lscow_feed {
	struct lscow_ranges ranges;
	uint64_t chunk_bytes; /* granularity of the ranges; 0 where it has none */
	bool has_store_info;
	struct lscow_store_info store_info;
};

/*
 * Splits "FORMAT:FILE"; both results are borrowed, *path from changes.
 * LSCOW_E_USAGE where there is no colon, no file or no such format.
 */
int lscow_feed_parse(const char *changes, const struct lscow_feed_format **format,
		     const char **path, struct lscow_error *err);
/*
 * Opens a feed, and reads nothing of it; "-" is the standard input, where the format
 * is a text. path is borrowed until lscow_feed_close().
 */
int lscow_feed_open(const struct lscow_feed_format *format, const char *path,
		    struct lscow_feed_file **file, struct lscow_error *err);
void lscow_feed_close(struct lscow_feed_file *file);
/*
 * Reads a feed and checks it against the view, which is borrowed for this call
 * only. LSCOW_E_UNKNOWABLE for whatever is wrong with its contents. *feed is
 * set only on success; free it with lscow_feed_free().
 */
int lscow_feed_load(struct lscow_feed_file *file, const struct lscow_device *view,
		    struct lscow_feed *feed, struct lscow_error *err);
void lscow_feed_free(struct lscow_feed *feed);

#endif
