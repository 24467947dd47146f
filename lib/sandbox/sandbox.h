/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The sandbox that a program may enter, and what is still to be done outside. */

#ifndef LSCOW_SANDBOX_SANDBOX_H
#define LSCOW_SANDBOX_SANDBOX_H

#include "sandbox/agent.h"

/*
 * Announces what lscow_sandbox_run_task() will be asked for. data is that of the
 * moment of entering. Does nothing where sandbox is NULL.
 */
void lscow_sandbox_add_task(struct lscow_sandbox *sandbox, lscow_task_fn *fn,
			    const void *data);
/*
 * Has a task done outside, one that was announced, or does it here where sandbox is
 * NULL or was not entered. Returns what fn does, or LSCOW_E_FAILED.
 */
int lscow_sandbox_run_task(const struct lscow_sandbox *sandbox, lscow_task_fn *fn,
			   const void *data, struct lscow_error *err);

#endif
