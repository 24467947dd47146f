/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Reads all directories of given groups, in large reads announced ahead. */

#include "names/sweep.h"

#include "extfs/near.h"

/* A block of a directory that is to be read: an item of a lscow_near_list. */
struct directory_block {
	uint64_t block;
	uint32_t ino;
	uint32_t generation;
	enum lscow_names names;
};

int lscow_sweep_open(struct lscow_extfs *fs, const struct lscow_sweep_ops *ops, void *data,
		     struct lscow_sweep *sweep, struct lscow_error *err)
{
	*sweep = (struct lscow_sweep){ .fs = fs, .ops = ops, .data = data, .map = LSCOW_MAP };
	for (int i = 0; i < 2; i++)
		sweep->blocks[i] = LSCOW_VECTOR(struct directory_block);
	return lscow_scan_open(fs, &sweep->scan, err);
}

void lscow_sweep_close(struct lscow_sweep *sweep)
{
	lscow_map_free(&sweep->map);
	for (int i = 0; i < 2; i++)
		lscow_vector_free(&sweep->blocks[i]);
	lscow_scan_close(&sweep->scan);
}

static int step_over(void *data, int rc, const struct lscow_error *err)
{
	const struct lscow_sweep *sweep = data;

	if (rc >= 0 || !sweep->damage)
		return rc;
	if (sweep->damage->code == 0)
		*sweep->damage = *err;
	return 0;
}

/* ---- which blocks ---------------------------------------------------------- */

/* For lscow_scan_group: the list that a group's directories go to. */
struct collection {
	struct lscow_sweep *sweep;
	struct lscow_vector *blocks;
};

static int add_map(struct collection *collection, const struct lscow_inode *inode,
		   struct lscow_error *err)
{
	const struct lscow_run *runs = collection->sweep->map.runs.items;
	const struct lscow_extfs *fs = collection->sweep->fs;
	int rc = 0;

	if (collection->sweep->map.nr_blocks > fs->sb.nr_blocks - collection->blocks->nr)
		return lscow_extfs_damaged(fs, err, "directory inode %u: a block of it is "
					   "another directory's", inode->ino);
	for (size_t i = 0; rc == 0 && i < collection->sweep->map.runs.nr; i++)
		for (uint64_t j = 0; rc == 0 && j < runs[i].nr_blocks; j++) {
			struct directory_block place = { runs[i].physical_block + j,
							 inode->ino, inode->generation,
							 inode->names };

			rc = lscow_vector_push(collection->blocks, &place, err);
		}
	return rc;
}

static int take_entry(void *data, const struct lscow_dirent *entry,
		      struct lscow_error *err)
{
	struct lscow_sweep *sweep = data;

	return sweep->ops->take(sweep->data, sweep->directory_ino, entry, err);
}

/* What is in the inode is at hand: 1 where that was all there is to find. */
static int take_inline(struct lscow_sweep *sweep, const struct lscow_inode *inode,
		       struct lscow_error *err)
{
	int rc;

	sweep->directory_ino = inode->ino;
	rc = lscow_directory_parse_inline(sweep->fs, inode, take_entry, sweep, err);
	return rc == 0 && sweep->ops->is_done(sweep->data) ? 1 : rc;
}

static int add_directory(struct collection *collection, uint32_t ino, uint8_t *raw,
			 struct lscow_error *err)
{
	struct lscow_sweep *sweep = collection->sweep;
	struct lscow_inode inode;
	int rc = lscow_inode_decode(sweep->fs, ino, raw, &inode, err);

	if (rc != 0 || lscow_inode_state_of(&inode, true) != LSCOW_INODE_LIVE)
		return rc;
	rc = lscow_inode_verify(sweep->fs, ino, raw, err);
	sweep->nr_directories++;
	if (rc == 0 && lscow_inode_is_inline(&inode))
		return take_inline(sweep, &inode, err);
	if (rc == 0)
		rc = lscow_map_load(sweep->fs, &inode, &sweep->map, err);
	if (rc == 0)
		rc = lscow_directory_check_size(sweep->fs, &inode, &sweep->map, err);
	if (rc == 0)
		rc = lscow_directory_load_names(sweep->fs, &inode, &sweep->map, err);
	if (rc == 0)
		rc = add_map(collection, &inode, err);
	return rc;
}

static int add_inode(void *data, uint32_t ino, uint8_t *raw, struct lscow_error *err)
{
	struct collection *collection = data;

	/* Most are not, and cost no more than this look. */
	if (!lscow_inode_raw_is_directory(raw))
		return 0;
	return step_over(collection->sweep, add_directory(collection, ino, raw, err), err);
}

static struct lscow_near_list as_list(const struct lscow_vector *blocks)
{
	return (struct lscow_near_list){ blocks->items, blocks->nr, blocks->item_bytes,
					 LSCOW_READ_DIRECTORY };
}

static int collect_group(struct lscow_sweep *sweep, uint32_t group,
			 struct lscow_vector *blocks, struct lscow_error *err)
{
	struct collection collection = { .sweep = sweep, .blocks = blocks };
	struct lscow_near_list list;
	int rc;

	lscow_vector_clear(blocks);
	rc = lscow_scan_group(&sweep->scan, group, add_inode, &collection, err);
	lscow_vector_sort(blocks, lscow_near_compare);
	list = as_list(blocks);
	lscow_near_announce(sweep->fs, &list);
	return rc;
}

/* ---- what is in them --------------------------------------------------------- */

static int parse_block(struct lscow_sweep *sweep, const struct directory_block *place,
		       uint8_t *bytes, struct lscow_error *err)
{
	struct lscow_inode inode = { .ino = place->ino, .generation = place->generation,
				     .names = place->names };
	int rc;

	sweep->directory_ino = place->ino;
	rc = lscow_directory_verify_block(sweep->fs, &inode, place->block, bytes, err);
	if (rc == 0)
		rc = lscow_directory_parse_block(sweep->fs, &inode, place->block, bytes,
						 take_entry, sweep, err);
	return rc;
}

static int take_block(void *data, const void *item, uint8_t *bytes, struct lscow_error *err)
{
	struct lscow_sweep *sweep = data;
	int rc = step_over(data, parse_block(data, item, bytes, err), err);

	return rc == 0 && sweep->ops->is_done(sweep->data) ? 1 : rc;
}

static int read_blocks(struct lscow_sweep *sweep, const struct lscow_vector *blocks,
		       struct lscow_error *err)
{
	static const struct lscow_near_ops ops = { .take = take_block,
						   .step_over = step_over };
	struct lscow_near_list list = as_list(blocks);

	return lscow_near_read(sweep->fs, &list, &ops, sweep, err);
}

/* ---- one group after the other -------------------------------------------------- */

/* While the blocks of one group are on their way, those of the one before are read. */
int lscow_sweep_groups(struct lscow_sweep *sweep, const uint32_t *groups,
		       uint32_t nr_groups, struct lscow_error *err)
{
	uint32_t nr_announced = 0;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < nr_groups; i++) {
		lscow_scan_announce(&sweep->scan, groups, nr_groups, i, &nr_announced);
		if (sweep->progress)
			sweep->progress(sweep->progress_data, "names", sweep->nr_groups_done,
					sweep->fs->nr_groups);
		sweep->nr_groups_done++;
		rc = step_over(sweep, collect_group(sweep, groups[i], &sweep->blocks[i % 2],
						    err), err);
		if (rc == 0 && i > 0)
			rc = read_blocks(sweep, &sweep->blocks[(i - 1) % 2], err);
	}
	if (rc == 0 && nr_groups > 0)
		rc = read_blocks(sweep, &sweep->blocks[(nr_groups - 1) % 2], err);
	return rc;
}
