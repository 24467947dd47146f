/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Base64 (RFC 4648) for bytes that are no text. */

#ifndef LSCOW_CLI_BASE64_H
#define LSCOW_CLI_BASE64_H

#include <stddef.h>

/* Newly allocated, with padding; NULL when memory ran out. */
char *base64_encode(const void *data, size_t length_bytes);

#endif
