/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A journal that was not written back: which blocks it has, newest first. */

#include "extfs/log.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "extfs/crc32c.h"
#include "extfs/log-end.h"

/* Revoke blocks: how many bytes count, then the blocks. */
#define REVOKE_NR_BYTES 0x0C
#define REVOKE_BLOCKS 0x10
/* Fast commits, little-endian: tag, length, then of the first tag features and transaction. */
#define FAST_COMMIT_HEAD 9
#define FAST_COMMIT_TID 8

/* Up to this transaction, a block that it or an older one logged does not count. */
struct revoke {
	uint64_t block;
	uint32_t tid;
};

struct reading {
	struct lscow_log_walk walk;
	struct lscow_vector *blocks; /* of struct lscow_logged_block */
	struct lscow_vector revokes; /* of struct revoke */
};

/* Transactions are numbered in a ring. */
static bool is_newer(uint32_t tid, uint32_t than)
{
	return (int32_t)(tid - than) > 0;
}

/* ---- what the log has ----------------------------------------------------------------- */

static int add_tag(struct reading *reading, const struct lscow_log_tag *tag,
		   struct lscow_error *err)
{
	struct lscow_log_walk *walk = &reading->walk;
	struct lscow_logged_block logged = {
		.block = tag->block, .tid = walk->tid, .checksum = tag->checksum,
		.is_escaped = tag->flags & LSCOW_LOG_TAG_ESCAPED,
	};
	int rc;

	if (tag->block >= walk->log->nr_device_blocks)
		return lscow_log_damaged(walk->log, err, "transaction %u: block %llu, "
					 "expected below %llu", walk->tid,
					 (unsigned long long)tag->block,
					 (unsigned long long)walk->log->nr_device_blocks);
	rc = lscow_log_find_block(walk, walk->at, &logged.device_block, err);
	if (rc == 0)
		rc = lscow_log_move_on(walk, 1, err);
	return rc != 0 ? rc : lscow_vector_push(reading->blocks, &logged, err);
}

static int add_descriptor(struct reading *reading, struct lscow_error *err)
{
	uint32_t offset = LSCOW_LOG_BLOCK_HEADER_BYTES;
	struct lscow_log_tag tag;
	int rc = 0;

	while (rc == 0 && lscow_log_next_tag(&reading->walk, &offset, &tag))
		rc = add_tag(reading, &tag, err);
	return rc;
}

static int add_revokes(struct reading *reading, struct lscow_error *err)
{
	const struct lscow_log_walk *walk = &reading->walk;
	uint32_t number_bytes = walk->header.has_64bit ? 8 : 4;
	uint32_t nr_bytes = lscow_load_be32(walk->block + REVOKE_NR_BYTES);
	int rc = 0;

	if (nr_bytes > lscow_log_get_end(walk))
		return lscow_log_damaged(walk->log, err, "transaction %u: found %u bytes of "
					 "revoked blocks, expected at most %u", walk->tid,
					 nr_bytes, lscow_log_get_end(walk));
	for (uint32_t at = REVOKE_BLOCKS; rc == 0 && at + number_bytes <= nr_bytes;
	     at += number_bytes) {
		const uint8_t *bytes = walk->block + at;
		struct revoke revoke = {
			.block = number_bytes == 8 ? lscow_load_be64(bytes)
						   : lscow_load_be32(bytes),
			.tid = walk->tid,
		};

		rc = lscow_vector_push(&reading->revokes, &revoke, err);
	}
	return rc;
}

static int collect(struct reading *reading, uint32_t end_tid, struct lscow_error *err)
{
	struct lscow_log_walk *walk = &reading->walk;
	uint32_t type;
	int rc = 0;

	lscow_log_go_to_start(walk);
	while (rc == 0 && walk->tid != end_tid) {
		rc = lscow_log_read_next(walk, &type, err);
		if (rc != 0)
			break;
		switch (type) {
		case LSCOW_LOG_DESCRIPTOR: rc = add_descriptor(reading, err); break;
		case LSCOW_LOG_COMMIT: walk->tid++; break;
		case LSCOW_LOG_REVOKE: rc = add_revokes(reading, err); break;
		default:
			rc = lscow_log_damaged(walk->log, err, "found transaction %u, "
					       "expected all before %u", walk->tid, end_tid);
			break;
		}
	}
	return rc;
}

/* ---- what of it counts -------------------------------------------------------------- */

/* By block, the newest first. */
static int compare_logged(const void *left, const void *right)
{
	const struct lscow_logged_block *a = left, *b = right;

	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return a->tid == b->tid ? 0 : is_newer(a->tid, b->tid) ? -1 : 1;
}

static int compare_revokes(const void *left, const void *right)
{
	const struct revoke *a = left, *b = right;

	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return a->tid == b->tid ? 0 : is_newer(a->tid, b->tid) ? -1 : 1;
}

/* Keeps the newest of each block, unless it was revoked then or later. */
static void keep_newest(struct reading *reading)
{
	struct lscow_logged_block *blocks = reading->blocks->items;
	const struct revoke *revokes = reading->revokes.items;
	size_t nr_kept = 0, next_revoke = 0;

	lscow_vector_sort(reading->blocks, compare_logged);
	lscow_vector_sort(&reading->revokes, compare_revokes);
	for (size_t i = 0; i < reading->blocks->nr; i++) {
		if (i > 0 && blocks[i].block == blocks[i - 1].block)
			continue;
		while (next_revoke < reading->revokes.nr &&
		       revokes[next_revoke].block < blocks[i].block)
			next_revoke++;
		if (next_revoke < reading->revokes.nr &&
		    revokes[next_revoke].block == blocks[i].block &&
		    !is_newer(blocks[i].tid, revokes[next_revoke].tid))
			continue;
		blocks[nr_kept++] = blocks[i];
	}
	reading->blocks->nr = nr_kept;
}

/* Version 2 keeps the lower half only. */
static int verify_content(const struct lscow_log_walk *walk,
			  const struct lscow_logged_block *logged, struct lscow_error *err)
{
	uint8_t tid[4] = { (uint8_t)(logged->tid >> 24), (uint8_t)(logged->tid >> 16),
			   (uint8_t)(logged->tid >> 8), (uint8_t)logged->tid };
	uint32_t crc;
	int rc = lscow_log_read_device_block(walk, logged->device_block, walk->content, err);

	if (rc != 0)
		return rc;
	crc = lscow_crc32c(walk->header.checksum_seed, tid, sizeof(tid));
	crc = lscow_crc32c(crc, walk->content, walk->log->block_bytes);
	if ((walk->header.has_tags_v3 ? crc : crc & 0xFFFF) == logged->checksum)
		return 0;
	return lscow_log_damaged(walk->log, err, "transaction %u: block %llu: wrong checksum",
				 logged->tid, (unsigned long long)logged->block);
}

static int verify_contents(struct reading *reading, struct lscow_error *err)
{
	const struct lscow_logged_block *blocks = reading->blocks->items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && reading->walk.header.has_block_checksums &&
			   i < reading->blocks->nr; i++)
		rc = verify_content(&reading->walk, &blocks[i], err);
	return rc;
}

/* They tell of files, not of blocks, and follow the last transaction. */
static int refuse_fast_commits(const struct lscow_log_walk *walk, uint32_t end_tid,
			       struct lscow_error *err)
{
	const uint8_t *block = walk->block;
	int rc;

	if (walk->header.fast_commit_block == 0)
		return 0;
	rc = lscow_log_read_block(walk, walk->header.fast_commit_block, walk->block, err);
	if (rc != 0)
		return rc;
	if (lscow_load_le16(block) != FAST_COMMIT_HEAD ||
	    lscow_load_le32(block + FAST_COMMIT_TID) != end_tid)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: journal: found fast commits after transaction %u (feature "
			       "fast_commit), expected whole transactions only; mount the "
			       "filesystem once, or a copy of it", walk->log->device->name,
			       end_tid - 1);
}

/* What is between the start and the end. */
static int read_log(struct reading *reading, struct lscow_log_end *end,
		    struct lscow_error *err)
{
	int rc = lscow_log_find_end(&reading->walk, end, err);

	if (rc == 0)
		rc = refuse_fast_commits(&reading->walk, end->tid, err);
	if (rc == 0)
		rc = collect(reading, end->tid, err);
	if (rc != 0)
		return rc;
	keep_newest(reading);
	return verify_contents(reading, err);
}

/* ---- whether anybody goes on with it --------------------------------------------------- */

static int set_mark(const struct lscow_log_walk *walk, uint32_t block,
		    struct lscow_log_mark *mark, struct lscow_error *err)
{
	int rc = lscow_log_find_block(walk, block, &mark->device_block, err);

	if (rc == 0)
		rc = lscow_log_read_device_block(walk, mark->device_block, walk->block, err);
	if (rc == 0)
		mark->crc = lscow_crc32c(~0u, walk->block, walk->log->block_bytes);
	return rc;
}

int lscow_log_check_marks(struct lscow_device *device, uint32_t block_bytes,
			  const struct lscow_log_mark marks[LSCOW_NR_LOG_MARKS],
			  bool *is_moved, struct lscow_error *err)
{
	uint8_t *block = malloc(block_bytes);
	int rc = 0;

	if (!block)
		return lscow_error_no_memory(err, "the journal");
	*is_moved = false;
	for (int i = 0; rc == 0 && i < LSCOW_NR_LOG_MARKS; i++) {
		rc = lscow_device_read(device, marks[i].device_block * block_bytes, block,
				       block_bytes, err);
		*is_moved |= rc == 0 && lscow_crc32c(~0u, block, block_bytes) != marks[i].crc;
	}
	free(block);
	return rc;
}

static uint64_t count_log_blocks(const struct lscow_map *map)
{
	const struct lscow_run *runs = map->runs.items;
	size_t nr = map->runs.nr;

	return nr > 0 ? runs[nr - 1].logical_block + runs[nr - 1].nr_blocks : 0;
}

static int read_header(struct lscow_log_walk *walk, struct lscow_error *err)
{
	int rc;

	walk->block = malloc(walk->log->block_bytes);
	walk->content = malloc(walk->log->block_bytes);
	if (!walk->block || !walk->content)
		return lscow_error_no_memory(err, "the journal");
	rc = lscow_log_read_block(walk, 0, walk->block, err);
	if (rc != 0)
		return rc;
	return lscow_log_header_decode(walk->log, walk->block, count_log_blocks(walk->log->map),
				       &walk->header, err);
}

int lscow_log_read(const struct lscow_log *log, struct lscow_vector *blocks,
		   struct lscow_log_mark marks[LSCOW_NR_LOG_MARKS], struct lscow_error *err)
{
	struct reading reading = { .walk = { .log = log }, .blocks = blocks,
				   .revokes = LSCOW_VECTOR(struct revoke) };
	struct lscow_log_walk *walk = &reading.walk;
	struct lscow_log_end end;
	int rc = read_header(walk, err);

	end = (struct lscow_log_end){ .next_block = walk->header.first_block };
	if (rc == 0 && walk->header.start_block != 0)
		rc = read_log(&reading, &end, err);
	if (rc == 0)
		rc = set_mark(walk, 0, &marks[0], err);
	if (rc == 0)
		rc = set_mark(walk, end.next_block, &marks[1], err);
	lscow_vector_free(&reading.revokes);
	free(walk->block);
	free(walk->content);
	return rc;
}
