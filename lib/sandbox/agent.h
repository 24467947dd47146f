/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A process that does fixed tasks for one that may not do them any more. */

#ifndef LSCOW_SANDBOX_AGENT_H
#define LSCOW_SANDBOX_AGENT_H

#include <sys/types.h>

#include "base/error.h"

/* Returns 0 or a code, with err filled. */
typedef int lscow_task_fn(const void *data, struct lscow_error *err);

struct lscow_task {
	lscow_task_fn *fn;
	const void *data;
};

/* How many tasks there can be: a request is their number, one byte. */
#define LSCOW_AGENT_MOST_TASKS 8u

struct lscow_agent {
	pid_t pid;
	int fd; /* a socket, whose other end the process has */
};

/*
 * Starts the process. It has a copy of all memory as it is now, tasks and their data
 * among it, no files, and is killed with its parent. It takes no more of that than
 * which task is to be done.
 */
int lscow_agent_start(const struct lscow_task *tasks, size_t nr_tasks,
		      struct lscow_agent *agent, struct lscow_error *err);
/* Has a task done: what its function returned, or LSCOW_E_FAILED. */
int lscow_agent_ask(const struct lscow_agent *agent, size_t task, struct lscow_error *err);
/* Ends the process, and waits for that. */
void lscow_agent_stop(struct lscow_agent *agent);

#endif
