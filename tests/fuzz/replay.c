/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Runs a fuzz target on files, without libFuzzer, and with little memory and time: TARGET FILE... */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* For one input, unless LSCOW_REPLAY_SECONDS says otherwise. Each takes a fraction of both. */
#define MOST_SECONDS 20u
#define MOST_BYTES ((rlim_t)256 << 20)
/* With a sanitizer, which keeps what was freed for a while: of all inputs. */
#define MOST_SANITIZED_KIB (1l << 20)

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

/* With a sanitizer terabytes of addresses are in use. */
static void limit_memory(void)
{
	const struct rlimit limit = { MOST_BYTES, MOST_BYTES };

	if (!IS_SANITIZED && setrlimit(RLIMIT_AS, &limit))
		err(1, "setrlimit");
}

static void check_memory(const char *path)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		err(1, "getrusage");
	if (IS_SANITIZED && usage.ru_maxrss > MOST_SANITIZED_KIB)
		errx(1, "%s: %ld KiB were in use, expected up to %ld", path, usage.ru_maxrss,
		     MOST_SANITIZED_KIB);
}

static void limit_time(void)
{
	const char *text = getenv("LSCOW_REPLAY_SECONDS");

	alarm(text ? (unsigned int)atoi(text) : MOST_SECONDS);
}

static void replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes;
	size_t length_bytes;
	long end;

	if (!file || fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0)
		err(1, "%s", path);
	rewind(file);
	/* One byte is too small to hide a read beyond the end of an empty file. */
	bytes = malloc((size_t)end + !end);
	if (!bytes)
		err(1, "malloc");
	length_bytes = fread(bytes, 1, (size_t)end, file);
	if (length_bytes != (size_t)end)
		errx(1, "%s: cannot be read", path);
	fclose(file);

	/* Seen by whoever looks for the input that ended it. */
	fprintf(stderr, "%s\n", path);
	limit_time();
	LLVMFuzzerTestOneInput(bytes, length_bytes);
	alarm(0);
	check_memory(path);
	free(bytes);
}

int main(int argc, char **argv)
{
	limit_memory();
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%d inputs replayed\n", argc - 1);
	return 0;
}
