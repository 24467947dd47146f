/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Where a log ends: behind the last transaction that was committed. */

#ifndef LSCOW_EXTFS_LOG_END_H
#define LSCOW_EXTFS_LOG_END_H

#include "extfs/log-walk.h"

struct lscow_log_end {
	uint32_t tid;        /* the first transaction that does not count */
	uint32_t next_block; /* of the journal: where somebody would go on */
};

/*
 * Walks through the log as the first pass of fs/jbd2/recovery.c does. Wrong
 * checksums of what was committed are damage.
 */
int lscow_log_find_end(struct lscow_log_walk *walk, struct lscow_log_end *end,
		       struct lscow_error *err);

#endif
