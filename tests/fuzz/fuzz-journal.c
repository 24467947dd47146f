/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Fuzz target: the bytes are a journal of 1 KiB blocks, of a filesystem as large. */

#include <stdlib.h>

#include "extfs/log.h"
#include "fuzz/refusal.h"
#include "support/memory-device.h"

#define BLOCK_BYTES 1024u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

/* Every block that is to be replayed must be there, once, and in order. */
static void check_blocks(const struct lscow_log *log, const struct lscow_vector *blocks)
{
	const struct lscow_logged_block *items = blocks->items;

	for (size_t i = 0; i < blocks->nr; i++)
		if (items[i].block >= log->nr_device_blocks ||
		    items[i].device_block >= log->nr_device_blocks ||
		    (i > 0 && items[i - 1].block >= items[i].block))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes)
{
	struct lscow_device *device = memory_device_new("journal", bytes, length_bytes);
	struct lscow_map map = LSCOW_MAP;
	struct lscow_log log = { .device = device, .map = &map, .block_bytes = BLOCK_BYTES,
				 .nr_device_blocks = length_bytes / BLOCK_BYTES };
	struct lscow_run run = { .nr_blocks = log.nr_device_blocks };
	struct lscow_vector blocks = LSCOW_VECTOR(struct lscow_logged_block);
	struct lscow_log_mark marks[LSCOW_NR_LOG_MARKS];
	struct lscow_error err;
	bool is_moved;
	int ret;

	if (run.nr_blocks > 0 && lscow_vector_push(&map.runs, &run, &err))
		abort();
	ret = lscow_log_read(&log, &blocks, marks, &err);
	fuzz_check_code(ret, &err);
	if (!ret) {
		check_blocks(&log, &blocks);
		if (lscow_log_check_marks(device, BLOCK_BYTES, marks, &is_moved, &err) || is_moved)
			abort();
	}
	lscow_vector_free(&blocks);
	lscow_map_free(&map);
	lscow_device_close(device);
	return 0;
}
