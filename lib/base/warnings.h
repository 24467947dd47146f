/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What the user should know although nothing failed. */

#ifndef LSCOW_BASE_WARNINGS_H
#define LSCOW_BASE_WARNINGS_H

#include "base/strings.h"
#include "base/vector.h"

/* Start from LSCOW_WARNINGS; free with lscow_warnings_free(). */
struct lscow_warnings {
	struct lscow_vector messages; /* of const char * */
	struct lscow_strings strings;
};

#define LSCOW_WARNINGS ((struct lscow_warnings){ LSCOW_VECTOR(const char *), LSCOW_STRINGS })

/* Adds one line; does nothing where warnings is NULL or memory is short. */
void lscow_warnings_add(struct lscow_warnings *warnings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The messages in the order of their addition. Borrowed. */
const char *const *lscow_warnings_get(const struct lscow_warnings *warnings,
				      size_t *nr_messages);
void lscow_warnings_free(struct lscow_warnings *warnings);

#endif
