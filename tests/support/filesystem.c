/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Small ext2/3/4 images, made by mke2fs and changed by debugfs. */

#include "support/filesystem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ext2fs/ext2fs.h>

#include "support/memory-device.h"
#include "support/temp-dir.h"

#define UUID "6c73636f-7700-4000-8000-000000000001"
#define MOST_ARGUMENTS 32

static void give_up(const char *what, const char *which)
{
	fprintf(stderr, "cannot %s %s\n", what, which);
	abort();
}

static void write_file(const char *name, const char *word, size_t length_bytes)
{
	char *bytes = malloc(length_bytes + 1);

	if (!bytes)
		abort();
	for (size_t i = 0; i < length_bytes; i++)
		bytes[i] = word[i % strlen(word)];
	temp_dir_write(name, bytes, length_bytes);
	free(bytes);
}

void filesystem_folder_make(void)
{
	static const char conf[] = "[fs_types]\n\text4 = {\n\t\tinode_size = 256\n\t}\n"
				   "\tsmall = {\n\t\tblocksize = 1024\n\t}\n";
	char path[4096];

	temp_dir_make();
	if (chdir(temp_dir_path("")))
		abort();
	temp_dir_write("mke2fs.conf", conf, sizeof(conf) - 1);
	write_file("small", "small\n", 1000);
	write_file("other", "other\n", 1000);
	write_file("large", "large\n", 5000);
	/* Neither settings of the machine nor its clock go into an image. */
	setenv("MKE2FS_CONFIG", "mke2fs.conf", 1);
	setenv("E2FSPROGS_FAKE_TIME", "1772330400", 1);
	snprintf(path, sizeof(path), "%s:/usr/sbin:/sbin", getenv("PATH"));
	setenv("PATH", path, 1);
}

void filesystem_folder_remove(void)
{
	if (chdir("/"))
		abort();
	temp_dir_remove();
}

static void redirect(int fd, const char *name, int flags)
{
	int file = open(name, flags, 0600);

	if (file < 0 || dup2(file, fd) < 0)
		_exit(126);
	close(file);
}

static void run(const char *const *arguments, const char *input)
{
	char *argv[MOST_ARGUMENTS];
	pid_t child;
	size_t nr = 0;
	int status;

	/* execvp() takes pointers to what is not const, and leaves it alone. */
	while (arguments[nr])
		nr++;
	memcpy(argv, arguments, (nr + 1) * sizeof(*argv));
	child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		redirect(STDIN_FILENO, input, O_RDONLY);
		redirect(STDOUT_FILENO, "output.log", O_WRONLY | O_CREAT | O_TRUNC);
		redirect(STDERR_FILENO, "errors.log", O_WRONLY | O_CREAT | O_TRUNC);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(child, &status, 0) != child || status != 0)
		give_up("run", arguments[0]);
}

/* debugfs goes on after an error; its first line is its version. */
static void check_errors(const char *name)
{
	char errors[4096];
	size_t nr;
	FILE *stream = fopen("errors.log", "re");

	if (!stream)
		abort();
	nr = fread(errors, 1, sizeof(errors) - 1, stream);
	errors[nr] = '\0';
	fclose(stream);
	if (nr > 0 && strchr(errors, '\n') != errors + nr - 1) {
		fputs(errors, stderr);
		give_up("run all commands of debugfs on", name);
	}
}

void filesystem_change(const char *name, const char *commands)
{
	const char *const arguments[] = { "debugfs", "-w", "-f", "/dev/stdin", name, NULL };
	FILE *stream = fopen("commands", "we");

	if (!stream || fputs(commands, stream) < 0 || fclose(stream))
		abort();
	run(arguments, "commands");
	check_errors(name);
}

void filesystem_make_with(const char *name, const char *const *options,
			  uint64_t nr_bytes, const char *commands)
{
	const char *arguments[MOST_ARGUMENTS] = {
		"mke2fs", "-q", "-F", "-t", "ext4", "-U", UUID, "-L", "unit", "-E",
		"hash_seed=" UUID ",lazy_itable_init=0",
	};
	size_t nr = 0;
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)nr_bytes) || close(fd))
		give_up("create", name);
	while (arguments[nr])
		nr++;
	while (*options && nr < MOST_ARGUMENTS - 2)
		arguments[nr++] = *options++;
	arguments[nr] = name;
	run(arguments, "/dev/null");
	if (commands)
		filesystem_change(name, commands);
}

void filesystem_make(const char *name, const char *features, const char *commands)
{
	const char *options[] = { "-O", features, "-b", "1024", "-I", "256", "-N", "128",
				  strstr(features, "has_journal") ? "-J" : NULL, "size=1",
				  NULL };

	filesystem_make_with(name, options,
			     FILESYSTEM_NR_BLOCKS * (uint64_t)FILESYSTEM_BLOCK_BYTES,
			     commands);
}

void filesystem_make_clusters(const char *name, const char *commands)
{
	static const char *const options[] = { "-O", FILESYSTEM_BIGALLOC, "-b", "1024", "-C",
					       "16384", "-I", "256", "-N", "128", NULL };

	filesystem_make_with(name, options,
			     FILESYSTEM_NR_BLOCKS * (uint64_t)FILESYSTEM_BLOCK_BYTES,
			     commands);
}

void filesystem_copy(const char *from, const char *name, const char *commands)
{
	const char *const arguments[] = { "cp", from, name, NULL };

	run(arguments, "/dev/null");
	if (commands)
		filesystem_change(name, commands);
}

void filesystem_poke(const char *name, uint64_t offset_bytes, const void *bytes,
		     size_t length_bytes)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || pwrite(fd, bytes, length_bytes, (off_t)offset_bytes) !=
			      (ssize_t)length_bytes || close(fd))
		give_up("write to", name);
}

static ext2_filsys open_image(const char *name)
{
	ext2_filsys fs;

	if (ext2fs_open(name, EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs))
		give_up("open", name);
	return fs;
}

static ext2_ino_t find(ext2_filsys fs, const char *path)
{
	ext2_ino_t ino;

	if (ext2fs_namei(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, &ino))
		give_up("find", path);
	return ino;
}

uint32_t filesystem_find(const char *name, const char *path)
{
	ext2_filsys fs = open_image(name);
	ext2_ino_t ino = find(fs, path);

	ext2fs_close_free(&fs);
	return ino;
}

uint64_t filesystem_block(const char *name, const char *path, uint64_t logical_block)
{
	ext2_filsys fs = open_image(name);
	blk64_t block = 0;

	if (ext2fs_bmap2(fs, find(fs, path), NULL, NULL, 0, logical_block, NULL, &block) ||
	    block == 0)
		give_up("find the block of", path);
	ext2fs_close_free(&fs);
	return block;
}

struct lscow_device *filesystem_load(const char *name)
{
	FILE *stream = fopen(name, "re");
	struct lscow_device *device;
	long length;
	void *bytes;

	if (!stream || fseek(stream, 0, SEEK_END))
		give_up("load", name);
	length = ftell(stream);
	rewind(stream);
	bytes = malloc((size_t)length);
	if (!bytes || fread(bytes, 1, (size_t)length, stream) != (size_t)length)
		give_up("load", name);
	fclose(stream);
	device = memory_device_new(name, bytes, (size_t)length);
	free(bytes);
	return device;
}
