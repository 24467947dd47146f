/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Where a log ends: behind the last transaction that was committed. */

#include "extfs/log-end.h"

#include "base/bytes.h"

/* Commit blocks. */
#define COMMIT_CHECKSUM_TYPE 0x0C
#define COMMIT_CHECKSUM_BYTES 0x0D
#define COMMIT_CHECKSUM 0x10
#define COMMIT_SECONDS 0x30
#define CHECKSUM_TYPE_CRC32 1

struct scan {
	uint32_t transaction_crc; /* of version 1 */
	uint64_t last_seconds;    /* when the transaction before was committed */
	bool has_doubts;          /* a checksum did not fit: old blocks, or damage */
	bool has_end;             /* the log ends before end_tid, whatever follows */
	uint32_t end_tid;
	bool is_done;
	uint32_t next_at; /* where the transaction begins that comes next */
};

static uint32_t count_tags(const struct lscow_log_walk *walk)
{
	uint32_t offset = LSCOW_LOG_BLOCK_HEADER_BYTES, nr_tags = 0;
	struct lscow_log_tag tag;

	while (lscow_log_next_tag(walk, &offset, &tag))
		nr_tags++;
	return nr_tags;
}

/* Version 1 has one checksum for descriptors and their blocks. */
static int sum_transaction(struct lscow_log_walk *walk, struct scan *scan, uint32_t nr_tags,
			   struct lscow_error *err)
{
	uint32_t block_bytes = walk->log->block_bytes;
	int rc = 0;

	scan->transaction_crc = ext2fs_crc32_be(scan->transaction_crc, walk->block,
						block_bytes);
	for (uint32_t i = 0; rc == 0 && i < nr_tags; i++) {
		rc = lscow_log_read_block(walk, walk->at, walk->content, err);
		if (rc == 0)
			rc = lscow_log_move_on(walk, 1, err);
		if (rc == 0)
			scan->transaction_crc = ext2fs_crc32_be(scan->transaction_crc,
								walk->content, block_bytes);
	}
	return rc;
}

static int scan_descriptor(struct lscow_log_walk *walk, struct scan *scan,
			   struct lscow_error *err)
{
	uint32_t nr_tags = count_tags(walk);

	if (!lscow_log_has_right_tail(walk))
		scan->has_doubts = true;
	if (walk->header.has_transaction_checksum && !scan->has_end)
		return sum_transaction(walk, scan, nr_tags, err);
	return lscow_log_move_on(walk, nr_tags, err);
}

static bool has_right_commit(const struct lscow_log_walk *walk, const struct scan *scan)
{
	const uint8_t *block = walk->block;
	uint32_t checksum = lscow_load_be32(block + COMMIT_CHECKSUM);
	uint8_t type = block[COMMIT_CHECKSUM_TYPE], nr_bytes = block[COMMIT_CHECKSUM_BYTES];

	if (!walk->header.has_transaction_checksum)
		return lscow_log_has_right_checksum(walk, COMMIT_CHECKSUM);
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
static int scan_commit(struct lscow_log_walk *walk, struct scan *scan, struct lscow_error *err)
{
	uint64_t seconds = lscow_load_be64(walk->block + COMMIT_SECONDS);
	bool is_right = !scan->has_doubts && has_right_commit(walk, scan);
	bool is_stale = seconds < scan->last_seconds;

	scan->transaction_crc = ~0u;
	if (!is_right && is_stale) {
		scan->is_done = true;
		return 0;
	}
	if (scan->has_doubts || (!is_right && !walk->header.has_async_commit) ||
	    (walk->header.has_transaction_checksum && scan->has_end))
		return lscow_log_damaged(walk->log, err, "transaction %u: wrong checksum",
					 walk->tid);
	if (!is_right && !scan->has_end) {
		scan->has_end = true;
		scan->end_tid = walk->tid;
	}
	scan->last_seconds = seconds;
	scan->next_at = walk->at;
	walk->tid++;
	return 0;
}

int lscow_log_find_end(struct lscow_log_walk *walk, struct lscow_log_end *end,
		       struct lscow_error *err)
{
	struct scan scan = { .transaction_crc = ~0u, .next_at = walk->header.start_block };
	uint32_t type;
	int rc = 0;

	lscow_log_go_to_start(walk);
	while (rc == 0 && !scan.is_done) {
		rc = lscow_log_read_next(walk, &type, err);
		if (rc != 0)
			break;
		switch (type) {
		case LSCOW_LOG_DESCRIPTOR: rc = scan_descriptor(walk, &scan, err); break;
		case LSCOW_LOG_COMMIT: rc = scan_commit(walk, &scan, err); break;
		case LSCOW_LOG_REVOKE: scan.has_doubts |= !lscow_log_has_right_tail(walk); break;
		default: scan.is_done = true; break;
		}
	}
	*end = (struct lscow_log_end){ .tid = scan.has_end ? scan.end_tid : walk->tid,
				       .next_block = scan.next_at };
	return rc;
}
