/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A device in memory, for tests, that can fail on the nth read. */

#include "support/memory-device.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

struct memory_device {
	struct lscow_device base;
	uint8_t *bytes;
	bool is_borrowed; /* the bytes are somebody else's */
	bool sparse;
	unsigned int fail_read;      /* reads until one fails; 0 for never */
	unsigned int fail_next_data; /* the same for next_data */
	unsigned int nr_reads;
	uint64_t read_bytes;
	void (*after_read)(struct lscow_device *device, void *data);
	void *after_read_data;
};

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* True where this call is the one that fails. */
static bool count_down(unsigned int *calls)
{
	return *calls > 0 && --*calls == 0;
}

static int memory_read(struct lscow_device *device, uint64_t offset_bytes,
		       void *buffer, size_t length_bytes, struct lscow_error *err)
{
	struct memory_device *memory = (struct memory_device *)device;

	memory->nr_reads++;
	memory->read_bytes += length_bytes;
	if (count_down(&memory->fail_read))
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: injected read error",
				       device->name);
	memcpy(buffer, memory->bytes + offset_bytes, length_bytes);
	if (memory->after_read)
		memory->after_read(device, memory->after_read_data);
	return 0;
}

/* End of the run of sectors, from offset_bytes on, that are like wanted. */
static uint64_t skip_sectors(const struct memory_device *memory, uint64_t offset_bytes,
			     bool wanted_zero)
{
	static const uint8_t zeros[LSCOW_SECTOR_BYTES];
	uint64_t size_bytes = memory->base.size_bytes;

	while (offset_bytes < size_bytes) {
		uint64_t length_bytes = lscow_min_u64(size_bytes - offset_bytes,
						      LSCOW_SECTOR_BYTES -
						      offset_bytes % LSCOW_SECTOR_BYTES);
		bool zero = !memcmp(memory->bytes + offset_bytes, zeros,
				    (size_t)length_bytes);

		if (zero != wanted_zero)
			break;
		offset_bytes += length_bytes;
	}
	return offset_bytes;
}

static int memory_next_data(struct lscow_device *device, uint64_t offset_bytes,
			    uint64_t *start_bytes, uint64_t *end_bytes,
			    struct lscow_error *err)
{
	struct memory_device *memory = (struct memory_device *)device;

	if (count_down(&memory->fail_next_data))
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: injected next_data error",
				       device->name);
	*start_bytes = offset_bytes;
	*end_bytes = device->size_bytes;
	if (memory->sparse) {
		*start_bytes = skip_sectors(memory, offset_bytes, true);
		*end_bytes = skip_sectors(memory, *start_bytes, false);
	}
	return 0;
}

static void memory_close(struct lscow_device *device)
{
	struct memory_device *memory = (struct memory_device *)device;

	if (!memory->is_borrowed)
		free(memory->bytes);
	free(memory);
}

static const struct lscow_device_ops memory_ops = {
	.read = memory_read,
	.next_data = memory_next_data,
	.close = memory_close,
};

struct lscow_device *memory_device_borrow(const char *name, uint8_t *bytes,
					  size_t length_bytes)
{
	struct memory_device *memory = must(calloc(1, sizeof(*memory)));

	memory->base.ops = &memory_ops;
	memory->base.name = must(strdup(name));
	memory->base.size_bytes = length_bytes;
	memory->bytes = bytes;
	memory->is_borrowed = true;
	return &memory->base;
}

struct lscow_device *memory_device_new(const char *name, const void *bytes,
				       size_t length_bytes)
{
	struct lscow_device *device = memory_device_borrow(name, NULL, length_bytes);
	struct memory_device *memory = (struct memory_device *)device;

	memory->is_borrowed = false;
	/* Exactly as long, so that a sanitizer sees every overrun. */
	memory->bytes = must(calloc(1, length_bytes ? length_bytes : 1));
	if (bytes && length_bytes)
		memcpy(memory->bytes, bytes, length_bytes);
	return device;
}

uint8_t *memory_device_get_bytes(struct lscow_device *device)
{
	return ((struct memory_device *)device)->bytes;
}

void memory_device_put(struct lscow_device *device, size_t offset_bytes,
		       const void *bytes, size_t length_bytes)
{
	if (offset_bytes > device->size_bytes ||
	    length_bytes > device->size_bytes - offset_bytes)
		abort();
	memcpy(memory_device_get_bytes(device) + offset_bytes, bytes, length_bytes);
}

void memory_device_fail_read(struct lscow_device *device, unsigned int nth)
{
	((struct memory_device *)device)->fail_read = nth;
}

void memory_device_fail_next_data(struct lscow_device *device, unsigned int nth)
{
	((struct memory_device *)device)->fail_next_data = nth;
}

unsigned int memory_device_get_nr_reads(const struct lscow_device *device)
{
	return ((const struct memory_device *)device)->nr_reads;
}

uint64_t memory_device_get_read_bytes(const struct lscow_device *device)
{
	return ((const struct memory_device *)device)->read_bytes;
}

void memory_device_after_read(struct lscow_device *device,
			      void (*call)(struct lscow_device *device, void *data),
			      void *data)
{
	((struct memory_device *)device)->after_read = call;
	((struct memory_device *)device)->after_read_data = data;
}

void memory_device_set_sparse(struct lscow_device *device, bool sparse)
{
	((struct memory_device *)device)->sparse = sparse;
}
