/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Stands for lib/source/open.c in fuzz targets: paths lead to devices in memory. */

#include "fuzz/memory-open.h"

#include <stdlib.h>
#include <string.h>

#include "source/open.h"
#include "support/memory-device.h"

static struct {
	uint8_t *bytes;
	size_t nr_bytes;
} views[2];

void fuzz_memory_set(enum lscow_side side, uint8_t *bytes, size_t nr_bytes)
{
	views[side].bytes = bytes;
	views[side].nr_bytes = nr_bytes;
}

/* The linker takes these instead of those in the library. */

int lscow_open_cache(struct lscow_device **device, struct lscow_error *err)
{
	(void)device;
	(void)err;
	return 0;
}

int lscow_open_device(const char *path, struct lscow_device **out, struct lscow_error *err)
{
	enum lscow_side side = strcmp(path, FUZZ_OLD_PATH) == 0 ? LSCOW_SIDE_OLD
								: LSCOW_SIDE_NEW;

	(void)err;
	*out = memory_device_borrow(path, views[side].bytes, views[side].nr_bytes);
	return 0;
}

int lscow_open_check_not_mounted(const struct lscow_device *device,
				 struct lscow_error *err)
{
	(void)device;
	(void)err;
	return 0;
}
