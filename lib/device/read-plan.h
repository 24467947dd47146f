/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Reads that are to come, collected and announced to their device together. */

#ifndef LSCOW_DEVICE_READ_PLAN_H
#define LSCOW_DEVICE_READ_PLAN_H

#include "base/vector.h"
#include "device/device.h"

/* A gap up to this is read as well: that takes less time than another request. */
#define LSCOW_READ_GAP_BYTES (UINT64_C(16) << 10)

/* Start from lscow_read_plan_open(). A plan is advice only: it never fails. */
struct lscow_read_plan {
	struct lscow_device *device; /* borrowed */
	struct lscow_vector parts;   /* of struct lscow_range */
};

void lscow_read_plan_open(struct lscow_device *device, struct lscow_read_plan *plan);
/* Announces nothing. */
void lscow_read_plan_close(struct lscow_read_plan *plan);
/* Adds a read, in any order. */
void lscow_read_plan_add(struct lscow_read_plan *plan, uint64_t offset_bytes,
			 uint64_t length_bytes);
/*
 * Announces all that was added, in the order of the device and with small gaps
 * closed, and forgets it.
 */
void lscow_read_plan_announce(struct lscow_read_plan *plan);

#endif
