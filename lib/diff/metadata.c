/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the attributes of a file differ between the views. */

#include "diff/metadata.h"

#include <string.h>

#include "extfs/xattr.h"

/* The type, in the upper bits of the mode, is content. */
static bool has_same_fields(const struct lscow_inode *a, const struct lscow_inode *b)
{
	return (a->mode & 07777) == (b->mode & 07777) && a->uid == b->uid && a->gid == b->gid &&
	       a->project == b->project && a->mtime_seconds == b->mtime_seconds &&
	       a->mtime_nanoseconds == b->mtime_nanoseconds &&
	       (a->flags & LSCOW_INODE_USER_FLAGS) == (b->flags & LSCOW_INODE_USER_FLAGS);
}

/* Whether all attributes are surely the same without a look at them. */
static bool has_same_xattr_bytes(const struct lscow_views *views,
				 const struct lscow_inode *a, const struct lscow_inode *b)
{
	if (a->xattr_block != b->xattr_block ||
	    a->xattr_area_bytes != b->xattr_area_bytes)
		return false;
	if (a->xattr_block != 0 && lscow_blocks_overlap(views->blocks, a->xattr_block, 1))
		return false;
	return a->xattr_area_bytes == 0 ||
	       memcmp(a->xattr_area, b->xattr_area, a->xattr_area_bytes) == 0;
}

static int compare_xattrs(const struct lscow_views *views,
			  const struct lscow_inode *old_inode,
			  const struct lscow_inode *new_inode, bool *is_changed,
			  struct lscow_error *err)
{
	struct lscow_xattrs old_xattrs, new_xattrs;
	int rc;

	rc = lscow_xattrs_load(views->fs[LSCOW_SIDE_OLD], old_inode, &old_xattrs, err);
	if (rc != 0)
		return rc;
	rc = lscow_xattrs_load(views->fs[LSCOW_SIDE_NEW], new_inode, &new_xattrs, err);
	if (rc == 0) {
		*is_changed = !lscow_xattrs_are_equal(&old_xattrs, &new_xattrs);
		lscow_xattrs_free(&new_xattrs);
	}
	lscow_xattrs_free(&old_xattrs);
	return rc;
}

int lscow_metadata_compare(const struct lscow_views *views,
			   const struct lscow_inode *old_inode,
			   const struct lscow_inode *new_inode, bool *is_changed,
			   struct lscow_error *err)
{
	*is_changed = !has_same_fields(old_inode, new_inode);
	if (*is_changed || has_same_xattr_bytes(views, old_inode, new_inode))
		return 0;
	return compare_xattrs(views, old_inode, new_inode, is_changed, err);
}
