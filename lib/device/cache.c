/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A device that keeps what was read last from one without a page cache. */

#include "device/device.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/units.h"
#include "device/async.h"

/* Small reads go through lines; what is longer than most is read as it is. */
#define LINE_BYTES (UINT64_C(4) << 10)
#define NR_LINES 4096u
#define MOST_CACHED_BYTES (16 * LINE_BYTES)
/* A read ahead takes in so many lines at most. */
#define MOST_TOGETHER 64u

#define NR_BUCKETS NR_LINES
#define NO_SLOT UINT32_MAX

enum line_state {
	LINE_EMPTY,
	LINE_UNDER_WAY,
	LINE_FILLED,
};

/* A slot holds one line of the device; the oldest is given to the next line. */
struct slot {
	uint64_t line;
	enum line_state state;
	uint32_t next; /* slot in the same bucket, or NO_SLOT */
};

struct cache_device {
	struct lscow_device base;
	struct lscow_device *lower; /* owned */
	struct lscow_async *async;  /* NULL: no reads ahead */
	uint8_t *bytes;             /* NR_LINES lines */
	uint32_t next_slot;         /* the oldest */
	struct slot slots[NR_LINES];
	uint32_t buckets[NR_BUCKETS]; /* first slot of each, or NO_SLOT */
};

static uint64_t line_length(const struct cache_device *cache, uint64_t line)
{
	return lscow_min_u64(LINE_BYTES, cache->base.size_bytes - line * LINE_BYTES);
}

static uint8_t *slot_bytes(const struct cache_device *cache, uint32_t slot)
{
	return cache->bytes + slot * LINE_BYTES;
}

/* ---- which slot has a line ---------------------------------------------------- */

static uint32_t find_slot(const struct cache_device *cache, uint64_t line)
{
	uint32_t slot = cache->buckets[line % NR_BUCKETS];

	while (slot != NO_SLOT && cache->slots[slot].line != line)
		slot = cache->slots[slot].next;
	return slot;
}

static void forget_slot(struct cache_device *cache, uint32_t slot)
{
	uint32_t *at = &cache->buckets[cache->slots[slot].line % NR_BUCKETS];

	while (*at != slot)
		at = &cache->slots[*at].next;
	*at = cache->slots[slot].next;
	cache->slots[slot].state = LINE_EMPTY;
}

/* Gives the oldest slot to a line. */
static uint32_t take_slot(struct cache_device *cache, uint64_t line)
{
	uint32_t number = cache->next_slot;
	struct slot *slot = &cache->slots[number];
	uint32_t *bucket = &cache->buckets[line % NR_BUCKETS];

	cache->next_slot = (number + 1) % NR_LINES;
	while (slot->state == LINE_UNDER_WAY)
		lscow_async_wait(cache->async);
	if (slot->state == LINE_FILLED)
		forget_slot(cache, number);
	*slot = (struct slot){ .line = line, .state = LINE_FILLED, .next = *bucket };
	*bucket = number;
	return number;
}

/* ---- reads ahead ------------------------------------------------------------------ */

/* The tag of a read is the first of its slots. */
static void end_read_ahead(void *data, const struct lscow_async_read *read, bool is_good)
{
	struct cache_device *cache = data;
	uint32_t nr_lines = (uint32_t)lscow_bytes_to_units_up(read->length_bytes, LINE_BYTES);

	for (uint32_t slot = read->tag; slot < read->tag + nr_lines; slot++) {
		cache->slots[slot].state = LINE_FILLED;
		if (!is_good)
			forget_slot(cache, slot);
	}
}

/* Lines that are not here and find slots side by side; at least one. */
static uint32_t take_slots(struct cache_device *cache, uint64_t line, uint64_t end_line,
			   uint32_t *first_slot)
{
	uint32_t nr_lines = 1;

	*first_slot = take_slot(cache, line);
	cache->slots[*first_slot].state = LINE_UNDER_WAY;
	while (nr_lines < MOST_TOGETHER && line + nr_lines < end_line &&
	       *first_slot + nr_lines < NR_LINES &&
	       find_slot(cache, line + nr_lines) == NO_SLOT) {
		uint32_t slot = take_slot(cache, line + nr_lines);

		cache->slots[slot].state = LINE_UNDER_WAY;
		nr_lines++;
	}
	return nr_lines;
}

static void cache_will_read(struct lscow_device *device, uint64_t offset_bytes,
			    uint64_t length_bytes)
{
	struct cache_device *cache = (struct cache_device *)device;
	uint64_t end_line = lscow_bytes_to_units_up(offset_bytes + length_bytes, LINE_BYTES);
	uint64_t line = offset_bytes / LINE_BYTES;

	if (!cache->async || end_line - line > NR_LINES / 2)
		return;
	while (line < end_line) {
		struct lscow_async_read read;
		uint32_t nr_lines = 1;

		if (find_slot(cache, line) == NO_SLOT) {
			nr_lines = take_slots(cache, line, end_line, &read.tag);
			read.buffer = slot_bytes(cache, read.tag);
			read.offset_bytes = line * LINE_BYTES;
			read.length_bytes = (nr_lines - 1) * LINE_BYTES +
					    line_length(cache, line + nr_lines - 1);
			lscow_async_begin(cache->async, &read);
		}
		line += nr_lines;
	}
	lscow_async_flush(cache->async);
}

/* ---- reads ---------------------------------------------------------------------------- */

static int load_line(struct cache_device *cache, uint64_t line, uint32_t *slot,
		     struct lscow_error *err)
{
	int rc;

	*slot = find_slot(cache, line);
	while (*slot != NO_SLOT && cache->slots[*slot].state == LINE_UNDER_WAY) {
		lscow_async_wait(cache->async);
		*slot = find_slot(cache, line); /* gone where the read failed */
	}
	if (*slot != NO_SLOT)
		return 0;
	*slot = take_slot(cache, line);
	rc = lscow_device_read(cache->lower, line * LINE_BYTES, slot_bytes(cache, *slot),
			       line_length(cache, line), err);
	if (rc != 0)
		forget_slot(cache, *slot);
	return rc;
}

/* How much from here on, up to length_bytes, is in no line. */
static uint64_t count_absent(const struct cache_device *cache, uint64_t offset_bytes,
			     uint64_t length_bytes)
{
	uint64_t at = offset_bytes;

	while (at < offset_bytes + length_bytes &&
	       find_slot(cache, at / LINE_BYTES) == NO_SLOT)
		at = (at / LINE_BYTES + 1) * LINE_BYTES;
	return lscow_min_u64(at - offset_bytes, length_bytes);
}

/* Reads from one line, or past the cache what is long and not in it. */
static int read_part(struct cache_device *cache, uint64_t offset_bytes, uint8_t *buffer,
		     uint64_t length_bytes, uint64_t *part_bytes, struct lscow_error *err)
{
	uint64_t skip_bytes = offset_bytes % LINE_BYTES;
	uint32_t slot;
	int rc;

	*part_bytes = length_bytes > MOST_CACHED_BYTES
		      ? count_absent(cache, offset_bytes, length_bytes) : 0;
	if (*part_bytes > MOST_CACHED_BYTES)
		return lscow_device_read(cache->lower, offset_bytes, buffer, *part_bytes, err);
	*part_bytes = lscow_min_u64(length_bytes, LINE_BYTES - skip_bytes);
	rc = load_line(cache, offset_bytes / LINE_BYTES, &slot, err);
	if (rc == 0)
		memcpy(buffer, slot_bytes(cache, slot) + skip_bytes, *part_bytes);
	return rc;
}

static int cache_read(struct lscow_device *device, uint64_t offset_bytes, void *buffer,
		      size_t length_bytes, struct lscow_error *err)
{
	struct cache_device *cache = (struct cache_device *)device;
	uint8_t *to = buffer;
	uint64_t part_bytes;

	for (; length_bytes > 0; length_bytes -= part_bytes) {
		int rc = read_part(cache, offset_bytes, to, length_bytes, &part_bytes, err);

		if (rc != 0)
			return rc;
		to += part_bytes;
		offset_bytes += part_bytes;
	}
	return 0;
}

static int cache_next_data(struct lscow_device *device, uint64_t offset_bytes,
			   uint64_t *start_bytes, uint64_t *end_bytes,
			   struct lscow_error *err)
{
	return lscow_device_next_data(((struct cache_device *)device)->lower, offset_bytes,
				      start_bytes, end_bytes, err);
}

/* ---- open and close ---------------------------------------------------------------------- */

static void free_cache(struct cache_device *cache)
{
	if (cache->bytes)
		munmap(cache->bytes, NR_LINES * LINE_BYTES);
	free(cache);
}

static void cache_close(struct lscow_device *device)
{
	struct cache_device *cache = (struct cache_device *)device;

	lscow_async_close(cache->async);
	lscow_device_close(cache->lower);
	free_cache(cache);
}

static const struct lscow_device_ops cache_ops = {
	.read = cache_read,
	.next_data = cache_next_data,
	.will_read = cache_will_read,
	.close = cache_close,
};

/* A child must not share memory that O_DIRECT is reading into (open(2), NOTES). */
static int allocate_lines(struct cache_device *cache, struct lscow_error *err)
{
	void *bytes = mmap(NULL, NR_LINES * LINE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (bytes == MAP_FAILED)
		return lscow_error_no_memory(err, cache->lower->name);
	cache->bytes = bytes;
	(void)madvise(bytes, NR_LINES * LINE_BYTES, MADV_DONTFORK);
	return 0;
}

int lscow_cache_device_open(struct lscow_device *lower, struct lscow_device **device,
			    struct lscow_error *err)
{
	struct cache_device *cache = calloc(1, sizeof(*cache));
	int fd = lscow_file_device_get_direct_fd(lower, LINE_BYTES);

	if (!cache)
		return lscow_error_no_memory(err, lower->name);
	cache->lower = lower;
	cache->base.name = strdup(lower->name);
	if (!cache->base.name || allocate_lines(cache, err) != 0) {
		free(cache->base.name);
		free_cache(cache);
		return lscow_error_no_memory(err, lower->name);
	}
	for (uint32_t i = 0; i < NR_BUCKETS; i++)
		cache->buckets[i] = NO_SLOT;
	if (fd >= 0)
		cache->async = lscow_async_open(fd, end_read_ahead, cache);
	cache->base.ops = &cache_ops;
	cache->base.size_bytes = lower->size_bytes;
	*device = &cache->base;
	return 0;
}
