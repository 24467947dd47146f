/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A walk through all inodes in use, with their maps, nearest groups first. */

#include "extfs/walk.h"

#include "extfs/scan.h"

/* For lscow_scan_group. */
struct inode_walk {
	struct lscow_walk *walk;
	struct lscow_map map;
	uint32_t nr_groups_done;
};

static int step_over(const struct lscow_walk *walk, int rc, const struct lscow_error *err)
{
	return rc < 0 ? walk->ops->step_over(walk->data, rc, err) : rc;
}

static int walk_inode(void *data, uint32_t ino, uint8_t *raw, struct lscow_error *err)
{
	struct inode_walk *inodes = data;
	struct lscow_walk *walk = inodes->walk;
	struct lscow_inode inode;
	int rc;

	walk->nr_inodes++;
	if (walk->ops->skips(walk->data, ino))
		return 0;
	rc = lscow_inode_verify(walk->fs, ino, raw, err);
	if (rc == 0)
		rc = lscow_inode_decode(walk->fs, ino, raw, &inode, err);
	if (rc != 0)
		return step_over(walk, rc, err);
	rc = step_over(walk, lscow_map_load(walk->fs, &inode, &inodes->map, err), err);
	if (rc == 0)
		rc = step_over(walk, walk->ops->visit(walk->data, &inode, &inodes->map, err),
			       err);
	return rc;
}

static int walk_ring(struct inode_walk *inodes, struct lscow_scan *scan,
		     const struct lscow_rings *rings, struct lscow_error *err)
{
	struct lscow_walk *walk = inodes->walk;
	uint32_t nr_announced = 0;
	int rc = 0;

	for (uint32_t i = 0;
	     rc == 0 && i < rings->nr_groups && !walk->ops->is_done(walk->data); i++) {
		lscow_scan_announce(scan, rings->groups, rings->nr_groups, i, &nr_announced);
		if (walk->progress)
			walk->progress(walk->progress_data, "owners of blocks",
				       inodes->nr_groups_done, walk->fs->nr_groups);
		rc = lscow_scan_group(scan, rings->groups[i], walk_inode, inodes, err);
		if (rc < 0 && walk->ops->step_over_group)
			rc = walk->ops->step_over_group(walk->data, rc, err);
		inodes->nr_groups_done++;
	}
	return rc;
}

static int walk_rings(struct inode_walk *inodes, struct lscow_scan *scan,
		      struct lscow_error *err)
{
	struct lscow_walk *walk = inodes->walk;
	struct lscow_rings rings;
	int rc = lscow_rings_open(walk->fs, &rings, err);

	while (rc == 0 && !walk->ops->is_done(walk->data)) {
		rc = walk->ops->mark(walk->data, &rings, err);
		if (rc != 0 || !lscow_rings_next(&rings))
			break;
		rc = walk_ring(inodes, scan, &rings, err);
	}
	lscow_rings_close(&rings);
	return rc;
}

int lscow_walk_run(struct lscow_walk *walk, struct lscow_error *err)
{
	struct inode_walk inodes = { .walk = walk, .map = LSCOW_MAP };
	struct lscow_scan scan;
	int rc = lscow_scan_open(walk->fs, &scan, err);

	if (rc != 0)
		return rc;
	rc = walk_rings(&inodes, &scan, err);
	lscow_map_free(&inodes.map);
	lscow_scan_close(&scan);
	return rc;
}
