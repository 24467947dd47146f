/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The plain comparison: reads both views and keeps where they differ. */

#ifndef LSCOW_SOURCE_COMPARE_H
#define LSCOW_SOURCE_COMPARE_H

#include "base/ranges.h"
#include "device/device.h"

/* Granularity of the ranges. */
#define LSCOW_COMPARE_BYTES 4096u

/*
 * Adds to ranges every LSCOW_COMPARE_BYTES that differ, the last of them cut at
 * the devices' end. Where neither device has data nothing is read. The sizes
 * must be equal, otherwise LSCOW_E_UNKNOWABLE. progress, which may be NULL, is
 * called with step "compare" and the bytes.
 */
int lscow_compare_devices(struct lscow_device *old_device,
			  struct lscow_device *new_device,
			  lscow_progress_fn *progress, void *progress_data,
			  struct lscow_ranges *ranges, struct lscow_error *err);

#endif
