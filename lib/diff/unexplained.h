/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The search for the owners of changed blocks that nothing explained yet. */

#ifndef LSCOW_DIFF_UNEXPLAINED_H
#define LSCOW_DIFF_UNEXPLAINED_H

#include "diff/inodes.h"

/*
 * Looks through the inode tables, nearest first, for inodes that own changed
 * blocks without a class, and examines them, until no such block is left. An
 * inode may keep its bytes while its data changes: a raw write, or a write in
 * the same clock tick as the one before. *nr_scanned_inodes is added to.
 */
int lscow_unexplained_search(struct lscow_inodes *inodes, uint64_t *nr_scanned_inodes,
			     lscow_progress_fn *progress, void *progress_data,
			     struct lscow_error *err);

#endif
