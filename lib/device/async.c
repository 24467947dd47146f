/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Reads with O_DIRECT that are under way together (io_submit(2), through libaio). */

#include "device/async.h"

#include <errno.h>
#include <libaio.h>
#include <stdlib.h>

/* Reads under way at once. */
#define NR_SLOTS 128
/* So many are handed to the kernel together. */
#define NR_TOGETHER 32

struct slot {
	struct iocb iocb;
	struct lscow_async_read read;
};

struct lscow_async {
	io_context_t context;
	int fd;
	lscow_async_done_fn *done;
	void *data;
	struct slot slots[NR_SLOTS];
	struct slot *unused[NR_SLOTS];
	size_t nr_unused;
	struct iocb *noted[NR_TOGETHER];
	size_t nr_noted;
};

struct lscow_async *lscow_async_open(int fd, lscow_async_done_fn *done, void *data)
{
	struct lscow_async *async = calloc(1, sizeof(*async));

	if (!async)
		return NULL;
	async->fd = fd;
	async->done = done;
	async->data = data;
	for (size_t i = 0; i < NR_SLOTS; i++)
		async->unused[async->nr_unused++] = &async->slots[i];
	if (io_setup(NR_SLOTS, &async->context) == 0)
		return async;
	free(async);
	return NULL;
}

void lscow_async_close(struct lscow_async *async)
{
	if (!async)
		return;
	(void)io_destroy(async->context); /* waits */
	free(async);
}

static void finish(struct lscow_async *async, struct slot *slot, bool is_good)
{
	const struct lscow_async_read read = slot->read;

	async->unused[async->nr_unused++] = slot;
	async->done(async->data, &read, is_good);
}

/* What the kernel does not take is done badly; whoever needs it reads it himself. */
void lscow_async_flush(struct lscow_async *async)
{
	size_t at = 0;

	while (at < async->nr_noted) {
		int nr = io_submit(async->context, (long)(async->nr_noted - at),
				   async->noted + at);

		if (nr == -EINTR)
			continue;
		if (nr <= 0) {
			finish(async, async->noted[at]->data, false);
			nr = 1;
		}
		at += (size_t)nr;
	}
	async->nr_noted = 0;
}

void lscow_async_begin(struct lscow_async *async, const struct lscow_async_read *read)
{
	struct slot *slot;

	while (async->nr_unused == 0)
		lscow_async_wait(async);
	slot = async->unused[--async->nr_unused];
	slot->read = *read;
	io_prep_pread(&slot->iocb, async->fd, read->buffer, read->length_bytes,
		      (long long)read->offset_bytes);
	slot->iocb.data = slot;
	async->noted[async->nr_noted++] = &slot->iocb;
	if (async->nr_noted == NR_TOGETHER)
		lscow_async_flush(async);
}

bool lscow_async_wait(struct lscow_async *async)
{
	struct io_event events[NR_TOGETHER];
	int nr;

	lscow_async_flush(async);
	if (async->nr_unused == NR_SLOTS)
		return false;
	do {
		nr = io_getevents(async->context, 1, NR_TOGETHER, events, NULL);
	} while (nr == -EINTR);
	if (nr < 0)
		abort(); /* only a context or an address that is not ours */
	for (int i = 0; i < nr; i++) {
		struct slot *slot = events[i].data;

		finish(async, slot, events[i].res == slot->read.length_bytes);
	}
	return true;
}
