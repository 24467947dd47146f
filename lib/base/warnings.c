/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What the user should know although nothing failed. */

#include "base/warnings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lscow_warnings_add(struct lscow_warnings *warnings, const char *format, ...)
{
	char message[LSCOW_MESSAGE_BYTES];
	const char *copy;
	va_list args;

	if (!warnings)
		return;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);

	/* A warning that gets lost must not turn a good run into a failed one. */
	if (!lscow_strings_add(&warnings->strings, message, strlen(message), &copy, NULL))
		(void)lscow_vector_push(&warnings->messages, &copy, NULL);
}

const char *const *lscow_warnings_get(const struct lscow_warnings *warnings,
				      size_t *nr_messages)
{
	*nr_messages = warnings->messages.nr;
	return LSCOW_ITEMS(&warnings->messages, const char *);
}

void lscow_warnings_free(struct lscow_warnings *warnings)
{
	lscow_vector_free(&warnings->messages);
	lscow_strings_free(&warnings->strings);
}
