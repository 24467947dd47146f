/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A line on standard error that tells how far the work is. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

enum {
	PATIENCE_MS = 1000, /* work shorter than this shows nothing */
	TERMINAL_MS = 100,  /* between two lines on a terminal */
	LOG_MS = 5000,      /* and elsewhere, within one step */
};

/* A step must have run so long before it is said how long it will take. */
#define LEAST_SECONDS 2.0

static struct timespec later(struct timespec time, long milliseconds)
{
	time.tv_sec += milliseconds / 1000;
	time.tv_nsec += milliseconds % 1000 * 1000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000;
	}
	return time;
}

static bool is_before(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

static struct timespec now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time;
}

void progress_start(struct progress *progress, enum progress_mode mode)
{
	*progress = (struct progress){ .mode = mode };
	progress->terminal = isatty(STDERR_FILENO) == 1;
	if (mode == PROGRESS_AUTO && !progress->terminal)
		progress->mode = PROGRESS_NEVER;
	progress->due = later(now(), mode == PROGRESS_ALWAYS ? 0 : PATIENCE_MS);
}

/* In a log a new step gets its line at once; a terminal would only flicker. */
static bool is_due(struct progress *progress, const char *step, uint64_t done,
		   struct timespec time)
{
	bool same = strncmp(step, progress->step, sizeof(progress->step) - 1) == 0;

	if (!same || done < progress->done) {
		snprintf(progress->step, sizeof(progress->step), "%s", step);
		progress->step_start = time;
	}
	progress->done = done;
	return !is_before(time, progress->due) || (!same && !progress->terminal);
}

/* An estimate, once the step has run long enough for one: "" or ", 7 s left". */
static void describe_rest(const struct progress *progress, struct timespec time,
			  uint64_t done, uint64_t total, char *text, size_t text_bytes)
{
	double seconds = (double)(time.tv_sec - progress->step_start.tv_sec) +
			 (double)(time.tv_nsec - progress->step_start.tv_nsec) / 1e9;

	text[0] = '\0';
	if (seconds >= LEAST_SECONDS && done > 0 && done < total)
		snprintf(text, text_bytes, ", %.0f s left",
			 seconds * (double)(total - done) / (double)done);
}

void progress_report(void *data, const char *step, uint64_t done, uint64_t total)
{
	struct progress *progress = data;
	struct timespec time;
	char amount[32], rest[32] = "";

	if (progress->mode == PROGRESS_NEVER)
		return;
	time = now();
	if (!is_due(progress, step, done, time))
		return;
	if (total != 0) {
		snprintf(amount, sizeof(amount), "%.0f%%",
			 100.0 * (double)done / (double)total);
		describe_rest(progress, time, done, total, rest, sizeof(rest));
	} else {
		snprintf(amount, sizeof(amount), "%" PRIu64, done);
	}
	if (progress->terminal)
		fprintf(stderr, "\r\033[K%s: %s%s", step, amount, rest);
	else
		fprintf(stderr, "lscow: %s: %s%s\n", step, amount, rest);
	progress->visible = progress->terminal;
	progress->due = later(time, progress->terminal ? TERMINAL_MS : LOG_MS);
}

void progress_clear(struct progress *progress)
{
	if (progress->visible)
		fputs("\r\033[K", stderr);
	progress->visible = false;
}
