/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Inodes that hold values of xattrs, and the xattrs that refer to them. */

#ifndef LSCOW_DIFF_VALUE_USES_H
#define LSCOW_DIFF_VALUE_USES_H

#include "diff/inodes.h"

/*
 * Notes in uses, a vector of its own kind, what the xattrs of an inode refer to.
 * Does nothing without the feature ea_inode.
 */
int lscow_value_uses_add(struct lscow_extfs *fs, const struct lscow_inode *inode,
			 struct lscow_vector *uses, struct lscow_error *err);
/* An empty vector for uses. */
struct lscow_vector lscow_value_uses(void);

/*
 * Adds to value_inos, a vector of uint32_t that is sorted then, those which hold
 * another value in the other view, or none, and to which more xattrs refer than
 * those of the inodes that are examined.
 */
int lscow_value_uses_find(struct lscow_inodes *inodes, struct lscow_vector *value_inos,
			  struct lscow_error *err);
/* Whether an xattr of the inode refers to one of these. */
int lscow_value_uses_has_any(struct lscow_extfs *fs, const struct lscow_inode *inode,
			     const struct lscow_vector *value_inos, bool *has_any,
			     struct lscow_error *err);

#endif
