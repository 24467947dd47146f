/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Base64 (RFC 4648) for bytes that are no text. */

#include <stdint.h>
#include <stdlib.h>

#include "base64.h"

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four digits for up to three bytes. */
static void encode_group(const uint8_t *bytes, size_t nr_bytes, char *text)
{
	uint32_t group = (uint32_t)bytes[0] << 16;

	if (nr_bytes > 1)
		group |= (uint32_t)bytes[1] << 8;
	if (nr_bytes > 2)
		group |= bytes[2];
	text[0] = digits[group >> 18];
	text[1] = digits[group >> 12 & 63];
	text[2] = nr_bytes > 1 ? digits[group >> 6 & 63] : '=';
	text[3] = nr_bytes > 2 ? digits[group & 63] : '=';
}

char *base64_encode(const void *data, size_t length_bytes)
{
	const uint8_t *bytes = data;
	size_t nr_groups = length_bytes / 3 + (length_bytes % 3 != 0);
	char *text;

	if (nr_groups > (SIZE_MAX - 1) / 4)
		return NULL;
	text = malloc(nr_groups * 4 + 1);
	if (!text)
		return NULL;
	for (size_t i = 0; i < nr_groups; i++)
		encode_group(bytes + 3 * i, length_bytes - 3 * i, text + 4 * i);
	text[nr_groups * 4] = '\0';
	return text;
}
