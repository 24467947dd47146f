/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The sandbox in which filesystems are read, unless --no-sandbox is given. */

#include <jansson.h>
#include <stddef.h>

#include "message.h"
#include "sandbox.h"

int sandbox_open(const struct shared_options *options, struct lscow_sandbox **sandbox)
{
	struct lscow_error err;

	*sandbox = NULL;
	if (options->no_sandbox || lscow_sandbox_new(sandbox, &err) == LSCOW_OK)
		return EXIT_DONE;
	return message_library(&err);
}

int sandbox_enter(const struct shared_options *options, struct lscow_sandbox *sandbox,
		  struct lscow_error *err)
{
	const char *problem;
	int result;

	if (!sandbox)
		return LSCOW_OK;
	json_object_seed(0); /* the first object would open a file for it */
	result = lscow_sandbox_enter(sandbox, err);
	problem = result == LSCOW_OK ? lscow_sandbox_get_problem(sandbox) : NULL;
	if (problem && options->progress)
		message_error(EXIT_DONE, "no sandbox: %s", problem);
	return result;
}
