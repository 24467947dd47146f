/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names and messages for terminals, as ls --quoting-style=escape shows them. */

#ifndef LSCOW_CLI_ESCAPE_H
#define LSCOW_CLI_ESCAPE_H

#include <stdbool.h>
#include <stdio.h>

/*
 * The escapes are those of GNU ls --quoting-style=escape in a UTF-8 locale:
 * \a \b \f \n \r \t \v, "\\" for a backslash, "\ " for a space, and \ooo for
 * every byte of anything else that is not printable or not UTF-8. The locale
 * of the process plays no part. Characters that steer the direction of text
 * count as not printable.
 */

/* Whether a name holds anything but printable characters and spaces, or a "\". */
bool escape_is_needed(const char *name);

/* Writes a name as it is, or, where that is needed, escaped. */
void escape_write_name(FILE *stream, const char *name);

/* Writes a name with every escape, also those of its spaces. */
void escape_write_all(FILE *stream, const char *name);

/* Writes text; only what is not printable is escaped. */
void escape_write_message(FILE *stream, const char *text);

#endif
