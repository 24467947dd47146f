/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What the blocks that were asked for are, and which inodes own them. */

#ifndef LSCOW_OWNER_FIND_H
#define LSCOW_OWNER_FIND_H

#include "extfs/map.h"
#include "owner/asked.h"
#include "owner/inodes.h"

/* One search. All is borrowed. */
struct lscow_owner_find {
	struct lscow_extfs *fs;
	const struct lscow_owner_options *options;
	struct lscow_asked *asked;
	struct lscow_named_inodes *named; /* gets the inodes that own or are in a block */
	struct lscow_error damage; /* with options->partial: the first failure */
	uint64_t nr_scanned; /* inodes */
	struct lscow_vector values; /* of uint32_t: inodes with claims that hold the value of
				       an xattr; during the search */
};

/*
 * Gives every block a class and its claims: by its place, by the bitmaps, by the
 * filesystem's own inodes, and then in one walk through the inode tables, which ends
 * when all are found. Blocks that are in use and stay without an owner keep
 * LSCOW_BLOCK_UNKNOWN, which is LSCOW_E_INCOMPLETE.
 */
int lscow_owner_find(struct lscow_owner_find *find, struct lscow_error *err);

/*
 * A lscow_owner_step_fn, data is the search: with options->partial every failure is
 * noted and stepped over.
 */
int lscow_owner_step_over(void *data, int rc, const struct lscow_error *err);

/* One of the blocks. */
static inline struct lscow_asked_block *
lscow_owner_get_block(const struct lscow_owner_find *find, size_t index)
{
	return &LSCOW_ITEMS(&find->asked->blocks, struct lscow_asked_block)[index];
}

/*
 * Part of the search, in claims.c: claims the blocks of an inode, those with content
 * and those of its map as of these classes. The inode is kept where it has any.
 */
int lscow_owner_claim_inode(struct lscow_owner_find *find, const struct lscow_inode *inode,
			    const struct lscow_map *map, enum lscow_block_class data_class,
			    enum lscow_block_class map_class, struct lscow_error *err);
/*
 * Parts of it in values.c. An inode that holds the value of an xattr has no name: what
 * it claims belongs to the inodes whose xattrs refer to it. _note_value() is told of
 * each inode with claims, _find_users() looks for those inodes at the end.
 */
int lscow_owner_note_value(struct lscow_owner_find *find, const struct lscow_inode *inode,
			   struct lscow_error *err);
int lscow_owner_find_users(struct lscow_owner_find *find, struct lscow_error *err);
/* Part of it too, in tables.c: claims of the inodes that are kept in blocks. */
int lscow_owner_read_tables(struct lscow_owner_find *find, struct lscow_error *err);

#endif
