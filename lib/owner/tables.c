/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The inodes that are kept in those of the blocks that are inode tables. */

#include <stdlib.h>

#include "extfs/unused.h"
#include "owner/find.h"

/* A look at one block after the other. */
struct table_search {
	struct lscow_owner_find *find;
	struct lscow_bitmap bitmap;
	uint8_t *buffer; /* a block */
};

/* The filesystem keeps numbers for itself that it may have no use for. */
static bool is_worth_naming(const struct lscow_extfs *fs, const struct lscow_inode *inode)
{
	return !lscow_extfs_is_hidden_inode(fs, inode->ino) || inode->nr_links != 0;
}

static int claim_inode(struct table_search *table, size_t index, uint32_t ino, uint8_t *raw,
		       struct lscow_error *err)
{
	struct lscow_owner_find *find = table->find;
	struct lscow_claim claim = { .index = index, .ino = ino };
	struct lscow_inode inode;
	bool is_used;
	int rc = lscow_bitmap_test(&table->bitmap, ino, &is_used, err);

	if (rc == 0 && !is_used)
		return 0;
	if (rc == 0)
		rc = lscow_inode_verify(find->fs, ino, raw, err);
	if (rc == 0)
		rc = lscow_inode_decode(find->fs, ino, raw, &inode, err);
	if (rc != 0)
		return lscow_owner_step_over(find, rc, err);
	if (!is_worth_naming(find->fs, &inode))
		return 0;
	rc = lscow_asked_claim(find->asked, &claim, err);
	if (rc == 0)
		rc = lscow_named_inodes_add(find->named, &inode, err);
	return rc != 0 ? rc : lscow_owner_note_value(find, &inode, err);
}

static int check_unused(struct table_search *table, uint32_t ino, uint8_t *raw,
			struct lscow_error *err)
{
	int rc = lscow_unused_check(table->find->fs, &table->bitmap, ino, raw, err);

	return rc == 0 ? 0 : lscow_owner_step_over(table->find, rc, err);
}

static int read_block(struct table_search *table, size_t index,
		      const struct lscow_asked_block *block, struct lscow_error *err)
{
	struct lscow_extfs *fs = table->find->fs;
	uint32_t group = lscow_extfs_group_of_inode(fs, block->first_ino);
	uint64_t end_ino = (uint64_t)group * fs->sb.inodes_per_group + 1 +
			   lscow_extfs_group_used_inodes(fs, group);
	int rc;

	rc = lscow_extfs_read_blocks(fs, LSCOW_READ_INODE_TABLE, block->block, 1,
				     table->buffer, err);
	if (rc != 0)
		return lscow_owner_step_over(table->find, rc, err);
	for (uint32_t i = 0; rc == 0 && i < block->nr_inos; i++) {
		uint8_t *raw = table->buffer + (size_t)i * fs->sb.inode_bytes;
		uint32_t ino = block->first_ino + i;

		if (ino < end_ino)
			rc = claim_inode(table, index, ino, raw, err);
		else
			rc = check_unused(table, ino, raw, err);
	}
	return rc;
}

int lscow_owner_read_tables(struct lscow_owner_find *find, struct lscow_error *err)
{
	const struct lscow_asked_block *blocks = find->asked->blocks.items;
	struct table_search table = { .find = find };
	int rc = lscow_bitmap_open(find->fs, LSCOW_INODE_BITMAP, &table.bitmap, err);

	if (rc != 0)
		return rc;
	table.buffer = malloc(find->fs->sb.block_bytes);
	if (!table.buffer)
		rc = lscow_error_no_memory(err, "an inode table");
	for (size_t i = 0; rc == 0 && i < find->asked->blocks.nr; i++)
		if (blocks[i].class == LSCOW_BLOCK_INODE_TABLE)
			rc = read_block(&table, i, &blocks[i], err);
	free(table.buffer);
	lscow_bitmap_close(&table.bitmap);
	return rc;
}
