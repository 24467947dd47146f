/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The names cache: where the entries of inodes were seen, kept from run to run. */

#ifndef LSCOW_NAMES_CACHE_H
#define LSCOW_NAMES_CACHE_H

#include <stdbool.h>

#include "base/warnings.h"
#include "names/hint.h"

/*
 * What is in it are hints only (hint.h). One file serves several filesystems,
 * told apart by their uuid, and several runs at once. Whatever goes wrong with
 * it is a warning; from then on nothing is found and nothing is kept.
 */
struct lscow_names_cache;

#define LSCOW_NAMES_CACHE_DEFAULT_BYTES (UINT64_C(1) << 30)
#define LSCOW_NAMES_CACHE_LEAST_BYTES (UINT64_C(1) << 20)

/*
 * Opens the file, and makes it (mode 0600) where there is none. limit_bytes is
 * how large it may grow: at least LSCOW_NAMES_CACHE_LEAST_BYTES, or 0 for the
 * default. LSCOW_E_USAGE where path is something else than a regular file. A
 * file that is not a names cache is left alone, a damaged one is put aside as
 * PATH.damaged. warnings is borrowed.
 */
int lscow_names_cache_open(const char *path, uint64_t limit_bytes, const uint8_t uuid[16],
			   struct lscow_warnings *warnings,
			   struct lscow_names_cache **cache, struct lscow_error *err);
/* The second half of that, after lscow_names_cache_prepare() (lscow.h). */
void lscow_names_cache_attach(struct lscow_names_cache *cache, const uint8_t uuid[16],
			      struct lscow_warnings *warnings);

/*
 * Adds the hints for some inodes to a vector of struct lscow_hint; none where
 * the cache is out of order. Fails only for lack of memory.
 */
int lscow_names_cache_find(struct lscow_names_cache *cache, const uint32_t *inos,
			   size_t nr_inos, struct lscow_vector *hints,
			   struct lscow_error *err);

/* Keeps a hint that is true; drops one that is not. */
void lscow_names_cache_add(struct lscow_names_cache *cache, const struct lscow_hint *hint);
void lscow_names_cache_drop(struct lscow_names_cache *cache, const struct lscow_hint *hint);

/* Counts names that were taken from the cache, and hints that proved false. */
void lscow_names_cache_count(struct lscow_names_cache *cache, uint64_t nr_names,
			     uint64_t nr_stale);

#endif
