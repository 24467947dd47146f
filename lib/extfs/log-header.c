/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The superblock of a journal, and the sizes that follow from its features. */

#include "extfs/log-header.h"

#include <stdio.h>

#include "base/bytes.h"
#include "extfs/crc32c.h"

/* struct journal_superblock_s, big-endian throughout. */
#define OFFSET_BLOCK_BYTES 0x0C
#define OFFSET_NR_BLOCKS 0x10
#define OFFSET_FIRST 0x14
#define OFFSET_TID 0x18
#define OFFSET_START 0x1C
#define OFFSET_COMPAT 0x24
#define OFFSET_INCOMPAT 0x28
#define OFFSET_UUID 0x30
#define OFFSET_CHECKSUM_TYPE 0x50
#define OFFSET_NR_FAST_COMMIT 0x54
#define OFFSET_CHECKSUM 0xFC
#define SUPERBLOCK_BYTES 1024

#define COMPAT_CHECKSUM 0x01u
#define INCOMPAT_REVOKE 0x01u
#define INCOMPAT_64BIT 0x02u
#define INCOMPAT_ASYNC_COMMIT 0x04u
#define INCOMPAT_CSUM_V2 0x08u
#define INCOMPAT_CSUM_V3 0x10u
#define INCOMPAT_FAST_COMMIT 0x20u
#define INCOMPAT_KNOWN                                                            \
	(INCOMPAT_REVOKE | INCOMPAT_64BIT | INCOMPAT_ASYNC_COMMIT |               \
	 INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3 | INCOMPAT_FAST_COMMIT)

#define CHECKSUM_TYPE_CRC32C 4
#define DEFAULT_NR_FAST_COMMIT 256
/* Fewer are left to nobody: then there is no room for fast commits. */
#define LEAST_BLOCKS 1024

int lscow_log_damaged(const struct lscow_log *log, struct lscow_error *err,
		      const char *format, ...)
{
	char about[LSCOW_MESSAGE_BYTES];
	va_list args;
	int rc;

	snprintf(about, sizeof(about), "%s: journal", log->device->name);
	va_start(args, format);
	rc = lscow_error_set_about(err, LSCOW_E_INCOMPLETE, about, format, args);
	va_end(args);
	return rc;
}

/* The bytes of the checksum itself count as zeros. */
static bool has_right_checksum(const uint8_t *bytes)
{
	static const uint8_t zeros[4];
	uint32_t crc = lscow_crc32c(~0u, bytes, OFFSET_CHECKSUM);

	crc = lscow_crc32c(crc, zeros, sizeof(zeros));
	crc = lscow_crc32c(crc, bytes + OFFSET_CHECKSUM + sizeof(zeros),
			   SUPERBLOCK_BYTES - OFFSET_CHECKSUM - sizeof(zeros));
	return crc == lscow_load_be32(bytes + OFFSET_CHECKSUM);
}

/* sizeof(struct journal_block_tag3_s), or what journal_tag_bytes() makes of the older. */
static uint32_t get_tag_bytes(uint32_t incompat)
{
	if (incompat & INCOMPAT_CSUM_V3)
		return 16;
	return 8 + (incompat & INCOMPAT_64BIT ? 4 : 0) + (incompat & INCOMPAT_CSUM_V2 ? 2 : 0);
}

static int check_features(const struct lscow_log *log, const uint8_t *bytes,
			  uint32_t incompat, struct lscow_error *err)
{
	if (incompat & ~INCOMPAT_KNOWN)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: journal: found features 0x%x, expected none but "
				       "0x%x", log->device->name, incompat, INCOMPAT_KNOWN);
	if (!(incompat & (INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3)))
		return 0;
	if (bytes[OFFSET_CHECKSUM_TYPE] != CHECKSUM_TYPE_CRC32C)
		return lscow_log_damaged(log, err, "superblock: found checksum type %u, "
					 "expected %u", bytes[OFFSET_CHECKSUM_TYPE],
					 CHECKSUM_TYPE_CRC32C);
	if (!has_right_checksum(bytes))
		return lscow_log_damaged(log, err, "superblock: wrong checksum");
	return 0;
}

static int check_numbers(const struct lscow_log *log, uint32_t nr_blocks,
			 uint64_t nr_log_blocks, const struct lscow_log_header *header,
			 struct lscow_error *err)
{
	if (nr_blocks > nr_log_blocks)
		return lscow_log_damaged(log, err, "superblock: found %u blocks, expected at "
					 "most the %llu of its inode", nr_blocks,
					 (unsigned long long)nr_log_blocks);
	if (header->first_block == 0 || header->first_block >= header->end_block)
		return lscow_log_damaged(log, err, "superblock: found first block %u, expected "
					 "1 to %u", header->first_block, header->end_block - 1);
	if (header->start_block != 0 && (header->start_block < header->first_block ||
					 header->start_block >= header->end_block))
		return lscow_log_damaged(log, err, "superblock: found start block %u, expected "
					 "%u to %u", header->start_block, header->first_block,
					 header->end_block - 1);
	return 0;
}

int lscow_log_header_decode(const struct lscow_log *log, const uint8_t *bytes,
			    uint64_t nr_log_blocks, struct lscow_log_header *header,
			    struct lscow_error *err)
{
	uint32_t type = lscow_load_be32(bytes + 4);
	uint32_t block_bytes = lscow_load_be32(bytes + OFFSET_BLOCK_BYTES);
	uint32_t nr_blocks = lscow_load_be32(bytes + OFFSET_NR_BLOCKS);
	uint32_t compat = 0, incompat = 0, nr_fast;
	int rc;

	if (lscow_load_be32(bytes) != LSCOW_LOG_MAGIC ||
	    (type != LSCOW_LOG_SUPERBLOCK_V1 && type != LSCOW_LOG_SUPERBLOCK_V2))
		return lscow_log_damaged(log, err, "found no superblock in its first block");
	if (block_bytes != log->block_bytes)
		return lscow_log_damaged(log, err, "superblock: found blocks of %u bytes, "
					 "expected %u", block_bytes, log->block_bytes);
	if (type == LSCOW_LOG_SUPERBLOCK_V2) {
		compat = lscow_load_be32(bytes + OFFSET_COMPAT);
		incompat = lscow_load_be32(bytes + OFFSET_INCOMPAT);
	}
	rc = check_features(log, bytes, incompat, err);
	if (rc != 0)
		return rc;
	*header = (struct lscow_log_header){
		.first_block = lscow_load_be32(bytes + OFFSET_FIRST),
		.end_block = nr_blocks,
		.start_block = lscow_load_be32(bytes + OFFSET_START),
		.start_tid = lscow_load_be32(bytes + OFFSET_TID),
		.checksum_seed = lscow_crc32c(~0u, bytes + OFFSET_UUID, 16),
		.has_transaction_checksum = compat & COMPAT_CHECKSUM,
		.has_block_checksums = incompat & (INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3),
		.has_async_commit = incompat & INCOMPAT_ASYNC_COMMIT,
		.tag_bytes = get_tag_bytes(incompat),
		.has_tags_v3 = incompat & INCOMPAT_CSUM_V3,
		.has_64bit = incompat & INCOMPAT_64BIT,
	};
	nr_fast = lscow_load_be32(bytes + OFFSET_NR_FAST_COMMIT);
	if (nr_fast == 0)
		nr_fast = DEFAULT_NR_FAST_COMMIT;
	if (incompat & INCOMPAT_FAST_COMMIT && nr_blocks > nr_fast &&
	    nr_blocks - nr_fast >= LEAST_BLOCKS) {
		header->end_block = nr_blocks - nr_fast;
		header->fast_commit_block = header->end_block + 1; /* as the kernel has it */
	}
	return check_numbers(log, nr_blocks, nr_log_blocks, header, err);
}
