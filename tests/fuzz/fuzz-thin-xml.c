/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Fuzz target: the first byte is the size of the pieces, the rest thin_delta's XML. */

#include <stdlib.h>

#include "fuzz/refusal.h"
#include "source/thin-xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

static int read_pieces(const uint8_t *bytes, size_t length_bytes, size_t piece_bytes,
		       struct lscow_ranges *ranges, struct lscow_thin_delta *delta)
{
	struct lscow_thin_xml *xml;
	struct lscow_error err;
	int ret = lscow_thin_xml_new("fuzz", ranges, &xml, &err);

	if (ret)
		return ret;
	for (size_t at = 0; at < length_bytes && !ret; at += piece_bytes) {
		size_t left_bytes = length_bytes - at;

		ret = lscow_thin_xml_feed(xml, bytes + at,
					  left_bytes < piece_bytes ? left_bytes : piece_bytes,
					  &err);
	}
	if (!ret)
		ret = lscow_thin_xml_finish(xml, delta, &err);
	lscow_thin_xml_free(xml);
	fuzz_check_code(ret, &err);
	return ret;
}

/* What was accepted is in rising order, of whole blocks and below 2^64. */
static void check_ranges(const struct lscow_ranges *ranges,
			 const struct lscow_thin_delta *delta)
{
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(ranges, &nr);
	uint64_t end_bytes = 0;

	for (size_t i = 0; i < nr; i++) {
		if (items[i].offset_bytes < end_bytes || items[i].length_bytes == 0 ||
		    items[i].offset_bytes % delta->block_bytes ||
		    items[i].length_bytes % delta->block_bytes ||
		    items[i].offset_bytes + items[i].length_bytes < items[i].offset_bytes)
			abort();
		end_bytes = items[i].offset_bytes + items[i].length_bytes;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes)
{
	struct lscow_ranges ranges = LSCOW_RANGES;
	struct lscow_thin_delta delta = { .block_bytes = 0 };

	if (length_bytes > 0 &&
	    read_pieces(bytes + 1, length_bytes - 1, (size_t)bytes[0] + 1, &ranges, &delta) == 0)
		check_ranges(&ranges, &delta);
	lscow_ranges_free(&ranges);
	return 0;
}
