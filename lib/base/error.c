/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Builds error messages: one line, cut where it would not fit. */

#include "base/error.h"

#include <stdio.h>
#include <string.h>

int lscow_error_set(struct lscow_error *err, int code, const char *format, ...)
{
	/* Composed aside: an argument may be err's own message. */
	char message[LSCOW_MESSAGE_BYTES];
	va_list args;

	if (!err)
		return code;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);

	err->code = code;
	memcpy(err->message, message, sizeof(message));
	return code;
}

int lscow_error_set_about(struct lscow_error *err, int code, const char *about,
			  const char *format, va_list args)
{
	char what[LSCOW_MESSAGE_BYTES];

	vsnprintf(what, sizeof(what), format, args);
	return lscow_error_set(err, code, "%s: %s", about, what);
}

int lscow_error_prefix(struct lscow_error *err, const char *format, ...)
{
	char prefix[LSCOW_MESSAGE_BYTES];
	va_list args;

	if (!err)
		return LSCOW_E_FAILED;

	va_start(args, format);
	vsnprintf(prefix, sizeof(prefix), format, args);
	va_end(args);

	return lscow_error_set(err, err->code, "%s: %s", prefix, err->message);
}

int lscow_error_no_memory(struct lscow_error *err, const char *what)
{
	return lscow_error_set(err, LSCOW_E_FAILED, "out of memory: %s", what);
}
