/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What a run reads of directories anyway, on its way to the names cache. */

#include "names/watch.h"

#include <stdlib.h>

/* Without memory for it a hint is lost, which costs time and nothing else. */
static void collect(void *data, uint32_t directory_ino, uint64_t block, uint32_t ino)
{
	struct lscow_hint hint = { .ino = ino, .directory_ino = directory_ino, .block = block };

	lscow_vector_push(data, &hint, NULL);
}

static void add(void *data, uint32_t directory_ino, uint64_t block, uint32_t ino)
{
	struct lscow_hint hint = { .ino = ino, .directory_ino = directory_ino, .block = block };

	lscow_names_cache_add(data, &hint);
}

void lscow_names_watch_start(struct lscow_names_cache *cache, struct lscow_extfs *older,
			     struct lscow_extfs *newer, struct lscow_names_watch *watch)
{
	*watch = (struct lscow_names_watch){
		.cache = cache, .older = older, .newer = newer,
		.was = LSCOW_VECTOR(struct lscow_hint), .is = LSCOW_VECTOR(struct lscow_hint),
	};
	if (!cache)
		return;
	older->watch = (struct lscow_entry_watch){ collect, &watch->was };
	newer->watch = (struct lscow_entry_watch){ collect, &watch->is };
}

void lscow_names_watch_compared(struct lscow_names_watch *watch)
{
	const struct lscow_hint *was, *is;

	if (!watch->cache)
		return;
	lscow_vector_sort(&watch->is, lscow_hint_compare);
	was = watch->was.items;
	is = watch->is.items;
	for (size_t i = 0; i < watch->was.nr; i++)
		if (watch->is.nr == 0 || !bsearch(&was[i], is, watch->is.nr, sizeof(*is),
						  lscow_hint_compare))
			lscow_names_cache_drop(watch->cache, &was[i]);
	for (size_t i = 0; i < watch->is.nr; i++)
		lscow_names_cache_add(watch->cache, &is[i]);
	lscow_vector_free(&watch->was);
	lscow_vector_free(&watch->is);
	watch->older->watch = (struct lscow_entry_watch){ NULL, NULL };
	watch->newer->watch = (struct lscow_entry_watch){ add, watch->cache };
}

void lscow_names_watch_stop(struct lscow_names_watch *watch)
{
	if (!watch->cache)
		return;
	watch->older->watch = watch->newer->watch = (struct lscow_entry_watch){ NULL, NULL };
	lscow_vector_free(&watch->was);
	lscow_vector_free(&watch->is);
	watch->cache = NULL;
}
