/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Two images as the old and the new view, with the blocks that differ. */

#ifndef LSCOW_TESTS_VIEW_PAIR_H
#define LSCOW_TESTS_VIEW_PAIR_H

#include "diff/inodes.h"

/* Everything that the diff layer works on. The devices are memory devices. */
struct view_pair {
	struct lscow_device *devices[LSCOW_NR_SIDES]; /* by enum lscow_side */
	struct lscow_blocks blocks;
	struct lscow_views views;
	struct lscow_inodes inodes;
};

/* Loads and opens two images of filesystem.h; aborts where that fails. */
void view_pair_open(struct view_pair *pair, const char *old_name, const char *new_name);
void view_pair_close(struct view_pair *pair);

/* Gives blocks with a fixed place, and those of hidden inodes, their class. */
void view_pair_mark(struct view_pair *pair);
/* The same, then examines every inode that differs in the tables. */
void view_pair_examine(struct view_pair *pair);

#endif
