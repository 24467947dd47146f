/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Where the metadata of a base is, for mutations of it. */

#ifndef LSCOW_TESTS_FUZZ_PLACES_H
#define LSCOW_TESTS_FUZZ_PLACES_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_MOST_PLACES 256u

enum fuzz_place_kind {
	FUZZ_PLACE_SUPER,
	FUZZ_PLACE_DESCRIPTOR,
	FUZZ_PLACE_BITMAP,
	FUZZ_PLACE_INODE,
	FUZZ_PLACE_EXTENTS, /* a node below the root, or an indirect block */
	FUZZ_PLACE_DIRECTORY,
	FUZZ_PLACE_XATTRS,
	FUZZ_PLACE_DATA,
};

struct fuzz_place {
	enum fuzz_place_kind kind;
	uint32_t offset_bytes;
	uint32_t nr_bytes;
};

struct fuzz_places {
	size_t nr; /* at least 1 */
	struct fuzz_place items[FUZZ_MOST_PLACES];
};

/* Those of a base, by its number. Borrowed. */
const struct fuzz_places *fuzz_places_get(unsigned int base);

#endif
