/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Fuzz target: the bytes are an exception store, over a small origin. */

#include <stdlib.h>

#include "fuzz/refusal.h"
#include "source/store.h"
#include "support/memory-device.h"

#define ORIGIN_BYTES ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

/* Allocated once: fresh memory for each input costs most of the time. */
static uint8_t *origin_bytes;
static uint8_t *read_bytes;

static void allocate(uint8_t **bytes)
{
	if (!*bytes)
		*bytes = calloc(1, ORIGIN_BYTES);
	if (!*bytes)
		abort();
}

/* Every exception of a store that was accepted must lead to bytes. */
static void read_view(struct lscow_store *store, struct lscow_device *store_device,
		      struct lscow_device *origin)
{
	struct lscow_device *view = NULL;
	struct lscow_error err;
	if (lscow_overlay_device_open(origin, store_device, store->info.chunk_bytes,
				      LSCOW_ITEMS(&store->exceptions, struct lscow_exception),
				      store->exceptions.nr, &view, &err) ||
	    lscow_device_read(view, 0, read_bytes, ORIGIN_BYTES, &err))
		abort();
	lscow_device_close(view);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes)
{
	struct lscow_device *device = memory_device_new("store", bytes, length_bytes);
	struct lscow_device *origin;
	struct lscow_store store = { 0 };
	struct lscow_ranges ranges = LSCOW_RANGES;
	struct lscow_error err;
	int ret;

	allocate(&origin_bytes);
	allocate(&read_bytes);
	origin = memory_device_borrow("origin", origin_bytes, ORIGIN_BYTES);
	ret = lscow_store_load(device, &store, &err);
	fuzz_check_code(ret, &err);
	if (!ret) {
		ret = lscow_store_check_origin(&store, device, origin, &err);
		fuzz_check_code(ret, &err);
		if (!ret) {
			if (lscow_store_list_ranges(&store, &ranges, &err))
				abort();
			read_view(&store, device, origin);
		}
		lscow_store_free(&store);
	}
	lscow_ranges_free(&ranges);
	lscow_device_close(origin);
	lscow_device_close(device);
	return 0;
}
