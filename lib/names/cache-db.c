/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The file of the names cache: hints in an LMDB database, one for each filesystem. */

#include "names/cache-db.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names/hint-page.h"

/* Every database of ours is called this and the uuid; 2 is the version of the format. */
#define OUR_PREFIX "lscow names 2 "
#define NAME_BYTES (sizeof(OUR_PREFIX) + 32)

/* So many inodes at once call for a read ahead, and so much of the file is read. */
#define NR_MANY_INODES 256
#define MOST_AHEAD_BYTES (INT64_C(64) << 20)

/* As large as LMDB makes the file of its locks, for 126 readers. */
#define LOCK_BYTES 8192

/* The main database holds names of databases that are not ours. */
#define CODE_FOREIGN EEXIST

/* The key is the number of a page, the value the page (hint-page.h). */
#define KEY_FLAGS MDB_INTEGERKEY

/*
 * A page with so many names, of which an inode may have EXT4_LINK_MAX, is not kept:
 * their files are searched for. A larger one in the file is damage.
 */
#define MOST_PAGE_BYTES (UINT64_C(1) << 20)

struct lscow_cache_db {
	MDB_env *env;
	MDB_dbi dbi;
	bool has_dbi; /* there is a database for this filesystem */
	bool is_read_only;
	bool is_announced; /* the file is being read ahead */
	char name[NAME_BYTES];
};

/* ---- codes --------------------------------------------------------------- */

bool lscow_cache_code_is_full(int code)
{
	return code == MDB_MAP_FULL || code == MDB_TXN_FULL;
}

bool lscow_cache_code_is_damage(int code)
{
	/* Codes of LMDB are negative. These two come of other runs, not of the file. */
	return code < 0 && code != MDB_READERS_FULL && code != MDB_MAP_RESIZED &&
	       !lscow_cache_code_is_full(code);
}

const char *lscow_cache_code_text(int code)
{
	if (code == CODE_FOREIGN)
		return "it is another program's database";
	return mdb_strerror(code);
}

/* ---- open ---------------------------------------------------------------- */

static bool is_our_name(const MDB_val *name)
{
	return name->mv_size >= strlen(OUR_PREFIX) &&
	       memcmp(name->mv_data, OUR_PREFIX, strlen(OUR_PREFIX)) == 0;
}

/* Nothing but databases of ours may be in the file. */
static int check_names(MDB_txn *txn)
{
	MDB_cursor *cursor;
	MDB_val name, value;
	MDB_dbi names;
	int ret = mdb_dbi_open(txn, NULL, 0, &names);

	if (ret == 0)
		ret = mdb_cursor_open(txn, names, &cursor);
	if (ret != 0)
		return ret;
	while ((ret = mdb_cursor_get(cursor, &name, &value, MDB_NEXT)) == 0)
		if (!is_our_name(&name)) {
			ret = CODE_FOREIGN;
			break;
		}
	mdb_cursor_close(cursor);
	return ret == MDB_NOTFOUND ? 0 : ret;
}

static int open_database(struct lscow_cache_db *db)
{
	MDB_txn *txn;
	int ret = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn);

	if (ret != 0)
		return ret;
	ret = check_names(txn);
	if (ret == 0)
		ret = mdb_dbi_open(txn, db->name, KEY_FLAGS, &db->dbi);
	if (ret == 0) {
		db->has_dbi = true;
		return mdb_txn_commit(txn);
	}
	mdb_txn_abort(txn);
	return ret == MDB_NOTFOUND ? 0 : ret;
}

/* After a failed open an environment is good for nothing but to be closed. */
static int open_env(struct lscow_cache_db *db, const char *path, uint64_t limit_bytes,
		    unsigned int flags)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t most_bytes = SIZE_MAX / 4; /* of addresses, where these are few */
	size_t map_bytes = limit_bytes < most_bytes ? limit_bytes : most_bytes;
	int ret = mdb_env_create(&db->env);

	if (ret != 0)
		return ret;
	ret = mdb_env_set_mapsize(db->env, map_bytes / page_bytes * page_bytes);
	if (ret == 0)
		ret = mdb_env_set_maxdbs(db->env, 1);
	if (ret == 0)
		ret = mdb_env_open(db->env, path, MDB_NOSUBDIR | flags, 0600);
	if (ret != 0) {
		mdb_env_close(db->env);
		db->env = NULL;
	}
	return ret;
}

/*
 * LMDB makes the file of its locks with a hole and maps it: where the filesystem
 * is full that is a crash, which would look like damage. What else may be wrong
 * with that file LMDB tells.
 */
static int reserve_locks(const char *path)
{
	char *lock_path;
	int fd, ret = 0;

	if (asprintf(&lock_path, "%s-lock", path) < 0)
		return ENOMEM;
	fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(lock_path);
	if (fd < 0)
		return 0;
	ret = posix_fallocate(fd, 0, LOCK_BYTES);
	close(fd);
	return ret == ENOSPC || ret == EDQUOT ? ret : 0;
}

static int open_file(struct lscow_cache_db *db, const char *path, uint64_t limit_bytes)
{
	int nr_dead;
	int ret = reserve_locks(path);

	if (ret != 0)
		return ret;
	ret = open_env(db, path, limit_bytes, 0);
	if (ret == EACCES || ret == EPERM || ret == EROFS) {
		db->is_read_only = true;
		return open_env(db, path, limit_bytes, MDB_RDONLY);
	}
	/* Readers that were killed keep old pages from being used again. */
	return ret != 0 ? ret : mdb_reader_check(db->env, &nr_dead);
}

int lscow_cache_db_open(const char *path, uint64_t limit_bytes, const uint8_t uuid[16],
			struct lscow_cache_db **out)
{
	struct lscow_cache_db *db = calloc(1, sizeof(*db));
	size_t at;
	int ret;

	if (!db)
		return ENOMEM;
	at = (size_t)snprintf(db->name, sizeof(db->name), "%s", OUR_PREFIX);
	for (int i = 0; i < 16; i++, at += 2)
		snprintf(db->name + at, sizeof(db->name) - at, "%02x", uuid[i]);
	ret = open_file(db, path, limit_bytes);
	if (ret == 0)
		ret = open_database(db);
	if (ret != 0) {
		lscow_cache_db_close(db);
		return ret;
	}
	*out = db;
	return 0;
}

void lscow_cache_db_close(struct lscow_cache_db *db)
{
	if (!db)
		return;
	if (db->env)
		mdb_env_close(db->env);
	free(db);
}

bool lscow_cache_db_is_read_only(const struct lscow_cache_db *db)
{
	return db->is_read_only;
}

/* ---- find ---------------------------------------------------------------- */

/* Appends a page's hints to a vector: none where there is no such page. */
static int load_page(MDB_cursor *cursor, uint32_t page, struct lscow_vector *hints)
{
	MDB_val key = { .mv_size = sizeof(page), .mv_data = &page };
	MDB_val value;
	int ret = mdb_cursor_get(cursor, &key, &value, MDB_SET);

	if (ret != 0)
		return ret == MDB_NOTFOUND ? 0 : ret;
	if (value.mv_size > MOST_PAGE_BYTES)
		return MDB_CORRUPTED;
	switch (lscow_hint_page_unpack(page, value.mv_data, value.mv_size, hints, NULL)) {
	case 0: return 0;
	case LSCOW_E_INCOMPLETE: return MDB_CORRUPTED;
	default: return ENOMEM;
	}
}

/* Adds those of a page's hints that are for inodes that were asked for, both sorted. */
static int pick(const struct lscow_vector *page_hints, const uint32_t *inos, size_t nr_inos,
		struct lscow_vector *hints)
{
	const struct lscow_hint *hint = page_hints->items;
	size_t at = 0;

	for (size_t i = 0; i < page_hints->nr; i++) {
		while (at < nr_inos && inos[at] < hint[i].ino)
			at++;
		if (at < nr_inos && inos[at] == hint[i].ino &&
		    lscow_vector_push(hints, &hint[i], NULL) != 0)
			return ENOMEM;
	}
	return 0;
}

static int find_all(MDB_cursor *cursor, const uint32_t *inos, size_t nr_inos,
		    struct lscow_vector *hints)
{
	struct lscow_vector page_hints = LSCOW_VECTOR(struct lscow_hint);
	size_t next;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < nr_inos; i = next) {
		uint32_t page = inos[i] / LSCOW_HINT_PAGE_INODES;

		for (next = i + 1;
		     next < nr_inos && inos[next] / LSCOW_HINT_PAGE_INODES == page; next++)
			;
		lscow_vector_clear(&page_hints);
		ret = load_page(cursor, page, &page_hints);
		if (ret == 0)
			ret = pick(&page_hints, inos + i, next - i, hints);
	}
	lscow_vector_free(&page_hints);
	return ret;
}

/* Many inodes are all over the file: one read of it all takes less time. */
static void announce_file(struct lscow_cache_db *db, size_t nr_inos)
{
	int fd;

	if (db->is_announced || nr_inos < NR_MANY_INODES)
		return;
	db->is_announced = true;
	if (mdb_env_get_fd(db->env, &fd) == 0)
		(void)posix_fadvise(fd, 0, MOST_AHEAD_BYTES, POSIX_FADV_WILLNEED);
}

int lscow_cache_db_find(struct lscow_cache_db *db, const uint32_t *inos, size_t nr_inos,
			struct lscow_vector *hints)
{
	MDB_cursor *cursor;
	MDB_txn *txn;
	int ret;

	if (!db->has_dbi)
		return 0;
	announce_file(db, nr_inos);
	ret = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn);
	if (ret != 0)
		return ret;
	ret = mdb_cursor_open(txn, db->dbi, &cursor);
	if (ret == 0) {
		ret = find_all(cursor, inos, nr_inos, hints);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return ret;
}

/* ---- change -------------------------------------------------------------- */

/* A change of all pages, one after the other. */
struct change {
	MDB_cursor *cursor;
	struct lscow_vector old;   /* of struct lscow_hint: the page as it is */
	struct lscow_vector new;   /* and as it will be */
	struct lscow_vector bytes; /* of uint8_t: packed */
	bool has_pages;
	uint32_t last_page; /* the greatest there is */
	uint64_t nr_stored;
};

static int find_last(struct change *change)
{
	MDB_val key, value;
	int ret = mdb_cursor_get(change->cursor, &key, &value, MDB_LAST);

	if (ret != 0)
		return ret == MDB_NOTFOUND ? 0 : ret;
	if (key.mv_size != sizeof(change->last_page))
		return MDB_CORRUPTED;
	memcpy(&change->last_page, key.mv_data, sizeof(change->last_page));
	change->has_pages = true;
	return 0;
}

static bool is_among(const struct lscow_hint *hints, size_t nr_hints,
		     const struct lscow_hint *hint)
{
	return nr_hints > 0 &&
	       bsearch(hint, hints, nr_hints, sizeof(*hints), lscow_hint_compare);
}

/* The old hints that are not gone. */
static int keep_old(struct change *change, const struct lscow_hint *gone, size_t nr_gone)
{
	const struct lscow_hint *old = change->old.items;

	lscow_vector_clear(&change->new);
	for (size_t i = 0; i < change->old.nr; i++)
		if (!is_among(gone, nr_gone, &old[i]) &&
		    lscow_vector_push(&change->new, &old[i], NULL) != 0)
			return ENOMEM;
	return 0;
}

/* And those that were seen, as far as they are not there. */
static int add_seen(struct change *change, const struct lscow_hint *seen, size_t nr_seen)
{
	const struct lscow_hint *old = change->old.items;
	size_t nr_kept = change->new.nr;

	for (size_t i = 0; i < nr_seen; i++) {
		if (i > 0 && lscow_hint_compare(&seen[i - 1], &seen[i]) == 0)
			continue;
		if (is_among(change->new.items, nr_kept, &seen[i]))
			continue;
		change->nr_stored += !is_among(old, change->old.nr, &seen[i]);
		if (lscow_vector_push(&change->new, &seen[i], NULL) != 0)
			return ENOMEM;
	}
	lscow_vector_sort(&change->new, lscow_hint_compare);
	return 0;
}

static int remove_page(struct change *change, uint32_t page)
{
	MDB_val key = { .mv_size = sizeof(page), .mv_data = &page };
	MDB_val value;
	int ret = mdb_cursor_get(change->cursor, &key, &value, MDB_SET);

	if (ret != 0)
		return ret == MDB_NOTFOUND ? 0 : ret;
	return mdb_cursor_del(change->cursor, 0);
}

/* What is behind all others is appended and fills its pages. */
static int store_page(struct change *change, uint32_t page)
{
	MDB_val key = { .mv_size = sizeof(page), .mv_data = &page };
	bool is_last = !change->has_pages || page > change->last_page;
	MDB_val value;

	lscow_vector_clear(&change->bytes);
	if (lscow_hint_page_pack(change->new.items, change->new.nr, &change->bytes, NULL) != 0)
		return ENOMEM;
	if (change->bytes.nr == 0 || change->bytes.nr > MOST_PAGE_BYTES)
		return remove_page(change, page);
	if (is_last)
		change->last_page = page;
	change->has_pages = true;
	value = (MDB_val){ .mv_size = change->bytes.nr, .mv_data = change->bytes.items };
	return mdb_cursor_put(change->cursor, &key, &value, is_last ? MDB_APPEND : 0);
}

/* A page that stays as it is makes no page of the file dirty. */
static int change_page(struct change *change, uint32_t page, const struct lscow_hint *gone,
		       size_t nr_gone, const struct lscow_hint *seen, size_t nr_seen)
{
	const struct lscow_vector *old = &change->old, *new = &change->new;
	int ret;

	lscow_vector_clear(&change->old);
	ret = load_page(change->cursor, page, &change->old);
	if (ret == 0)
		ret = keep_old(change, gone, nr_gone);
	if (ret == 0)
		ret = add_seen(change, seen, nr_seen);
	if (ret != 0 || (old->nr == new->nr &&
			 (old->nr == 0 || memcmp(old->items, new->items,
						 old->nr * old->item_bytes) == 0)))
		return ret;
	return store_page(change, page);
}

/* How many of the sorted hints are of one page. */
static size_t count_page(const struct lscow_vector *hints, size_t first, uint32_t page)
{
	const struct lscow_hint *items = hints->items;
	size_t at = first;

	while (at < hints->nr && items[at].ino / LSCOW_HINT_PAGE_INODES == page)
		at++;
	return at - first;
}

static uint32_t page_of(const struct lscow_vector *hints, size_t at)
{
	return at < hints->nr ? LSCOW_ITEMS(hints, struct lscow_hint)[at].ino /
					LSCOW_HINT_PAGE_INODES
			      : UINT32_MAX;
}

static int change_all(struct change *change, const struct lscow_vector *gone,
		      const struct lscow_vector *seen)
{
	const struct lscow_hint *gone_hints = gone->items, *seen_hints = seen->items;
	size_t nr_gone, nr_seen;
	int ret = find_last(change);

	for (size_t i = 0, j = 0; ret == 0 && (i < gone->nr || j < seen->nr);
	     i += nr_gone, j += nr_seen) {
		uint32_t gone_page = page_of(gone, i), seen_page = page_of(seen, j);
		uint32_t page = gone_page < seen_page ? gone_page : seen_page;

		nr_gone = count_page(gone, i, page);
		nr_seen = count_page(seen, j, page);
		ret = change_page(change, page, nr_gone ? gone_hints + i : NULL, nr_gone,
				  nr_seen ? seen_hints + j : NULL, nr_seen);
	}
	return ret;
}

static int change_database(MDB_txn *txn, MDB_dbi dbi, const struct lscow_vector *gone,
			   const struct lscow_vector *seen, uint64_t *nr_stored)
{
	struct change change = {
		.old = LSCOW_VECTOR(struct lscow_hint), .new = LSCOW_VECTOR(struct lscow_hint),
		.bytes = LSCOW_VECTOR(uint8_t),
	};
	int ret = mdb_cursor_open(txn, dbi, &change.cursor);

	if (ret != 0)
		return ret;
	ret = change_all(&change, gone, seen);
	mdb_cursor_close(change.cursor);
	lscow_vector_free(&change.old);
	lscow_vector_free(&change.new);
	lscow_vector_free(&change.bytes);
	*nr_stored = change.nr_stored;
	return ret;
}

int lscow_cache_db_change(struct lscow_cache_db *db, const struct lscow_vector *gone,
			  const struct lscow_vector *seen, uint64_t *nr_stored)
{
	uint64_t nr_new = 0;
	MDB_dbi dbi = db->dbi;
	MDB_txn *txn;
	int ret;

	if (db->is_read_only)
		return EROFS;
	ret = mdb_txn_begin(db->env, NULL, 0, &txn);
	if (ret != 0)
		return ret;
	if (!db->has_dbi)
		ret = mdb_dbi_open(txn, db->name, KEY_FLAGS | MDB_CREATE, &dbi);
	if (ret == 0)
		ret = change_database(txn, dbi, gone, seen, &nr_new);
	if (ret != 0) {
		mdb_txn_abort(txn);
		return ret;
	}
	ret = mdb_txn_commit(txn);
	if (ret != 0)
		return ret;
	db->dbi = dbi;
	db->has_dbi = true;
	*nr_stored += nr_new;
	return 0;
}
