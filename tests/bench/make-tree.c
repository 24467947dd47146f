/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Makes a large tree quickly, or changes it and prints the rows that lscow must print. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
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

/* The rows that `lscow files` must print for the change and for the directory of its names. */
static void print_change(char letter, uint64_t i, const char *path)
{
	char directory[64];

	printf("%c  %s\n", letter, path);
	if (letter == 'M')
		return;
	directory_path(i, directory, sizeof(directory), 3);
	printf("m  %s/\n", directory);
}

/* Writes a few bytes into the file, or behind its end. */
static bool write_into(const char *path, bool does_append)
{
	int fd = open(path, O_WRONLY);
	uint64_t offset_bytes;
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd < 0 || fstat(fd, &st) != 0)
		fail("open", path);
	offset_bytes = (uint64_t)st.st_size;
	if (!does_append && offset_bytes > 0)
		offset_bytes = below(offset_bytes);
	if (pwrite(fd, path, strlen(path), (off_t)offset_bytes) < 0)
		fail("write", path);
	close(fd);
	return true;
}

static bool remove_name(const char *path)
{
	if (unlink(path) == 0)
		return true;
	if (errno != ENOENT)
		fail("unlink", path);
	return false;
}

static bool change_name(const char *path, const char *other)
{
	if (rename(path, other) == 0)
		return true;
	if (errno != ENOENT)
		fail("rename", path);
	return false;
}

static void create(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);

	if (fd < 0)
		fail("create", path);
	if (write(fd, path, strlen(path)) < 0)
		fail("write", path);
	close(fd);
}

/* Most changes overwrite, some append; a few delete, rename or create. False where file i is
 * gone already. */
static bool change_file(uint64_t i, uint64_t change)
{
	char path[128], other[160], both[300];

	file_path(i, path, sizeof(path));
	snprintf(other, sizeof(other), "%s.%" PRIx64, path, state);
	snprintf(both, sizeof(both), "%s -> %s", path, other);
	switch (change % 20) {
	case 0:
		if (!remove_name(path))
			return false;
		print_change('D', i, path);
		return true;
	case 1:
		if (!change_name(path, other))
			return false;
		print_change('R', i, both);
		return true;
	case 2:
		create(other);
		print_change('A', i, other);
		return true;
	default:
		if (!write_into(path, change % 20 < 7))
			return false;
		print_change('M', i, path);
		return true;
	}
}

/* No file is changed twice, so that each change is a row of its own. */
static void change_tree(uint64_t nr_files, uint64_t nr_changes)
{
	bool *is_taken = calloc(nr_files, sizeof(*is_taken));
	uint64_t i;

	if (is_taken == NULL)
		fail("get memory for", "the changes");
	for (uint64_t change = 0; change < nr_changes;) {
		i = below(nr_files);
		if (is_taken[i])
			continue;
		is_taken[i] = true;
		if (change_file(i, change))
			change++;
	}
	free(is_taken);
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

/* Half the files at most: the search for one that is untouched must end. */
static uint64_t parse_nr_changes(const char *text, uint64_t nr_files)
{
	uint64_t nr_changes = parse(text);

	if (nr_changes > nr_files / 2) {
		fprintf(stderr,
			"make-tree: found %" PRIu64 " changes, expected half of %" PRIu64
			" at most\n",
			nr_changes, nr_files);
		exit(2);
	}
	return nr_changes;
}

int main(int argc, char **argv)
{
	uint64_t nr_files;

	if (argc != 6 || (strcmp(argv[2], "make") != 0 && strcmp(argv[2], "change") != 0)) {
		fprintf(stderr, "usage: make-tree DIRECTORY make NR_FILES MOST_BYTES SEED\n"
				"       make-tree DIRECTORY change NR_FILES NR_CHANGES SEED\n");
		return 2;
	}
	if (chdir(argv[1]) != 0)
		fail("chdir", argv[1]);
	nr_files = parse(argv[3]);
	state = parse(argv[5]) * 2 + 1;
	if (strcmp(argv[2], "make") == 0)
		make_tree(nr_files, parse(argv[4]));
	else
		change_tree(nr_files, parse_nr_changes(argv[4], nr_files));
	if (fflush(stdout) != 0)
		fail("write", "the list of changes");
	return 0;
}
