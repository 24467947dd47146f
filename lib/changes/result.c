/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The result of a run: rows, the list for rsync, counts. */

#include "changes/result.h"

#include <stdlib.h>
#include <string.h>

static int copy_string(struct lscow_strings *strings, const char *string,
		       const char **copy, struct lscow_error *err)
{
	*copy = NULL;
	return string ? lscow_strings_add(strings, string, strlen(string), copy, err) : 0;
}

int lscow_result_new(const struct lscow_files_options *options, struct lscow_files **out,
		     struct lscow_error *err)
{
	struct lscow_files *files = calloc(1, sizeof(*files));
	int rc;

	if (!files)
		return lscow_error_no_memory(err, "the result");
	files->changes = LSCOW_VECTOR(struct lscow_change);
	files->transfers = LSCOW_VECTOR(struct lscow_transfer);
	files->range_arrays = LSCOW_VECTOR(struct lscow_range *);
	files->strings = LSCOW_STRINGS;
	files->warnings = LSCOW_WARNINGS;
	rc = copy_string(&files->strings, options->under, &files->under, err);
	if (rc == 0)
		rc = copy_string(&files->strings, options->only, &files->only, err);
	if (rc != 0) {
		lscow_files_free(files);
		return rc;
	}
	*out = files;
	return 0;
}

void lscow_files_free(struct lscow_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->range_arrays.nr; i++)
		free(LSCOW_ITEMS(&files->range_arrays, struct lscow_range *)[i]);
	lscow_vector_free(&files->range_arrays);
	lscow_vector_free(&files->changes);
	lscow_vector_free(&files->transfers);
	lscow_strings_free(&files->strings);
	lscow_warnings_free(&files->warnings);
	free(files);
}

/* "." is above everything. */
static bool is_under(const char *path, const char *under)
{
	size_t under_bytes;

	if (!under || strcmp(under, ".") == 0)
		return true;
	under_bytes = strlen(under);
	return path && strncmp(path, under, under_bytes) == 0 &&
	       (path[under_bytes] == '\0' || path[under_bytes] == '/');
}

bool lscow_result_wants(const struct lscow_files *files, enum lscow_kind kind)
{
	return !files->only || strchr(files->only, kind);
}

/* A renamed or linked file may be modified as well, and is wanted for that too. */
static bool wants_change(const struct lscow_files *files,
			 const struct lscow_change *change)
{
	bool is_named = change->kind == LSCOW_RENAMED || change->kind == LSCOW_LINKED;

	return lscow_result_wants(files, change->kind) ||
	       (is_named && change->content_changed &&
		lscow_result_wants(files, LSCOW_MODIFIED)) ||
	       (is_named && change->metadata_changed &&
		lscow_result_wants(files, LSCOW_METADATA));
}

static int copy_ranges(struct lscow_files *files, struct lscow_change *change,
		       struct lscow_error *err)
{
	struct lscow_range *copy;
	int rc;

	if (change->nr_ranges == 0)
		return 0;
	copy = malloc(change->nr_ranges * sizeof(*copy));
	if (!copy)
		return lscow_error_no_memory(err, "the ranges of a file");
	memcpy(copy, change->ranges, change->nr_ranges * sizeof(*copy));
	change->ranges = copy;
	rc = lscow_vector_push(&files->range_arrays, &copy, err);
	if (rc != 0)
		free(copy);
	return rc;
}

int lscow_result_add_change(struct lscow_files *files, const struct lscow_change *change,
			    struct lscow_error *err)
{
	struct lscow_change copy = *change;
	int rc;

	if (!wants_change(files, change) ||
	    (!is_under(change->path, files->under) &&
	     !(change->old_path && is_under(change->old_path, files->under))))
		return 0;
	rc = copy_string(&files->strings, change->path, &copy.path, err);
	if (rc == 0)
		rc = copy_string(&files->strings, change->old_path, &copy.old_path, err);
	if (rc == 0)
		rc = copy_ranges(files, &copy, err);
	if (rc == 0)
		rc = lscow_vector_push(&files->changes, &copy, err);
	if (rc == 0)
		files->summary.nr_changes[change->kind]++;
	return rc;
}

static int add_transfer(struct lscow_files *files, const char *path, bool missing,
			struct lscow_error *err)
{
	struct lscow_transfer transfer = { .missing = missing };
	int rc = copy_string(&files->strings, path, &transfer.path, err);

	return rc != 0 ? rc : lscow_vector_push(&files->transfers, &transfer, err);
}

static bool is_above(const char *path, const char *under)
{
	return under && is_under(under, path);
}

int lscow_result_add_transfer(struct lscow_files *files, const char *path, bool missing,
			      struct lscow_error *err)
{
	if (!is_under(path, files->under) && !(missing && is_above(path, files->under)))
		return 0;
	return add_transfer(files, path, missing, err);
}

int lscow_result_add_transfer_above(struct lscow_files *files, const char *path,
				    struct lscow_error *err)
{
	return is_above(path, files->under) ? add_transfer(files, path, false, err) : 0;
}

static int compare_changes(const void *left, const void *right)
{
	const struct lscow_change *a = left, *b = right;

	return strcmp(a->path, b->path);
}

static int compare_transfers(const void *left, const void *right)
{
	const struct lscow_transfer *a = left, *b = right;

	return strcmp(a->path, b->path);
}

void lscow_result_finish(struct lscow_files *files)
{
	struct lscow_transfer *transfers;
	size_t nr_kept = 0;

	lscow_vector_sort(&files->changes, compare_changes);
	lscow_vector_sort(&files->transfers, compare_transfers);
	transfers = files->transfers.items;
	for (size_t i = 0; i < files->transfers.nr; i++)
		if (nr_kept == 0 || strcmp(transfers[nr_kept - 1].path, transfers[i].path) != 0)
			transfers[nr_kept++] = transfers[i];
	files->transfers.nr = nr_kept;
	files->summary.changed = files->summary.changed || files->changes.nr > 0;
}

const struct lscow_change *lscow_files_get_changes(const struct lscow_files *files,
						   size_t *nr_changes)
{
	*nr_changes = files->changes.nr;
	return files->changes.items;
}

const struct lscow_transfer *
lscow_files_get_transfers(const struct lscow_files *files, size_t *nr_transfers)
{
	*nr_transfers = files->transfers.nr;
	return files->transfers.items;
}

const struct lscow_filesystem *
lscow_files_get_filesystem(const struct lscow_files *files)
{
	return &files->filesystem;
}

const struct lscow_summary *lscow_files_get_summary(const struct lscow_files *files)
{
	return &files->summary;
}

const char *const *lscow_files_get_warnings(const struct lscow_files *files,
					    size_t *nr_warnings)
{
	return lscow_warnings_get(&files->warnings, nr_warnings);
}
