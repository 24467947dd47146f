/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Errors with context: one message, built where the failure is understood. */

#ifndef LSCOW_BASE_ERROR_H
#define LSCOW_BASE_ERROR_H

#include "lscow.h"

/* Fills err (which may be NULL) and returns code, so that a caller can return it. */
int lscow_error_set(struct lscow_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " before the message of err (not NULL); returns err->code. */
int lscow_error_prefix(struct lscow_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Out of memory: LSCOW_E_FAILED. what names the thing that needed it. */
int lscow_error_no_memory(struct lscow_error *err, const char *what);

#endif
