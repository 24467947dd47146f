/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The blocks that an inode has in one view: their classes, and that no other has them. */

#ifndef LSCOW_DIFF_CLAIMS_H
#define LSCOW_DIFF_CLAIMS_H

#include "diff/views.h"
#include "extfs/map.h"

/*
 * Gives the blocks of an inode's map, and its xattr block, their classes in one view,
 * and the rest of their clusters LSCOW_BLOCK_SLACK. LSCOW_E_INCOMPLETE where a changed
 * one has another owner that was looked at, or is free by the bitmap.
 */
int lscow_claims_mark_inode(const struct lscow_views *views, enum lscow_side side,
			    const struct lscow_inode *inode, const struct lscow_map *map,
			    struct lscow_error *err);
/* The same for one of the filesystem's own inodes, of whose blocks nothing is checked. */
void lscow_claims_mark_hidden(const struct lscow_views *views, enum lscow_side side,
			      const struct lscow_map *map, enum lscow_block_class class);

#endif
