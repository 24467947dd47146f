/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The blocks that have a fixed place in a filesystem, by its geometry. */

#ifndef LSCOW_EXTFS_FIXED_H
#define LSCOW_EXTFS_FIXED_H

#include "extfs/extfs.h"

/* Neighbouring blocks with one purpose. */
struct lscow_fixed_run {
	uint64_t start_block;
	uint64_t nr_blocks;
	enum lscow_block_class class;
	uint32_t group; /* that it serves; with flexible groups it may lie in another */
};

typedef void lscow_fixed_fn(void *data, const struct lscow_fixed_run *run);

/*
 * Calls fn for all that is a boot block, superblock, descriptors (reserved ones
 * too), bitmap or inode table, group by group. Nothing is read for it.
 */
void lscow_fixed_each(const struct lscow_extfs *fs, lscow_fixed_fn *fn, void *data);

/*
 * Calls fn for the whole clusters (feature bigalloc) that these are in, with the
 * class LSCOW_BLOCK_SLACK: it holds for those of their blocks that have no other.
 */
void lscow_fixed_each_slack(const struct lscow_extfs *fs, lscow_fixed_fn *fn, void *data);

#endif
