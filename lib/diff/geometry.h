/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Gives the blocks that have a fixed place in the filesystem their class. */

#ifndef LSCOW_DIFF_GEOMETRY_H
#define LSCOW_DIFF_GEOMETRY_H

#include "diff/views.h"

/*
 * Marks, in both views, the changed blocks that are superblocks, descriptors
 * (reserved ones too), bitmaps and inode tables.
 */
void lscow_geometry_mark(const struct lscow_views *views);

/*
 * Then the rest of their clusters. Inodes that are known to differ go first: where
 * a damaged filesystem has one there too, what it has is not slack.
 */
void lscow_geometry_mark_slack(const struct lscow_views *views);

/*
 * Refuses (LSCOW_E_UNKNOWABLE) a list of changed blocks that leaves out a
 * superblock or descriptor which differs: it is of other views, or too short.
 * Allocations change descriptors, and with checksums every bitmap change does.
 */
int lscow_geometry_check_feed(const struct lscow_views *views, struct lscow_error *err);

#endif
