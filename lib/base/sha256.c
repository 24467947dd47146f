/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* SHA-256 of a few bytes (FIPS 180-4). */

#include "base/sha256.h"

#include <string.h>

#define BLOCK_BYTES 64
#define LENGTH_BYTES 8 /* at the end of the last block */
#define NR_ROUNDS 64

static const uint32_t round_words[NR_ROUNDS] = {
	0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4,
	0xAB1C5ED5, 0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE,
	0x9BDC06A7, 0xC19BF174, 0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F,
	0x4A7484AA, 0x5CB0A9DC, 0x76F988DA, 0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7,
	0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967, 0x27B70A85, 0x2E1B2138, 0x4D2C6DFC,
	0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85, 0xA2BFE8A1, 0xA81A664B,
	0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070, 0x19A4C116,
	0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
	0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7,
	0xC67178F2,
};

static uint32_t rotate(uint32_t word, unsigned int nr_bits)
{
	return word >> nr_bits | word << (32 - nr_bits);
}

static uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store_be32(uint8_t *p, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(word >> (24 - 8 * i));
}

static void schedule(const uint8_t *block, uint32_t words[NR_ROUNDS])
{
	for (int i = 0; i < 16; i++)
		words[i] = load_be32(block + 4 * i);
	for (int i = 16; i < NR_ROUNDS; i++) {
		uint32_t a = words[i - 15], b = words[i - 2];

		words[i] = words[i - 16] + words[i - 7] +
			   (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
			   (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
}

static void add_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t words[NR_ROUNDS];
	uint32_t s[8];

	schedule(block, words);
	memcpy(s, state, sizeof(s));
	for (int i = 0; i < NR_ROUNDS; i++) {
		uint32_t first = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
				 ((s[4] & s[5]) ^ (~s[4] & s[6])) + round_words[i] + words[i];
		uint32_t second = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
				  ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

		memmove(s + 1, s, 7 * sizeof(s[0]));
		s[4] += first;
		s[0] = first + second;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

void lscow_sha256(const uint8_t *bytes, size_t nr_bytes, uint8_t digest[LSCOW_SHA256_BYTES])
{
	uint32_t state[8] = { 0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
			      0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19 };
	uint8_t last[2 * BLOCK_BYTES] = { 0 };
	size_t rest_bytes = nr_bytes % BLOCK_BYTES;
	size_t last_bytes =
		rest_bytes < BLOCK_BYTES - LENGTH_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
	uint64_t nr_bits = (uint64_t)nr_bytes * 8;

	for (size_t at = 0; at + BLOCK_BYTES <= nr_bytes; at += BLOCK_BYTES)
		add_block(state, bytes + at);
	if (rest_bytes > 0)
		memcpy(last, bytes + (nr_bytes - rest_bytes), rest_bytes);
	last[rest_bytes] = 0x80;
	store_be32(last + last_bytes - 8, (uint32_t)(nr_bits >> 32));
	store_be32(last + last_bytes - 4, (uint32_t)nr_bits);
	for (size_t at = 0; at < last_bytes; at += BLOCK_BYTES)
		add_block(state, last + at);
	for (int i = 0; i < 8; i++)
		store_be32(digest + 4 * i, state[i]);
}
