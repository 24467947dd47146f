/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The inodes that hold the filesystem's own data and never have a name. */

#include "extfs/hidden.h"

int lscow_hidden_each(const struct lscow_extfs *fs, lscow_hidden_fn *fn, void *data,
		      struct lscow_error *err)
{
	const struct ext2_super_block *super = fs->handle->super;
	const uint32_t others[] = { super->s_prj_quota_inum, super->s_usr_quota_inum,
				    super->s_grp_quota_inum, super->s_orphan_file_inum };
	int rc = 0;

	for (uint32_t ino = 1; rc == 0 && ino < EXT2_FIRST_INODE(super); ino++)
		if (lscow_extfs_is_hidden_inode(fs, ino))
			rc = fn(data, ino, err);
	for (size_t i = 0; rc == 0 && i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i] >= EXT2_FIRST_INODE(super) &&
		    lscow_extfs_is_hidden_inode(fs, others[i]))
			rc = fn(data, others[i], err);
	return rc;
}

enum lscow_block_class lscow_hidden_class(const struct lscow_extfs *fs, uint32_t ino)
{
	return ino == fs->handle->super->s_journal_inum ? LSCOW_BLOCK_JOURNAL
							: LSCOW_BLOCK_HIDDEN;
}

const char *lscow_hidden_name(const struct lscow_extfs *fs, uint32_t ino)
{
	const struct ext2_super_block *super = fs->handle->super;
	const struct {
		uint32_t ino;
		const char *name;
	} names[] = {
		{ super->s_journal_inum, "journal" },
		{ super->s_usr_quota_inum, "user quota" },
		{ super->s_grp_quota_inum, "group quota" },
		{ super->s_prj_quota_inum, "project quota" },
		{ super->s_orphan_file_inum, "orphan file" },
		{ EXT2_BAD_INO, "bad blocks" },
		{ EXT2_RESIZE_INO, "resize" },
		{ EXT2_JOURNAL_INO, "journal" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].ino == ino)
			return names[i].name;
	return "reserved";
}

int lscow_hidden_load_map(struct lscow_extfs *fs, const struct lscow_inode *inode,
			  struct lscow_map *map, struct lscow_error *err)
{
	/* The bad-blocks inode has a map but no mode. */
	if (inode->mode != 0)
		return lscow_map_load(fs, inode, map, err);
	lscow_vector_clear(&map->runs);
	lscow_vector_clear(&map->map_blocks);
	return lscow_map_load_indirect(fs, inode, map, err);
}
