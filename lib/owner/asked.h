/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The blocks that were asked for, what they are, and which inodes lay claim to them. */

#ifndef LSCOW_OWNER_ASKED_H
#define LSCOW_OWNER_ASKED_H

#include "base/vector.h"

struct lscow_asked_block {
	uint64_t block;
	enum lscow_block_class class; /* LSCOW_BLOCK_UNKNOWN: not known yet */
	uint32_t nr_claims;
	uint32_t first_claim_ino;
	uint32_t nr_left;   /* of an xattr block: inodes that share it and are not known */
	uint32_t first_ino; /* of an inode table: the inodes that have their place in it */
	uint32_t nr_inos;
};

/* An inode that a block belongs to, or that is kept in it. */
struct lscow_claim {
	size_t index; /* of the block */
	uint32_t ino;
	bool has_offset;
	uint64_t offset_bytes; /* where in the inode's content the block begins */
};

struct lscow_asked {
	struct lscow_vector blocks; /* of struct lscow_asked_block, sorted, without doubles */
	struct lscow_vector claims; /* of struct lscow_claim */
	size_t nr_unknown; /* blocks without a class */
	size_t nr_shared;  /* blocks with inodes left */
};

/* How many claims on a block are kept: EXT4_XATTR_REFCOUNT_MAX may share one. */
#define LSCOW_MOST_CLAIMS 1024

/* Takes the blocks of rows (of struct lscow_owned_block) that are not outside. */
int lscow_asked_open(const struct lscow_vector *rows, struct lscow_asked *asked,
		     struct lscow_error *err);
void lscow_asked_close(struct lscow_asked *asked);

/* The index of the first block at or after this one; blocks.nr where there is none. */
size_t lscow_asked_find(const struct lscow_asked *asked, uint64_t block);
/* Gives a block without a class one. */
void lscow_asked_mark(struct lscow_asked *asked, size_t index,
		      enum lscow_block_class class);
/* Adds a claim, unless the block has too many already. */
int lscow_asked_claim(struct lscow_asked *asked, const struct lscow_claim *claim,
		      struct lscow_error *err);
/* Sets how many more inodes share a block. */
void lscow_asked_set_left(struct lscow_asked *asked, size_t index, uint32_t nr_left);
/* Sorts the claims by block and inode, and drops doubles. */
void lscow_asked_sort_claims(struct lscow_asked *asked);

#endif
