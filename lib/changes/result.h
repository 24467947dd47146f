/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The result of a run: rows, the list for rsync, counts. */

#ifndef LSCOW_CHANGES_RESULT_H
#define LSCOW_CHANGES_RESULT_H

#include "base/ranges.h"
#include "base/strings.h"
#include "base/warnings.h"

/* Owns everything that the public accessors lend. */
struct lscow_files {
	struct lscow_vector changes;   /* of struct lscow_change */
	struct lscow_vector transfers; /* of struct lscow_transfer */
	struct lscow_vector range_arrays; /* of struct lscow_range *, owned */
	struct lscow_strings strings;
	struct lscow_warnings warnings;
	struct lscow_filesystem filesystem;
	struct lscow_summary summary;
	const char *under; /* copies of the options' filters, or NULL */
	const char *only;
};

int lscow_result_new(const struct lscow_files_options *options, struct lscow_files **files,
		     struct lscow_error *err);

/* Adds a copy of the row with its paths, unless the filters leave it out. */
int lscow_result_add_change(struct lscow_files *files, const struct lscow_change *change,
			    struct lscow_error *err);
/*
 * Adds to the rsync list, unless the path is outside of options.under. What is
 * missing above it is not outside: with it all below is gone.
 */
int lscow_result_add_transfer(struct lscow_files *files, const char *path, bool missing,
			      struct lscow_error *err);
/* The same for a path that is at or above options.under. */
int lscow_result_add_transfer_above(struct lscow_files *files, const char *path,
				    struct lscow_error *err);
/* Whether rows of this kind are wanted at all. */
bool lscow_result_wants(const struct lscow_files *files, enum lscow_kind kind);
/* Sorts what was added and drops doubles from the rsync list. */
void lscow_result_finish(struct lscow_files *files);

#endif
