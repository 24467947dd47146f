/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names that came into directories, and names that are gone from them. */

#ifndef LSCOW_DIFF_ENTRIES_H
#define LSCOW_DIFF_ENTRIES_H

#include "base/strings.h"
#include "diff/inodes.h"

/* A name in a directory. */
struct lscow_entry {
	uint32_t directory_ino;
	uint32_t ino;
	const char *name; /* borrowed from the lists' strings */
};

/* Entries of the new view that the old one has not (come), and the reverse. */
struct lscow_entries {
	struct lscow_vector lists[LSCOW_NR_SIDES]; /* of struct lscow_entry */
	struct lscow_strings strings;
};

void lscow_entries_open(struct lscow_entries *entries);
void lscow_entries_close(struct lscow_entries *entries);

/*
 * Compares all directories among the examined inodes: of one that is the same
 * in both views the blocks that differ, of one that is new or gone all.
 */
int lscow_entries_diff(struct lscow_inodes *inodes, struct lscow_entries *entries,
		       struct lscow_error *err);

/* Adds every entry of a directory in one view. */
int lscow_entries_add_all(struct lscow_inodes *inodes, struct lscow_entries *entries,
			  enum lscow_side side, uint32_t directory_ino,
			  struct lscow_error *err);

/* Orders by directory, then name, then inode. */
int lscow_entry_compare(const void *left, const void *right);

#endif
