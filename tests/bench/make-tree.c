/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Makes a large tree quickly, and a seeded set of changes to it. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_PER_DIRECTORY 20
#define DIRECTORIES_PER_LEVEL 50

static uint64_t state;

/* xorshift64*; the state is never 0 */
static uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(2685821657736338717);
}

static uint64_t below(uint64_t limit)
{
	return next_random() % limit;
}

static void fail(const char *operation, const char *path)
{
	fprintf(stderr, "make-tree: %s %s: %s\n", operation, path, strerror(errno));
	exit(1);
}

/* The directory that file number i is in: three levels below the root. */
static void directory_path(uint64_t i, char *path, size_t path_bytes, int levels)
{
	uint64_t number = i / FILES_PER_DIRECTORY;
	int length;

	length = snprintf(path, path_bytes, "d%" PRIu64,
			  number / DIRECTORIES_PER_LEVEL / DIRECTORIES_PER_LEVEL);
	if (levels > 1)
		length += snprintf(path + length, path_bytes - (size_t)length, "/e%" PRIu64,
				   number / DIRECTORIES_PER_LEVEL % DIRECTORIES_PER_LEVEL);
	if (levels > 2)
		snprintf(path + length, path_bytes - (size_t)length, "/f%" PRIu64,
			 number % DIRECTORIES_PER_LEVEL);
}

static void file_path(uint64_t i, char *path, size_t path_bytes)
{
	char directory[64];

	directory_path(i, directory, sizeof(directory), 3);
	snprintf(path, path_bytes, "%s/file-%" PRIu64 ".dat", directory, i);
}

static void make_directories(uint64_t i)
{
	char path[128];

	for (int levels = 1; levels <= 3; levels++) {
		directory_path(i, path, sizeof(path), levels);
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			fail("mkdir", path);
	}
}

static void make_file(uint64_t i, uint64_t most_bytes)
{
	char path[128];
	int fd;

	file_path(i, path, sizeof(path));
	fd = open(path, O_CREAT | O_WRONLY | O_EXCL, 0644);
	if (fd < 0)
		fail("create", path);
	if (most_bytes > 0 && fallocate(fd, 0, 0, (off_t)(1 + below(most_bytes))) != 0)
		fail("fallocate", path);
	close(fd);
}

static void make_tree(uint64_t nr_files, uint64_t most_bytes)
{
	for (uint64_t i = 0; i < nr_files; i++) {
		if (i % FILES_PER_DIRECTORY == 0)
			make_directories(i);
		make_file(i, most_bytes);
	}
}

/* Overwrite, append, replace, rename, delete, create: in turn, at random files. */
static void change_file(uint64_t i, uint64_t change)
{
	char path[128], other[160];
	int fd;

	file_path(i, path, sizeof(path));
	snprintf(other, sizeof(other), "%s.%" PRIu64, path, change);
	switch (change % 8) {
	case 0:
		if (unlink(path) != 0 && errno != ENOENT)
			fail("unlink", path);
		return;
	case 1:
		if (rename(path, other) != 0 && errno != ENOENT)
			fail("rename", path);
		return;
	case 2:
		fd = open(other, O_CREAT | O_WRONLY, 0644);
		break;
	default:
		fd = open(path, change % 8 == 3 ? O_WRONLY | O_APPEND : O_WRONLY);
		break;
	}
	if (fd < 0) {
		if (errno == ENOENT)
			return;
		fail("open", path);
	}
	if (write(fd, other, strlen(other)) < 0)
		fail("write", path);
	close(fd);
}

static uint64_t parse(const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *end != '\0') {
		fprintf(stderr, "make-tree: found \"%s\", expected a number\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	uint64_t nr_files;

	if (argc != 6 ||
	    (strcmp(argv[2], "make") != 0 && strcmp(argv[2], "change") != 0)) {
		fprintf(stderr, "usage: make-tree DIRECTORY make NR_FILES MOST_BYTES SEED\n"
				"       make-tree DIRECTORY change NR_FILES NR_CHANGES SEED\n");
		return 2;
	}
	if (chdir(argv[1]) != 0)
		fail("chdir", argv[1]);
	nr_files = parse(argv[3]);
	state = parse(argv[5]) * 2 + 1;
	if (strcmp(argv[2], "make") == 0) {
		make_tree(nr_files, parse(argv[4]));
		return 0;
	}
	for (uint64_t change = 0; change < parse(argv[4]); change++)
		change_file(below(nr_files), change);
	return 0;
}
