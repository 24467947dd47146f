/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A walk through the blocks of a log, from its start. */

#ifndef LSCOW_EXTFS_LOG_WALK_H
#define LSCOW_EXTFS_LOG_WALK_H

#include "extfs/log-header.h"

/* The checksum at the end of a descriptor or revoke block. */
#define LSCOW_LOG_TAIL_BYTES 4
/* Of a tag: see struct lscow_logged_block. */
#define LSCOW_LOG_TAG_ESCAPED 1u

struct lscow_log_walk {
	const struct lscow_log *log;
	struct lscow_log_header header;
	uint32_t at;      /* the next block of the journal */
	uint32_t tid;     /* the next transaction */
	uint32_t nr_read; /* blocks since the start */
	uint8_t *block;   /* the last that was read; owned by whoever made the walk */
	uint8_t *content; /* room for a logged block; the same */
};

/* A block that a descriptor block tells of; its contents come next in the log. */
struct lscow_log_tag {
	uint64_t block;
	uint32_t flags;
	uint32_t checksum;
};

/* Where a block of the journal lies; a hole is damage. */
int lscow_log_find_block(const struct lscow_log_walk *walk, uint64_t block,
			 uint64_t *device_block, struct lscow_error *err);
/* Reads a block of the device, or of the journal, into bytes. */
int lscow_log_read_device_block(const struct lscow_log_walk *walk, uint64_t device_block,
				uint8_t *bytes, struct lscow_error *err);
int lscow_log_read_block(const struct lscow_log_walk *walk, uint64_t block,
			 uint8_t *bytes, struct lscow_error *err);

void lscow_log_go_to_start(struct lscow_log_walk *walk);
/* Goes on by so many blocks. More than the ring has are damage: a log ends. */
int lscow_log_move_on(struct lscow_log_walk *walk, uint32_t nr_blocks,
		      struct lscow_error *err);
/*
 * Reads the next block of the log into walk->block. type is 0 where the log
 * ends: something else is there, or what is left of older transactions.
 */
int lscow_log_read_next(struct lscow_log_walk *walk, uint32_t *type,
			struct lscow_error *err);

/* Whether the checksum at this offset of walk->block fits, where there are any. */
bool lscow_log_has_right_checksum(const struct lscow_log_walk *walk,
				  uint32_t checksum_offset);
/* The same for the one at the end, of descriptor and revoke blocks. */
bool lscow_log_has_right_tail(const struct lscow_log_walk *walk);
/* Where that begins: the end of what such a block tells. */
uint32_t lscow_log_get_end(const struct lscow_log_walk *walk);

/*
 * The tag at *offset of the descriptor block in walk->block; *offset, at first
 * LSCOW_LOG_BLOCK_HEADER_BYTES, moves on. False behind the last.
 */
bool lscow_log_next_tag(const struct lscow_log_walk *walk, uint32_t *offset,
			struct lscow_log_tag *tag);

#endif
