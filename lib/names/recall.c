/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names that the names cache knows, as far as the view bears them out. */

/* Out of memory must come back as an error, not as exit(). */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(asked) ((asked)->ino = 0)

#include "names/recall.h"

#include <stdlib.h>
#include <string.h>

#include "names/hint-check.h"

/* An inode that the cache was asked for. */
struct asked {
	uint32_t ino;
	UT_hash_handle hh;
};

struct recall {
	struct lscow_names_cache *cache;
	struct lscow_name_search *search; /* or NULL */
	struct lscow_dirpaths *dirpaths;
	struct lscow_hint_check check;
	struct asked *asked; /* a uthash, by ino */
	struct lscow_vector inos;  /* of uint32_t, to be asked for next */
	struct lscow_vector hints; /* of struct lscow_hint, the last answer */
	uint64_t nr_names;
};

/* ---- the questions ------------------------------------------------------- */

/* Puts an inode on the list, unless it was there before. */
static int ask(struct recall *recall, uint32_t ino, struct lscow_error *err)
{
	struct asked *asked;

	HASH_FIND(hh, recall->asked, &ino, sizeof(ino), asked);
	if (asked || ino == 0) /* a damaged cache may name inode 0 */
		return 0;
	asked = calloc(1, sizeof(*asked));
	if (!asked)
		return lscow_error_no_memory(err, "the names cache");
	asked->ino = ino;
	HASH_ADD(hh, recall->asked, ino, sizeof(asked->ino), asked);
	if (asked->ino == 0) { /* uthash_nonfatal_oom */
		free(asked);
		return lscow_error_no_memory(err, "the names cache");
	}
	return lscow_vector_push(&recall->inos, &ino, err);
}

/* A directory whose name is known already need not be asked for. */
static int ask_directory(struct recall *recall, uint32_t ino, struct lscow_error *err)
{
	const struct lscow_dirpath *node = lscow_dirpaths_find(recall->dirpaths, ino);

	return node && node->name ? 0 : ask(recall, ino, err);
}

static int compare_inos(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* Asks for all on the list, which is empty then. */
static int find_hints(struct recall *recall, struct lscow_error *err)
{
	const struct lscow_hint *hints;
	int rc;

	lscow_vector_sort(&recall->inos, compare_inos);
	lscow_vector_clear(&recall->hints);
	rc = lscow_names_cache_find(recall->cache, recall->inos.items, recall->inos.nr,
				    &recall->hints, err);
	lscow_vector_clear(&recall->inos);
	hints = recall->hints.items;
	for (size_t i = 0; rc == 0 && i < recall->hints.nr; i++)
		rc = lscow_hint_check_add(&recall->check, &hints[i], err);
	return rc;
}

static int ask_for_files(struct recall *recall, struct lscow_error *err)
{
	const struct lscow_wanted *wanted = recall->search ? recall->search->wanted : NULL;
	int rc = 0;

	for (; rc == 0 && wanted; wanted = wanted->hh.next)
		if (wanted->nr_left > 0)
			rc = ask(recall, wanted->ino, err);
	return rc != 0 ? rc : find_hints(recall, err);
}

/* The directories in the last answer are the next to be asked for. */
static int ask_for_parents(struct recall *recall, struct lscow_error *err)
{
	const struct lscow_hint *hints = recall->hints.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < recall->hints.nr; i++)
		rc = ask_directory(recall, hints[i].directory_ino, err);
	return rc;
}

/* Asks for all on the list, which are directories: these have a ".." as well. */
static int find_directory_hints(struct recall *recall, struct lscow_error *err)
{
	const struct lscow_hint *hints;
	int rc = find_hints(recall, err);

	hints = recall->hints.items;
	for (size_t i = 0; rc == 0 && i < recall->hints.nr; i++)
		rc = lscow_hint_check_want_parent(&recall->check, hints[i].ino, err);
	return rc;
}

/* Those that are wanted, and then level by level what is above. */
static int ask_for_directories(struct recall *recall, struct lscow_error *err)
{
	const struct lscow_vector *pending = &recall->dirpaths->pending;
	int rc = ask_for_parents(recall, err);

	for (size_t i = 0; rc == 0 && i < pending->nr; i++)
		rc = ask_directory(recall,
				   LSCOW_ITEMS(pending, struct lscow_dirpath *)[i]->ino, err);
	while (rc == 0 && recall->inos.nr > 0) {
		rc = find_directory_hints(recall, err);
		if (rc == 0)
			rc = ask_for_parents(recall, err);
	}
	return rc;
}

/* ---- the answers --------------------------------------------------------- */

static int compare_ino_of_found(const void *left, const void *right)
{
	const struct lscow_found_name *a = left, *b = right;

	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

/* The names that were found for an inode. */
static const struct lscow_found_name *find_names(const struct recall *recall, uint32_t ino,
						 size_t *nr_names)
{
	const struct lscow_vector *found = &recall->check.found;
	const struct lscow_found_name *end, *first, key = { .ino = ino };

	*nr_names = 0;
	if (found->nr == 0)
		return NULL;
	first = bsearch(&key, found->items, found->nr, sizeof(*first), compare_ino_of_found);
	if (!first)
		return NULL;
	end = LSCOW_ITEMS(found, struct lscow_found_name) + found->nr;
	while (first > LSCOW_ITEMS(found, struct lscow_found_name) && first[-1].ino == ino)
		first--;
	while (first + *nr_names < end && first[*nr_names].ino == ino)
		(*nr_names)++;
	return first;
}

/* All names of a file, or none. */
static int give_file(struct recall *recall, struct lscow_wanted *wanted,
		     struct lscow_error *err)
{
	struct lscow_name_search *search = recall->search;
	const struct lscow_found_name *names;
	size_t nr_names;
	int rc = 0;

	names = find_names(recall, wanted->ino, &nr_names);
	if (nr_names == 0 || nr_names != wanted->nr_left)
		return 0;
	for (size_t i = 0; rc == 0 && i < nr_names; i++) {
		struct lscow_found_name found = names[i];

		rc = lscow_strings_add(&search->strings, names[i].name, strlen(names[i].name),
				       &found.name, err);
		if (rc == 0)
			rc = lscow_vector_push(&search->found, &found, err);
	}
	wanted->nr_left = 0;
	search->nr_left--;
	recall->nr_names += nr_names;
	return rc;
}

static int give_files(struct recall *recall, struct lscow_error *err)
{
	struct lscow_wanted *wanted = recall->search ? recall->search->wanted : NULL;
	int rc = 0;

	for (; rc == 0 && wanted; wanted = wanted->hh.next)
		rc = give_file(recall, wanted, err);
	return rc;
}

/* A directory has one name, in the directory that its ".." says. */
static int give_directory(struct recall *recall, const struct lscow_checked_parent *parent,
			  struct lscow_error *err)
{
	const struct lscow_found_name *names;
	size_t nr_names;

	names = find_names(recall, parent->ino, &nr_names);
	if (nr_names != 1 || names->directory_ino != parent->parent_ino)
		return 0;
	recall->nr_names++;
	return lscow_dirpaths_learn(recall->dirpaths, parent->ino, parent->parent_ino,
				    names->name, err);
}

static int give_directories(struct recall *recall, struct lscow_error *err)
{
	const struct lscow_vector *parents = &recall->check.parents;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < parents->nr; i++)
		rc = give_directory(recall,
				    &LSCOW_ITEMS(parents, struct lscow_checked_parent)[i], err);
	return rc;
}

/* What is false in the view that the cache follows is false. */
static void count(struct recall *recall, bool is_newest)
{
	const struct lscow_checked_hint *hints = recall->check.hints.items;
	uint64_t nr_stale = 0;

	for (size_t i = 0; i < recall->check.hints.nr; i++) {
		if (hints[i].is_true || !is_newest)
			continue;
		nr_stale++;
		lscow_names_cache_drop(recall->cache, &hints[i].hint);
	}
	lscow_names_cache_count(recall->cache, recall->nr_names, nr_stale);
}

static void recall_close(struct recall *recall)
{
	struct asked *asked, *next;

	HASH_ITER(hh, recall->asked, asked, next) {
		HASH_DEL(recall->asked, asked);
		free(asked);
	}
	lscow_vector_free(&recall->inos);
	lscow_vector_free(&recall->hints);
	lscow_hint_check_close(&recall->check);
}

int lscow_recall(const struct lscow_names_watch *watch, struct lscow_name_search *search,
		 struct lscow_dirpaths *dirpaths, struct lscow_error *err)
{
	struct recall recall = {
		.cache = watch->cache, .search = search, .dirpaths = dirpaths,
		.inos = LSCOW_VECTOR(uint32_t), .hints = LSCOW_VECTOR(struct lscow_hint),
	};
	int rc;

	if (!watch->cache)
		return 0;
	lscow_hint_check_open(dirpaths->fs, &recall.check);
	rc = ask_for_files(&recall, err);
	if (rc == 0)
		rc = ask_for_directories(&recall, err);
	if (rc == 0)
		rc = lscow_hint_check_run(&recall.check, err);
	if (rc == 0)
		rc = give_files(&recall, err);
	if (rc == 0)
		rc = give_directories(&recall, err);
	if (rc == 0)
		count(&recall, dirpaths->fs == watch->newer);
	recall_close(&recall);
	return rc;
}
