/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What differs between two volumes of a live thin pool, as thin_delta tells it. */

#ifndef LSCOW_SOURCE_THIN_H
#define LSCOW_SOURCE_THIN_H

#include "base/ranges.h"
#include "base/warnings.h"

/* Two thin volumes of one pool. */
struct lscow_thin_pair {
	const char *pool_name; /* device-mapper name of the thin-pool device */
	uint32_t old_id;       /* device ids in the pool: DEVID of the table line */
	uint32_t new_id;
	struct lscow_warnings *warnings; /* takes what to tell the user; may be NULL */
};

/*
 * Adds to ranges every block of the pool that the two volumes do not share, in
 * bytes of the volumes, which may reach beyond their end; *block_bytes is the
 * pool's block size. The pool's metadata snapshot is held meanwhile and always
 * released; one that a killed run left behind is released first, with a
 * warning. LSCOW_E_UNKNOWABLE where another program holds the metadata snapshot
 * or thin_delta's answer cannot be trusted, LSCOW_E_FAILED where thin_delta
 * fails or is not installed.
 */
int lscow_thin_list_changes(const struct lscow_thin_pair *pair,
			    struct lscow_ranges *ranges, uint64_t *block_bytes,
			    struct lscow_error *err);

#endif
