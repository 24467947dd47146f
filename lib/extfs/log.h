/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A journal that was not written back: which blocks it has, newest first. */

#ifndef LSCOW_EXTFS_LOG_H
#define LSCOW_EXTFS_LOG_H

#include "extfs/map.h"

/* A block of the filesystem whose contents are in the journal. */
struct lscow_logged_block {
	uint64_t block;        /* of the filesystem */
	uint64_t device_block; /* where the journal has it */
	uint32_t tid;          /* the transaction that wrote it */
	uint32_t checksum;     /* as far as the journal has such */
	bool is_escaped;       /* begins with the journal's magic number, wiped out there */
};

/* Where a journal is. All is borrowed. */
struct lscow_log {
	struct lscow_device *device;  /* that holds it */
	const struct lscow_map *map;  /* its blocks on that device */
	uint32_t block_bytes;
	uint64_t nr_device_blocks; /* that it may write to */
};

/* Two blocks that change as soon as somebody goes on with the log. */
#define LSCOW_NR_LOG_MARKS 2

struct lscow_log_mark {
	uint64_t device_block;
	uint32_t crc;
};

/* The first bytes of a block that is escaped. */
#define LSCOW_LOG_MAGIC_BYTES "\xC0\x3B\x39\x98"

/*
 * Reads what recovery would write: fills blocks, a vector of struct
 * lscow_logged_block, by block, each once, and marks. Checksums are verified. Damage is
 * LSCOW_E_INCOMPLETE; features that are not known, and fast commits that would
 * have to be replayed, are LSCOW_E_UNKNOWABLE.
 *
 * Format: include/linux/jbd2.h. Which blocks count: fs/jbd2/recovery.c.
 */
int lscow_log_read(const struct lscow_log *log, struct lscow_vector *blocks,
		   struct lscow_log_mark marks[LSCOW_NR_LOG_MARKS], struct lscow_error *err);

/* Reads the marks again: *is_moved tells whether they differ. */
int lscow_log_check_marks(struct lscow_device *device, uint32_t block_bytes,
			  const struct lscow_log_mark marks[LSCOW_NR_LOG_MARKS],
			  bool *is_moved, struct lscow_error *err);

#endif
