/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A hint: where the entry of an inode was seen once. */

#include "names/hint.h"

int lscow_hint_compare(const void *left, const void *right)
{
	const struct lscow_hint *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->directory_ino != b->directory_ino)
		return a->directory_ino < b->directory_ino ? -1 : 1;
	return a->block < b->block ? -1 : a->block > b->block;
}
