/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What a run reads of directories anyway, on its way to the names cache. */

#ifndef LSCOW_NAMES_WATCH_H
#define LSCOW_NAMES_WATCH_H

#include "base/vector.h"
#include "extfs/extfs.h"
#include "names/cache.h"

/*
 * The cache follows the newer view: whatever is read of its directories is kept.
 * While the directories that changed are compared, all their changed blocks are
 * read in both views; what only the older one has is dropped. So a cache that
 * once held every name of the older view then holds every name of the newer.
 */
struct lscow_names_watch {
	struct lscow_names_cache *cache; /* borrowed; NULL: nothing is watched */
	struct lscow_extfs *older; /* borrowed */
	struct lscow_extfs *newer;
	struct lscow_vector was; /* of struct lscow_hint: read while comparing */
	struct lscow_vector is;
};

/* To be called before the directories are compared. */
void lscow_names_watch_start(struct lscow_names_cache *cache, struct lscow_extfs *older,
			     struct lscow_extfs *newer, struct lscow_names_watch *watch);
/* To be called when they were compared; what is read later is only added. */
void lscow_names_watch_compared(struct lscow_names_watch *watch);
void lscow_names_watch_stop(struct lscow_names_watch *watch);

#endif
