/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names that the names cache knows, as far as the view bears them out. */

#ifndef LSCOW_NAMES_RECALL_H
#define LSCOW_NAMES_RECALL_H

#include "names/dirpaths.h"
#include "names/search.h"
#include "names/watch.h"

/*
 * Gives a search the files of which all names are in the cache and true, so that
 * they need not be searched, and dirpaths the directories that are wanted, with
 * those above them. A file gets either all its names or none: as in the search,
 * names are all where they are as many as its links. A directory gets its name
 * where its own ".." agrees. search may be NULL; both are of one of the views
 * that are watched. Hints that are not true in the newer one are dropped.
 */
int lscow_recall(const struct lscow_names_watch *watch, struct lscow_name_search *search,
		 struct lscow_dirpaths *dirpaths, struct lscow_error *err);

#endif
