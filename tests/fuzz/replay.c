/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Runs a fuzz target on files, without libFuzzer: TARGET FILE... */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

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

	LLVMFuzzerTestOneInput(bytes, length_bytes);
	free(bytes);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%d inputs replayed\n", argc - 1);
	return 0;
}
