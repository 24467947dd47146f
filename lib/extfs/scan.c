/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Walks the inode table of one group. */

#include "extfs/scan.h"

#include <stdlib.h>

#include "base/units.h"

/* How much of a table is read at once. */
#define SCAN_BYTES (UINT64_C(512) << 10)

int lscow_scan_open(struct lscow_extfs *fs, struct lscow_scan *scan,
		    struct lscow_error *err)
{
	int rc;

	*scan = (struct lscow_scan){ .fs = fs };
	rc = lscow_bitmap_open(fs, LSCOW_INODE_BITMAP, &scan->bitmap, err);
	if (rc != 0)
		return rc;
	scan->buffer = malloc(SCAN_BYTES);
	if (!scan->buffer) {
		lscow_scan_close(scan);
		return lscow_error_no_memory(err, "the inode tables");
	}
	return 0;
}

void lscow_scan_close(struct lscow_scan *scan)
{
	lscow_bitmap_close(&scan->bitmap);
	free(scan->buffer);
	scan->buffer = NULL;
}

static int scan_part(struct lscow_scan *scan, uint32_t first_ino, uint32_t nr_inodes,
		     lscow_scan_fn *fn, void *data, struct lscow_error *err)
{
	bool is_used;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < nr_inodes; i++) {
		rc = lscow_bitmap_test(&scan->bitmap, first_ino + i, &is_used, err);
		if (rc == 0 && is_used)
			rc = fn(data, first_ino + i,
				scan->buffer + (size_t)i * scan->fs->sb.inode_bytes, err);
	}
	return rc;
}

int lscow_scan_group(struct lscow_scan *scan, uint32_t group, lscow_scan_fn *fn,
		     void *data, struct lscow_error *err)
{
	struct lscow_extfs *fs = scan->fs;
	uint32_t nr_inodes = lscow_extfs_group_used_inodes(fs, group);
	uint32_t first_ino = group * fs->sb.inodes_per_group + 1;
	uint32_t most_inodes = SCAN_BYTES / fs->sb.inode_bytes;
	uint64_t table_bytes = ext2fs_inode_table_loc(fs->handle, group) *
			       fs->sb.block_bytes;
	int rc = 0;

	for (uint32_t at = 0; rc == 0 && at < nr_inodes; at += most_inodes) {
		uint32_t part = lscow_min_u64(most_inodes, nr_inodes - at);

		rc = lscow_device_read(fs->device,
				       table_bytes + (uint64_t)at * fs->sb.inode_bytes,
				       scan->buffer, (size_t)part * fs->sb.inode_bytes, err);
		if (rc == 0)
			rc = scan_part(scan, first_ino + at, part, fn, data, err);
	}
	return rc;
}

/* Distance of each flexible group from the nearest marked one. */
static void measure(uint32_t *distances, uint32_t nr_flex)
{
	for (uint32_t i = 1; i < nr_flex; i++)
		if (distances[i - 1] != UINT32_MAX && distances[i] > distances[i - 1] + 1)
			distances[i] = distances[i - 1] + 1;
	for (uint32_t i = nr_flex; i-- > 1;)
		if (distances[i] != UINT32_MAX && distances[i - 1] > distances[i] + 1)
			distances[i - 1] = distances[i] + 1;
}

struct flex_group {
	uint32_t distance;
	uint32_t index;
};

static int compare_flex_groups(const void *left, const void *right)
{
	const struct flex_group *a = left, *b = right;

	if (a->distance != b->distance)
		return a->distance < b->distance ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static void sort_groups(const uint32_t *distances, uint32_t nr_flex, uint32_t nr_groups,
			unsigned int log_flex, struct flex_group *flex, uint32_t *order)
{
	uint32_t nr_ordered = 0;

	for (uint32_t i = 0; i < nr_flex; i++)
		flex[i] = (struct flex_group){ .distance = distances[i], .index = i };
	qsort(flex, nr_flex, sizeof(*flex), compare_flex_groups);
	for (uint32_t i = 0; i < nr_flex; i++)
		for (uint64_t group = (uint64_t)flex[i].index << log_flex;
		     group < nr_groups && group >> log_flex == flex[i].index; group++)
			order[nr_ordered++] = (uint32_t)group;
}

int lscow_scan_order(const struct lscow_extfs *fs, const uint8_t *is_marked,
		     uint32_t *order, struct lscow_error *err)
{
	unsigned int log_flex = ext2fs_has_feature_flex_bg(fs->handle->super)
				? lscow_min_u64(fs->handle->super->s_log_groups_per_flex, 31)
				: 0;
	uint32_t nr_flex = ((fs->nr_groups - 1) >> log_flex) + 1;
	uint32_t *distances = malloc(nr_flex * sizeof(*distances));
	struct flex_group *flex = malloc(nr_flex * sizeof(*flex));
	int rc = 0;

	if (!distances || !flex) {
		rc = lscow_error_no_memory(err, "the order of groups");
		goto out;
	}
	for (uint32_t i = 0; i < nr_flex; i++)
		distances[i] = UINT32_MAX;
	for (uint32_t group = 0; group < fs->nr_groups; group++)
		if (is_marked[group])
			distances[group >> log_flex] = 0;
	measure(distances, nr_flex);
	sort_groups(distances, nr_flex, fs->nr_groups, log_flex, flex, order);
out:
	free(distances);
	free(flex);
	return rc;
}
