/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A hint: where the entry of an inode was seen once. */

#ifndef LSCOW_NAMES_HINT_H
#define LSCOW_NAMES_HINT_H

#include <stdint.h>

/*
 * A block of a directory, or the directory's own inode, held an entry for an inode.
 * That may be long ago: it is to be checked there before it is believed.
 */
struct lscow_hint {
	uint32_t ino;
	uint32_t directory_ino;
	uint64_t block; /* of the filesystem; 0: in the inode (LSCOW_INLINE_BLOCK) */
};

/* Orders by inode, then directory, then block; for qsort(3) and bsearch(3). */
int lscow_hint_compare(const void *left, const void *right);

#endif
