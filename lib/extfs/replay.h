/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A filesystem's device as it would be after its journal was replayed. */

#ifndef LSCOW_EXTFS_REPLAY_H
#define LSCOW_EXTFS_REPLAY_H

#include "extfs/log.h"

/* What a journal has: all that the device below needs. */
struct lscow_replay {
	uint32_t block_bytes;
	struct lscow_vector blocks; /* of struct lscow_logged_block, by block */
	struct lscow_log_mark marks[LSCOW_NR_LOG_MARKS];
};

/*
 * Finds the journal of a filesystem and reads its log; replay->blocks is empty before,
 * and to be freed also after an error. fs is as the crash left it, so that only
 * the journal itself is looked at. A journal on another device is LSCOW_E_UNKNOWABLE.
 */
int lscow_replay_find(struct lscow_extfs *fs, struct lscow_replay *replay,
		      struct lscow_error *err);

/*
 * A device with these blocks in their places. lower is borrowed, and what replay
 * has is owned from here on, unless this fails.
 */
int lscow_replay_device_open(struct lscow_device *lower, struct lscow_replay *replay,
			     struct lscow_device **device, struct lscow_error *err);

/* The blocks of such a device; they live as long as it does. */
const struct lscow_vector *lscow_replay_device_get_blocks(const struct lscow_device *device);

/* LSCOW_E_UNKNOWABLE where somebody went on with the log since: it is in use. */
int lscow_replay_device_recheck(const struct lscow_device *device, struct lscow_error *err);

#endif
