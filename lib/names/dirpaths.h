/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The pathnames of directories in one view, found upwards through "..". */

#ifndef LSCOW_NAMES_DIRPATHS_H
#define LSCOW_NAMES_DIRPATHS_H

#include <uthash.h>

#include "base/strings.h"
#include "base/vector.h"
#include "extfs/extfs.h"

/* What is known of one directory. */
struct lscow_dirpath {
	uint32_t ino;
	uint32_t parent_ino; /* 0: not known yet */
	const char *name;    /* NULL: not known yet */
	const char *path;    /* NULL: not built yet */
	bool is_being_built; /* a second visit means a loop */
	UT_hash_handle hh;
};

struct lscow_dirpaths {
	struct lscow_extfs *fs; /* borrowed */
	struct lscow_dirpath *nodes; /* a uthash, by ino */
	struct lscow_vector pending; /* of struct lscow_dirpath *: without a name */
	struct lscow_strings strings;
	uint8_t *raw;
};

int lscow_dirpaths_open(struct lscow_extfs *fs, struct lscow_dirpaths *dirpaths,
			struct lscow_error *err);
void lscow_dirpaths_close(struct lscow_dirpaths *dirpaths);

/* Asks for a directory's path at the next resolve. */
int lscow_dirpaths_want(struct lscow_dirpaths *dirpaths, uint32_t ino,
			struct lscow_error *err);
/* Tells where a directory stands, which saves the search for it. */
int lscow_dirpaths_learn(struct lscow_dirpaths *dirpaths, uint32_t ino,
			 uint32_t parent_ino, const char *name, struct lscow_error *err);
/* Finds what all wanted directories need; each parent is read at most once a call. */
int lscow_dirpaths_resolve(struct lscow_dirpaths *dirpaths, struct lscow_error *err);
/*
 * The path of a directory that was resolved, "." for the root. It lives as long
 * as dirpaths.
 */
int lscow_dirpaths_get(struct lscow_dirpaths *dirpaths, uint32_t ino, const char **path,
		       struct lscow_error *err);
/* Parent and name of a directory that was resolved; NULL where it was not. */
const struct lscow_dirpath *lscow_dirpaths_find(const struct lscow_dirpaths *dirpaths,
						uint32_t ino);

#endif
