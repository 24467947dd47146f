/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A process that does fixed tasks for one that may not do them any more. */

#include "sandbox/agent.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/process.h"

/* ---- in the new process -------------------------------------------------- */

static void serve(int fd, const struct lscow_task *tasks, size_t nr_tasks)
{
	uint8_t number;

	while (lscow_process_receive(fd, &number, sizeof(number)) && number < nr_tasks) {
		struct lscow_error answer = { .code = 0 };

		answer.code = tasks[number].fn(tasks[number].data, &answer);
		if (!lscow_process_send(fd, &answer, sizeof(answer)))
			return;
	}
}

/* ---- here ---------------------------------------------------------------- */

static int error_start(struct lscow_error *err)
{
	return lscow_error_set(err, LSCOW_E_FAILED, "cannot start a process: %m");
}

int lscow_agent_start(const struct lscow_task *tasks, size_t nr_tasks,
		      struct lscow_agent *agent, struct lscow_error *err)
{
	pid_t parent = getpid();
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_start(err);
	pid = fork();
	if (pid == 0) {
		lscow_process_close_files(ends[1]);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
			serve(ends[1], tasks, nr_tasks);
		_exit(0);
	}
	if (pid < 0) {
		error_start(err);
		close(ends[0]);
		close(ends[1]);
		return LSCOW_E_FAILED;
	}
	close(ends[1]);
	*agent = (struct lscow_agent){ .pid = pid, .fd = ends[0] };
	return 0;
}

int lscow_agent_ask(const struct lscow_agent *agent, size_t task, struct lscow_error *err)
{
	uint8_t number = (uint8_t)task;
	struct lscow_error answer;

	if (!lscow_process_send(agent->fd, &number, sizeof(number)) ||
	    !lscow_process_receive(agent->fd, &answer, sizeof(answer)))
		return lscow_error_set(err, LSCOW_E_FAILED, "the process that looks after the "
				       "devices has ended, expected its answer");
	answer.message[sizeof(answer.message) - 1] = '\0';
	return answer.code == 0 ? 0 : lscow_error_set(err, answer.code, "%s", answer.message);
}

void lscow_agent_stop(struct lscow_agent *agent)
{
	close(agent->fd);
	while (waitpid(agent->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
