/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A device in memory, for tests, that can fail on the nth read. */

#ifndef LSCOW_TESTS_MEMORY_DEVICE_H
#define LSCOW_TESTS_MEMORY_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/device.h"

/*
 * A device that holds a copy of length_bytes, or zeros where bytes is NULL.
 * Never fails: it aborts without memory. Close with lscow_device_close().
 */
struct lscow_device *memory_device_new(const char *name, const void *bytes,
				       size_t length_bytes);
/* The same over bytes that the caller keeps until the device is closed; NULL is not allowed. */
struct lscow_device *memory_device_borrow(const char *name, uint8_t *bytes,
					  size_t length_bytes);
/* The contents, to be changed by the test. Borrowed. */
uint8_t *memory_device_get_bytes(struct lscow_device *device);
/* Overwrites a part of the contents. */
void memory_device_put(struct lscow_device *device, size_t offset_bytes,
		       const void *bytes, size_t length_bytes);

/*
 * Makes the nth read from now (1 is the next) fail with LSCOW_E_FAILED and the
 * message "NAME: injected read error"; 0 makes none fail. Later reads succeed.
 */
void memory_device_fail_read(struct lscow_device *device, unsigned int nth);
/* The same for next_data: "NAME: injected next_data error". */
void memory_device_fail_next_data(struct lscow_device *device, unsigned int nth);
/* How many reads there were since the device was made. */
unsigned int memory_device_get_nr_reads(const struct lscow_device *device);
/* The sum of their lengths. */
uint64_t memory_device_get_read_bytes(const struct lscow_device *device);

/* Called after each read that succeeded, to change the contents in between. */
void memory_device_after_read(struct lscow_device *device,
			      void (*call)(struct lscow_device *device, void *data),
			      void *data);
/*
 * With sparse, next_data tells runs of 512-byte sectors that are not all
 * zeros; otherwise (at first) that all of the device may hold data.
 */
void memory_device_set_sparse(struct lscow_device *device, bool sparse);

#endif
