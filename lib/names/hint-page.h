/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The hints for neighbouring inodes, packed to a few bytes each. */

#ifndef LSCOW_NAMES_HINT_PAGE_H
#define LSCOW_NAMES_HINT_PAGE_H

#include <stdbool.h>

#include "base/vector.h"
#include "names/hint.h"

/* A page has the hints for the inodes n * LSCOW_HINT_PAGE_INODES to ... - 1. */
#define LSCOW_HINT_PAGE_INODES 64u

/*
 * For each hint, in the order of lscow_hint_compare(): one byte, which inode of
 * the page; then how far the directory's number is from the inode's, and the
 * block from that of the hint before (from 0 for the first). Both are signed,
 * as zigzag numbers of 7 bits to a byte, low ones first, the top bit set where
 * more follow.
 */

/* Appends the packed hints of one page, sorted and without doubles, to bytes. */
int lscow_hint_page_pack(const struct lscow_hint *hints, size_t nr_hints,
			 struct lscow_vector *bytes, struct lscow_error *err);
/*
 * Appends the hints of page number page to hints: 0, LSCOW_E_FAILED without
 * memory, or LSCOW_E_INCOMPLETE where the bytes are no such page.
 */
int lscow_hint_page_unpack(uint32_t page, const uint8_t *bytes, size_t nr_bytes,
			   struct lscow_vector *hints, struct lscow_error *err);

#endif
