/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Errors with context: one message, built where the failure is understood. */

#ifndef LSCOW_BASE_ERROR_H
#define LSCOW_BASE_ERROR_H

#include <stdarg.h>

#include "lscow.h"

/* Fills err (which may be NULL) and returns code, so that a caller can return it. */
int lscow_error_set(struct lscow_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with "ABOUT: " before it, for functions that take a format themselves. */
int lscow_error_set_about(struct lscow_error *err, int code, const char *about,
			  const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));

/* Puts "PREFIX: " before the message of err (not NULL); returns err->code. */
int lscow_error_prefix(struct lscow_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Out of memory: LSCOW_E_FAILED. what names the thing that needed it. */
int lscow_error_no_memory(struct lscow_error *err, const char *what);

#endif
