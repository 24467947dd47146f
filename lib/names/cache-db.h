/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The file of the names cache: hints in an LMDB database, one for each filesystem. */

#ifndef LSCOW_NAMES_CACHE_DB_H
#define LSCOW_NAMES_CACHE_DB_H

#include <stdbool.h>

#include "base/vector.h"
#include "names/hint.h"

/*
 * LMDB believes what stands in its file: on a damaged one any of these functions
 * may crash the process. They are called in a process of their own (cache-server.h).
 * Those that return an int return 0 or a code of lmdb.h or errno.h.
 */

struct lscow_cache_db;

/* Opens the file, and makes it where there is none; for reading only where it must be. */
int lscow_cache_db_open(const char *path, uint64_t limit_bytes, const uint8_t uuid[16],
			struct lscow_cache_db **db);
void lscow_cache_db_close(struct lscow_cache_db *db);
bool lscow_cache_db_is_read_only(const struct lscow_cache_db *db);

/* Adds the hints for some inodes to a vector of struct lscow_hint. */
int lscow_cache_db_find(struct lscow_cache_db *db, const uint32_t *inos, size_t nr_inos,
			struct lscow_vector *hints);

/*
 * Takes out the hints that are gone and puts in those that were seen, all of
 * them or, where that fails, none. Both are sorted. *nr_stored grows by the
 * number of those that were not there before.
 */
int lscow_cache_db_change(struct lscow_cache_db *db, const struct lscow_vector *gone,
			  const struct lscow_vector *seen, uint64_t *nr_stored);

/* What a code says of the file. */
bool lscow_cache_code_is_damage(int code); /* it is no good, now and later */
bool lscow_cache_code_is_full(int code);   /* it has reached its limit */
/* A phrase for people. Static storage. */
const char *lscow_cache_code_text(int code);

#endif
