/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Block maps: which blocks of the filesystem hold an inode's data. */

#ifndef LSCOW_EXTFS_MAP_H
#define LSCOW_EXTFS_MAP_H

#include "base/vector.h"
#include "extfs/inode.h"

/* Neighbouring blocks of a file that are neighbours on the device too. */
struct lscow_run {
	uint64_t logical_block;
	uint64_t physical_block;
	uint64_t nr_blocks;
	bool is_unwritten; /* allocated, reads as zeros */
};

struct lscow_map {
	struct lscow_vector runs;       /* of struct lscow_run, by logical block */
	struct lscow_vector map_blocks; /* of uint64_t: extent nodes, indirect blocks */
	uint64_t nr_blocks;             /* in all runs */
};

#define LSCOW_MAP \
	((struct lscow_map){ LSCOW_VECTOR(struct lscow_run), LSCOW_VECTOR(uint64_t), 0 })

/*
 * Loads the map of an inode into map, which is emptied first. Inodes without
 * blocks have an empty map. Maps that overlap, point outside the filesystem or to
 * its fixed blocks, or hold more blocks than it has are damage.
 */
int lscow_map_load(struct lscow_extfs *fs, const struct lscow_inode *inode,
		   struct lscow_map *map, struct lscow_error *err);
void lscow_map_free(struct lscow_map *map);

/* For the loaders in extents.c and indirect.c. */
int lscow_map_add_run(const struct lscow_extfs *fs, uint32_t ino, struct lscow_map *map,
		      const struct lscow_run *run, struct lscow_error *err);
int lscow_map_add_map_block(const struct lscow_extfs *fs, uint32_t ino,
			    struct lscow_map *map, uint64_t block, struct lscow_error *err);
int lscow_map_load_extents(struct lscow_extfs *fs, const struct lscow_inode *inode,
			   struct lscow_map *map, struct lscow_error *err);
int lscow_map_load_indirect(struct lscow_extfs *fs, const struct lscow_inode *inode,
			    struct lscow_map *map, struct lscow_error *err);

#endif
