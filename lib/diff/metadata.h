/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the attributes of a file differ between the views. */

#ifndef LSCOW_DIFF_METADATA_H
#define LSCOW_DIFF_METADATA_H

#include "diff/views.h"
#include "extfs/inode.h"

/*
 * Compares mode, owner, mtime, xattrs with ACLs, user-visible flags and the
 * project. Neither atime, ctime nor the link count count.
 */
int lscow_metadata_compare(const struct lscow_views *views,
			   const struct lscow_inode *old_inode,
			   const struct lscow_inode *new_inode, bool *is_changed,
			   struct lscow_error *err);

#endif
