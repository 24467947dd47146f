/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names that are gone, and that a directory without regard to case still finds. */

#ifndef LSCOW_CHANGES_FOLDED_H
#define LSCOW_CHANGES_FOLDED_H

#include "changes/items.h"

/* The names that the new view has in its directories of that kind. */
struct lscow_folded {
	struct lscow_vector names; /* of struct folded_name, sorted */
};

void lscow_folded_open(struct lscow_folded *folded);
void lscow_folded_close(struct lscow_folded *folded);

/* Collects the names of the new view; the items stay borrowed. */
int lscow_folded_build(struct lscow_folded *folded, const struct lscow_inodes *inodes,
		       const struct lscow_items *items, struct lscow_error *err);

/*
 * The path in the new view that a lookup of this one there finds, though it is
 * another; or NULL.
 */
const char *lscow_folded_find(const struct lscow_folded *folded,
			      const struct lscow_inodes *inodes, const char *path);

#endif
