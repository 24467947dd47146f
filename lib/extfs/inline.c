/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Content that is kept inside an inode (feature inline_data). */

#include "extfs/inline.h"

#include <string.h>

#include "base/units.h"
#include "extfs/xattr.h"

int lscow_inline_check(const struct lscow_extfs *fs, const struct lscow_inode *inode,
		       struct lscow_error *err)
{
	if (!(fs->sb.incompat & EXT4_FEATURE_INCOMPAT_INLINE_DATA))
		return lscow_extfs_damaged(fs, err, "inode %u: inline content without the "
					   "feature inline_data", inode->ino);
	if (inode->flags & EXT4_EXTENTS_FL)
		return lscow_extfs_damaged(fs, err, "inode %u: found extents and inline content, "
					   "expected one of them", inode->ino);
	return 0;
}

int lscow_inline_load(struct lscow_extfs *fs, const struct lscow_inode *inode,
		      struct lscow_inline *content, struct lscow_error *err)
{
	struct lscow_xattr rest;
	int rc;

	*content = (struct lscow_inline){ .head = inode->iblock,
					  .head_bytes = LSCOW_IBLOCK_BYTES };
	if (!lscow_inode_is_inline(inode))
		return 0;
	rc = lscow_inline_check(fs, inode, err);
	if (rc == 0)
		rc = lscow_xattrs_find_inline(fs, inode, &rest, err);
	if (rc < 0)
		return rc;
	if (rc == 1)
		return lscow_extfs_damaged(fs, err, "inode %u: inline content without the xattr "
					   "system.data", inode->ino);
	if (rest.value_ino != 0)
		return lscow_extfs_damaged(fs, err, "inode %u: inline content in inode %u, "
					   "expected it in the same", inode->ino,
					   rest.value_ino);
	content->tail = rest.value;
	content->tail_bytes = rest.value_bytes;
	return 0;
}

void lscow_inline_copy(const struct lscow_inline *content, uint8_t *buffer,
		       size_t nr_bytes)
{
	size_t head_bytes = lscow_min_u64(content->head_bytes, nr_bytes);
	size_t tail_bytes = lscow_min_u64(content->tail_bytes, nr_bytes - head_bytes);

	memset(buffer, 0, nr_bytes);
	if (head_bytes > 0)
		memcpy(buffer, content->head, head_bytes);
	if (tail_bytes > 0)
		memcpy(buffer + head_bytes, content->tail, tail_bytes);
}
