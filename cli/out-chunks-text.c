/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Changed ranges as text: OFFSET LENGTH on each line, or their summary. */

#include <inttypes.h>

#include "message.h"
#include "out-chunks.h"

static void write_number(FILE *stream, const char *name, uint64_t value)
{
	fprintf(stream, "%-12s %" PRIu64 "\n", name, value);
}

static void write_store(FILE *stream, const struct lscow_store_info *info)
{
	write_number(stream, "version", info->version);
	fprintf(stream, "%-12s %s\n", "valid", info->valid ? "yes" : "no");
	write_number(stream, "exceptions", info->nr_exceptions);
	write_number(stream, "areas", info->nr_areas);
	write_number(stream, "store size", info->store_bytes);
}

static void write_summary(FILE *stream, const struct lscow_input *input)
{
	const struct lscow_store_info *info = lscow_input_get_store_info(input);
	uint64_t chunk_bytes = lscow_input_get_chunk_bytes(input);
	size_t nr_ranges;
	const struct lscow_range *ranges = lscow_input_get_ranges(input, &nr_ranges);
	uint64_t bytes = 0;

	for (size_t i = 0; i < nr_ranges; i++)
		bytes += ranges[i].length_bytes;
	fprintf(stream, "%-12s %s\n", "form", lscow_input_get_form(input));
	if (chunk_bytes != 0)
		write_number(stream, "chunk size", chunk_bytes);
	if (info)
		write_store(stream, info);
	write_number(stream, "ranges", nr_ranges);
	write_number(stream, "bytes", bytes);
}

int out_chunks_ranges(FILE *stream, const struct chunks_report *report)
{
	size_t nr_ranges;
	const struct lscow_range *ranges =
		lscow_input_get_ranges(report->input, &nr_ranges);

	if (report->summary) {
		write_summary(stream, report->input);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < nr_ranges; i++)
		fprintf(stream, "%" PRIu64 " %" PRIu64 "\n", ranges[i].offset_bytes,
			ranges[i].length_bytes);
	return EXIT_DONE;
}
