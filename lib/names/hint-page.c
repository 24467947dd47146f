/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The hints for neighbouring inodes, packed to a few bytes each. */

#include "names/hint-page.h"

/* Of a number of 64 bits. */
#define MOST_NUMBER_BYTES 10

/* ---- numbers ------------------------------------------------------------- */

static int pack_number(uint64_t from, uint64_t to, struct lscow_vector *bytes,
		       struct lscow_error *err)
{
	uint64_t difference = to - from;
	/* Small ones have small numbers, whatever their sign. */
	uint64_t number = difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
	uint8_t byte;
	int rc;

	do {
		byte = (uint8_t)((number & 0x7F) | (number > 0x7F ? 0x80 : 0));
		number >>= 7;
		rc = lscow_vector_push(bytes, &byte, err);
	} while (rc == 0 && number > 0);
	return rc;
}

/* A place in a page. */
struct unpacking {
	const uint8_t *at;
	const uint8_t *end;
};

static bool unpack_number(struct unpacking *place, uint64_t from, uint64_t *to)
{
	uint64_t number = 0;

	for (unsigned int i = 0; i < MOST_NUMBER_BYTES && place->at < place->end; i++) {
		uint8_t byte = *place->at++;

		number |= (uint64_t)(byte & 0x7F) << 7 * i;
		if (byte & 0x80)
			continue;
		*to = from + (number >> 1 ^ (number & 1 ? UINT64_MAX : 0));
		return true;
	}
	return false;
}

/* ---- pages --------------------------------------------------------------- */

int lscow_hint_page_pack(const struct lscow_hint *hints, size_t nr_hints,
			 struct lscow_vector *bytes, struct lscow_error *err)
{
	uint64_t block = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < nr_hints; i++) {
		uint8_t which = hints[i].ino % LSCOW_HINT_PAGE_INODES;

		rc = lscow_vector_push(bytes, &which, err);
		if (rc == 0)
			rc = pack_number(hints[i].ino, hints[i].directory_ino, bytes, err);
		if (rc == 0)
			rc = pack_number(block, hints[i].block, bytes, err);
		block = hints[i].block;
	}
	return rc;
}

static bool unpack_hint(struct unpacking *place, uint32_t page, uint64_t block,
			struct lscow_hint *hint)
{
	uint8_t which = *place->at++;
	uint64_t directory_ino;

	if (which >= LSCOW_HINT_PAGE_INODES)
		return false;
	hint->ino = page * LSCOW_HINT_PAGE_INODES + which;
	if (!unpack_number(place, hint->ino, &directory_ino) || directory_ino > UINT32_MAX ||
	    !unpack_number(place, block, &hint->block))
		return false;
	hint->directory_ino = (uint32_t)directory_ino;
	return true;
}

int lscow_hint_page_unpack(uint32_t page, const uint8_t *bytes, size_t nr_bytes,
			   struct lscow_vector *hints, struct lscow_error *err)
{
	/* An empty page may have no address, to which nothing can be added. */
	struct unpacking place = { .at = bytes, .end = nr_bytes > 0 ? bytes + nr_bytes : bytes };
	struct lscow_hint hint = { .block = 0 }, before;
	int rc = 0;

	while (rc == 0 && place.at < place.end) {
		bool is_first = place.at == bytes;

		before = hint;
		if (!unpack_hint(&place, page, before.block, &hint) ||
		    (!is_first && lscow_hint_compare(&before, &hint) >= 0))
			return lscow_error_set(err, LSCOW_E_INCOMPLETE,
					       "page %u: not a page of hints", page);
		rc = lscow_vector_push(hints, &hint, err);
	}
	return rc;
}
