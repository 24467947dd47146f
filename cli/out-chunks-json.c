/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Changed ranges as JSON: a header, a row for each range, a summary. */

#include "json.h"
#include "message.h"
#include "out-chunks.h"

static json_t *store_new(const struct lscow_store_info *info)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= json_set_number(object, "version", info->version);
	failed |= json_set_bool(object, "valid", info->valid);
	failed |= json_set_number(object, "exceptions", info->nr_exceptions);
	failed |= json_set_number(object, "areas", info->nr_areas);
	failed |= json_set_number(object, "size", info->store_bytes);
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

static int write_header(FILE *stream, const struct chunks_report *report)
{
	const struct lscow_store_info *info = lscow_input_get_store_info(report->input);
	json_t *header = json_header_new(report->spec, report->input);
	int failed = info ? json_set(header, "store", store_new(info)) : 0;

	return json_write_line(stream, header, failed);
}

static int write_range(FILE *stream, const struct lscow_range *range)
{
	json_t *row = json_line_new("range");
	int failed = 0;

	failed |= json_set_number(row, "offset", range->offset_bytes);
	failed |= json_set_number(row, "length", range->length_bytes);
	return json_write_line(stream, row, failed);
}

static int write_summary(FILE *stream, const struct lscow_range *ranges,
			 size_t nr_ranges)
{
	json_t *row = json_line_new("summary");
	uint64_t bytes = 0;
	int failed = 0;

	for (size_t i = 0; i < nr_ranges; i++)
		bytes += ranges[i].length_bytes;
	failed |= json_set_bool(row, "complete", true);
	failed |= json_set_number(row, "ranges", nr_ranges);
	failed |= json_set_number(row, "bytes", bytes);
	return json_write_line(stream, row, failed);
}

int out_chunks_json(FILE *stream, const struct chunks_report *report)
{
	size_t nr_ranges;
	const struct lscow_range *ranges =
		lscow_input_get_ranges(report->input, &nr_ranges);
	int code = write_header(stream, report);

	if (!report->summary)
		for (size_t i = 0; i < nr_ranges && code == EXIT_DONE; i++)
			code = write_range(stream, &ranges[i]);
	return code != EXIT_DONE ? code : write_summary(stream, ranges, nr_ranges);
}
