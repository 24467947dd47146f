/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Finds the inodes that differ in the changed blocks of the inode tables. */

#include "diff/itable.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "diff/lookahead.h"
#include "extfs/unused.h"

/* How much of a table is read from each view at once. */
#define TABLE_PART_BYTES (UINT64_C(256) << 10)

struct itable_diff {
	struct lscow_inodes *inodes;
	const struct lscow_views *views;
	uint8_t *buffers[LSCOW_NR_SIDES];
	struct lscow_lookahead tables;
	struct lscow_lookahead data; /* what is compared for each inode found */
	struct lscow_error *err;
};

/* Inodes of a group at or behind this number are in use in neither view. */
static uint32_t most_used_inodes(const struct lscow_views *views, uint32_t group)
{
	return lscow_max_u64(
		lscow_extfs_group_used_inodes(views->fs[LSCOW_SIDE_OLD], group),
		lscow_extfs_group_used_inodes(views->fs[LSCOW_SIDE_NEW], group));
}

static int examine(struct itable_diff *diff, uint32_t ino,
		   uint8_t *const raws[LSCOW_NR_SIDES])
{
	const uint8_t *const borrowed[LSCOW_NR_SIDES] = { raws[0], raws[1] };

	lscow_lookahead_move(&diff->data, 1);
	if (lscow_extfs_is_hidden_inode(diff->views->fs[LSCOW_SIDE_OLD], ino) &&
	    lscow_extfs_is_hidden_inode(diff->views->fs[LSCOW_SIDE_NEW], ino))
		return 0;
	return lscow_inodes_examine_raw(diff->inodes, ino, borrowed, diff->err);
}

/* No view has it in use, as the descriptor of its group says. */
static int check_unused(struct itable_diff *diff, uint32_t ino,
			uint8_t *const raws[LSCOW_NR_SIDES])
{
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = lscow_unused_check(diff->views->fs[side], &diff->inodes->bitmaps[side],
					ino, raws[side], diff->err);
	return rc;
}

/* Looks at the inodes that differ among those in the buffers; nr_used may be in use. */
static int diff_part(struct itable_diff *diff, uint32_t first_ino, uint32_t nr_inodes,
		     uint32_t nr_used)
{
	uint32_t inode_bytes = diff->views->fs[LSCOW_SIDE_NEW]->sb.inode_bytes;
	uint8_t *raws[LSCOW_NR_SIDES];
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < nr_inodes; i++) {
		uint32_t ino = first_ino + i;

		for (int side = 0; side < LSCOW_NR_SIDES; side++)
			raws[side] = diff->buffers[side] + (size_t)i * inode_bytes;
		if (memcmp(raws[0], raws[1], inode_bytes) == 0)
			continue;
		rc = i < nr_used ? examine(diff, ino, raws) : check_unused(diff, ino, raws);
		rc = lscow_inodes_step_over(diff->inodes, rc, diff->err);
	}
	return rc;
}

/* Some changed blocks of one table, first_block counted from its start. */
static int diff_blocks(struct itable_diff *diff, uint32_t group, uint64_t first_block,
		       uint64_t nr_blocks)
{
	const struct lscow_extfs *fs = diff->views->fs[LSCOW_SIDE_NEW];
	uint32_t per_block = fs->sb.block_bytes / fs->sb.inode_bytes;
	uint64_t table_block = ext2fs_inode_table_loc(fs->handle, group);
	uint32_t nr_used = most_used_inodes(diff->views, group);
	uint32_t first_index = (uint32_t)first_block * per_block;
	uint32_t end_index = (uint32_t)lscow_min_u64(first_index + nr_blocks * per_block,
						     fs->sb.inodes_per_group);
	uint32_t nr_inodes = end_index > first_index ? end_index - first_index : 0;
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = lscow_extfs_read_blocks(diff->views->fs[side], LSCOW_READ_INODE_TABLE,
					     table_block + first_block, nr_blocks,
					     diff->buffers[side], diff->err);
	if (rc == 0)
		rc = diff_part(diff, group * fs->sb.inodes_per_group + 1 + first_index,
			       nr_inodes, nr_used > first_index ? nr_used - first_index : 0);
	return rc;
}

static int diff_group(struct itable_diff *diff, uint32_t group)
{
	struct lscow_extfs *old_fs = diff->views->fs[LSCOW_SIDE_OLD];
	struct lscow_extfs *new_fs = diff->views->fs[LSCOW_SIDE_NEW];
	uint64_t table_block = ext2fs_inode_table_loc(new_fs->handle, group);
	uint64_t end_block = table_block + lscow_extfs_itable_blocks(new_fs);
	uint64_t most_blocks = TABLE_PART_BYTES / new_fs->sb.block_bytes;
	uint64_t block = table_block;
	uint64_t nr_blocks;
	int rc = 0;

	if (ext2fs_inode_table_loc(old_fs->handle, group) != table_block)
		return lscow_error_set(diff->err, LSCOW_E_UNKNOWABLE,
				       "%s: inode table of group %u at block %llu, expected "
				       "%llu as in %s", new_fs->device->name, group,
				       (unsigned long long)table_block,
				       (unsigned long long)ext2fs_inode_table_loc(
					       old_fs->handle, group),
				       old_fs->device->name);
	while (rc == 0 &&
	       lscow_blocks_next(diff->views->blocks, &block, end_block, &nr_blocks)) {
		nr_blocks = lscow_min_u64(nr_blocks, most_blocks);
		lscow_lookahead_move(&diff->tables, nr_blocks);
		rc = diff_blocks(diff, group, block - table_block, nr_blocks);
		block += nr_blocks;
	}
	return rc;
}

int lscow_itable_diff(struct lscow_inodes *inodes, lscow_progress_fn *progress,
		      void *progress_data, struct lscow_error *err)
{
	struct itable_diff diff = { .inodes = inodes, .views = inodes->views, .err = err };
	uint32_t nr_groups = inodes->views->fs[LSCOW_SIDE_NEW]->nr_groups;
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		diff.buffers[side] = malloc(TABLE_PART_BYTES);
		if (!diff.buffers[side])
			rc = lscow_error_no_memory(err, "inode tables");
	}
	lscow_lookahead_start(diff.views, LSCOW_SIDE_NEW, LSCOW_BLOCK_INODE_TABLE,
			      LSCOW_LOOKAHEAD_ALL, &diff.tables);
	/* What has no class yet is mostly content. */
	lscow_lookahead_start(diff.views, LSCOW_SIDE_NEW, LSCOW_BLOCK_UNKNOWN,
			      LSCOW_LOOKAHEAD_FIRST, &diff.data);
	for (uint32_t group = 0; rc == 0 && group < nr_groups; group++) {
		if (progress)
			progress(progress_data, "inode tables", group, nr_groups);
		rc = diff_group(&diff, group);
	}
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		free(diff.buffers[side]);
	return rc;
}
