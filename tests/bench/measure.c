/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Runs a command and writes its seconds, its peak memory in KiB and the bytes it read from disk. */

#define _GNU_SOURCE
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The unit of ru_inblock on any disk: include/linux/task_io_accounting_ops.h */
#define RUSAGE_BLOCK_BYTES 512

static double get_seconds(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		err(2, "clock");
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void write_figures(const char *file, double seconds, const struct rusage *used)
{
	FILE *figures = fopen(file, "w");

	if (figures == NULL)
		err(2, "%s", file);
	fprintf(figures, "%.4f %ld %" PRIu64 "\n", seconds, used->ru_maxrss,
		(uint64_t)used->ru_inblock * RUSAGE_BLOCK_BYTES);
	if (fclose(figures) != 0)
		err(2, "%s", file);
}

/* The figures include the children that the command has waited for. */
int main(int argc, char **argv)
{
	struct rusage used;
	double start;
	int status;
	pid_t child;

	if (argc < 3) {
		fprintf(stderr, "usage: measure FIGURES COMMAND [ARGUMENT]...\n");
		return 2;
	}
	start = get_seconds();
	child = fork();
	if (child < 0)
		err(2, "fork");
	if (child == 0) {
		execvp(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	if (wait4(child, &status, 0, &used) != child)
		err(2, "wait for %s", argv[2]);
	write_figures(argv[1], get_seconds() - start, &used);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
