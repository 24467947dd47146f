/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Changed xattr blocks that may belong to more inodes than are known. */

#ifndef LSCOW_DIFF_SHARED_XATTRS_H
#define LSCOW_DIFF_SHARED_XATTRS_H

#include "diff/inodes.h"

/*
 * Inodes share xattr blocks, so that an owner does not explain a changed one
 * until all are known. Adds to blocks (of uint64_t, sorted at the end) those
 * whose attributes differ between the views, or that changed their purpose,
 * while an examined inode is not known for each reference. Blocks that differ
 * in their count of owners alone get their class on the way.
 */
int lscow_shared_xattrs_find(struct lscow_inodes *inodes, struct lscow_vector *blocks,
			     struct lscow_error *err);

#endif
