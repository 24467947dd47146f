/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Output that is composed in memory and printed only when all went well. */

#ifndef LSCOW_CLI_OUT_H
#define LSCOW_CLI_OUT_H

#include <stddef.h>
#include <stdio.h>

struct out {
	FILE *stream; /* write here; errors are looked at by out_print */
	char *data;
	size_t length_bytes;
};

/* Returns 0, or an exit code after a message. */
int out_open(struct out *out);

/*
 * Prints what was composed on standard output, which it closes, and closes
 * out: to be done once. Returns 0, or EXIT_FAILED after a message.
 */
int out_print(struct out *out);

/* Throws away what was composed. Does nothing when out was printed. */
void out_close(struct out *out);

/* Prints one text in the same way. */
int out_print_text(const char *text);

#endif
