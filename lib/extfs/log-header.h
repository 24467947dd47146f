/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The superblock of a journal, and the sizes that follow from its features. */

#ifndef LSCOW_EXTFS_LOG_HEADER_H
#define LSCOW_EXTFS_LOG_HEADER_H

#include "extfs/log.h"

#define LSCOW_LOG_MAGIC 0xC03B3998u
/* Of a block of the log: magic, type, transaction. */
#define LSCOW_LOG_BLOCK_HEADER_BYTES 12

enum lscow_log_block_type {
	LSCOW_LOG_DESCRIPTOR = 1,
	LSCOW_LOG_COMMIT = 2,
	LSCOW_LOG_SUPERBLOCK_V1 = 3,
	LSCOW_LOG_SUPERBLOCK_V2 = 4,
	LSCOW_LOG_REVOKE = 5,
};

/* Numbers of blocks are those of the journal. */
struct lscow_log_header {
	uint32_t first_block; /* of the ring that the log is */
	uint32_t end_block;   /* behind it: from here it goes on at first_block */
	uint32_t start_block; /* of the oldest transaction; 0: the log is empty */
	uint32_t start_tid;
	uint32_t fast_commit_block; /* 0: none */
	uint32_t checksum_seed;
	bool has_transaction_checksum; /* of version 1: in the commit block */
	bool has_block_checksums;      /* of versions 2 and 3 */
	bool has_async_commit;
	uint32_t tag_bytes;
	bool has_tags_v3;
	bool has_64bit;
};

/* Decodes and checks the superblock of a journal, a block's worth of bytes. */
int lscow_log_header_decode(const struct lscow_log *log, const uint8_t *bytes,
			    uint64_t nr_log_blocks, struct lscow_log_header *header,
			    struct lscow_error *err);

/* LSCOW_E_INCOMPLETE: "DEVICE: journal: " and what is damaged. */
int lscow_log_damaged(const struct lscow_log *log, struct lscow_error *err,
		      const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
