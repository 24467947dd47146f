/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The names cache: where the entries of inodes were seen, kept from run to run. */

#include "names/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "names/cache-server.h"
#include "sandbox/sandbox.h"

/* MDB_MAGIC, in the byte order of the machine, and where it stands in a page. */
#define LMDB_MAGIC UINT32_C(0xBEEFC0DE)
#define MAGIC_OFFSET_BYTES (2 * sizeof(size_t))

/* Hints on their way to the process. */
struct outbox {
	enum lscow_cache_request_kind kind;
	uint32_t nr;
	struct lscow_hint hints[LSCOW_CACHE_MOST_ITEMS];
};

struct lscow_names_cache {
	char *path;
	struct lscow_sandbox *sandbox;   /* borrowed, or NULL */
	struct lscow_warnings *warnings; /* borrowed; NULL before it is attached */
	char problem[256];               /* to be warned of then, or empty */
	bool is_running;
	struct lscow_cache_server server; /* where it is running */
	bool was_there; /* the file, before this run */
	dev_t dev;      /* which file it was */
	ino_t ino;
	struct outbox seen;
	struct outbox gone;
	uint64_t nr_names;
	uint64_t nr_stale;
	uint64_t nr_stored;
	bool is_full;
};

/* ---- the file ------------------------------------------------------------ */

/* A file that was never LMDB's is not ours to write to, or to put aside. */
static bool has_magic(const char *path)
{
	long page_bytes = sysconf(_SC_PAGESIZE);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool found = false;
	uint32_t magic;

	if (fd < 0)
		return false;
	for (int page = 0; page < 2; page++)
		found |= pread(fd, &magic, sizeof(magic),
			       page * page_bytes + (off_t)MAGIC_OFFSET_BYTES) ==
				 sizeof(magic) && magic == LMDB_MAGIC;
	close(fd);
	return found;
}

static const char *describe_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFBLK:
	case S_IFCHR:
		return "a device";
	case S_IFDIR:
		return "a directory";
	case S_IFLNK:
		return "a symbolic link";
	default:
		return "a pipe or a socket";
	}
}

/* *is_ours: it may be opened. */
static int check_file(struct lscow_names_cache *cache, bool *is_ours, struct lscow_error *err)
{
	struct stat status;

	*is_ours = true;
	if (lstat(cache->path, &status) != 0)
		return 0; /* to be made; what is wrong shows then */
	if (!S_ISREG(status.st_mode))
		return lscow_error_set(err, LSCOW_E_USAGE, "names cache %s: found %s, expected a "
				       "regular file", cache->path,
				       describe_type(status.st_mode));
	cache->was_there = true;
	cache->dev = status.st_dev;
	cache->ino = status.st_ino;
	*is_ours = status.st_size == 0 || has_magic(cache->path);
	if (!*is_ours)
		snprintf(cache->problem, sizeof(cache->problem), "it is no names cache; it is "
			 "not used, and left as it is");
	return 0;
}

/* The damaged file as it was opened, unless another run did this before. */
static bool put_aside(const struct lscow_names_cache *cache)
{
	struct stat status;
	char *names = NULL;
	bool is_done = false;

	if (!cache->was_there || lstat(cache->path, &status) != 0 ||
	    status.st_dev != cache->dev || status.st_ino != cache->ino ||
	    asprintf(&names, "%s.damaged", cache->path) < 0)
		return false;
	is_done = rename(cache->path, names) == 0;
	free(names);
	if (is_done && asprintf(&names, "%s-lock", cache->path) >= 0) {
		unlink(names); /* LMDB keeps the state of the old file there */
		free(names);
	}
	return is_done;
}

/* A lscow_task_fn: the sandbox does not allow this. */
static int put_aside_task(const void *data, struct lscow_error *err)
{
	if (put_aside(data))
		return 0;
	return lscow_error_set(err, LSCOW_E_FAILED, "the names cache is not put aside");
}

/* ---- the process --------------------------------------------------------- */

static void warn_of_damage(const struct lscow_names_cache *cache, const char *what)
{
	if (lscow_sandbox_run_task(cache->sandbox, put_aside_task, cache, NULL) == 0)
		lscow_warnings_add(cache->warnings, "names cache %s: damaged (%s); put aside as "
				   "%s.damaged, the next run makes a new one", cache->path, what,
				   cache->path);
	else
		lscow_warnings_add(cache->warnings, "names cache %s: damaged (%s); not used",
				   cache->path, what);
}

static void warn_of_signal(const struct lscow_names_cache *cache, int number)
{
	char what[64];

	if (number == SIGALRM) {
		lscow_warnings_add(cache->warnings, "names cache %s: in use by another run for "
				   "too long; not used", cache->path);
	} else if (number == SIGKILL || number == SIGTERM || number == SIGINT ||
		   number == SIGHUP || number == SIGQUIT) {
		lscow_warnings_add(cache->warnings, "names cache %s: its process was killed; "
				   "names are lost", cache->path);
	} else {
		snprintf(what, sizeof(what), "signal %d while reading it", number);
		warn_of_damage(cache, what);
	}
}

static void take_status(struct lscow_names_cache *cache, int status)
{
	const struct lscow_cache_report *report = cache->server.report;

	if (status == -1)
		return;
	if (WIFSIGNALED(status))
		warn_of_signal(cache, WTERMSIG(status));
	else if (WEXITSTATUS(status) != LSCOW_CACHE_DONE &&
		 WEXITSTATUS(status) != LSCOW_CACHE_FAILED)
		warn_of_damage(cache, report->reason);
	else if (report->is_full)
		cache->is_full = true; /* as it is meant to be: no warning */
	else if (report->is_read_only)
		lscow_warnings_add(cache->warnings, "names cache %s: it cannot be written; "
				   "names are read from it, and none is kept", cache->path);
	else if (report->reason[0] != '\0')
		lscow_warnings_add(cache->warnings, "names cache %s: %s; %s", cache->path,
				   report->reason,
				   WEXITSTATUS(status) == LSCOW_CACHE_FAILED
					   ? "not used" : "names are not kept");
	cache->nr_stored = report->nr_stored;
}

/* At the end, and as soon as the process does not answer. */
static void stop(struct lscow_names_cache *cache)
{
	if (!cache->is_running)
		return;
	cache->is_running = false;
	take_status(cache, lscow_cache_server_end(&cache->server));
	lscow_cache_server_free(&cache->server);
}

static bool send_request(struct lscow_names_cache *cache, enum lscow_cache_request_kind kind,
			 const void *items, uint32_t nr_items, size_t item_bytes)
{
	struct lscow_cache_request request = { .kind = kind, .nr_items = nr_items };

	if (cache->is_running &&
	    (!lscow_cache_server_send(&cache->server, &request, sizeof(request)) ||
	     !lscow_cache_server_send(&cache->server, items, nr_items * item_bytes)))
		stop(cache);
	return cache->is_running;
}

static void empty(struct lscow_names_cache *cache, struct outbox *box)
{
	if (box->nr > 0)
		send_request(cache, box->kind, box->hints, box->nr, sizeof(*box->hints));
	box->nr = 0;
}

static void put(struct lscow_names_cache *cache, struct outbox *box,
		const struct lscow_hint *hint)
{
	box->hints[box->nr++] = *hint;
	if (box->nr == LSCOW_CACHE_MOST_ITEMS)
		empty(cache, box);
}

/* ---- the interface ------------------------------------------------------- */

static void cache_free(struct lscow_names_cache *cache)
{
	free(cache->path);
	free(cache);
}

static int start(struct lscow_names_cache *cache, uint64_t limit_bytes,
		 struct lscow_error *err)
{
	struct lscow_error problem;
	bool is_ours;
	int rc = check_file(cache, &is_ours, err);

	if (rc != 0 || !is_ours)
		return rc;
	if (lscow_cache_server_start(cache->path, limit_bytes, &cache->server, &problem) == 0)
		cache->is_running = true;
	else
		snprintf(cache->problem, sizeof(cache->problem), "%.200s; not used",
			 problem.message);
	return 0;
}

int lscow_names_cache_prepare(const char *path, uint64_t limit_bytes,
			      struct lscow_sandbox *sandbox, struct lscow_names_cache **out,
			      struct lscow_error *err)
{
	struct lscow_names_cache *cache;
	int rc;

	if (limit_bytes == 0)
		limit_bytes = LSCOW_NAMES_CACHE_DEFAULT_BYTES;
	if (limit_bytes < LSCOW_NAMES_CACHE_LEAST_BYTES)
		return lscow_error_set(err, LSCOW_E_USAGE, "names cache %s: a limit of %llu bytes, "
				       "expected %llu or more", path,
				       (unsigned long long)limit_bytes,
				       (unsigned long long)LSCOW_NAMES_CACHE_LEAST_BYTES);
	cache = calloc(1, sizeof(*cache));
	if (!cache)
		return lscow_error_no_memory(err, "the names cache");
	cache->sandbox = sandbox;
	cache->seen.kind = LSCOW_CACHE_SEEN;
	cache->gone.kind = LSCOW_CACHE_GONE;
	cache->path = strdup(path);
	rc = cache->path ? start(cache, limit_bytes, err)
			 : lscow_error_no_memory(err, "the names cache");
	if (rc != 0) {
		cache_free(cache);
		return rc;
	}
	lscow_sandbox_add_task(sandbox, put_aside_task, cache);
	*out = cache;
	return 0;
}

void lscow_names_cache_attach(struct lscow_names_cache *cache, const uint8_t uuid[16],
			      struct lscow_warnings *warnings)
{
	cache->warnings = warnings;
	if (cache->problem[0] != '\0')
		lscow_warnings_add(warnings, "names cache %s: %s", cache->path, cache->problem);
	if (cache->is_running &&
	    !lscow_cache_server_send(&cache->server, uuid, LSCOW_CACHE_UUID_BYTES))
		stop(cache);
}

int lscow_names_cache_open(const char *path, uint64_t limit_bytes, const uint8_t uuid[16],
			   struct lscow_warnings *warnings,
			   struct lscow_names_cache **cache, struct lscow_error *err)
{
	int rc = lscow_names_cache_prepare(path, limit_bytes, NULL, cache, err);

	if (rc == 0)
		lscow_names_cache_attach(*cache, uuid, warnings);
	return rc;
}

void lscow_names_cache_close(struct lscow_names_cache *cache, struct lscow_summary *summary)
{
	if (!cache)
		return;
	empty(cache, &cache->gone);
	empty(cache, &cache->seen);
	stop(cache);
	if (summary) {
		summary->cached_names += cache->nr_names;
		summary->stale_hints += cache->nr_stale;
		summary->stored_hints += cache->nr_stored;
		summary->names_cache_full |= cache->is_full;
	}
	cache_free(cache);
}

/* Takes an answer: true at its end. */
static bool take_answer(struct lscow_names_cache *cache, struct lscow_vector *hints, int *rc,
			struct lscow_error *err)
{
	struct lscow_hint part[LSCOW_CACHE_MOST_ITEMS];
	uint32_t nr;

	do {
		if (!lscow_cache_server_receive(&cache->server, &nr, sizeof(nr)) ||
		    nr > LSCOW_CACHE_MOST_ITEMS ||
		    !lscow_cache_server_receive(&cache->server, part, nr * sizeof(*part)))
			return false;
		for (uint32_t i = 0; *rc == 0 && i < nr; i++)
			*rc = lscow_vector_push(hints, &part[i], err);
	} while (nr > 0);
	return true;
}

int lscow_names_cache_find(struct lscow_names_cache *cache, const uint32_t *inos,
			   size_t nr_inos, struct lscow_vector *hints, struct lscow_error *err)
{
	uint32_t nr;
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < nr_inos; at += nr) {
		nr = (uint32_t)lscow_min_u64(nr_inos - at, LSCOW_CACHE_MOST_ITEMS);
		if (!send_request(cache, LSCOW_CACHE_FIND, inos + at, nr, sizeof(*inos)))
			return 0;
		if (!take_answer(cache, hints, &rc, err))
			stop(cache);
	}
	return rc;
}

void lscow_names_cache_add(struct lscow_names_cache *cache, const struct lscow_hint *hint)
{
	put(cache, &cache->seen, hint);
}

void lscow_names_cache_drop(struct lscow_names_cache *cache, const struct lscow_hint *hint)
{
	put(cache, &cache->gone, hint);
}

void lscow_names_cache_count(struct lscow_names_cache *cache, uint64_t nr_names,
			     uint64_t nr_stale)
{
	cache->nr_names += nr_names;
	cache->nr_stale += nr_stale;
}
