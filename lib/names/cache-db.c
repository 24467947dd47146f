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

/* Every database of ours is called this and the uuid; 1 is the version of the format. */
#define OUR_PREFIX "lscow names 1 "
#define NAME_BYTES (sizeof(OUR_PREFIX) + 32)

/* No file has more names (EXT4_LINK_MAX); a damaged database may have no end of them. */
#define MOST_HINTS 65536u

/* As large as LMDB makes the file of its locks, for 126 readers. */
#define LOCK_BYTES 8192

/* The main database holds names of databases that are not ours. */
#define CODE_FOREIGN EEXIST

/*
 * The key is the number of the inode, the value 4 bytes of the directory's number
 * and 6 of the block, big-endian, so that memcmp(3) sorts them; an inode has a
 * value for each hint.
 */
#define KEY_FLAGS (MDB_INTEGERKEY | MDB_DUPSORT | MDB_DUPFIXED)
#define VALUE_BYTES 10

struct lscow_cache_db {
	MDB_env *env;
	MDB_dbi dbi;
	bool has_dbi; /* there is a database for this filesystem */
	bool is_read_only;
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

static void encode_value(const struct lscow_hint *hint, uint8_t bytes[VALUE_BYTES])
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(hint->directory_ino >> (24 - 8 * i));
	for (int i = 0; i < 6; i++)
		bytes[4 + i] = (uint8_t)(hint->block >> (40 - 8 * i));
}

static struct lscow_hint decode_value(uint32_t ino, const uint8_t bytes[VALUE_BYTES])
{
	struct lscow_hint hint = { .ino = ino };

	for (int i = 0; i < 4; i++)
		hint.directory_ino = hint.directory_ino << 8 | bytes[i];
	for (int i = 0; i < 6; i++)
		hint.block = hint.block << 8 | bytes[4 + i];
	return hint;
}

static int find_one(MDB_cursor *cursor, uint32_t ino, struct lscow_vector *hints)
{
	MDB_val key = { .mv_size = sizeof(ino), .mv_data = &ino };
	struct lscow_hint hint;
	MDB_val value;
	int ret = mdb_cursor_get(cursor, &key, &value, MDB_SET);

	for (unsigned int i = 0; ret == 0 && i < MOST_HINTS; i++) {
		if (value.mv_size != VALUE_BYTES)
			return MDB_CORRUPTED;
		hint = decode_value(ino, value.mv_data);
		if (lscow_vector_push(hints, &hint, NULL) != 0)
			return ENOMEM;
		ret = mdb_cursor_get(cursor, &key, &value, MDB_NEXT_DUP);
	}
	return ret == MDB_NOTFOUND ? 0 : ret;
}

int lscow_cache_db_find(struct lscow_cache_db *db, const uint32_t *inos, size_t nr_inos,
			struct lscow_vector *hints)
{
	MDB_cursor *cursor;
	MDB_txn *txn;
	int ret;

	if (!db->has_dbi)
		return 0;
	ret = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn);
	if (ret != 0)
		return ret;
	ret = mdb_cursor_open(txn, db->dbi, &cursor);
	if (ret == 0) {
		for (size_t i = 0; ret == 0 && i < nr_inos; i++)
			ret = find_one(cursor, inos[i], hints);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return ret;
}

/* ---- change -------------------------------------------------------------- */

/* Places the cursor on a hint: 0, or MDB_NOTFOUND. */
static int seek(MDB_cursor *cursor, const struct lscow_hint *hint)
{
	uint8_t bytes[VALUE_BYTES];
	uint32_t ino = hint->ino;
	MDB_val key = { .mv_size = sizeof(ino), .mv_data = &ino };
	MDB_val value = { .mv_size = sizeof(bytes), .mv_data = bytes };

	encode_value(hint, bytes);
	return mdb_cursor_get(cursor, &key, &value, MDB_GET_BOTH);
}

static int put(MDB_cursor *cursor, const struct lscow_hint *hint, unsigned int flags)
{
	uint8_t bytes[VALUE_BYTES];
	uint32_t ino = hint->ino;
	MDB_val key = { .mv_size = sizeof(ino), .mv_data = &ino };
	MDB_val value = { .mv_size = sizeof(bytes), .mv_data = bytes };

	encode_value(hint, bytes);
	return mdb_cursor_put(cursor, &key, &value, flags);
}

static int take_out(MDB_cursor *cursor, const struct lscow_vector *gone)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < gone->nr; i++) {
		ret = seek(cursor, &LSCOW_ITEMS(gone, struct lscow_hint)[i]);
		if (ret == 0)
			ret = mdb_cursor_del(cursor, 0);
		else if (ret == MDB_NOTFOUND)
			ret = 0;
	}
	return ret;
}

/* The greatest inode that has a hint, 0 where none has. */
static int find_last(MDB_cursor *cursor, uint32_t *last_ino)
{
	MDB_val key, value;
	int ret = mdb_cursor_get(cursor, &key, &value, MDB_LAST);

	*last_ino = 0;
	if (ret == MDB_NOTFOUND)
		return 0;
	if (ret == 0 && key.mv_size != sizeof(*last_ino))
		return MDB_CORRUPTED;
	if (ret == 0)
		memcpy(last_ino, key.mv_data, sizeof(*last_ino));
	return ret;
}

/* What is appended fills its pages; what is there already makes none dirty. */
static int put_in(MDB_cursor *cursor, const struct lscow_vector *seen, uint64_t *nr_stored)
{
	const struct lscow_hint *hints = seen->items;
	uint32_t last_ino;
	int ret = find_last(cursor, &last_ino);

	for (size_t i = 0; ret == 0 && i < seen->nr; i++) {
		if (hints[i].ino > last_ino) {
			ret = put(cursor, &hints[i], MDB_APPEND);
			last_ino = hints[i].ino;
		} else {
			ret = seek(cursor, &hints[i]);
			if (ret == 0)
				continue;
			if (ret == MDB_NOTFOUND)
				ret = put(cursor, &hints[i], 0);
		}
		*nr_stored += ret == 0;
	}
	return ret;
}

static int change(MDB_txn *txn, MDB_dbi dbi, const struct lscow_vector *gone,
		  const struct lscow_vector *seen, uint64_t *nr_stored)
{
	MDB_cursor *cursor;
	int ret = mdb_cursor_open(txn, dbi, &cursor);

	if (ret != 0)
		return ret;
	ret = take_out(cursor, gone);
	if (ret == 0)
		ret = put_in(cursor, seen, nr_stored);
	mdb_cursor_close(cursor);
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
		ret = change(txn, dbi, gone, seen, &nr_new);
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
