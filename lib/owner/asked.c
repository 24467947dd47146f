/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The blocks that were asked for, what they are, and which inodes lay claim to them. */

#include "owner/asked.h"

static int compare_blocks(const void *left, const void *right)
{
	const struct lscow_asked_block *a = left, *b = right;

	return a->block < b->block ? -1 : a->block > b->block;
}

static void sort_blocks(struct lscow_asked *asked)
{
	struct lscow_asked_block *blocks;
	size_t nr_kept = 0;

	lscow_vector_sort(&asked->blocks, compare_blocks);
	blocks = asked->blocks.items;
	for (size_t i = 0; i < asked->blocks.nr; i++)
		if (nr_kept == 0 || blocks[nr_kept - 1].block != blocks[i].block)
			blocks[nr_kept++] = blocks[i];
	asked->blocks.nr = nr_kept;
	asked->nr_unknown = nr_kept;
}

int lscow_asked_open(const struct lscow_vector *rows, struct lscow_asked *asked,
		     struct lscow_error *err)
{
	const struct lscow_owned_block *items = rows->items;
	int rc = 0;

	*asked = (struct lscow_asked){
		.blocks = LSCOW_VECTOR(struct lscow_asked_block),
		.claims = LSCOW_VECTOR(struct lscow_claim),
	};
	for (size_t i = 0; rc == 0 && i < rows->nr; i++) {
		struct lscow_asked_block block = { .block = items[i].block };

		if (items[i].class != LSCOW_BLOCK_OUTSIDE)
			rc = lscow_vector_push(&asked->blocks, &block, err);
	}
	if (rc != 0)
		lscow_asked_close(asked);
	else
		sort_blocks(asked);
	return rc;
}

void lscow_asked_close(struct lscow_asked *asked)
{
	lscow_vector_free(&asked->blocks);
	lscow_vector_free(&asked->claims);
}

size_t lscow_asked_find(const struct lscow_asked *asked, uint64_t block)
{
	return lscow_u64_find_first(asked->blocks.items, asked->blocks.nr,
				    asked->blocks.item_bytes, block);
}

static struct lscow_asked_block *get_block(struct lscow_asked *asked, size_t index)
{
	return &LSCOW_ITEMS(&asked->blocks, struct lscow_asked_block)[index];
}

void lscow_asked_mark(struct lscow_asked *asked, size_t index,
		      enum lscow_block_class class)
{
	struct lscow_asked_block *block = get_block(asked, index);

	if (block->class != LSCOW_BLOCK_UNKNOWN)
		return;
	block->class = class;
	asked->nr_unknown--;
}

int lscow_asked_claim(struct lscow_asked *asked, const struct lscow_claim *claim,
		      struct lscow_error *err)
{
	struct lscow_asked_block *block = get_block(asked, claim->index);

	if (block->nr_claims == LSCOW_MOST_CLAIMS)
		return 0;
	if (block->nr_claims++ == 0)
		block->first_claim_ino = claim->ino;
	return lscow_vector_push(&asked->claims, claim, err);
}

void lscow_asked_set_left(struct lscow_asked *asked, size_t index, uint32_t nr_left)
{
	struct lscow_asked_block *block = get_block(asked, index);

	asked->nr_shared -= block->nr_left > 0;
	block->nr_left = nr_left;
	asked->nr_shared += block->nr_left > 0;
}

static int compare_claims(const void *left, const void *right)
{
	const struct lscow_claim *a = left, *b = right;

	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return a->offset_bytes < b->offset_bytes ? -1 : a->offset_bytes > b->offset_bytes;
}

void lscow_asked_sort_claims(struct lscow_asked *asked)
{
	struct lscow_claim *claims;
	size_t nr_kept = 0;

	lscow_vector_sort(&asked->claims, compare_claims);
	claims = asked->claims.items;
	for (size_t i = 0; i < asked->claims.nr; i++)
		if (nr_kept == 0 || compare_claims(&claims[nr_kept - 1], &claims[i]) != 0)
			claims[nr_kept++] = claims[i];
	asked->claims.nr = nr_kept;
}
