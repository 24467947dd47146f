/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Files in a folder of their own, for tests that need paths. */

#include "support/temp-dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NR_PATHS 64

static char *folder;
static char *paths[NR_PATHS];
static size_t nr_paths;

void temp_dir_make(void)
{
	const char *parent = getenv("TMPDIR");

	if (folder || asprintf(&folder, "%s/lscow-test-XXXXXX", parent ? parent : "/tmp") < 0 ||
	    !mkdtemp(folder))
		abort();
}

void temp_dir_remove(void)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);

	if (!dir)
		abort();
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	closedir(dir);
	if (rmdir(folder))
		abort();
	free(folder);
	folder = NULL;
	while (nr_paths > 0)
		free(paths[--nr_paths]);
}

const char *temp_dir_path(const char *name)
{
	if (!folder || nr_paths == NR_PATHS ||
	    asprintf(&paths[nr_paths], "%s/%s", folder, name) < 0)
		abort();
	return paths[nr_paths++];
}

const char *temp_dir_write(const char *name, const void *bytes, size_t length_bytes)
{
	const char *path = temp_dir_path(name);
	FILE *stream = fopen(path, "we");

	if (!stream || fwrite(bytes, 1, length_bytes, stream) != length_bytes ||
	    fclose(stream))
		abort();
	return path;
}

size_t temp_dir_count_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t nr = 0;

	if (!dir)
		abort();
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}
