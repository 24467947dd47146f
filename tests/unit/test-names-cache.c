/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The names cache: what it keeps, several at once, killed, full, damaged, not ours. */

#include "support/unit.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "names/cache.h"
#include "support/temp-dir.h"

#define PAGE_BYTES 4096u

static const uint8_t one_uuid[16] = { 1, 2, 3 };
static const uint8_t other_uuid[16] = { 1, 2, 4 };

static struct lscow_warnings warnings;
static struct lscow_error err;
static size_t nr_open_files;

static void setup(void)
{
	temp_dir_make();
	warnings = LSCOW_WARNINGS;
	nr_open_files = temp_dir_count_open_files();
}

static void teardown(void)
{
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_open_files);
	lscow_warnings_free(&warnings);
	temp_dir_remove();
}

static struct lscow_names_cache *open_limited(uint64_t limit_bytes, const uint8_t uuid[16])
{
	struct lscow_names_cache *cache = NULL;

	unit_assert_ok("open", lscow_names_cache_open(temp_dir_path("cache"), limit_bytes, uuid,
						      &warnings, &cache, &err), &err);
	return cache;
}

static struct lscow_names_cache *open_cache(void)
{
	return open_limited(0, one_uuid);
}

/* Hints for inodes from first on, one each. */
static struct lscow_hint make_hint(uint32_t ino)
{
	return (struct lscow_hint){ .ino = ino, .directory_ino = ino / 7 + 2,
				    .block = UINT64_C(0x800000000000) + ino };
}

static void add_hints(struct lscow_names_cache *cache, uint32_t first_ino, uint32_t nr)
{
	for (uint32_t ino = first_ino; ino < first_ino + nr; ino++) {
		struct lscow_hint hint = make_hint(ino);

		lscow_names_cache_add(cache, &hint);
	}
}

/* How many of these hints are found, and nothing else. */
static uint32_t count_found(struct lscow_names_cache *cache, uint32_t first_ino, uint32_t nr)
{
	struct lscow_vector hints = LSCOW_VECTOR(struct lscow_hint);
	uint32_t *inos = malloc(nr * sizeof(*inos));
	uint32_t nr_found;

	for (uint32_t i = 0; i < nr; i++)
		inos[i] = first_ino + i;
	unit_assert_ok("find", lscow_names_cache_find(cache, inos, nr, &hints, &err), &err);
	for (size_t i = 0; i < hints.nr; i++) {
		const struct lscow_hint *hint = &LSCOW_ITEMS(&hints, struct lscow_hint)[i];
		struct lscow_hint expected = make_hint(hint->ino);

		ck_assert_int_eq(lscow_hint_compare(hint, &expected), 0);
	}
	nr_found = (uint32_t)hints.nr;
	lscow_vector_free(&hints);
	free(inos);
	return nr_found;
}

static void fill(uint32_t first_ino, uint32_t nr)
{
	struct lscow_names_cache *cache = open_cache();

	add_hints(cache, first_ino, nr);
	lscow_names_cache_close(cache, NULL);
}

static uint32_t count_kept(const uint8_t uuid[16], uint32_t first_ino, uint32_t nr)
{
	struct lscow_names_cache *cache = open_limited(0, uuid);
	uint32_t nr_found = count_found(cache, first_ino, nr);

	lscow_names_cache_close(cache, NULL);
	return nr_found;
}

/* That there is one warning, which begins "names cache PATH: EXPECTED". */
static void assert_warning(const char *label, const char *expected)
{
	char whole[512];
	size_t nr;
	const char *const *messages = lscow_warnings_get(&warnings, &nr);

	if (!expected) {
		ck_assert_msg(nr == 0, "%s: %s", label, nr ? messages[0] : "");
		return;
	}
	snprintf(whole, sizeof(whole), "names cache %s: %s", temp_dir_path("cache"), expected);
	ck_assert_msg(nr == 1, "%s: %zu warnings", label, nr);
	ck_assert_msg(strncmp(messages[0], whole, strlen(whole)) == 0, "%s: %s", label,
		      messages[0]);
}

/* ---- what is kept --------------------------------------------------------- */

START_TEST(test_keeps)
{
	struct lscow_summary summary = { .stored_hints = 0 };
	struct lscow_names_cache *cache = open_cache();
	struct stat status;

	ck_assert_uint_eq(count_found(cache, 1, 100), 0);
	add_hints(cache, 1, 10000);
	lscow_names_cache_count(cache, 3, 2);
	lscow_names_cache_close(cache, &summary);
	ck_assert_uint_eq(summary.stored_hints, 10000);
	ck_assert_uint_eq(summary.cached_names, 3);
	ck_assert_uint_eq(summary.stale_hints, 2);
	ck_assert(!summary.names_cache_full);
	ck_assert_int_eq(lstat(temp_dir_path("cache"), &status), 0);
	ck_assert_uint_eq(status.st_mode, S_IFREG | 0600);

	ck_assert_uint_eq(count_kept(one_uuid, 1, 20000), 10000);
	ck_assert_uint_eq(count_kept(other_uuid, 1, 20000), 0);
	assert_warning("keeps", NULL);
}
END_TEST

START_TEST(test_several_filesystems)
{
	struct lscow_names_cache *cache = open_limited(0, other_uuid);

	add_hints(cache, 1, 10);
	lscow_names_cache_close(cache, NULL);
	fill(100, 10);
	ck_assert_uint_eq(count_kept(other_uuid, 1, 200), 10);
	ck_assert_uint_eq(count_kept(one_uuid, 1, 200), 10);
	ck_assert_uint_eq(count_kept(one_uuid, 100, 10), 10);
}
END_TEST

START_TEST(test_added_again)
{
	struct lscow_summary summary = { .stored_hints = 0 };
	struct lscow_names_cache *cache;

	fill(50, 50);
	cache = open_cache();
	add_hints(cache, 1, 200);
	add_hints(cache, 1, 200);
	lscow_names_cache_close(cache, &summary);
	ck_assert_uint_eq(summary.stored_hints, 150);
	ck_assert_uint_eq(count_kept(one_uuid, 1, 1000), 200);
}
END_TEST

START_TEST(test_several_hints)
{
	struct lscow_vector hints = LSCOW_VECTOR(struct lscow_hint);
	struct lscow_names_cache *cache = open_cache();
	struct lscow_hint hint = { .ino = 12 };

	for (uint32_t i = 0; i < 9000; i++) {
		hint.directory_ino = 2 + i / 3;
		hint.block = 100 + i % 3;
		lscow_names_cache_add(cache, &hint);
	}
	lscow_names_cache_close(cache, NULL);
	cache = open_cache();
	hint.directory_ino = 2;
	hint.block = 101;
	lscow_names_cache_drop(cache, &hint);
	hint.block = 999; /* was never there */
	lscow_names_cache_drop(cache, &hint);
	lscow_names_cache_close(cache, NULL);
	cache = open_cache();
	unit_assert_ok("find", lscow_names_cache_find(cache, &hint.ino, 1, &hints, &err), &err);
	lscow_names_cache_close(cache, NULL);
	ck_assert_uint_eq(hints.nr, 8999);
	for (size_t i = 0; i < hints.nr; i++)
		ck_assert(LSCOW_ITEMS(&hints, struct lscow_hint)[i].directory_ino != 2 ||
			  LSCOW_ITEMS(&hints, struct lscow_hint)[i].block != 101);
	lscow_vector_free(&hints);
}
END_TEST

/* ---- the limit ------------------------------------------------------------ */

/* Records of the one filesystem in the file. */
static size_t count_records(void)
{
	MDB_val name, ignored;
	char text[64] = "";
	MDB_cursor *cursor;
	MDB_stat stat;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_set_maxdbs(env, 1), 0);
	ck_assert_int_eq(mdb_env_open(env, temp_dir_path("cache"), MDB_NOSUBDIR | MDB_RDONLY,
				      0600), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	ck_assert_int_eq(mdb_cursor_open(txn, dbi, &cursor), 0);
	ck_assert_int_eq(mdb_cursor_get(cursor, &name, &ignored, MDB_FIRST), 0);
	ck_assert_uint_lt(name.mv_size, sizeof(text));
	memcpy(text, name.mv_data, name.mv_size);
	mdb_cursor_close(cursor);
	ck_assert_int_eq(mdb_dbi_open(txn, text, 0, &dbi), 0);
	ck_assert_int_eq(mdb_stat(txn, dbi, &stat), 0);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	return stat.ms_entries;
}

START_TEST(test_all_dropped)
{
	struct lscow_names_cache *cache;

	fill(1, 1000);
	ck_assert_uint_eq(count_records(), 1000 / 64 + 1);
	cache = open_cache();
	for (uint32_t ino = 1; ino <= 1000; ino++) {
		struct lscow_hint hint = make_hint(ino);

		if (ino < 100 || ino >= 200)
			lscow_names_cache_drop(cache, &hint);
	}
	lscow_names_cache_close(cache, NULL);
	ck_assert_uint_eq(count_records(), 199 / 64 - 100 / 64 + 1);
	fill(900, 101);
	ck_assert_uint_eq(count_kept(one_uuid, 1, 1000), 201);
	assert_warning("dropped", NULL);
}
END_TEST

/* As of an inode to which a damaged filesystem has more entries than there can be. */
START_TEST(test_page_too_large)
{
	struct lscow_names_cache *cache;

	fill(1, 200);
	cache = open_cache();
	for (uint32_t i = 0; i < 100000; i++) {
		struct lscow_hint hint = { .ino = 70, .directory_ino = i + 1000,
					   .block = i % 2 * (UINT64_C(1) << 62) };

		lscow_names_cache_add(cache, &hint);
	}
	lscow_names_cache_close(cache, NULL);
	/* The page, of the inodes 64 to 127, is gone, and the rest is as it was. */
	ck_assert_uint_eq(count_kept(one_uuid, 1, 200), 200 - 64);
	assert_warning("too large", NULL);
}
END_TEST

START_TEST(test_full)
{
	struct lscow_summary summary = { .stored_hints = 0 };
	struct lscow_names_cache *cache;
	struct stat status;

	fill(1, 1000);
	cache = open_limited(1 << 20, one_uuid);
	add_hints(cache, 1, 200000);
	lscow_names_cache_close(cache, &summary);
	ck_assert(summary.names_cache_full);
	ck_assert_uint_eq(summary.stored_hints, 0);
	assert_warning("full", NULL);
	ck_assert_int_eq(stat(temp_dir_path("cache"), &status), 0);
	ck_assert_int_le(status.st_size, 1 << 20);
	ck_assert_uint_eq(count_kept(one_uuid, 1, 200000), 1000);

	/* With room again it goes on. */
	fill(1, 200000);
	ck_assert_uint_eq(count_kept(one_uuid, 1, 200000), 200000);
}
END_TEST

START_TEST(test_limit_too_small)
{
	struct lscow_names_cache *cache;
	char expected[256];

	snprintf(expected, sizeof(expected), "names cache %s: a limit of 4096 bytes, expected "
		 "1048576 or more", temp_dir_path("cache"));
	unit_assert_error("limit", lscow_names_cache_open(temp_dir_path("cache"), 4096, one_uuid,
							  &warnings, &cache, &err), &err,
			  LSCOW_E_USAGE, expected);
}
END_TEST

/* ---- several at once, and killed ------------------------------------------ */

START_TEST(test_two_at_once)
{
	struct lscow_names_cache *first = open_cache();
	struct lscow_names_cache *second = open_cache();

	for (uint32_t i = 0; i < 50; i++) {
		add_hints(first, 1 + i * 10000, 5000);
		add_hints(second, 5001 + i * 10000, 5000);
		ck_assert_uint_eq(count_found(second, 1, 100) % 100, 0);
	}
	lscow_names_cache_close(second, NULL);
	lscow_names_cache_close(first, NULL);
	ck_assert_uint_eq(count_kept(one_uuid, 1, 600000), 500000);
	assert_warning("two at once", NULL);
}
END_TEST

/* A run that fills the cache is killed after some time. */
static void fill_and_be_killed(useconds_t after)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct lscow_names_cache *cache = open_cache();

		for (uint32_t first = 1;; first += 1u << 20)
			add_hints(cache, first % (8u << 20), 1u << 20);
	}
	usleep(after);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
}

START_TEST(test_killed)
{
	fill(9u << 20, 1000);
	fill_and_be_killed((useconds_t)_i * 150000);
	ck_assert_uint_eq(count_kept(one_uuid, 9u << 20, 1000), 1000);
	/* What is there of the other is whole hints, which count_found looks at. */
	ck_assert_uint_le(count_kept(one_uuid, 1, 100000), 100000);
	fill(1, 1000);
	ck_assert_uint_eq(count_kept(one_uuid, 1, 1000), 1000);
	assert_warning("killed", NULL);
}
END_TEST

/* ---- files that are damaged ------------------------------------------------ */

static void poke_file(off_t offset, const void *bytes, size_t nr_bytes)
{
	int fd = open(temp_dir_path("cache"), O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, bytes, nr_bytes, offset), (ssize_t)nr_bytes);
	close(fd);
}

static off_t file_size(void)
{
	struct stat status;

	return stat(temp_dir_path("cache"), &status) == 0 ? status.st_size : 0;
}

/* Uses it as a run does; hints that come out may be wrong, but it must end well. */
static void use_damaged(void)
{
	struct lscow_vector hints = LSCOW_VECTOR(struct lscow_hint);
	struct lscow_names_cache *cache = open_cache();
	uint32_t inos[3000];

	for (uint32_t i = 0; i < UNIT_COUNT(inos); i++)
		inos[i] = 1 + i;
	unit_assert_ok("find", lscow_names_cache_find(cache, inos, UNIT_COUNT(inos), &hints,
						      &err), &err);
	lscow_vector_free(&hints);
	for (uint32_t ino = 1; ino < 3000; ino += 100) {
		struct lscow_hint hint = make_hint(ino);

		lscow_names_cache_drop(cache, &hint);
	}
	add_hints(cache, 2500, 1000);
	lscow_names_cache_close(cache, NULL);
}

/* Afterwards it is as good as new, at the latest after a run that found it damaged. */
static void assert_heals(void)
{
	for (int i = 0; i < 2; i++) {
		lscow_warnings_free(&warnings);
		warnings = LSCOW_WARNINGS;
		fill(5000, 100);
	}
	assert_warning("healed", NULL);
}

static const struct {
	const char *label;
	off_t keep_bytes; /* truncated to this */
	off_t zero_offset; /* these are zeroed */
	size_t zero_bytes;
	const char *warning; /* NULL: none */
} damages[] = {
	{ .label = "empty", .keep_bytes = 0 },
	{ .label = "less than a page", .keep_bytes = 100, .warning = "damaged (" },
	{ .label = "one page", .keep_bytes = PAGE_BYTES, .warning = "damaged (" },
	{ .label = "two pages", .keep_bytes = 2 * PAGE_BYTES, .warning = "damaged (" },
	{ .label = "half of it", .keep_bytes = 10 * PAGE_BYTES, .warning = "damaged (" },
	{ .label = "without one meta page", .keep_bytes = -1, .zero_bytes = PAGE_BYTES,
	  .warning = "damaged (" },
	{ .label = "without its pages", .keep_bytes = -1, .zero_offset = 2 * PAGE_BYTES,
	  .zero_bytes = 20 * PAGE_BYTES, .warning = "damaged (" },
};

START_TEST(test_damaged)
{
	static const char zeros[20 * PAGE_BYTES];
	char path[256];

	fill(1, 12000);
	if (damages[_i].keep_bytes >= 0)
		ck_assert_int_eq(truncate(temp_dir_path("cache"), damages[_i].keep_bytes), 0);
	if (damages[_i].zero_bytes)
		poke_file(damages[_i].zero_offset, zeros, damages[_i].zero_bytes);
	use_damaged();
	assert_warning(damages[_i].label, damages[_i].warning);
	if (damages[_i].warning) {
		snprintf(path, sizeof(path), "%s.damaged", temp_dir_path("cache"));
		ck_assert_int_eq(access(path, F_OK), 0);
		ck_assert_int_ne(access(temp_dir_path("cache"), F_OK), 0);
	}
	assert_heals();
}
END_TEST

/* The same each time: a bit, or a byte, or some bytes anywhere, or where it hurts. */
static void damage_at_random(unsigned int seed)
{
	off_t nr_pages = file_size() / PAGE_BYTES;
	unsigned int nr_pokes = 1 + seed % 4;
	unsigned char bytes[8];

	srand(seed);
	for (unsigned int i = 0; i < nr_pokes; i++) {
		off_t page = rand() % nr_pages;
		off_t at = rand() % (seed % 3 ? 64 : (int)PAGE_BYTES - 8);
		size_t nr = seed % 2 ? 1 : 1 + (size_t)rand() % sizeof(bytes);

		for (size_t j = 0; j < nr; j++)
			bytes[j] = (unsigned char)rand();
		poke_file(page * PAGE_BYTES + at, bytes, nr);
	}
}

#define FLIPS_A_TEST 25

START_TEST(test_damaged_at_random)
{
	for (unsigned int i = 0; i < FLIPS_A_TEST; i++) {
		temp_dir_remove();
		temp_dir_make();
		fill(1, 3000);
		damage_at_random((unsigned int)_i * FLIPS_A_TEST + i);
		use_damaged();
		use_damaged();
		lscow_warnings_free(&warnings);
		warnings = LSCOW_WARNINGS;
	}
}
END_TEST

/* ---- files that are not ours ------------------------------------------------ */

START_TEST(test_no_cache)
{
	static const char text[] = "somebody's file, at least as long as a page of LMDB ";
	char content[3 * PAGE_BYTES], after[sizeof(content)];
	int fd;

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = text[i % strlen(text)];
	temp_dir_write("cache", content, sizeof(content));
	use_damaged();
	assert_warning("no cache", "it is no names cache; it is not used, and left as it is");
	fd = open(temp_dir_path("cache"), O_RDONLY);
	ck_assert_int_eq(read(fd, after, sizeof(after)), sizeof(after));
	close(fd);
	ck_assert_mem_eq(after, content, sizeof(content));
	ck_assert_int_eq(file_size(), sizeof(content));
}
END_TEST

START_TEST(test_other_database)
{
	MDB_val key = { .mv_size = 3, .mv_data = (char[]){ "key" } };
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_open(env, temp_dir_path("cache"), MDB_NOSUBDIR, 0600), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	ck_assert_int_eq(mdb_put(txn, dbi, &key, &key, 0), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	use_damaged();
	assert_warning("other database", "it is another program's database; not used");
	ck_assert_int_ge(file_size(), (off_t)(2 * PAGE_BYTES));
}
END_TEST

static const struct {
	const char *label;
	const char *target; /* of a symbolic link; NULL: the path itself is taken */
	const char *path;
	const char *found;
} strangers[] = {
	{ .label = "device", .path = "/dev/null", .found = "a device" },
	{ .label = "directory", .path = "/dev", .found = "a directory" },
	{ .label = "link", .target = "nowhere", .found = "a symbolic link" },
};

START_TEST(test_no_regular_file)
{
	const char *path = strangers[_i].path;
	struct lscow_names_cache *cache = NULL;
	char expected[256];

	if (!path) {
		path = temp_dir_path("cache");
		ck_assert_int_eq(symlink(strangers[_i].target, path), 0);
	}
	snprintf(expected, sizeof(expected), "names cache %s: found %s, expected a regular file",
		 path, strangers[_i].found);
	unit_assert_error(strangers[_i].label,
			  lscow_names_cache_open(path, 0, one_uuid, &warnings, &cache, &err),
			  &err, LSCOW_E_USAGE, expected);
	ck_assert_ptr_null(cache);
}
END_TEST

/* ---- files that cannot be written ------------------------------------------- */

/* Root may write anything, so it is somebody else for the while. */
START_TEST(test_read_only)
{
	char lock[256];
	uid_t user = geteuid();

	fill(1, 100);
	snprintf(lock, sizeof(lock), "%s-lock", temp_dir_path("cache"));
	ck_assert_int_eq(chmod(temp_dir_path("cache"), 0444), 0);
	ck_assert_int_eq(chmod(lock, 0666), 0);
	temp_dir_path("cache");
	if (user == 0) {
		*strrchr(lock, '/') = '\0';
		ck_assert_int_eq(chmod(lock, 0755), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	ck_assert_uint_eq(count_kept(one_uuid, 1, 1000), 100);
	assert_warning("read-only", "it cannot be written; names are read from it, and none is "
				    "kept");
	lscow_warnings_free(&warnings);
	warnings = LSCOW_WARNINGS;
	fill(200, 100);
	ck_assert_int_eq(seteuid(user), 0);
	assert_warning("read-only", "it cannot be written; names are read from it, and none is "
				    "kept");
	lscow_warnings_free(&warnings);
	warnings = LSCOW_WARNINGS;
	ck_assert_uint_eq(count_kept(one_uuid, 1, 1000), 100);
}
END_TEST

START_TEST(test_no_folder)
{
	struct lscow_names_cache *cache = NULL;
	char path[256], expected[512];
	size_t nr;

	snprintf(path, sizeof(path), "%s/in/it", temp_dir_path("none"));
	unit_assert_ok("open", lscow_names_cache_open(path, 0, one_uuid, &warnings, &cache, &err),
		       &err);
	ck_assert_uint_eq(count_found(cache, 1, 100), 0);
	add_hints(cache, 1, 100000);
	lscow_names_cache_close(cache, NULL);
	snprintf(expected, sizeof(expected), "names cache %s: No such file or directory; not used",
		 path);
	ck_assert_str_eq(lscow_warnings_get(&warnings, &nr)[0], expected);
	ck_assert_uint_eq(nr, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("names-cache");
	TCase *tcase = tcase_create("names-cache");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_keeps);
	tcase_add_test(tcase, test_several_filesystems);
	tcase_add_test(tcase, test_added_again);
	tcase_add_test(tcase, test_several_hints);
	tcase_add_test(tcase, test_all_dropped);
	tcase_add_test(tcase, test_page_too_large);
	tcase_add_test(tcase, test_full);
	tcase_add_test(tcase, test_limit_too_small);
	tcase_add_test(tcase, test_two_at_once);
	tcase_add_loop_test(tcase, test_killed, 0, 6);
	tcase_add_loop_test(tcase, test_damaged, 0, (int)UNIT_COUNT(damages));
	tcase_add_loop_test(tcase, test_damaged_at_random, 0, 16);
	tcase_add_test(tcase, test_no_cache);
	tcase_add_test(tcase, test_other_database);
	tcase_add_loop_test(tcase, test_no_regular_file, 0, (int)UNIT_COUNT(strangers));
	tcase_add_test(tcase, test_read_only);
	tcase_add_test(tcase, test_no_folder);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
