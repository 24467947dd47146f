/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Dispatch to the kinds of device, and the bounds they rely on. */

#include "device/device.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/units.h"

int lscow_device_read(struct lscow_device *device, uint64_t offset_bytes,
		      void *buffer, size_t length_bytes, struct lscow_error *err)
{
	if (offset_bytes > device->size_bytes ||
	    length_bytes > device->size_bytes - offset_bytes)
		return lscow_error_set(err, LSCOW_E_FAILED,
				       "%s: read of %zu bytes at %" PRIu64
				       " goes beyond the device's %" PRIu64 " bytes",
				       device->name, length_bytes, offset_bytes,
				       device->size_bytes);
	if (length_bytes == 0)
		return 0;
	return device->ops->read(device, offset_bytes, buffer, length_bytes, err);
}

int lscow_device_next_data(struct lscow_device *device, uint64_t offset_bytes,
			   uint64_t *start_bytes, uint64_t *end_bytes,
			   struct lscow_error *err)
{
	int ret;

	*start_bytes = device->size_bytes;
	*end_bytes = device->size_bytes;
	if (offset_bytes >= device->size_bytes)
		return 0;
	if (!device->ops->next_data) {
		*start_bytes = offset_bytes;
		return 0;
	}

	ret = device->ops->next_data(device, offset_bytes, start_bytes, end_bytes, err);
	/* A caller walks from end to end: each step must move forward. */
	assert(ret || *start_bytes == device->size_bytes ||
	       (*start_bytes >= offset_bytes && *start_bytes < *end_bytes));
	assert(ret || *end_bytes <= device->size_bytes);
	return ret;
}

void lscow_device_will_read(struct lscow_device *device, uint64_t offset_bytes,
			    uint64_t length_bytes)
{
	if (!device->ops->will_read || offset_bytes >= device->size_bytes)
		return;
	length_bytes = lscow_min_u64(length_bytes, device->size_bytes - offset_bytes);
	if (length_bytes > 0)
		device->ops->will_read(device, offset_bytes, length_bytes);
}

void lscow_device_close(struct lscow_device *device)
{
	char *name;

	if (!device)
		return;
	name = device->name;
	device->ops->close(device);
	free(name);
}
