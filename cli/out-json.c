/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The json format: a header, a row for each change, a summary. */

#include "json.h"
#include "kind.h"
#include "message.h"
#include "out-files.h"

static int write_header(FILE *stream, const struct files_report *report)
{
	json_t *header = json_header_new(report->spec, report->input);
	int failed = json_set(header, "filesystem",
			      json_filesystem_new(lscow_files_get_filesystem(report->files)));

	return json_write_line(stream, header, failed);
}

static int write_change(FILE *stream, const struct lscow_change *change, bool ranges)
{
	json_t *row = json_line_new("change");
	int failed = 0;

	failed |= json_set_string(row, "change", kind_name(change->kind));
	failed |= json_set_name(row, "path", change->path);
	if (change->old_path)
		failed |= json_set_name(row, "old_path", change->old_path);
	failed |= json_set_string(row, "kind", kind_type_name(change->type));
	failed |= json_set_number(row, "inode", change->ino);
	failed |= json_set_number(row, "size", change->size_bytes);
	failed |= json_set_bool(row, "content", change->content_changed);
	failed |= json_set_bool(row, "metadata", change->metadata_changed);
	if (ranges)
		failed |= json_set(row, "ranges",
				   json_ranges_new(change->ranges, change->nr_ranges));
	return json_write_line(stream, row, failed);
}

static json_t *kinds_new(const struct lscow_summary *summary)
{
	json_t *object = json_object();
	int failed = 0;

	for (const char *letter = KIND_LETTERS; *letter; letter++)
		failed |= json_set_number(object, kind_name((enum lscow_kind)*letter),
					  summary->nr_changes[(unsigned char)*letter]);
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

static int write_summary(FILE *stream, const struct files_report *report)
{
	const struct lscow_summary *summary = lscow_files_get_summary(report->files);
	json_t *row = json_line_new("summary");
	int failed = 0;

	failed |= json_set_bool(row, "complete", !report->incomplete);
	if (report->incomplete)
		failed |= json_set_message(row, "error", report->incomplete);
	failed |= json_set(row, "changes", kinds_new(summary));
	failed |= json_set(row, "blocks", json_blocks_new(summary->nr_blocks, summary->total_blocks));
	failed |= json_set_number(row, "scanned_inodes", summary->scanned_inodes);
	failed |= json_set_number(row, "searched_directories",
				  summary->searched_directories);
	return json_write_line(stream, row, failed);
}

int out_json(FILE *stream, const struct files_report *report)
{
	size_t nr_changes;
	const struct lscow_change *changes =
		lscow_files_get_changes(report->files, &nr_changes);
	int code = write_header(stream, report);

	for (size_t i = 0; i < nr_changes && code == EXIT_DONE; i++)
		code = write_change(stream, &changes[i], report->ranges);
	return code != EXIT_DONE ? code : write_summary(stream, report);
}
