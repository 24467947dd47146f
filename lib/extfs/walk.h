/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A walk through all inodes in use, with their maps, nearest groups first. */

#ifndef LSCOW_EXTFS_WALK_H
#define LSCOW_EXTFS_WALK_H

#include "extfs/map.h"
#include "extfs/rings.h"

/* What a walk asks its user; data is the user's. */
struct lscow_walk_ops {
	/* Whether the walk can end. Asked before each group. */
	bool (*is_done)(void *data);
	/* Marks the groups where what is still wanted lies. Asked before each ring. */
	int (*mark)(void *data, struct lscow_rings *rings, struct lscow_error *err);
	/* Whether an inode is of no concern, whatever it holds. */
	bool (*skips)(void *data, uint32_t ino);
	/*
	 * Gets each other inode, verified, with its map; both are valid during the
	 * call. Where a failure to load the map was stepped over it has what came
	 * before, and the block that was damaged or could not be read.
	 */
	int (*visit)(void *data, const struct lscow_inode *inode,
		     const struct lscow_map *map, struct lscow_error *err);
	/*
	 * What to do with a failure that concerns one inode: gives 0 to go on with
	 * the next, or rc.
	 */
	int (*step_over)(void *data, int rc, const struct lscow_error *err);
	/* The same for the rest of a group's table. NULL: the walk fails. */
	int (*step_over_group)(void *data, int rc, const struct lscow_error *err);
};

struct lscow_walk {
	struct lscow_extfs *fs; /* borrowed */
	const struct lscow_walk_ops *ops;
	void *data;
	uint64_t nr_inodes; /* in use, that were come across: added to */
	lscow_progress_fn *progress; /* may be NULL */
	void *progress_data;
};

int lscow_walk_run(struct lscow_walk *walk, struct lscow_error *err);

#endif
