/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Reads with O_DIRECT that are under way together (io_submit(2), through libaio). */

#ifndef LSCOW_DEVICE_ASYNC_H
#define LSCOW_DEVICE_ASYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One read. Buffer, length and offset are aligned as O_DIRECT wants it. */
struct lscow_async_read {
	void *buffer; /* borrowed until the read is done */
	size_t length_bytes;
	uint64_t offset_bytes;
	uint32_t tag; /* for the caller */
};

/* Called for a read that is done; is_good: all its bytes are there. */
typedef void lscow_async_done_fn(void *data, const struct lscow_async_read *read,
				 bool is_good);

struct lscow_async;

/* NULL where the kernel offers none, or memory is short. fd is borrowed. */
struct lscow_async *lscow_async_open(int fd, lscow_async_done_fn *done, void *data);
/* Waits for all reads, without calling done. Accepts NULL. */
void lscow_async_close(struct lscow_async *async);

/*
 * Begins a read, or notes it for lscow_async_flush(). Waits for others, which
 * calls done for them, where too many are under way.
 */
void lscow_async_begin(struct lscow_async *async, const struct lscow_async_read *read);
/* Begins all that was noted. */
void lscow_async_flush(struct lscow_async *async);
/* Waits until at least one read is done; false where none is under way. */
bool lscow_async_wait(struct lscow_async *async);

#endif
