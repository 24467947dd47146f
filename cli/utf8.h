/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* UTF-8: one character at a time, strictly. */

#ifndef LSCOW_CLI_UTF8_H
#define LSCOW_CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The length in bytes (1 to 4) of the character that text begins with, 0 where
 * there is none: end of the string, stray or missing continuation bytes,
 * overlong forms, surrogates, values above U+10FFFF. RFC 3629.
 */
size_t utf8_decode(const char *text, uint32_t *code_point);

/* Whether all of the string is UTF-8. */
bool utf8_is_valid(const char *text);

#endif
