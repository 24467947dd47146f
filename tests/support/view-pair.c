/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Two images as the old and the new view, with the blocks that differ. */

#include "support/view-pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/geometry.h"
#include "diff/itable.h"
#include "support/filesystem.h"
#include "support/memory-device.h"

static void must(int ret, const struct lscow_error *err)
{
	if (ret == 0)
		return;
	fprintf(stderr, "%s\n", err->message);
	abort();
}

static void find_changed(struct view_pair *pair, struct lscow_ranges *ranges)
{
	const uint8_t *old_bytes = memory_device_get_bytes(pair->devices[LSCOW_SIDE_OLD]);
	const uint8_t *new_bytes = memory_device_get_bytes(pair->devices[LSCOW_SIDE_NEW]);
	uint64_t size_bytes = pair->devices[LSCOW_SIDE_NEW]->size_bytes;
	struct lscow_error err;

	for (uint64_t at = 0; at < size_bytes; at += FILESYSTEM_BLOCK_BYTES)
		if (memcmp(old_bytes + at, new_bytes + at, FILESYSTEM_BLOCK_BYTES))
			must(lscow_ranges_add(ranges, at, FILESYSTEM_BLOCK_BYTES, &err),
			     &err);
	lscow_ranges_normalise(ranges);
}

void view_pair_open(struct view_pair *pair, const char *old_name, const char *new_name)
{
	struct lscow_ranges ranges = LSCOW_RANGES;
	const struct lscow_range *items;
	struct lscow_error err;
	size_t nr;

	memset(pair, 0, sizeof(*pair));
	pair->devices[LSCOW_SIDE_OLD] = filesystem_load(old_name);
	pair->devices[LSCOW_SIDE_NEW] = filesystem_load(new_name);
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		must(lscow_extfs_open(pair->devices[side], &pair->views.fs[side], &err), &err);
	find_changed(pair, &ranges);
	items = lscow_ranges_get(&ranges, &nr);
	must(lscow_blocks_open(items, nr, 0, lscow_views_block_bytes(&pair->views),
			       pair->views.fs[LSCOW_SIDE_NEW]->sb.nr_blocks, &pair->blocks,
			       &err), &err);
	lscow_ranges_free(&ranges);
	pair->views.blocks = &pair->blocks;
	must(lscow_inodes_open(&pair->views, true, &pair->inodes, &err), &err);
}

void view_pair_close(struct view_pair *pair)
{
	lscow_inodes_close(&pair->inodes);
	lscow_blocks_close(&pair->blocks);
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		lscow_extfs_close(pair->views.fs[side]);
		lscow_device_close(pair->devices[side]);
	}
}

void view_pair_mark(struct view_pair *pair)
{
	struct lscow_error err;

	lscow_geometry_mark(&pair->views);
	must(lscow_inodes_mark_hidden(&pair->inodes, &err), &err);
}

void view_pair_examine(struct view_pair *pair)
{
	struct lscow_error err;

	view_pair_mark(pair);
	must(lscow_itable_diff(&pair->inodes, NULL, NULL, &err), &err);
}
