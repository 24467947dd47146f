/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The search for every name of given files, nearest directories first. */

#ifndef LSCOW_NAMES_SEARCH_H
#define LSCOW_NAMES_SEARCH_H

#include <uthash.h>

#include "base/strings.h"
#include "base/vector.h"
#include "extfs/extfs.h"

/* A file whose names are wanted. */
struct lscow_wanted {
	uint32_t ino;
	uint32_t nr_links;
	uint32_t nr_left; /* names still to be found */
	uint32_t nr_excess; /* names found beyond these */
	bool is_searched; /* or all names were known before */
	UT_hash_handle hh;
};

/* A name that was found. */
struct lscow_found_name {
	uint32_t ino;
	uint32_t directory_ino;
	const char *name; /* borrowed from the search */
};

struct lscow_name_search {
	struct lscow_extfs *fs; /* borrowed */
	struct lscow_wanted *wanted; /* a uthash, by ino */
	size_t nr_left; /* files that lack names */
	size_t nr_excessive; /* files with more names than links */
	uint64_t *filter; /* a bit is set for each wanted ino, modulo its size */
	uint32_t filter_mask;
	struct lscow_vector found; /* of struct lscow_found_name */
	struct lscow_strings strings;
	uint64_t nr_directories; /* that were read */
	struct lscow_error *damage; /* where the first failure is noted, and what it stands
				       in the way of is left out; NULL: it ends the search.
				       Borrowed, to be set after _open() */
};

void lscow_name_search_open(struct lscow_extfs *fs, struct lscow_name_search *search);
void lscow_name_search_close(struct lscow_name_search *search);

/* Asks for all the names of an inode, which is not a directory and has nr_links. */
int lscow_name_search_want(struct lscow_name_search *search, uint32_t ino,
			   uint32_t nr_links, struct lscow_error *err);
/*
 * Reads directories, those near the wanted files first, until every name is
 * found. A file with fewer names than links is LSCOW_E_INCOMPLETE.
 */
int lscow_name_search_run(struct lscow_name_search *search, lscow_progress_fn *progress,
			  void *progress_data, struct lscow_error *err);
/*
 * LSCOW_E_INCOMPLETE where the search came upon more names of a file than it has
 * links: these are among those found, but there may be others.
 */
int lscow_name_search_check(const struct lscow_name_search *search,
			    struct lscow_error *err);

#endif
