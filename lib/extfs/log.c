/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A journal that was not written back: which blocks it has, newest first. */

#include "extfs/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/units.h"
#include "extfs/crc32c.h"
#include "extfs/log-header.h"

/* Tags. Those of version 3 have the checksum behind the high half of the block. */
#define TAG_ESCAPED 1u
#define TAG_SAME_UUID 2u
#define TAG_LAST 8u
#define UUID_BYTES 16
/* The checksum at the end of a descriptor or revoke block. */
#define TAIL_BYTES 4
/* Commit blocks. */
#define COMMIT_CHECKSUM_TYPE 0x0C
#define COMMIT_CHECKSUM_BYTES 0x0D
#define COMMIT_CHECKSUM 0x10
#define COMMIT_SECONDS 0x30
#define CHECKSUM_TYPE_CRC32 1
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

/* A walk through the log, from its start. */
struct reading {
	const struct lscow_log *log;
	struct lscow_log_header header;
	uint32_t at; /* the next block of the journal */
	uint32_t tid; /* the next transaction */
	uint32_t nr_read; /* blocks since the start */
	uint32_t next_at; /* where the transaction begins that comes next */
	uint8_t *block;  /* the last that was read */
	uint8_t *content; /* of a logged block */
	struct lscow_vector *blocks; /* of struct lscow_logged_block */
	struct lscow_vector revokes; /* of struct revoke */
};

/* Transactions are numbered in a ring. */
static bool is_newer(uint32_t tid, uint32_t than)
{
	return (int32_t)(tid - than) > 0;
}

/* ---- blocks of the journal -------------------------------------------------- */

static int compare_run(const void *key, const void *item)
{
	const uint64_t *block = key;
	const struct lscow_run *run = item;

	if (*block < run->logical_block)
		return -1;
	return *block - run->logical_block >= run->nr_blocks;
}

static int find_block(const struct reading *reading, uint64_t block, uint64_t *device_block,
		      struct lscow_error *err)
{
	const struct lscow_vector *runs = &reading->log->map->runs;
	const struct lscow_run *run = NULL;

	if (runs->nr > 0)
		run = bsearch(&block, runs->items, runs->nr, sizeof(*run), compare_run);
	if (!run)
		return lscow_log_damaged(reading->log, err, "block %llu of it is a hole",
					 (unsigned long long)block);
	*device_block = run->physical_block + (block - run->logical_block);
	return 0;
}

static int read_device_block(const struct reading *reading, uint64_t device_block,
			     uint8_t *bytes, struct lscow_error *err)
{
	uint32_t block_bytes = reading->log->block_bytes;

	return lscow_device_read(reading->log->device, device_block * block_bytes, bytes,
				 block_bytes, err);
}

static int read_block(const struct reading *reading, uint64_t block, uint8_t *bytes,
		      struct lscow_error *err)
{
	uint64_t device_block;
	int rc = find_block(reading, block, &device_block, err);

	return rc != 0 ? rc : read_device_block(reading, device_block, bytes, err);
}

/* Goes on by so many blocks; a log is never longer than its ring. */
static int move_on(struct reading *reading, uint32_t nr_blocks, struct lscow_error *err)
{
	const struct lscow_log_header *header = &reading->header;
	uint32_t ring_blocks = header->end_block - header->first_block;

	if (nr_blocks > ring_blocks - reading->nr_read)
		return lscow_log_damaged(reading->log, err, "transaction %u does not end in "
					 "its %u blocks", reading->tid, ring_blocks);
	reading->nr_read += nr_blocks;
	reading->at += nr_blocks;
	if (reading->at >= header->end_block)
		reading->at -= ring_blocks;
	return 0;
}

static void go_to_start(struct reading *reading)
{
	reading->at = reading->header.start_block;
	reading->tid = reading->header.start_tid;
	reading->nr_read = 0;
}

/*
 * Reads the next block of the log into reading->block. type is 0 where the log
 * ends: something else is there, or what is left of older transactions.
 */
static int read_next(struct reading *reading, uint32_t *type, struct lscow_error *err)
{
	int rc = 0;

	*type = 0;
	if (reading->nr_read == reading->header.end_block - reading->header.first_block)
		return 0;
	rc = read_block(reading, reading->at, reading->block, err);
	if (rc != 0)
		return rc;
	if (lscow_load_be32(reading->block) != LSCOW_LOG_MAGIC ||
	    lscow_load_be32(reading->block + 8) != reading->tid)
		return 0;
	*type = lscow_load_be32(reading->block + 4);
	return move_on(reading, 1, err);
}

/* ---- checksums ----------------------------------------------------------------- */

/* Over a block whose four bytes at the offset, where the checksum is, count as zeros. */
static uint32_t sum_block(const struct reading *reading, uint32_t checksum_offset)
{
	static const uint8_t zeros[4];
	uint32_t crc = lscow_crc32c(reading->header.checksum_seed, reading->block,
				    checksum_offset);

	crc = lscow_crc32c(crc, zeros, sizeof(zeros));
	return lscow_crc32c(crc, reading->block + checksum_offset + sizeof(zeros),
			    reading->log->block_bytes - checksum_offset - sizeof(zeros));
}

static bool has_right_checksum(const struct reading *reading, uint32_t checksum_offset)
{
	return !reading->header.has_block_checksums ||
	       sum_block(reading, checksum_offset) ==
		       lscow_load_be32(reading->block + checksum_offset);
}

static bool has_right_tail(const struct reading *reading)
{
	return has_right_checksum(reading, reading->log->block_bytes - TAIL_BYTES);
}

/* ---- descriptors ------------------------------------------------------------------ */

struct tag {
	uint64_t block;
	uint32_t flags;
	uint32_t checksum;
};

static void decode_tag(const struct reading *reading, const uint8_t *bytes, struct tag *tag)
{
	const struct lscow_log_header *header = &reading->header;

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

/* The tag at *offset of a descriptor block, which moves on; false behind the last. */
static bool next_tag(const struct reading *reading, uint32_t *offset, struct tag *tag)
{
	uint32_t end = reading->log->block_bytes -
		       (reading->header.has_block_checksums ? TAIL_BYTES : 0);

	if (*offset + reading->header.tag_bytes > end)
		return false;
	decode_tag(reading, reading->block + *offset, tag);
	*offset += reading->header.tag_bytes;
	if (!(tag->flags & TAG_SAME_UUID))
		*offset += UUID_BYTES;
	if (tag->flags & TAG_LAST)
		*offset = end;
	return true;
}

static uint32_t count_tags(const struct reading *reading)
{
	uint32_t offset = LSCOW_LOG_BLOCK_HEADER_BYTES, nr_tags = 0;
	struct tag tag;

	while (next_tag(reading, &offset, &tag))
		nr_tags++;
	return nr_tags;
}

/* ---- the first pass: where the log ends ----------------------------------------------- */

struct scan {
	uint32_t transaction_crc; /* of version 1 */
	uint64_t last_seconds;    /* when the transaction before was committed */
	bool has_doubts;          /* a checksum did not fit: old blocks, or damage */
	bool has_end;             /* the log ends before end_tid, whatever follows */
	uint32_t end_tid;
	bool is_done;
};

/* Version 1 has one checksum for descriptors and their blocks. */
static int sum_transaction(struct reading *reading, struct scan *scan, uint32_t nr_tags,
			   struct lscow_error *err)
{
	uint32_t block_bytes = reading->log->block_bytes;
	int rc = 0;

	scan->transaction_crc = ext2fs_crc32_be(scan->transaction_crc, reading->block,
						block_bytes);
	for (uint32_t i = 0; rc == 0 && i < nr_tags; i++) {
		rc = read_block(reading, reading->at, reading->content, err);
		if (rc == 0)
			rc = move_on(reading, 1, err);
		if (rc == 0)
			scan->transaction_crc = ext2fs_crc32_be(scan->transaction_crc,
								reading->content, block_bytes);
	}
	return rc;
}

static int scan_descriptor(struct reading *reading, struct scan *scan,
			   struct lscow_error *err)
{
	uint32_t nr_tags = count_tags(reading);

	if (!has_right_tail(reading))
		scan->has_doubts = true;
	if (reading->header.has_transaction_checksum && !scan->has_end)
		return sum_transaction(reading, scan, nr_tags, err);
	return move_on(reading, nr_tags, err);
}

static bool has_right_commit(const struct reading *reading, const struct scan *scan)
{
	const uint8_t *block = reading->block;
	uint32_t checksum = lscow_load_be32(block + COMMIT_CHECKSUM);
	uint8_t type = block[COMMIT_CHECKSUM_TYPE], nr_bytes = block[COMMIT_CHECKSUM_BYTES];

	if (!reading->header.has_transaction_checksum)
		return has_right_checksum(reading, COMMIT_CHECKSUM);
	/* A kernel that computed none left zeros. */
	return (type == CHECKSUM_TYPE_CRC32 && nr_bytes == 4 &&
		checksum == scan->transaction_crc) ||
	       (type == 0 && nr_bytes == 0 && checksum == 0);
}

/*
 * Transactions that seem to follow but are older than the one before are what the
 * ring had there in an earlier life. Without async_commit a commit block is only
 * written when all before it is: a wrong checksum is damage. With it, it is where a
 * crash cut off.
 */
static int scan_commit(struct reading *reading, struct scan *scan, struct lscow_error *err)
{
	uint64_t seconds = lscow_load_be64(reading->block + COMMIT_SECONDS);
	bool is_right = !scan->has_doubts && has_right_commit(reading, scan);
	bool is_stale = seconds < scan->last_seconds;

	scan->transaction_crc = ~0u;
	if (!is_right && is_stale) {
		scan->is_done = true;
		return 0;
	}
	if (scan->has_doubts || (!is_right && !reading->header.has_async_commit) ||
	    (reading->header.has_transaction_checksum && scan->has_end))
		return lscow_log_damaged(reading->log, err, "transaction %u: wrong checksum",
					 reading->tid);
	if (!is_right && !scan->has_end) {
		scan->has_end = true;
		scan->end_tid = reading->tid;
	}
	scan->last_seconds = seconds;
	reading->next_at = reading->at;
	reading->tid++;
	return 0;
}

static int find_end(struct reading *reading, uint32_t *end_tid, struct lscow_error *err)
{
	struct scan scan = { .transaction_crc = ~0u };
	uint32_t type;
	int rc = 0;

	go_to_start(reading);
	reading->next_at = reading->at;
	while (rc == 0 && !scan.is_done) {
		rc = read_next(reading, &type, err);
		if (rc != 0)
			break;
		switch (type) {
		case LSCOW_LOG_DESCRIPTOR: rc = scan_descriptor(reading, &scan, err); break;
		case LSCOW_LOG_COMMIT: rc = scan_commit(reading, &scan, err); break;
		case LSCOW_LOG_REVOKE: scan.has_doubts |= !has_right_tail(reading); break;
		default: scan.is_done = true; break;
		}
	}
	*end_tid = scan.has_end ? scan.end_tid : reading->tid;
	return rc;
}

/* ---- the second pass: what it has --------------------------------------------------- */

static int add_tag(struct reading *reading, const struct tag *tag, struct lscow_error *err)
{
	struct lscow_logged_block logged = {
		.block = tag->block, .tid = reading->tid, .checksum = tag->checksum,
		.is_escaped = tag->flags & TAG_ESCAPED,
	};
	int rc;

	if (tag->block >= reading->log->nr_device_blocks)
		return lscow_log_damaged(reading->log, err, "transaction %u: block %llu, "
					 "expected below %llu", reading->tid,
					 (unsigned long long)tag->block,
					 (unsigned long long)reading->log->nr_device_blocks);
	rc = find_block(reading, reading->at, &logged.device_block, err);
	if (rc == 0)
		rc = move_on(reading, 1, err);
	return rc != 0 ? rc : lscow_vector_push(reading->blocks, &logged, err);
}

static int add_descriptor(struct reading *reading, struct lscow_error *err)
{
	uint32_t offset = LSCOW_LOG_BLOCK_HEADER_BYTES;
	struct tag tag;
	int rc = 0;

	while (rc == 0 && next_tag(reading, &offset, &tag))
		rc = add_tag(reading, &tag, err);
	return rc;
}

static int add_revokes(struct reading *reading, struct lscow_error *err)
{
	uint32_t number_bytes = reading->header.has_64bit ? 8 : 4;
	uint32_t nr_bytes = lscow_load_be32(reading->block + REVOKE_NR_BYTES);
	uint32_t end = reading->log->block_bytes -
		       (reading->header.has_block_checksums ? TAIL_BYTES : 0);
	int rc = 0;

	if (nr_bytes > end)
		return lscow_log_damaged(reading->log, err, "transaction %u: found %u bytes of "
					 "revoked blocks, expected at most %u", reading->tid,
					 nr_bytes, end);
	for (uint32_t at = REVOKE_BLOCKS; rc == 0 && at + number_bytes <= nr_bytes;
	     at += number_bytes) {
		const uint8_t *bytes = reading->block + at;
		struct revoke revoke = {
			.block = number_bytes == 8 ? lscow_load_be64(bytes)
						   : lscow_load_be32(bytes),
			.tid = reading->tid,
		};

		rc = lscow_vector_push(&reading->revokes, &revoke, err);
	}
	return rc;
}

static int collect(struct reading *reading, uint32_t end_tid, struct lscow_error *err)
{
	uint32_t type;
	int rc = 0;

	go_to_start(reading);
	while (rc == 0 && reading->tid != end_tid) {
		rc = read_next(reading, &type, err);
		if (rc != 0)
			break;
		switch (type) {
		case LSCOW_LOG_DESCRIPTOR: rc = add_descriptor(reading, err); break;
		case LSCOW_LOG_COMMIT: reading->tid++; break;
		case LSCOW_LOG_REVOKE: rc = add_revokes(reading, err); break;
		default:
			rc = lscow_log_damaged(reading->log, err, "found transaction %u, "
					       "expected all before %u", reading->tid, end_tid);
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
static int verify_content(struct reading *reading, const struct lscow_logged_block *logged,
			  struct lscow_error *err)
{
	uint8_t tid[4] = { (uint8_t)(logged->tid >> 24), (uint8_t)(logged->tid >> 16),
			   (uint8_t)(logged->tid >> 8), (uint8_t)logged->tid };
	uint32_t crc;
	int rc = read_device_block(reading, logged->device_block, reading->content, err);

	if (rc != 0)
		return rc;
	crc = lscow_crc32c(reading->header.checksum_seed, tid, sizeof(tid));
	crc = lscow_crc32c(crc, reading->content, reading->log->block_bytes);
	if ((reading->header.has_tags_v3 ? crc : crc & 0xFFFF) == logged->checksum)
		return 0;
	return lscow_log_damaged(reading->log, err, "transaction %u: block %llu: wrong checksum",
				 logged->tid, (unsigned long long)logged->block);
}

static int verify_contents(struct reading *reading, struct lscow_error *err)
{
	const struct lscow_logged_block *blocks = reading->blocks->items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && reading->header.has_block_checksums &&
			   i < reading->blocks->nr; i++)
		rc = verify_content(reading, &blocks[i], err);
	return rc;
}

/* They tell of files, not of blocks, and follow the last transaction. */
static int refuse_fast_commits(struct reading *reading, uint32_t end_tid,
			       struct lscow_error *err)
{
	const uint8_t *block = reading->block;
	int rc;

	if (reading->header.fast_commit_block == 0)
		return 0;
	rc = read_block(reading, reading->header.fast_commit_block, reading->block, err);
	if (rc != 0)
		return rc;
	if (lscow_load_le16(block) != FAST_COMMIT_HEAD ||
	    lscow_load_le32(block + FAST_COMMIT_TID) != end_tid)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: journal: found fast commits after transaction %u (feature "
			       "fast_commit), expected whole transactions only; mount the "
			       "filesystem once, or a copy of it", reading->log->device->name,
			       end_tid - 1);
}

static int read_log(struct reading *reading, struct lscow_error *err)
{
	uint32_t end_tid;
	int rc = find_end(reading, &end_tid, err);

	if (rc == 0)
		rc = refuse_fast_commits(reading, end_tid, err);
	if (rc == 0)
		rc = collect(reading, end_tid, err);
	if (rc != 0)
		return rc;
	keep_newest(reading);
	return verify_contents(reading, err);
}

/* ---- whether anybody goes on with it --------------------------------------------------- */

static int set_mark(struct reading *reading, uint32_t block, struct lscow_log_mark *mark,
		    struct lscow_error *err)
{
	int rc = find_block(reading, block, &mark->device_block, err);

	if (rc == 0)
		rc = read_device_block(reading, mark->device_block, reading->block, err);
	if (rc == 0)
		mark->crc = lscow_crc32c(~0u, reading->block, reading->log->block_bytes);
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

int lscow_log_read(const struct lscow_log *log, struct lscow_vector *blocks,
		   struct lscow_log_mark marks[LSCOW_NR_LOG_MARKS], struct lscow_error *err)
{
	struct reading reading = { .log = log, .blocks = blocks,
				   .revokes = LSCOW_VECTOR(struct revoke) };
	int rc = 0;

	reading.block = malloc(log->block_bytes);
	reading.content = malloc(log->block_bytes);
	if (!reading.block || !reading.content)
		rc = lscow_error_no_memory(err, "the journal");
	if (rc == 0)
		rc = read_block(&reading, 0, reading.block, err);
	if (rc == 0)
		rc = lscow_log_header_decode(log, reading.block, count_log_blocks(log->map),
					     &reading.header, err);
	reading.next_at = reading.header.first_block;
	if (rc == 0 && reading.header.start_block != 0)
		rc = read_log(&reading, err);
	if (rc == 0)
		rc = set_mark(&reading, 0, &marks[0], err);
	if (rc == 0)
		rc = set_mark(&reading, reading.next_at, &marks[1], err);
	lscow_vector_free(&reading.revokes);
	free(reading.block);
	free(reading.content);
	return rc;
}
