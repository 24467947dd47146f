/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Another program: what it prints, how it ends, what it gets from us. */

#include "support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/child.h"
#include "support/temp-dir.h"

static struct lscow_error err;
static char output[256];
static size_t nr_output;

static int keep_output(void *data, const void *bytes, size_t nr_bytes,
		       struct lscow_error *error)
{
	(void)data;
	(void)error;
	ck_assert_uint_lt(nr_output + nr_bytes, sizeof(output));
	memcpy(output + nr_output, bytes, nr_bytes);
	nr_output += nr_bytes;
	output[nr_output] = '\0';
	return 0;
}

static int refuse_output(void *data, const void *bytes, size_t nr_bytes,
			 struct lscow_error *error)
{
	(void)data;
	(void)bytes;
	(void)nr_bytes;
	return lscow_error_set(error, LSCOW_E_UNKNOWABLE, "not this");
}

static int run_with(const char *script, lscow_child_sink *sink, int kept_fd,
		    int interrupt_fd)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	const struct lscow_child child = {
		.argv = argv,
		.kept_fd = kept_fd,
		.interrupt_fd = interrupt_fd,
		.sink = sink,
	};

	nr_output = 0;
	output[0] = '\0';
	return lscow_child_run(&child, &err);
}

static int run(const char *script)
{
	return run_with(script, keep_output, -1, -1);
}

static const struct {
	const char *label;
	const char *script;
	const char *output;
	const char *message; /* where it fails */
} scripts[] = {
	{ "silence", ":", "", NULL },
	{ "output", "echo a; echo b", "a\nb\n", NULL },
	{ "complaint, but success", "echo a; echo b >&2", "a\n", NULL },
	{ "no input", "cat; echo $?", "0\n", NULL },
	{ "output after its end", "exec >&-; sleep 0.1", "", NULL },
	{ "path", "echo $PATH $LC_ALL", "/usr/sbin:/usr/bin:/sbin:/bin C\n", NULL },
	{ "status", "echo a; exit 3", "a\n", "/bin/sh: exit status 3: without a word why" },
	{ "complaint", "echo no such volume >&2; echo usage >&2; exit 1", "",
	  "/bin/sh: exit status 1: no such volume" },
	{ "complaint after empty lines", "printf '\\n\\nwhy\\n' >&2; exit 64", "",
	  "/bin/sh: exit status 64: why" },
	{ "complaint for a terminal", "printf '\\033[2J' >&2; exit 1", "",
	  "/bin/sh: exit status 1: ?[2J" },
	{ "signal", "kill -TERM $$", "", "/bin/sh: ended by signal 15" },
};

START_TEST(test_script)
{
	size_t nr_files = temp_dir_count_open_files();
	int ret = run(scripts[_i].script);

	if (scripts[_i].message)
		unit_assert_error(scripts[_i].label, ret, &err, LSCOW_E_FAILED,
				  scripts[_i].message);
	else
		unit_assert_ok(scripts[_i].label, ret, &err);
	ck_assert_str_eq(output, scripts[_i].output);
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_files);
}
END_TEST

START_TEST(test_long_complaint)
{
	unit_assert_error("long", run("printf '%01000d' 0 >&2; exit 1"), &err, LSCOW_E_FAILED,
			  err.message);
	ck_assert_uint_lt(strlen(err.message), 500);
}
END_TEST

START_TEST(test_missing_program)
{
	const char *const argv[] = { "/missing", NULL };
	const struct lscow_child child = {
		.argv = argv, .kept_fd = -1, .interrupt_fd = -1, .sink = keep_output,
	};

	unit_assert_error("missing", lscow_child_run(&child, &err), &err, LSCOW_E_FAILED,
			  "/missing: cannot be started");
}
END_TEST

/* A program that goes on for long is ended, not waited for. */
START_TEST(test_refused_output)
{
	unit_assert_error("refused", run_with("yes", refuse_output, -1, -1), &err,
			  LSCOW_E_UNKNOWABLE, "not this");
	unit_assert_error("refused, sleeping",
			  run_with("echo a; sleep 1000", refuse_output, -1, -1), &err,
			  LSCOW_E_UNKNOWABLE, "not this");
}
END_TEST

START_TEST(test_interrupt)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	unit_assert_error("interrupt", run_with("sleep 1000", keep_output, -1, ends[0]), &err,
			  LSCOW_E_FAILED, "/bin/sh: interrupted by a signal");
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* Only the one that is kept goes to the program. */
START_TEST(test_kept_file)
{
	char script[80];
	int kept = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int other = open("/dev/null", O_RDONLY | O_CLOEXEC);

	snprintf(script, sizeof(script), "[ -e /proc/self/fd/%d ] && ! [ -e /proc/self/fd/%d ]",
		 kept, other);
	unit_assert_ok("kept", run_with(script, keep_output, kept, -1), &err);
	ck_assert_int_eq(fcntl(kept, F_GETFD), FD_CLOEXEC);
	close(kept);
	close(other);
}
END_TEST

/* A program without the usual files may call us as well. */
START_TEST(test_without_standard_files)
{
	for (int fd = 0; fd < 3; fd++) {
		int copy = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		int ret;

		close(fd);
		ret = run("echo a; echo b >&2; exit 1");
		dup2(copy, fd);
		close(copy);
		unit_assert_error("files", ret, &err, LSCOW_E_FAILED,
				  "/bin/sh: exit status 1: b");
		ck_assert_str_eq(output, "a\n");
	}
}
END_TEST

static bool is_locked(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return true;
	flock(fd, LOCK_UN);
	return false;
}

/* The program dies with the one that waits for it, and its lock goes with it. */
START_TEST(test_killed_parent)
{
	const char *path;
	int ours, theirs;
	pid_t pid;

	temp_dir_make();
	path = temp_dir_write("lock", "", 0);
	ours = open(path, O_RDWR | O_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		theirs = open(path, O_RDWR | O_CLOEXEC);
		flock(theirs, LOCK_EX);
		(void)run_with("exec sleep 1000", keep_output, theirs, -1);
		_exit(1);
	}
	while (!is_locked(ours))
		usleep(10000);
	usleep(200000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 500 && is_locked(ours); i++)
		usleep(10000);
	ck_assert(!is_locked(ours));
	close(ours);
	temp_dir_remove();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("child");
	TCase *tcase = tcase_create("child");

	tcase_add_loop_test(tcase, test_script, 0, (int)UNIT_COUNT(scripts));
	tcase_add_test(tcase, test_long_complaint);
	tcase_add_test(tcase, test_missing_program);
	tcase_add_test(tcase, test_refused_output);
	tcase_add_test(tcase, test_interrupt);
	tcase_add_test(tcase, test_kept_file);
	tcase_add_test(tcase, test_without_standard_files);
	tcase_add_test(tcase, test_killed_parent);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
