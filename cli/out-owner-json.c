/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Owners of blocks as JSON: a header, a row for each block, a summary. */

#include "json.h"
#include "kind.h"
#include "message.h"
#include "out-owner.h"

static const char *const unit_names[] = {
	[LSCOW_UNIT_BLOCKS] = "blocks",
	[LSCOW_UNIT_BYTES] = "bytes",
	[LSCOW_UNIT_SECTORS] = "sectors",
};

static int write_header(FILE *stream, const struct owner_report *report)
{
	const struct lscow_owner_options *options = report->options;
	json_t *header = json_schema_new();
	json_t *input = json_object();
	int failed = 0;

	failed |= json_set_name(input, "image", options->path);
	failed |= json_set_place(input, options->partition,
				 lscow_owner_get_offset_bytes(report->owner));
	failed |= json_set(header, "input", input);
	failed |= json_set_string(header, "unit", unit_names[options->unit]);
	failed |= json_set(header, "filesystem",
			   json_filesystem_new(lscow_owner_get_filesystem(report->owner)));
	return json_write_line(stream, header, failed);
}

static json_t *inode_new(const struct lscow_owner_inode *inode, uint32_t offset_in_block)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= json_set_number(object, "inode", inode->ino);
	failed |= json_set_string(object, "kind", kind_type_name(inode->type));
	failed |= json_set_number(object, "size", inode->size_bytes);
	if (inode->has_offset)
		failed |= json_set_number(object, "offset",
					  inode->offset_bytes + offset_in_block);
	if (inode->system)
		failed |= json_set_string(object, "system", inode->system);
	if (inode->is_deleted)
		failed |= json_set_bool(object, "deleted", true);
	failed |= json_set_names(object, "paths", inode->paths, inode->nr_paths);
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *inodes_new(const struct lscow_owned_block *row)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < row->nr_inodes; i++)
		if (json_array_append_new(list, inode_new(&row->inodes[i],
							  row->offset_in_block_bytes)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static int write_row(FILE *stream, const struct lscow_owned_block *row)
{
	json_t *object = json_line_new("block");
	int failed = 0;

	failed |= json_set_number(object, "number", row->number);
	if (row->class == LSCOW_BLOCK_OUTSIDE)
		failed |= json_set(object, "block", json_null());
	else
		failed |= json_set_number(object, "block", row->block);
	failed |= json_set_string(object, "class", lscow_block_class_name(row->class));
	if (row->nr_inos > 0) {
		failed |= json_set_number(object, "first_inode", row->first_ino);
		failed |= json_set_number(object, "last_inode",
					  row->first_ino + row->nr_inos - 1);
	}
	failed |= json_set(object, "inodes", inodes_new(row));
	return json_write_line(stream, object, failed);
}

static int write_summary(FILE *stream, const struct owner_report *report)
{
	const struct lscow_owner_summary *summary = lscow_owner_get_summary(report->owner);
	json_t *row = json_line_new("summary");
	int failed = 0;

	failed |= json_set_bool(row, "complete", summary->complete);
	if (report->incomplete)
		failed |= json_set_message(row, "error", report->incomplete);
	failed |= json_set(row, "blocks",
			   json_blocks_new(summary->nr_blocks, summary->total_blocks));
	failed |= json_set_number(row, "scanned_inodes", summary->scanned_inodes);
	failed |= json_set_number(row, "searched_directories",
				  summary->searched_directories);
	return json_write_line(stream, row, failed);
}

int out_owner_json(FILE *stream, const struct owner_report *report)
{
	size_t nr_rows;
	const struct lscow_owned_block *rows = lscow_owner_get_blocks(report->owner, &nr_rows);
	int code = write_header(stream, report);

	for (size_t i = 0; i < nr_rows && code == EXIT_DONE; i++)
		code = write_row(stream, &rows[i]);
	return code != EXIT_DONE ? code : write_summary(stream, report);
}
