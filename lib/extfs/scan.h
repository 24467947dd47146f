/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Walks the inode table of one group. */

#ifndef LSCOW_EXTFS_SCAN_H
#define LSCOW_EXTFS_SCAN_H

#include "extfs/bitmap.h"

/*
 * Called for each inode in use with its raw bytes (not verified; valid during
 * the call). A result other than 0 ends the scan and is returned.
 */
typedef int lscow_scan_fn(void *data, uint32_t ino, uint8_t *raw,
			  struct lscow_error *err);

/* A scan of groups in any order. */
struct lscow_scan {
	struct lscow_extfs *fs; /* borrowed */
	struct lscow_bitmap bitmap;
	uint8_t *buffer;
};

int lscow_scan_open(struct lscow_extfs *fs, struct lscow_scan *scan,
		    struct lscow_error *err);
void lscow_scan_close(struct lscow_scan *scan);
/*
 * Announces the inode tables of the group at an index of a list and of the next
 * few. *nr_announced is how many of the list were announced before: begin with 0.
 */
void lscow_scan_announce(struct lscow_scan *scan, const uint32_t *groups,
			 uint32_t nr_groups, uint32_t index, uint32_t *nr_announced);
int lscow_scan_group(struct lscow_scan *scan, uint32_t group, lscow_scan_fn *fn,
		     void *data, struct lscow_error *err);

#endif
