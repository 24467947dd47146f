/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Numbers and ranges of numbers, from the command line and from standard input. */

#ifndef LSCOW_CLI_NUMBERS_H
#define LSCOW_CLI_NUMBERS_H

#include <stdio.h>

#include "lscow.h"

/* A growing list; start from zeros. */
struct numbers {
	struct lscow_numbers *items;
	size_t nr;
	size_t capacity;
};

/* Adds "N" or "FIRST-LAST". Returns 0, or an exit code after a message. */
int numbers_add(struct numbers *numbers, const char *text);

/*
 * Adds what stands in a stream: numbers and ranges between white space. What
 * follows a "#" to the end of the line is skipped. The last line must end in a
 * newline, or it may be cut off within a number. Returns 0, or an exit code after a
 * message.
 */
int numbers_read(struct numbers *numbers, FILE *stream);

void numbers_free(struct numbers *numbers);

#endif
