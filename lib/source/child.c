/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Another program, run without a shell, whose output is taken as it comes. */

#include "source/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_BYTES (64u * 1024)
/* How much of the program's complaint a message shows. */
#define COMPLAINT_BYTES 400
/* What execve(2) could not start; shells use the same. */
#define STATUS_NOT_STARTED 127

struct running_child {
	const struct lscow_child *child;
	pid_t pid;
	int output_fd;    /* the end of the pipe that is read */
	int complaint_fd; /* a file in memory, so that it needs no reader */
	bool is_ended;    /* the pipe has come to its end */
};

/* ---- in the new process: async-signal-safe functions only ---------------- */

/* Puts the three files on 0, 1 and 2; they may be there already, in any order. */
static bool place_files(const int files[3])
{
	int copies[3];

	for (int i = 0; i < 3; i++) {
		copies[i] = fcntl(files[i], F_DUPFD_CLOEXEC, 3);
		if (copies[i] < 0)
			return false;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(copies[i], i) < 0)
			return false;
	return true;
}

static void start_program(const struct lscow_child *child, pid_t parent,
			  const int files[3])
{
	static const char *const environment[] = {
		"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL,
	};
	sigset_t none;

	/* posix_spawn(3) has no way to ask for this. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		return;
	if (child->kept_fd >= 0 && fcntl(child->kept_fd, F_SETFD, 0) < 0)
		return;
	if (!place_files(files))
		return;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* execve(2) does not write to these, whatever its type says. */
	execve(child->argv[0], (char *const *)(uintptr_t)child->argv,
	       (char *const *)(uintptr_t)environment);
}

/* ---- here ---------------------------------------------------------------- */

static int fork_program(struct running_child *running, int input_fd, int write_fd,
			struct lscow_error *err)
{
	const int files[3] = { input_fd, write_fd, running->complaint_fd };
	pid_t parent = getpid();

	running->pid = fork();
	if (running->pid == 0) {
		start_program(running->child, parent, files);
		_exit(STATUS_NOT_STARTED);
	}
	if (running->pid < 0)
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot start it: %m",
				       running->child->argv[0]);
	return 0;
}

static int error_files(const struct running_child *running, struct lscow_error *err)
{
	return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot make its files: %m",
			       running->child->argv[0]);
}

/* On success output_fd and complaint_fd are open. */
static int start(struct running_child *running, struct lscow_error *err)
{
	int input_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int ends[2] = { -1, -1 };
	int ret;

	running->complaint_fd = memfd_create("complaint", MFD_CLOEXEC);
	if (input_fd < 0 || running->complaint_fd < 0 || pipe2(ends, O_CLOEXEC) < 0)
		ret = error_files(running, err);
	else
		ret = fork_program(running, input_fd, ends[1], err);

	if (input_fd >= 0)
		close(input_fd);
	if (ends[1] >= 0)
		close(ends[1]);
	running->output_fd = ends[0];
	if (ret) {
		if (ends[0] >= 0)
			close(ends[0]);
		if (running->complaint_fd >= 0)
			close(running->complaint_fd);
	}
	return ret;
}

/* Waits until there is output, or its end. */
static int wait_for_output(const struct running_child *running, struct lscow_error *err)
{
	const char *path = running->child->argv[0];
	struct pollfd polled[] = {
		{ .fd = running->output_fd, .events = POLLIN },
		{ .fd = running->child->interrupt_fd, .events = POLLIN },
	};

	while (poll(polled, 2, -1) < 0)
		if (errno != EINTR)
			return lscow_error_set(err, LSCOW_E_FAILED,
					       "%s: cannot wait for it: %m", path);
	if (polled[1].revents)
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: interrupted by a signal",
				       path);
	return 0;
}

static int take_output(struct running_child *running, struct lscow_error *err)
{
	char buffer[READ_BYTES];

	for (;;) {
		int ret = wait_for_output(running, err);
		ssize_t nr;

		if (ret)
			return ret;
		nr = read(running->output_fd, buffer, sizeof(buffer));
		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return lscow_error_set(err, LSCOW_E_FAILED,
					       "%s: cannot read its output: %m",
					       running->child->argv[0]);
		running->is_ended = nr == 0;
		if (nr == 0)
			return 0;
		ret = running->child->sink(running->child->sink_data, buffer, (size_t)nr,
					   err);
		if (ret)
			return ret;
	}
}

/* The first line that is not empty, made printable. */
static void read_complaint(const struct running_child *running,
			   char complaint[COMPLAINT_BYTES])
{
	ssize_t nr = pread(running->complaint_fd, complaint, COMPLAINT_BYTES - 1, 0);
	size_t begin, end;

	complaint[nr > 0 ? nr : 0] = '\0';
	begin = strspn(complaint, "\n");
	end = strcspn(complaint + begin, "\n");
	memmove(complaint, complaint + begin, end);
	complaint[end] = '\0';
	for (size_t i = 0; i < end; i++)
		if (complaint[i] < ' ' || complaint[i] > '~')
			complaint[i] = '?';
}

static int check_status(const struct running_child *running, int status,
			struct lscow_error *err)
{
	const char *path = running->child->argv[0];
	char complaint[COMPLAINT_BYTES];

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: ended by signal %d", path,
				       WTERMSIG(status));
	read_complaint(running, complaint);
	if (WEXITSTATUS(status) == STATUS_NOT_STARTED && complaint[0] == '\0')
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot be started", path);
	return lscow_error_set(err, LSCOW_E_FAILED, "%s: exit status %d: %s", path,
			       WEXITSTATUS(status),
			       complaint[0] ? complaint : "without a word why");
}

/* What the program itself says counts more than what came of its output. */
static int finish(struct running_child *running, int ret, struct lscow_error *err)
{
	int status;

	if (!running->is_ended)
		kill(running->pid, SIGKILL);
	while (waitpid(running->pid, &status, 0) < 0)
		if (errno != EINTR)
			return lscow_error_set(err, LSCOW_E_FAILED,
					       "%s: its exit status is lost: %m",
					       running->child->argv[0]);
	return ret ? ret : check_status(running, status, err);
}

int lscow_child_run(const struct lscow_child *child, struct lscow_error *err)
{
	struct running_child running = { .child = child };
	int ret = start(&running, err);

	if (ret)
		return ret;
	ret = take_output(&running, err);
	ret = finish(&running, ret, err);
	close(running.output_fd);
	close(running.complaint_fd);
	return ret;
}
