/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The sandbox: what is allowed in it works, anything else is the end. */

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/sandbox.h"
#include "support/temp-dir.h"

/* Exit statuses of the processes that go into the sandbox. */
enum { GOOD, BAD, NO_SANDBOX };

/* What a task looks at: the memory of the moment of entering. */
static int number;
static int file_fd;

static int task_good(const void *data, struct lscow_error *err)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || *(const int *)data != 7)
		return lscow_error_set(err, LSCOW_E_FAILED, "fd %d, number %d", fd,
				       *(const int *)data);
	close(fd);
	return 0;
}

static int task_bad(const void *data, struct lscow_error *err)
{
	(void)data;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE, "gone");
}

static int task_end(const void *data, struct lscow_error *err)
{
	(void)data;
	(void)err;
	_exit(1);
}

/* Whether the file of the test is one that is not open in the agent. */
static int task_files(const void *data, struct lscow_error *err)
{
	(void)data;
	return fcntl(file_fd, F_GETFD) < 0 && errno == EBADF
		? 0 : lscow_error_set(err, LSCOW_E_FAILED, "open");
}

static struct lscow_sandbox *enter(void)
{
	struct lscow_sandbox *sandbox;

	number = 7;
	if (lscow_sandbox_new(&sandbox, NULL) != 0)
		_exit(BAD);
	lscow_sandbox_add_task(sandbox, task_good, &number);
	lscow_sandbox_add_task(sandbox, task_bad, &number);
	lscow_sandbox_add_task(sandbox, task_end, NULL);
	lscow_sandbox_add_task(sandbox, task_files, NULL);
	if (lscow_sandbox_enter(sandbox, NULL) != 0)
		_exit(BAD);
	number = 8;
	return sandbox;
}

/* ---- what is not allowed ----------------------------------------------------- */

static void call_open(void)
{
	(void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void call_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void call_socket(void)
{
	(void)!socket(AF_UNIX, SOCK_STREAM, 0);
}

static void call_fork(void)
{
	if (fork() == 0)
		_exit(GOOD);
}

static void call_kill(void)
{
	kill(getppid(), 0);
}

static void call_unlink(void)
{
	unlink("/nonexistent");
}

static void call_stat(void)
{
	struct stat status;

	(void)!stat("/dev/null", &status);
}

static void call_mmap_exec(void)
{
	(void)!mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void call_dup(void)
{
	(void)!dup(STDERR_FILENO);
}

static void call_chmod(void)
{
	(void)!fchmod(file_fd, 0600);
}

static void call_rename(void)
{
	rename("/nonexistent", "/nonexistent");
}

static void call_ioctl(void)
{
	(void)!ioctl(STDERR_FILENO, TIOCSTI, "x");
}

static const struct {
	const char *label;
	void (*call)(void);
} forbidden[] = {
	{ "open", call_open },           { "exec", call_exec },
	{ "socket", call_socket },       { "fork", call_fork },
	{ "kill", call_kill },           { "unlink", call_unlink },
	{ "stat", call_stat },           { "mmap to run", call_mmap_exec },
	{ "dup", call_dup },             { "fchmod", call_chmod },
	{ "rename", call_rename },       { "ioctl", call_ioctl },
};

/* The end of a process that calls this in the sandbox, as waitpid(2) has it. */
static int run_inside(void (*call)(void))
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (lscow_sandbox_get_problem(enter()))
			_exit(NO_SANDBOX);
		call();
		_exit(GOOD);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void setup(void)
{
	temp_dir_make();
	file_fd = open(temp_dir_write("file", "0123", 4), O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(file_fd, 0);
}

static void teardown(void)
{
	close(file_fd);
	temp_dir_remove();
}

START_TEST(test_forbidden)
{
	int status = run_inside(forbidden[_i].call);

	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
		      "%s: status %#x, expected the end by SIGSYS", forbidden[_i].label,
		      (unsigned int)status);
}
END_TEST

/* ---- what is ------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

#define NR_ITEMS (1u << 16)

static void use_memory(void)
{
	int *items = NULL;

	for (size_t nr = 1; nr <= NR_ITEMS; nr *= 2) {
		items = realloc(items, nr * sizeof(*items));
		if (!items)
			_exit(BAD);
	}
	for (size_t i = 0; i < NR_ITEMS; i++)
		items[i] = (int)(i * 31 % 1009);
	qsort(items, NR_ITEMS, sizeof(*items), compare);
	if (items[NR_ITEMS - 1] != 1008)
		_exit(BAD);
	free(items);
}

static void use_files(void)
{
	struct timespec time;
	struct stat status;
	char bytes[4];
	char *text;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream || fprintf(stream, "%s", strerror(EIO)) < 0 || fclose(stream) != 0)
		_exit(BAD);
	if (pread(file_fd, bytes, 4, 0) != 4 || lseek(file_fd, 0, SEEK_END) != 4 ||
	    write(file_fd, "4", 1) != 1 || fstat(file_fd, &status) != 0 ||
	    status.st_size != 5 || isatty(file_fd) ||
	    clock_gettime(CLOCK_MONOTONIC, &time) != 0 ||
	    posix_fadvise(file_fd, 0, 4, POSIX_FADV_WILLNEED) != 0 || close(file_fd) != 0)
		_exit(BAD);
	free(text);
	fflush(stderr);
}

static void end_badly(void)
{
	abort();
}

static const struct {
	const char *label;
	void (*call)(void);
	int number; /* of the signal that ends it, or 0 */
} allowed[] = {
	{ "memory", use_memory, 0 },
	{ "files", use_files, 0 },
	{ "abort", end_badly, SIGABRT },
};

START_TEST(test_allowed)
{
	int status = run_inside(allowed[_i].call);

	ck_assert_msg(allowed[_i].number
			      ? WIFSIGNALED(status) && WTERMSIG(status) == allowed[_i].number
			      : WIFEXITED(status) && WEXITSTATUS(status) == GOOD,
		      "%s: status %#x", allowed[_i].label, (unsigned int)status);
}
END_TEST

/* ---- what is done outside --------------------------------------------------------- */

/* With a filter or without: what the tasks answer, and that the process ends. */
static bool are_tasks_done(struct lscow_sandbox *sandbox)
{
	struct lscow_error err = { .code = 0 };

	if (lscow_sandbox_run_task(sandbox, task_good, &number, &err) != 0 ||
	    lscow_sandbox_run_task(sandbox, task_files, NULL, &err) != 0)
		return false;
	if (lscow_sandbox_run_task(sandbox, task_bad, &number, &err) != LSCOW_E_UNKNOWABLE ||
	    strcmp(err.message, "gone") != 0)
		return false;
	if (lscow_sandbox_run_task(sandbox, task_bad, &number, NULL) != LSCOW_E_UNKNOWABLE)
		return false;
	if (lscow_sandbox_run_task(sandbox, task_end, NULL, &err) != LSCOW_E_FAILED ||
	    lscow_sandbox_run_task(sandbox, task_good, &number, &err) != LSCOW_E_FAILED)
		return false;
	lscow_sandbox_free(sandbox);
	return true;
}

START_TEST(test_tasks)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(are_tasks_done(enter()) ? GOOD : BAD);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, GOOD);
}
END_TEST

START_TEST(test_outside)
{
	struct lscow_sandbox *sandbox;
	struct lscow_error err;

	number = 7;
	unit_assert_ok("none", lscow_sandbox_run_task(NULL, task_good, &number, &err), &err);
	unit_assert_ok("new", lscow_sandbox_new(&sandbox, &err), &err);
	unit_assert_ok("not entered",
		       lscow_sandbox_run_task(sandbox, task_good, &number, &err), &err);
	ck_assert_ptr_null(lscow_sandbox_get_problem(sandbox));
	lscow_sandbox_free(sandbox);
	lscow_sandbox_free(NULL);
}
END_TEST

#ifndef HAVE_SECCOMP
START_TEST(test_problem)
{
	struct lscow_sandbox *sandbox = enter();

	ck_assert_str_eq(lscow_sandbox_get_problem(sandbox), "built without seccomp");
	call_open();
	lscow_sandbox_free(sandbox);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tcase = tcase_create("sandbox");

	if (getenv("LSCOW_VALGRIND")) {
		puts("skipped: valgrind makes calls of its own");
		return 77;
	}
	tcase_add_checked_fixture(tcase, setup, teardown);
#ifdef HAVE_SECCOMP
	tcase_add_loop_test(tcase, test_forbidden, 0, UNIT_COUNT(forbidden));
	tcase_add_loop_test(tcase, test_allowed, 0, UNIT_COUNT(allowed));
#else
	(void)test_forbidden;
	(void)test_allowed;
	tcase_add_test(tcase, test_problem);
#endif
	tcase_add_test(tcase, test_tasks);
	tcase_add_test(tcase, test_outside);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
