/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A pool of strings that are freed together. */

#ifndef LSCOW_BASE_STRINGS_H
#define LSCOW_BASE_STRINGS_H

#include "base/error.h"

struct lscow_strings_part;

/* Start from LSCOW_STRINGS; free with lscow_strings_free(). */
struct lscow_strings {
	struct lscow_strings_part *last;
	size_t nr_free_bytes; /* in the last part */
	size_t next_part_bytes;
};

#define LSCOW_STRINGS ((struct lscow_strings){ .last = NULL })

/* Copies nr_bytes bytes and ends them with a NUL; lives as long as the pool. */
int lscow_strings_add(struct lscow_strings *strings, const void *bytes, size_t nr_bytes,
		      const char **copy, struct lscow_error *err);
/* Joins directory and name with a slash; the root "." adds nothing. */
int lscow_strings_add_path(struct lscow_strings *strings, const char *directory,
			   const char *name, const char **path, struct lscow_error *err);
void lscow_strings_free(struct lscow_strings *strings);

#endif
