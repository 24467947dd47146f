/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The process that has the names cache open, so that a damaged one crashes only that. */

#include "names/cache-server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "names/cache-db.h"
#include "sandbox/process.h"

/* Hints that are written at once: 16 MiB of them. */
#define MOST_PENDING (1u << 20)

/* How long to wait for another run that writes, and how much work a request may be. */
#define PATIENCE_SECONDS 60
#define REQUEST_CPU_SECONDS 60

/* Room in the file beside the map, and in the file of its locks. */
#define MORE_FILE_BYTES (UINT64_C(1) << 20)

/* The state of the new process. */
struct serving {
	int fd;
	struct lscow_cache_report *report;
	struct lscow_cache_db *db;
	struct lscow_vector hints; /* of struct lscow_hint, found */
	struct lscow_vector seen;  /* of struct lscow_hint, to be written */
	struct lscow_vector gone;
	bool is_dropping; /* nothing more can be written */
};

/* ---- in the new process -------------------------------------------------- */

static void tell(struct serving *serving, int code)
{
	snprintf(serving->report->reason, sizeof(serving->report->reason), "%s",
		 lscow_cache_code_text(code));
}

static void end_process(struct serving *serving, int code)
{
	tell(serving, code);
	_exit(lscow_cache_code_is_damage(code) ? LSCOW_CACHE_DAMAGED : LSCOW_CACHE_FAILED);
}

/* A crash is expected: it is silent, leaves no core and calls no handler of the caller's. */
static void make_crashes_silent(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM,
				       SIGXCPU, SIGXFSZ, SIGPIPE };
	const struct rlimit none = { 0, 0 };
	sigset_t unblocked;

	sigemptyset(&unblocked);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		signal(numbers[i], SIG_DFL);
		sigaddset(&unblocked, numbers[i]);
	}
	sigprocmask(SIG_UNBLOCK, &unblocked, NULL);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

/* A damaged file may tell LMDB to write far behind its end. */
static void limit_file_size(const char *path, uint64_t limit_bytes)
{
	struct rlimit limit;
	struct stat status;

	if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
		return;
	if (stat(path, &status) == 0)
		limit_bytes = lscow_max_u64(limit_bytes, (uint64_t)status.st_size);
	limit.rlim_cur = lscow_min_u64(limit_bytes + MORE_FILE_BYTES, limit.rlim_max);
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* A damaged file may also keep LMDB busy for ever: SIGXCPU ends that. */
static void limit_request_time(void)
{
	struct rlimit limit;
	struct rusage used;

	if (getrlimit(RLIMIT_CPU, &limit) != 0 || getrusage(RUSAGE_SELF, &used) != 0)
		return;
	limit.rlim_cur = lscow_min_u64((uint64_t)used.ru_utime.tv_sec +
				       (uint64_t)used.ru_stime.tv_sec + REQUEST_CPU_SECONDS,
				       limit.rlim_max);
	setrlimit(RLIMIT_CPU, &limit);
}

static void write_pending(struct serving *serving)
{
	int code = 0;

	if (!serving->is_dropping && serving->seen.nr + serving->gone.nr > 0) {
		lscow_vector_sort(&serving->gone, lscow_hint_compare);
		lscow_vector_sort(&serving->seen, lscow_hint_compare);
		alarm(PATIENCE_SECONDS);
		code = lscow_cache_db_change(serving->db, &serving->gone, &serving->seen,
					     &serving->report->nr_stored);
		alarm(0);
	}
	lscow_vector_clear(&serving->seen);
	lscow_vector_clear(&serving->gone);
	if (code == 0)
		return;
	if (lscow_cache_code_is_damage(code))
		end_process(serving, code);
	serving->is_dropping = true;
	serving->report->is_full = lscow_cache_code_is_full(code);
	if (code != EROFS) /* that was told when it was opened */
		tell(serving, code);
}

static bool answer(struct serving *serving)
{
	const struct lscow_hint *hints = serving->hints.items;
	uint32_t nr;

	for (size_t at = 0; at < serving->hints.nr; at += nr) {
		nr = (uint32_t)lscow_min_u64(serving->hints.nr - at, LSCOW_CACHE_MOST_ITEMS);
		if (!lscow_process_send(serving->fd, &nr, sizeof(nr)) ||
		    !lscow_process_send(serving->fd, hints + at, nr * sizeof(*hints)))
			return false;
	}
	nr = 0;
	return lscow_process_send(serving->fd, &nr, sizeof(nr));
}

static bool serve_find(struct serving *serving, uint32_t nr_inos)
{
	uint32_t inos[LSCOW_CACHE_MOST_ITEMS];
	int code;

	if (!lscow_process_receive(serving->fd, inos, nr_inos * sizeof(*inos)))
		return false;
	lscow_vector_clear(&serving->hints);
	code = lscow_cache_db_find(serving->db, inos, nr_inos, &serving->hints);
	if (code != 0)
		end_process(serving, code);
	return answer(serving);
}

static bool serve_change(struct serving *serving, struct lscow_vector *pending,
			 uint32_t nr_hints)
{
	struct lscow_hint hints[LSCOW_CACHE_MOST_ITEMS];

	if (!lscow_process_receive(serving->fd, hints, nr_hints * sizeof(*hints)))
		return false;
	for (uint32_t i = 0; i < nr_hints; i++)
		if (lscow_vector_push(pending, &hints[i], NULL) != 0)
			end_process(serving, ENOMEM);
	if (pending->nr >= MOST_PENDING)
		write_pending(serving);
	return true;
}

static bool serve_one(struct serving *serving)
{
	struct lscow_cache_request request;

	if (!lscow_process_receive(serving->fd, &request, sizeof(request)) ||
	    request.nr_items > LSCOW_CACHE_MOST_ITEMS)
		return false;
	limit_request_time();
	if (request.kind == LSCOW_CACHE_FIND)
		return serve_find(serving, request.nr_items);
	return serve_change(serving, request.kind == LSCOW_CACHE_SEEN ? &serving->seen
								      : &serving->gone,
			    request.nr_items);
}

static void open_db(struct serving *serving, const char *path, uint64_t limit_bytes)
{
	uint8_t uuid[LSCOW_CACHE_UUID_BYTES];
	int code;

	if (!lscow_process_receive(serving->fd, uuid, sizeof(uuid)))
		_exit(LSCOW_CACHE_DONE);
	limit_file_size(path, limit_bytes);
	limit_request_time();
	alarm(PATIENCE_SECONDS);
	code = lscow_cache_db_open(path, limit_bytes, uuid, &serving->db);
	alarm(0);
	if (code != 0)
		end_process(serving, code);
	serving->report->is_read_only = lscow_cache_db_is_read_only(serving->db);
}

static void serve(int fd, struct lscow_cache_report *report, const char *path,
		  uint64_t limit_bytes)
{
	struct serving serving = {
		.fd = fd, .report = report,
		.hints = LSCOW_VECTOR(struct lscow_hint),
		.seen = LSCOW_VECTOR(struct lscow_hint),
		.gone = LSCOW_VECTOR(struct lscow_hint),
	};

	make_crashes_silent();
	lscow_process_close_files(fd);
	open_db(&serving, path, limit_bytes);
	while (serve_one(&serving))
		;
	write_pending(&serving);
	lscow_cache_db_close(serving.db);
	lscow_vector_free(&serving.hints);
	lscow_vector_free(&serving.seen);
	lscow_vector_free(&serving.gone);
}

/* ---- here ---------------------------------------------------------------- */

static int fork_server(struct lscow_cache_server *server, int other_fd, const char *path,
		       uint64_t limit_bytes)
{
	pid_t parent = getpid();

	server->pid = fork();
	if (server->pid != 0)
		return server->pid < 0 ? -1 : 0;
	close(server->fd);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
		serve(other_fd, server->report, path, limit_bytes);
	_exit(LSCOW_CACHE_DONE);
}

int lscow_cache_server_start(const char *path, uint64_t limit_bytes,
			     struct lscow_cache_server *server, struct lscow_error *err)
{
	struct lscow_cache_report *report;
	int ends[2];

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (report == MAP_FAILED)
		return lscow_error_no_memory(err, "the names cache");
	*server = (struct lscow_cache_server){ .report = report };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		lscow_cache_server_free(server);
		return lscow_error_set(err, LSCOW_E_FAILED, "cannot start a process: %m");
	}
	server->fd = ends[0];
	if (fork_server(server, ends[1], path, limit_bytes) < 0) {
		lscow_error_set(err, LSCOW_E_FAILED, "cannot start a process: %m");
		close(ends[0]);
		close(ends[1]);
		lscow_cache_server_free(server);
		return LSCOW_E_FAILED;
	}
	close(ends[1]);
	return 0;
}

bool lscow_cache_server_send(const struct lscow_cache_server *server, const void *bytes,
			     size_t nr_bytes)
{
	return lscow_process_send(server->fd, bytes, nr_bytes);
}

bool lscow_cache_server_receive(const struct lscow_cache_server *server, void *bytes,
				size_t nr_bytes)
{
	return lscow_process_receive(server->fd, bytes, nr_bytes);
}

int lscow_cache_server_end(struct lscow_cache_server *server)
{
	int status;

	shutdown(server->fd, SHUT_WR);
	close(server->fd);
	while (waitpid(server->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	/* A process that ran wild may have written anything there. */
	server->report->reason[sizeof(server->report->reason) - 1] = '\0';
	return status;
}

void lscow_cache_server_free(struct lscow_cache_server *server)
{
	munmap(server->report, sizeof(*server->report));
	server->report = NULL;
}
