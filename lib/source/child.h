/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Another program, run without a shell, whose output is taken as it comes. */

#ifndef LSCOW_SOURCE_CHILD_H
#define LSCOW_SOURCE_CHILD_H

#include "base/error.h"

/* Takes a piece of what the program prints; a failure ends the program. */
typedef int lscow_child_sink(void *data, const void *bytes, size_t nr_bytes,
			     struct lscow_error *err);

struct lscow_child {
	const char *const *argv; /* ends with NULL; argv[0] is the program's path */
	int kept_fd;      /* stays open in the program as long as it lives; or -1 */
	int interrupt_fd; /* the program is ended when this is readable; or -1 */
	lscow_child_sink *sink;
	void *sink_data;
};

/*
 * Runs a program to its end: without input, with an environment of its own, and
 * killed where the thread that waits for it dies. LSCOW_E_FAILED, with the first
 * line that it had to complain, unless it ends with status 0; also where it is
 * interrupted. What sink had taken before a failure is not whole.
 */
int lscow_child_run(const struct lscow_child *child, struct lscow_error *err);

#endif
