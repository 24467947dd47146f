/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the content of a file differs between the views, and where. */

#ifndef LSCOW_DIFF_CONTENT_H
#define LSCOW_DIFF_CONTENT_H

#include "diff/views.h"
#include "extfs/map.h"

/* A file in one view. */
struct lscow_content {
	const struct lscow_inode *inode;
	const struct lscow_map *map;
};

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
