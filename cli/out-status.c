/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The status format: a letter and a path on each line. */

#include <string.h>

#include "color.h"
#include "escape.h"
#include "message.h"
#include "out-files.h"

static const char arrow[] = " -> ";

/* A name that holds the arrow is escaped, so that a line has one meaning. */
static void write_name(FILE *stream, const char *name, bool beside_arrow)
{
	if (beside_arrow && strstr(name, arrow))
		escape_write_all(stream, name);
	else
		escape_write_name(stream, name);
}

static const char *type_mark(const struct lscow_change *change)
{
	return change->type == LSCOW_TYPE_DIRECTORY ? "/" : "";
}

static const char *old_path(const struct lscow_change *change)
{
	return change->old_path ? change->old_path : change->path;
}

static void write_line(FILE *stream, const struct lscow_change *change, bool color)
{
	bool renamed = change->kind == LSCOW_RENAMED;

	fprintf(stream, "%s%c%s  ", color ? color_begin(change->kind) : "",
		(char)change->kind, color ? color_end() : "");
	if (renamed) {
		write_name(stream, old_path(change), true);
		fprintf(stream, "%s%s", type_mark(change), arrow);
	}
	write_name(stream, change->path, renamed);
	fprintf(stream, "%s\n", type_mark(change));
}

static void write_record(FILE *stream, const struct lscow_change *change)
{
	fprintf(stream, "%c  ", (char)change->kind);
	if (change->kind == LSCOW_RENAMED)
		fprintf(stream, "%s%s%c", old_path(change), type_mark(change), '\0');
	fprintf(stream, "%s%s%c", change->path, type_mark(change), '\0');
}

int out_status(FILE *stream, const struct files_report *report)
{
	size_t nr_changes;
	const struct lscow_change *changes =
		lscow_files_get_changes(report->files, &nr_changes);

	for (size_t i = 0; i < nr_changes; i++) {
		if (report->null_ended)
			write_record(stream, &changes[i]);
		else
			write_line(stream, &changes[i], report->color);
	}
	return EXIT_DONE;
}
