/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Reads all directories of given groups, in large reads announced ahead. */

#ifndef LSCOW_NAMES_SWEEP_H
#define LSCOW_NAMES_SWEEP_H

#include "extfs/directory.h"
#include "extfs/scan.h"

/* What a sweep asks its user; data is the user's. */
struct lscow_sweep_ops {
	/* Gets each entry but "." and "..". A failure ends the sweep and is returned. */
	int (*take)(void *data, uint32_t directory_ino, const struct lscow_dirent *entry,
		    struct lscow_error *err);
	/* Whether the sweep can end. Asked behind each block, and inline directory. */
	bool (*is_done)(void *data);
};

struct lscow_sweep {
	struct lscow_extfs *fs; /* borrowed */
	const struct lscow_sweep_ops *ops;
	void *data;
	/* To be set after _open(), or left NULL. */
	struct lscow_error *damage; /* gets the first failure, which then ends nothing */
	lscow_progress_fn *progress;
	void *progress_data;
	struct lscow_scan scan;
	struct lscow_map map;
	struct lscow_vector blocks[2]; /* of directories: now, and of the group before */
	uint32_t directory_ino; /* being parsed */
	uint64_t nr_directories; /* that were found */
	uint32_t nr_groups_done;
};

int lscow_sweep_open(struct lscow_extfs *fs, const struct lscow_sweep_ops *ops, void *data,
		     struct lscow_sweep *sweep, struct lscow_error *err);
void lscow_sweep_close(struct lscow_sweep *sweep);
/* Reads the directories whose inodes are in these groups: 1 where is_done() ended it. */
int lscow_sweep_groups(struct lscow_sweep *sweep, const uint32_t *groups,
		       uint32_t nr_groups, struct lscow_error *err);

#endif
