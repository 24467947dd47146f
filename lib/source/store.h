/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The persistent exception store of dm-snapshot (drivers/md/dm-snap-persistent.c). */

#ifndef LSCOW_SOURCE_STORE_H
#define LSCOW_SOURCE_STORE_H

#include "base/ranges.h"
#include "device/device.h"

/* Exceptions sorted by old_chunk. */
struct lscow_store {
	struct lscow_store_info info;
	struct lscow_vector exceptions; /* of struct lscow_exception */
};

/* What the header of a store takes, at its very beginning. */
#define LSCOW_STORE_HEADER_BYTES 16u
/* One exception of the table. */
#define LSCOW_STORE_EXCEPTION_BYTES 16u

/*
 * Decodes and checks the header from its LSCOW_STORE_HEADER_BYTES; fills info
 * but for the counts. name is for messages. LSCOW_E_UNKNOWABLE where it is not
 * the header of a valid store that fits in store_bytes.
 */
int lscow_store_header_decode(const uint8_t *bytes, uint64_t store_bytes,
			      const char *name, struct lscow_store_info *info,
			      struct lscow_error *err);
/*
 * Reads header and table, and checks every entry against the store's size and
 * against each other: LSCOW_E_UNKNOWABLE for whatever is wrong with them. The
 * device is borrowed for this call only; *store is set only on success.
 */
int lscow_store_load(struct lscow_device *device, struct lscow_store *store,
		     struct lscow_error *err);
/*
 * Opens the device or file of a store, past the page cache (the kernel's
 * metadata writes bypass it), and loads it. Both are set only on success.
 */
int lscow_store_open(const char *path, struct lscow_device **device,
		     struct lscow_store *store, struct lscow_error *err);
/* Checks that every old chunk begins within origin. Names both in a message. */
int lscow_store_check_origin(const struct lscow_store *store,
			     const struct lscow_device *store_device,
			     const struct lscow_device *origin,
			     struct lscow_error *err);
/* The chunks of the origin that have exceptions, as byte ranges. */
int lscow_store_list_ranges(const struct lscow_store *store,
			    struct lscow_ranges *ranges, struct lscow_error *err);
/* Accepts NULL; a store of zeros is an empty one. */
void lscow_store_free(struct lscow_store *store);

#endif
