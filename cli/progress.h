/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A line on standard error that tells how far the work is. */

#ifndef LSCOW_CLI_PROGRESS_H
#define LSCOW_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum progress_mode {
	PROGRESS_AUTO,   /* on a terminal, once the work takes a second */
	PROGRESS_ALWAYS, /* at once, and also where there is no terminal */
	PROGRESS_NEVER,
};

struct progress {
	enum progress_mode mode;
	bool terminal;
	bool visible; /* a line stands on the terminal */
	struct timespec due; /* when the line is shown next */
	char step[64];
	struct timespec step_start;
	uint64_t done; /* of the step, as it was told last */
};

void progress_start(struct progress *progress, enum progress_mode mode);

/* A lscow_progress_fn; data is a struct progress. */
void progress_report(void *data, const char *step, uint64_t done, uint64_t total);

/* Clears the line. Call it before anything else goes to standard error. */
void progress_clear(struct progress *progress);

#endif
