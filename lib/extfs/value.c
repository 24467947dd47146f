/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Values of xattrs that have an inode of their own (feature ea_inode). */

#include "extfs/value.h"

bool lscow_value_has_inodes(const struct lscow_extfs *fs)
{
	return fs->sb.incompat & EXT4_FEATURE_INCOMPAT_EA_INODE;
}

/* As fs/ext4/xattr.c looks at it (ext4_xattr_inode_get). */
static int check_inode(const struct lscow_extfs *fs, uint32_t user_ino,
		       const struct lscow_xattr *xattr, const struct lscow_inode *inode,
		       struct lscow_error *err)
{
	if (lscow_inode_state_of(inode, true) != LSCOW_INODE_VALUE ||
	    lscow_inode_type(inode) != LSCOW_TYPE_FILE || lscow_inode_is_deleted(inode))
		return lscow_extfs_damaged(fs, err, "inode %u: xattr value in inode %u, which "
					   "holds none", user_ino, inode->ino);
	if (inode->size_bytes != xattr->value_bytes)
		return lscow_extfs_damaged(fs, err, "inode %u: xattr value in inode %u, which "
					   "holds %llu bytes, expected %u", user_ino, inode->ino,
					   (unsigned long long)inode->size_bytes,
					   xattr->value_bytes);
	return 0;
}

int lscow_value_load(struct lscow_extfs *fs, uint32_t user_ino,
		     const struct lscow_xattr *xattr, uint8_t *raw,
		     struct lscow_inode *inode, struct lscow_map *map,
		     struct lscow_error *err)
{
	int rc = lscow_inode_load(fs, xattr->value_ino, raw, inode, err);

	if (rc == 0)
		rc = check_inode(fs, user_ino, xattr, inode, err);
	return rc != 0 ? rc : lscow_map_load(fs, inode, map, err);
}
