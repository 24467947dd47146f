/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Directories whose path changed, and with it the paths of all below them. */

#ifndef LSCOW_CHANGES_MOVES_H
#define LSCOW_CHANGES_MOVES_H

#include "diff/entries.h"

/*
 * Adds the entries of every moved directory, and of those below it, to the
 * lists of both views, so that each of their paths can be compared by itself.
 * The lists may have doubles afterwards.
 */
int lscow_moves_walk(struct lscow_inodes *inodes, struct lscow_entries *entries,
		     struct lscow_error *err);

/* Whether an entry of the new view is a directory that had another name before. */
bool lscow_moves_is_moved(const struct lscow_inode_record *record);

#endif
