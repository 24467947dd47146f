/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the content of a file differs between the views, and where. */

#ifndef LSCOW_DIFF_CONTENT_H
#define LSCOW_DIFF_CONTENT_H

#include "diff/views.h"
#include "extfs/inline.h"
#include "extfs/map.h"

/* A file in one view. */
struct lscow_content {
	const struct lscow_inode *inode;
	const struct lscow_map *map;
};

/* Bytes in one view: in the blocks of a map, or all in memory, and zeros behind them. */
struct lscow_bytes {
	uint64_t size_bytes;
	const struct lscow_map *map;   /* NULL: in memory */
	struct lscow_inline in_memory; /* at most a block */
};

/*
 * Compares size and bytes; ranges as below. Both sides are of one kind of thing,
 * wherever each is kept.
 */
int lscow_bytes_compare(const struct lscow_views *views,
			const struct lscow_bytes sides[LSCOW_NR_SIDES], bool *is_changed,
			struct lscow_ranges *ranges, struct lscow_error *err);

/*
 * Compares type, size, data, symlink target and device number. Blocks that both
 * views keep at the same place and that did not change are not read. ranges
 * (may be NULL) gets the changed bytes of a regular file, in whole blocks cut
 * to the new size; without it the first difference is enough.
 */
int lscow_content_compare(const struct lscow_views *views,
			  const struct lscow_content *old_content,
			  const struct lscow_content *new_content, bool *is_changed,
			  struct lscow_ranges *ranges, struct lscow_error *err);

#endif
