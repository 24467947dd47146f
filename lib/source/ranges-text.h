/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The feed "ranges": a text file with one changed range of bytes a line. */

#ifndef LSCOW_SOURCE_RANGES_TEXT_H
#define LSCOW_SOURCE_RANGES_TEXT_H

#include <stdio.h>

#include "base/ranges.h"

/* The longest line, without its newline. */
#define LSCOW_RANGES_TEXT_LINE_BYTES 4096u

/*
 * Reads lines "OFFSET LENGTH", both in bytes, decimal or hexadecimal with 0x,
 * parted and surrounded by spaces or tabs; blank lines and lines that begin
 * with # count for nothing. Each line ends in a newline, the last one too:
 * without it the file may have been cut short. LSCOW_E_UNKNOWABLE with the
 * line's number for anything else, and for a range that ends beyond
 * limit_bytes. name is for messages; stream is borrowed.
 */
int lscow_ranges_text_read(FILE *stream, const char *name, uint64_t limit_bytes,
			   struct lscow_ranges *ranges, struct lscow_error *err);

#endif
