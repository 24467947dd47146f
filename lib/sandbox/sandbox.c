/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The sandbox that a program may enter, and what is still to be done outside. */

#include "sandbox/sandbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/filter.h"

/* More bytes than qsort(3) sorts on the stack. */
#define SORTED_BYTES 4096

struct lscow_sandbox {
	struct lscow_task tasks[LSCOW_AGENT_MOST_TASKS];
	size_t nr_tasks;
	bool is_entered;
	struct lscow_agent agent; /* from then on */
	const char *problem;      /* why there is no filter, or NULL */
};

int lscow_sandbox_new(struct lscow_sandbox **sandbox, struct lscow_error *err)
{
	*sandbox = calloc(1, sizeof(**sandbox));
	return *sandbox ? 0 : lscow_error_no_memory(err, "the sandbox");
}

void lscow_sandbox_free(struct lscow_sandbox *sandbox)
{
	if (sandbox && sandbox->is_entered)
		lscow_agent_stop(&sandbox->agent);
	free(sandbox);
}

void lscow_sandbox_add_task(struct lscow_sandbox *sandbox, lscow_task_fn *fn,
			    const void *data)
{
	if (!sandbox)
		return;
	assert(!sandbox->is_entered && sandbox->nr_tasks < LSCOW_AGENT_MOST_TASKS);
	sandbox->tasks[sandbox->nr_tasks++] = (struct lscow_task){ .fn = fn, .data = data };
}

int lscow_sandbox_run_task(const struct lscow_sandbox *sandbox, lscow_task_fn *fn,
			   const void *data, struct lscow_error *err)
{
	size_t task = 0;

	if (!sandbox || !sandbox->is_entered)
		return fn(data, err);
	while (task < sandbox->nr_tasks &&
	       (sandbox->tasks[task].fn != fn || sandbox->tasks[task].data != data))
		task++;
	assert(task < sandbox->nr_tasks);
	return lscow_agent_ask(&sandbox->agent, task, err);
}

static int compare_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 1);
}

/* Of glibc: qsort(3) asks at its first large array how much memory there is. */
static void use_what_opens_files(void)
{
	char bytes[SORTED_BYTES] = "";

	qsort(bytes, sizeof(bytes), 1, compare_bytes);
}

int lscow_sandbox_enter(struct lscow_sandbox *sandbox, struct lscow_error *err)
{
	int ret;

	assert(!sandbox->is_entered);
	use_what_opens_files();
	ret = lscow_agent_start(sandbox->tasks, sandbox->nr_tasks, &sandbox->agent, err);
	if (ret)
		return ret;
	sandbox->is_entered = true;
	sandbox->problem = lscow_filter_load();
	return 0;
}

const char *lscow_sandbox_get_problem(const struct lscow_sandbox *sandbox)
{
	return sandbox->problem;
}
