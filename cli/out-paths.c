/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The paths format: what to copy, a path on each line. */

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "out-files.h"

/* The path to copy on this side, or NULL where the row has none. */
static const char *path_on_side(const struct lscow_change *change,
				enum lscow_side side)
{
	if (side == LSCOW_SIDE_NEW)
		return change->kind == LSCOW_DELETED ? NULL : change->path;
	if (change->kind == LSCOW_ADDED || change->kind == LSCOW_LINKED)
		return NULL;
	return change->old_path ? change->old_path : change->path;
}

/* A rename may have one of its two paths outside of what was asked for. */
static bool is_under(const char *path, const char *under)
{
	size_t length;

	if (!under)
		return true;
	length = strlen(under);
	return strncmp(path, under, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/');
}

static int compare_paths(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(*left, *right);
}

/* Rows are sorted by their new paths, which says nothing about the old ones. */
static size_t collect(const struct files_report *report, const char **paths)
{
	size_t nr_changes;
	const struct lscow_change *changes =
		lscow_files_get_changes(report->files, &nr_changes);
	size_t nr_paths = 0;

	for (size_t i = 0; i < nr_changes; i++) {
		const char *path = path_on_side(&changes[i], report->side);

		if (path && is_under(path, report->under))
			paths[nr_paths++] = path;
	}
	qsort(paths, nr_paths, sizeof(*paths), compare_paths);
	return nr_paths;
}

static int write_paths(FILE *stream, const char *const *paths, size_t nr_paths,
		       bool null_ended)
{
	for (size_t i = 0; i < nr_paths; i++) {
		if (i > 0 && strcmp(paths[i], paths[i - 1]) == 0)
			continue;
		if (!null_ended && strchr(paths[i], '\n'))
			return message_error(EXIT_USAGE,
					     "a path holds a newline: '%s'; "
					     "use --null", paths[i]);
		fprintf(stream, "%s%c", paths[i], null_ended ? '\0' : '\n');
	}
	return EXIT_DONE;
}

int out_paths(FILE *stream, const struct files_report *report)
{
	size_t nr_changes;
	const char **paths;
	int code;

	lscow_files_get_changes(report->files, &nr_changes);
	paths = calloc(nr_changes + 1, sizeof(*paths));
	if (!paths)
		return message_no_memory();
	code = write_paths(stream, paths, collect(report, paths), report->null_ended);
	free(paths);
	return code;
}
