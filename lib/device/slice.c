/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A stretch of another device: a partition, or a filesystem at an offset. */

#include "device/device.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"

struct slice_device {
	struct lscow_device base;
	struct lscow_device *lower;
	uint64_t offset_bytes; /* where it begins in lower */
};

static int slice_read(struct lscow_device *device, uint64_t offset_bytes,
		      void *buffer, size_t length_bytes, struct lscow_error *err)
{
	struct slice_device *slice = (struct slice_device *)device;

	return lscow_device_read(slice->lower, slice->offset_bytes + offset_bytes,
				 buffer, length_bytes, err);
}

static int slice_next_data(struct lscow_device *device, uint64_t offset_bytes,
			   uint64_t *start_bytes, uint64_t *end_bytes,
			   struct lscow_error *err)
{
	struct slice_device *slice = (struct slice_device *)device;
	uint64_t lower_start_bytes;
	uint64_t lower_end_bytes;
	int ret;

	ret = lscow_device_next_data(slice->lower, slice->offset_bytes + offset_bytes,
				     &lower_start_bytes, &lower_end_bytes, err);
	if (ret)
		return ret;

	/* The lower device may have its next data behind the slice. */
	*start_bytes = lscow_min_u64(lower_start_bytes - slice->offset_bytes,
				     device->size_bytes);
	*end_bytes = lscow_min_u64(lower_end_bytes - slice->offset_bytes,
				   device->size_bytes);
	return 0;
}

static void slice_will_read(struct lscow_device *device, uint64_t offset_bytes,
			    uint64_t length_bytes)
{
	struct slice_device *slice = (struct slice_device *)device;

	lscow_device_will_read(slice->lower, slice->offset_bytes + offset_bytes,
			       length_bytes);
}

static void slice_close(struct lscow_device *device)
{
	free(device);
}

static const struct lscow_device_ops slice_ops = {
	.read = slice_read,
	.next_data = slice_next_data,
	.will_read = slice_will_read,
	.close = slice_close,
};

int lscow_slice_device_open(struct lscow_device *lower, uint64_t offset_bytes,
			    uint64_t length_bytes, struct lscow_device **device,
			    struct lscow_error *err)
{
	struct slice_device *slice;

	if (offset_bytes > lower->size_bytes ||
	    length_bytes > lower->size_bytes - offset_bytes)
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "%s: a slice of %" PRIu64 " bytes at %" PRIu64
				       " does not lie within the device's %" PRIu64 " bytes",
				       lower->name, length_bytes, offset_bytes,
				       lower->size_bytes);

	slice = calloc(1, sizeof(*slice));
	if (!slice)
		return lscow_error_no_memory(err, lower->name);
	if (asprintf(&slice->base.name, "%s at %" PRIu64, lower->name, offset_bytes) < 0) {
		free(slice);
		return lscow_error_no_memory(err, lower->name);
	}
	slice->base.ops = &slice_ops;
	slice->base.size_bytes = length_bytes;
	slice->lower = lower;
	slice->offset_bytes = offset_bytes;
	*device = &slice->base;
	return 0;
}
