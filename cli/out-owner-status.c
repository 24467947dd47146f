/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Owners of blocks as text: number, class, inode, offset and paths between tabs. */

#include <inttypes.h>

#include "escape.h"
#include "message.h"
#include "out-owner.h"

static void write_inode(FILE *stream, const struct lscow_owner_inode *inode)
{
	fprintf(stream, "%" PRIu64, inode->ino);
	if (inode->system)
		fprintf(stream, " (%s)", inode->system);
	else if (inode->is_deleted)
		fputs(" (deleted)", stream);
}

static void write_inodes(FILE *stream, const struct lscow_owned_block *row)
{
	if (row->nr_inos > 0) {
		fprintf(stream, "%" PRIu64 "-%" PRIu64, row->first_ino,
			row->first_ino + row->nr_inos - 1);
		return;
	}
	if (row->nr_inodes == 0)
		fputc('-', stream);
	for (size_t i = 0; i < row->nr_inodes; i++) {
		if (i > 0)
			fputc(',', stream);
		write_inode(stream, &row->inodes[i]);
	}
}

/* One for each inode, where the block holds content. */
static void write_offsets(FILE *stream, const struct lscow_owned_block *row)
{
	if (row->nr_inodes == 0 || !row->inodes[0].has_offset) {
		fputc('-', stream);
		return;
	}
	for (size_t i = 0; i < row->nr_inodes; i++)
		fprintf(stream, "%s%" PRIu64, i > 0 ? "," : "",
			row->inodes[i].offset_bytes + row->offset_in_block_bytes);
}

static void write_paths(FILE *stream, const struct lscow_owner_inode *inode)
{
	for (size_t i = 0; i < inode->nr_paths; i++) {
		fputc('\t', stream);
		escape_write_name(stream, inode->paths[i]);
		if (inode->type == LSCOW_TYPE_DIRECTORY)
			fputc('/', stream);
	}
}

int out_owner_status(FILE *stream, const struct owner_report *report)
{
	size_t nr_rows;
	const struct lscow_owned_block *rows = lscow_owner_get_blocks(report->owner, &nr_rows);

	for (size_t i = 0; i < nr_rows; i++) {
		fprintf(stream, "%" PRIu64 "\t%s\t", rows[i].number,
			lscow_block_class_name(rows[i].class));
		write_inodes(stream, &rows[i]);
		fputc('\t', stream);
		write_offsets(stream, &rows[i]);
		for (size_t j = 0; j < rows[i].nr_inodes; j++)
			write_paths(stream, &rows[i].inodes[j]);
		fputc('\n', stream);
	}
	return EXIT_DONE;
}
