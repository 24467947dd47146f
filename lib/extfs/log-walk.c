/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A walk through the blocks of a log, from its start. */

#include "extfs/log-walk.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "extfs/crc32c.h"

/* Tags. Those of version 3 have the checksum behind the high half of the block. */
#define TAG_SAME_UUID 2u
#define TAG_LAST 8u
#define UUID_BYTES 16

/* ---- blocks of the journal -------------------------------------------------- */

static int compare_run(const void *key, const void *item)
{
	const uint64_t *block = key;
	const struct lscow_run *run = item;

	if (*block < run->logical_block)
		return -1;
	return *block - run->logical_block >= run->nr_blocks;
}

int lscow_log_find_block(const struct lscow_log_walk *walk, uint64_t block,
			 uint64_t *device_block, struct lscow_error *err)
{
	const struct lscow_vector *runs = &walk->log->map->runs;
	const struct lscow_run *run = NULL;

	if (runs->nr > 0)
		run = bsearch(&block, runs->items, runs->nr, sizeof(*run), compare_run);
	if (!run)
		return lscow_log_damaged(walk->log, err, "block %llu of it is a hole",
					 (unsigned long long)block);
	*device_block = run->physical_block + (block - run->logical_block);
	return 0;
}

int lscow_log_read_device_block(const struct lscow_log_walk *walk, uint64_t device_block,
				uint8_t *bytes, struct lscow_error *err)
{
	uint32_t block_bytes = walk->log->block_bytes;

	return lscow_device_read(walk->log->device, device_block * block_bytes, bytes,
				 block_bytes, err);
}

int lscow_log_read_block(const struct lscow_log_walk *walk, uint64_t block,
			 uint8_t *bytes, struct lscow_error *err)
{
	uint64_t device_block;
	int rc = lscow_log_find_block(walk, block, &device_block, err);

	return rc != 0 ? rc : lscow_log_read_device_block(walk, device_block, bytes, err);
}

int lscow_log_move_on(struct lscow_log_walk *walk, uint32_t nr_blocks,
		      struct lscow_error *err)
{
	const struct lscow_log_header *header = &walk->header;
	uint32_t ring_blocks = header->end_block - header->first_block;

	if (nr_blocks > ring_blocks - walk->nr_read)
		return lscow_log_damaged(walk->log, err, "transaction %u does not end in "
					 "its %u blocks", walk->tid, ring_blocks);
	walk->nr_read += nr_blocks;
	walk->at += nr_blocks;
	if (walk->at >= header->end_block)
		walk->at -= ring_blocks;
	return 0;
}

void lscow_log_go_to_start(struct lscow_log_walk *walk)
{
	walk->at = walk->header.start_block;
	walk->tid = walk->header.start_tid;
	walk->nr_read = 0;
}

int lscow_log_read_next(struct lscow_log_walk *walk, uint32_t *type,
			struct lscow_error *err)
{
	int rc;

	*type = 0;
	if (walk->nr_read == walk->header.end_block - walk->header.first_block)
		return 0;
	rc = lscow_log_read_block(walk, walk->at, walk->block, err);
	if (rc != 0)
		return rc;
	if (lscow_load_be32(walk->block) != LSCOW_LOG_MAGIC ||
	    lscow_load_be32(walk->block + 8) != walk->tid)
		return 0;
	*type = lscow_load_be32(walk->block + 4);
	return lscow_log_move_on(walk, 1, err);
}

/* ---- checksums ----------------------------------------------------------------- */

/* Over a block whose four bytes at the offset, where the checksum is, count as zeros. */
static uint32_t sum_block(const struct lscow_log_walk *walk, uint32_t checksum_offset)
{
	static const uint8_t zeros[4];
	uint32_t crc = lscow_crc32c(walk->header.checksum_seed, walk->block,
				    checksum_offset);

	crc = lscow_crc32c(crc, zeros, sizeof(zeros));
	return lscow_crc32c(crc, walk->block + checksum_offset + sizeof(zeros),
			    walk->log->block_bytes - checksum_offset - sizeof(zeros));
}

bool lscow_log_has_right_checksum(const struct lscow_log_walk *walk,
				  uint32_t checksum_offset)
{
	return !walk->header.has_block_checksums ||
	       sum_block(walk, checksum_offset) ==
		       lscow_load_be32(walk->block + checksum_offset);
}

bool lscow_log_has_right_tail(const struct lscow_log_walk *walk)
{
	return lscow_log_has_right_checksum(walk, walk->log->block_bytes - LSCOW_LOG_TAIL_BYTES);
}

uint32_t lscow_log_get_end(const struct lscow_log_walk *walk)
{
	return walk->log->block_bytes -
	       (walk->header.has_block_checksums ? LSCOW_LOG_TAIL_BYTES : 0);
}

/* ---- descriptors ------------------------------------------------------------------ */

static void decode_tag(const struct lscow_log_walk *walk, const uint8_t *bytes,
		       struct lscow_log_tag *tag)
{
	const struct lscow_log_header *header = &walk->header;

	tag->block = lscow_load_be32(bytes);
	if (header->has_tags_v3) {
		tag->flags = lscow_load_be32(bytes + 4);
		tag->checksum = lscow_load_be32(bytes + 12);
	} else {
		tag->checksum = lscow_load_be16(bytes + 4);
		tag->flags = lscow_load_be16(bytes + 6);
	}
	if (header->has_64bit)
		tag->block |= (uint64_t)lscow_load_be32(bytes + 8) << 32;
}

bool lscow_log_next_tag(const struct lscow_log_walk *walk, uint32_t *offset,
			struct lscow_log_tag *tag)
{
	uint32_t end = lscow_log_get_end(walk);

	if (*offset + walk->header.tag_bytes > end)
		return false;
	decode_tag(walk, walk->block + *offset, tag);
	*offset += walk->header.tag_bytes;
	if (!(tag->flags & TAG_SAME_UUID))
		*offset += UUID_BYTES;
	if (tag->flags & TAG_LAST)
		*offset = end;
	return true;
}
