/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Fuzz target: the first byte says how large the views are, the rest is a feed of ranges. */

#include <stdio.h>
#include <stdlib.h>

#include "fuzz/refusal.h"
#include "source/ranges-text.h"

#define LINE_BYTES 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

static int read_text(const void *text, size_t length_bytes, uint64_t limit_bytes,
		     struct lscow_ranges *ranges)
{
	FILE *stream;
	struct lscow_error err;
	int ret;

	/* A stream in memory refuses to be empty. */
	if (length_bytes == 0)
		return 0;
	/* It is only read. */
	stream = fmemopen((void *)(uintptr_t)text, length_bytes, "r");
	if (!stream)
		abort();
	ret = lscow_ranges_text_read(stream, "fuzz", limit_bytes, ranges, &err);
	fclose(stream);
	fuzz_check_code(ret, &err);
	lscow_ranges_normalise(ranges);
	return ret;
}

/* In rising order, apart from each other, and within the views. */
static void check_ranges(const struct lscow_ranges *ranges, uint64_t limit_bytes)
{
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(ranges, &nr);

	for (size_t i = 0; i < nr; i++)
		if (items[i].length_bytes == 0 || items[i].offset_bytes > limit_bytes ||
		    items[i].length_bytes > limit_bytes - items[i].offset_bytes ||
		    (i > 0 && items[i].offset_bytes <=
				      items[i - 1].offset_bytes + items[i - 1].length_bytes))
			abort();
}

static char *print_ranges(const struct lscow_ranges *ranges, size_t *length_bytes)
{
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(ranges, &nr);
	char *text = malloc(nr * LINE_BYTES + 1);

	if (!text)
		abort();
	*length_bytes = 0;
	for (size_t i = 0; i < nr; i++)
		*length_bytes += (size_t)snprintf(text + *length_bytes, LINE_BYTES,
						  i % 2 ? "%#llx\t%#llx\n" : "%llu %llu\n",
						  (unsigned long long)items[i].offset_bytes,
						  (unsigned long long)items[i].length_bytes);
	return text;
}

/* What was read, written and read again is the same. */
static void check_again(const struct lscow_ranges *ranges, uint64_t limit_bytes)
{
	struct lscow_ranges again = LSCOW_RANGES;
	size_t length_bytes, nr, nr_again;
	char *text = print_ranges(ranges, &length_bytes);
	const struct lscow_range *items = lscow_ranges_get(ranges, &nr);
	const struct lscow_range *items_again;

	if (read_text(text, length_bytes, limit_bytes, &again))
		abort();
	items_again = lscow_ranges_get(&again, &nr_again);
	if (nr != nr_again)
		abort();
	for (size_t i = 0; i < nr; i++)
		if (items[i].offset_bytes != items_again[i].offset_bytes ||
		    items[i].length_bytes != items_again[i].length_bytes)
			abort();
	lscow_ranges_free(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes)
{
	struct lscow_ranges ranges = LSCOW_RANGES;
	uint64_t limit_bytes;

	if (length_bytes == 0)
		return 0;
	limit_bytes = bytes[0] < 64 ? UINT64_C(1) << bytes[0] : UINT64_MAX;
	if (read_text(bytes + 1, length_bytes - 1, limit_bytes, &ranges) == 0) {
		check_ranges(&ranges, limit_bytes);
		check_again(&ranges, limit_bytes);
	}
	lscow_ranges_free(&ranges);
	return 0;
}
