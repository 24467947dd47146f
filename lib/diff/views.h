/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The two states of the filesystem that are compared. */

#ifndef LSCOW_DIFF_VIEWS_H
#define LSCOW_DIFF_VIEWS_H

#include "diff/blocks.h"
#include "extfs/extfs.h"

/* Both views have the same geometry (lscow_superblock_check_same). Borrowed. */
struct lscow_views {
	struct lscow_extfs *fs[LSCOW_NR_SIDES]; /* by enum lscow_side */
	struct lscow_blocks *blocks;            /* that differ between them */
};

static inline uint32_t lscow_views_block_bytes(const struct lscow_views *views)
{
	return views->fs[LSCOW_SIDE_NEW]->sb.block_bytes;
}

#endif
