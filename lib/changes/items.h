/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Entries with their paths, matched between the views. */

#ifndef LSCOW_CHANGES_ITEMS_H
#define LSCOW_CHANGES_ITEMS_H

#include "diff/entries.h"
#include "names/dirpaths.h"

/* An entry of one view with its path there. */
struct lscow_item {
	const struct lscow_entry *entry;
	struct lscow_inode_record *record;
	const char *path;
	struct lscow_item *twin;    /* the other view's entry at this path */
	struct lscow_item *partner; /* what it was renamed from, or to */
};

struct lscow_items {
	struct lscow_vector lists[LSCOW_NR_SIDES]; /* of struct lscow_item, by path */
	struct lscow_strings strings;
};

void lscow_items_open(struct lscow_items *items);
void lscow_items_close(struct lscow_items *items);

/*
 * Makes an item of each entry and finds the twins. The entries' inodes have
 * records, and the paths of their directories are resolved.
 */
int lscow_items_build(struct lscow_items *items, const struct lscow_inodes *inodes,
		      const struct lscow_entries *entries,
		      struct lscow_dirpaths *dirpaths, struct lscow_error *err);

/* The item at a path, or NULL. */
const struct lscow_item *lscow_items_find(const struct lscow_items *items,
					  enum lscow_side side, const char *path);

/* Finds the partners of renamed names: one inode, one name gone, one come. */
int lscow_items_pair(struct lscow_items *items, const struct lscow_inodes *inodes,
		     struct lscow_error *err);

#endif
