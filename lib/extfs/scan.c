/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Walks the inode table of one group. */

#include "extfs/scan.h"

#include <stdlib.h>

#include "base/units.h"

/* How much of a table is read at once. */
#define SCAN_BYTES (UINT64_C(512) << 10)
/* How many groups ahead the tables are announced. */
#define NR_GROUPS_AHEAD 2

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

static uint64_t table_offset_bytes(const struct lscow_extfs *fs, uint32_t group)
{
	return ext2fs_inode_table_loc(fs->handle, group) * fs->sb.block_bytes;
}

static void announce_group(const struct lscow_scan *scan, uint32_t group)
{
	const struct lscow_extfs *fs = scan->fs;
	uint32_t nr_inodes = lscow_extfs_group_used_inodes(fs, group);

	lscow_device_will_read(fs->device, table_offset_bytes(fs, group),
			       (uint64_t)nr_inodes * fs->sb.inode_bytes);
}

void lscow_scan_announce(struct lscow_scan *scan, const uint32_t *groups,
			 uint32_t nr_groups, uint32_t index, uint32_t *nr_announced)
{
	for (; *nr_announced < nr_groups && *nr_announced <= index + NR_GROUPS_AHEAD;
	     ++*nr_announced)
		announce_group(scan, groups[*nr_announced]);
}

int lscow_scan_group(struct lscow_scan *scan, uint32_t group, lscow_scan_fn *fn,
		     void *data, struct lscow_error *err)
{
	struct lscow_extfs *fs = scan->fs;
	uint32_t nr_inodes = lscow_extfs_group_used_inodes(fs, group);
	uint32_t first_ino = group * fs->sb.inodes_per_group + 1;
	uint32_t most_inodes = SCAN_BYTES / fs->sb.inode_bytes;
	uint64_t table_bytes = table_offset_bytes(fs, group);
	int rc = 0;

	for (uint32_t at = 0; rc == 0 && at < nr_inodes; at += most_inodes) {
		uint32_t part = lscow_min_u64(most_inodes, nr_inodes - at);

		rc = lscow_extfs_read_bytes(fs, LSCOW_READ_INODE_TABLE,
					    table_bytes + (uint64_t)at * fs->sb.inode_bytes,
					    scan->buffer, (size_t)part * fs->sb.inode_bytes,
					    err);
		if (rc == 0)
			rc = scan_part(scan, first_ino + at, part, fn, data, err);
	}
	return rc;
}
