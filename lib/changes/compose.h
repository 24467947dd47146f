/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* From changed inodes and entries to rows with paths. */

#ifndef LSCOW_CHANGES_COMPOSE_H
#define LSCOW_CHANGES_COMPOSE_H

#include "changes/items.h"
#include "changes/result.h"
#include "names/search.h"
#include "names/watch.h"

/* What the steps of one composition share. */
struct lscow_composition {
	struct lscow_inodes *inodes;   /* borrowed */
	struct lscow_entries *entries; /* borrowed */
	const struct lscow_files_options *options;
	const struct lscow_names_watch *watch; /* borrowed; has the names cache, if any */
	struct lscow_name_search search;
	struct lscow_dirpaths dirpaths[LSCOW_NR_SIDES];
	struct lscow_items items;
	struct lscow_files *files; /* borrowed; gets the rows */
};

/*
 * Turns the examined inodes and the differing entries into sorted rows and, if
 * asked for, the list for rsync. Adds to both inodes and entries on the way.
 */
int lscow_compose(struct lscow_inodes *inodes, struct lscow_entries *entries,
		  const struct lscow_files_options *options,
		  const struct lscow_names_watch *watch, struct lscow_files *files,
		  struct lscow_error *err);

/* The steps after the items are there, each in its own file. */
int lscow_compose_rows(struct lscow_composition *composition, struct lscow_error *err);
int lscow_compose_transfers(struct lscow_composition *composition,
			    struct lscow_error *err);
/*
 * LSCOW_E_UNKNOWABLE where the list for rsync has a path with an encrypted name,
 * which is another one where the key is.
 */
int lscow_compose_check_encrypted(struct lscow_composition *composition,
				  struct lscow_error *err);

/*
 * Whether each path below a moved directory gets a row of its own: for lists of
 * paths, and where only a part of the tree is asked for.
 */
bool lscow_composition_is_expanded(const struct lscow_composition *composition);

/* Whether the entry of the new view is in the entry lists (and so an item). */
bool lscow_composition_has_entry(const struct lscow_composition *composition,
				 const struct lscow_found_name *found);


#endif
