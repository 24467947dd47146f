/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* How the names of an encrypted directory are shown without its key. */

#include "extfs/nokey.h"

#include <string.h>

#include "base/sha256.h"

#define HASHES_BYTES 8
#define PLAIN_BYTES 149 /* so many bytes of a name stand as they are */
#define MOST_BYTES (HASHES_BYTES + PLAIN_BYTES + LSCOW_SHA256_BYTES)

/* A hash that would mean the end of a directory (EXT4_HTREE_EOF_32BIT), and its stand-in. */
#define END_HASH UINT32_C(0xFFFFFFFE)
#define LAST_HASH UINT32_C(0xFFFFFFFC)

_Static_assert((MOST_BYTES * 8 + 5) / 6 < LSCOW_NOKEY_ROOM, "room for the longest name");

/* Base64 for file names (RFC 4648, section 5), without padding. */
static uint8_t encode_base64url(const uint8_t *bytes, size_t nr_bytes, char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	unsigned int nr_bits = 0;
	uint8_t length = 0;

	for (size_t i = 0; i < nr_bytes; i++) {
		bits = bits << 8 | bytes[i];
		for (nr_bits += 8; nr_bits >= 6; nr_bits -= 6)
			text[length++] = digits[bits >> (nr_bits - 6) & 63];
	}
	if (nr_bits > 0)
		text[length++] = digits[bits << (6 - nr_bits) & 63];
	text[length] = '\0';
	return length;
}

uint8_t lscow_nokey_encode(const uint8_t *name, uint8_t name_bytes, const uint32_t hashes[2],
			   char shown[LSCOW_NOKEY_ROOM])
{
	uint8_t bytes[MOST_BYTES];
	size_t nr_bytes = HASHES_BYTES;
	size_t plain_bytes = name_bytes < PLAIN_BYTES ? name_bytes : PLAIN_BYTES;

	for (int i = 0; i < HASHES_BYTES; i++)
		bytes[i] = (uint8_t)(hashes[i / 4] >> 8 * (i % 4));
	memcpy(bytes + nr_bytes, name, plain_bytes);
	nr_bytes += plain_bytes;
	if (name_bytes > PLAIN_BYTES) {
		lscow_sha256(name + PLAIN_BYTES, name_bytes - PLAIN_BYTES, bytes + nr_bytes);
		nr_bytes += LSCOW_SHA256_BYTES;
	}
	return encode_base64url(bytes, nr_bytes, shown);
}

void lscow_nokey_hash(const struct lscow_extfs *fs, enum lscow_names names,
		      const uint8_t *name, uint8_t name_bytes, uint32_t hashes[2])
{
	hashes[0] = hashes[1] = 0;
	if (names < LSCOW_NAMES_HASHED ||
	    ext2fs_dirhash((int)(names - LSCOW_NAMES_HASHED), (const char *)name, name_bytes,
			   fs->handle->super->s_hash_seed, &hashes[0], &hashes[1]) != 0)
		return;
	if (hashes[0] == END_HASH)
		hashes[0] = LAST_HASH;
}
