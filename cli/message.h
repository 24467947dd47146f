/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Exit codes, and messages for people on standard error. */

#ifndef LSCOW_CLI_MESSAGE_H
#define LSCOW_CLI_MESSAGE_H

#include "lscow.h"

/* 1 to 4 are the library's codes with the sign turned. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_UNKNOWABLE = 3,
	EXIT_INCOMPLETE = 4,
	EXIT_CHANGED = 10,
};

/* Prints "lscow: MESSAGE" on one line, control characters escaped; returns code. */
int message_error(int code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for a wrong request, with a hint at the help; returns EXIT_USAGE. */
int message_usage(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints a failure of the library; returns its exit code. */
int message_library(const struct lscow_error *err);

/* Out of memory; returns EXIT_FAILED. */
int message_no_memory(void);

#endif
