/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Inodes that a group's descriptor says were never used. */

#include "extfs/unused.h"

#include "extfs/inode.h"

/* Whether bytes that look like an inode may be left of another filesystem. */
static bool may_be_old(const struct lscow_extfs *fs, uint32_t group)
{
	return !lscow_extfs_has_checksums(fs) &&
	       !ext2fs_bg_flags_test(fs->handle, group, EXT2_BG_INODE_ZEROED);
}

int lscow_unused_check(struct lscow_extfs *fs, struct lscow_bitmap *bitmap, uint32_t ino,
		       uint8_t *raw, struct lscow_error *err)
{
	uint32_t group = lscow_extfs_group_of_inode(fs, ino);
	struct lscow_inode inode;
	bool is_used;
	int rc = lscow_bitmap_test(bitmap, ino, &is_used, err);

	if (rc != 0)
		return rc;
	if (!is_used) {
		if (may_be_old(fs, group) || lscow_inode_verify(fs, ino, raw, NULL) != 0 ||
		    lscow_inode_decode(fs, ino, raw, &inode, NULL) != 0 ||
		    lscow_inode_is_deleted(&inode))
			return 0;
	}
	return lscow_extfs_damaged(fs, err, "inode %u: is in use, but the descriptor of group "
				   "%u says that only its first %u inodes are", ino, group,
				   lscow_extfs_group_used_inodes(fs, group));
}
