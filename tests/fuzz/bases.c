/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Small filesystems of several kinds that fuzz targets start from. */

#include "fuzz/bases.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ext2fs/ext2fs.h>

#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/temp-dir.h"

#define KIB 1024u
#define COMMANDS_BYTES 8192
#define MOST_OPTIONS 12
#define SCRATCH_BLOCKS 8u
#define NR_LINKS 36 /* names in the directory "many" */

struct recipe {
	const char *name;
	size_t nr_kib;
	uint32_t block_bytes;
	const char *options[MOST_OPTIONS]; /* of mke2fs */
};

#define CSUM "none,ext_attr,dir_index,filetype,extent,64bit,flex_bg,sparse_super," \
	"large_file,huge_file,dir_nlink,extra_isize,metadata_csum"

static const struct recipe recipes[FUZZ_NR_BASES] = {
	[FUZZ_BASE_EXT4] = { "ext4", 256, 1 * KIB,
		{ "-O", CSUM, "-b", "1024", "-I", "256", "-N", "32" } },
	[FUZZ_BASE_EXT2] = { "ext2", 256, 1 * KIB,
		{ "-O", FILESYSTEM_EXT2 ",dir_index", "-b", "1024", "-I", "128", "-N", "32" } },
	[FUZZ_BASE_4K] = { "4k", 768, 4 * KIB,
		{ "-O", CSUM, "-b", "4096", "-I", "256", "-N", "32" } },
	/* The least that mke2fs gives a journal. */
	[FUZZ_BASE_EXT3] = { "ext3", 2304, 1 * KIB,
		{ "-O", FILESYSTEM_EXT2 ",has_journal,dir_index,uninit_bg", "-b", "1024",
		  "-I", "256", "-N", "32", "-J", "size=1" } },
	[FUZZ_BASE_GROUPS] = { "groups", 768, 1 * KIB,
		{ "-O", CSUM ",meta_bg,^flex_bg,large_dir,metadata_csum_seed", "-b", "1024",
		  "-g", "256", "-I", "256", "-N", "96" } },
	[FUZZ_BASE_PLAIN] = { "plain", 256, 1 * KIB,
		{ "-O", FILESYSTEM_EXTENTS ",dir_index", "-b", "1024", "-I", "256", "-N",
		  "32" } },
	[FUZZ_BASE_INLINE] = { "inline", 256, 1 * KIB,
		{ "-O", CSUM ",inline_data", "-b", "1024", "-I", "256", "-N", "32" } },
	[FUZZ_BASE_BIGALLOC] = { "bigalloc", 1024, 4 * KIB,
		{ "-O", CSUM ",bigalloc", "-b", "4096", "-C", "16384", "-I", "256", "-N",
		  "32" } },
};

static const char content[] =
	"write scratch scratch\nmkdir dir\nwrite small dir/a\nmkdir dir/sub\n"
	"write small dir/sub/deep\nwrite holes holes\n"
	"punch holes 1 1\npunch holes 3 3\npunch holes 5 5\npunch holes 7 7\n"
	"punch holes 9 9\npunch holes 11 11\n"
	"write small linked\nln linked linked2\nsymlink sym target\n"
	"write small tagged\nea_set tagged user.color blue\nea_set tagged user.long "
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789\n"
	"mknod zero c 1 5\nsymlink far "
	"0123456789012345678901234567890123456789012345678901234567890123456789\n"
	"mkdir many\nexpand_dir many\nexpand_dir many\nexpand_dir many\n";

static struct fuzz_base bases[FUZZ_NR_BASES];
static uint8_t *copies[FUZZ_NR_BASES][FUZZ_NR_COPIES];

static void write_host_file(const char *name, size_t nr_bytes)
{
	uint8_t *bytes = malloc(nr_bytes);

	if (!bytes)
		abort();
	for (size_t i = 0; i < nr_bytes; i++)
		bytes[i] = (uint8_t)('a' + i / KIB % 26);
	temp_dir_write(name, bytes, nr_bytes);
	free(bytes);
}

static void fill(const char *name)
{
	char commands[COMMANDS_BYTES];
	size_t used = (size_t)snprintf(commands, sizeof(commands), "%s", content);

	for (int i = 0; i < NR_LINKS; i++)
		used += (size_t)snprintf(commands + used, sizeof(commands) - used,
					 "ln linked many/name-that-takes-some-room-in-a-block"
					 "-so-that-there-are-several-%d\n", i);
	filesystem_change(name, commands);
}

/* Counts the links, and makes an index of the directories that are long enough. */
static void check_and_index(const char *name)
{
	char options[] = "-fyD", program[] = "e2fsck";
	char *copy = strdup(name);
	char *argv[] = { program, options, copy, NULL };
	pid_t child = fork();
	int status;

	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(program, argv);
		_exit(127);
	}
	/* 1: something was corrected. */
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
	    WEXITSTATUS(status) > 1) {
		fprintf(stderr, "cannot check %s\n", name);
		abort();
	}
	free(copy);
}

static uint8_t *load(const char *name, size_t *nr_bytes)
{
	struct lscow_device *device = filesystem_load(name);
	uint8_t *bytes = malloc((size_t)device->size_bytes);

	if (!bytes)
		abort();
	*nr_bytes = (size_t)device->size_bytes;
	memcpy(bytes, memory_device_get_bytes(device), *nr_bytes);
	lscow_device_close(device);
	return bytes;
}

static void find_inodes(const char *name, struct fuzz_base *base)
{
	struct ext2_inode directory;
	uint32_t per_group;
	ext2_filsys fs;

	base->directory_ino = filesystem_find(name, "many");
	base->file_ino = filesystem_find(name, "scratch");
	if (ext2fs_open(name, EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs) ||
	    ext2fs_read_inode(fs, base->directory_ino, &directory))
		abort();
	per_group = fs->super->s_inodes_per_group;
	base->inode_bytes = fs->super->s_inode_size;
	base->file_offset_bytes =
		ext2fs_inode_table_loc(fs, (base->file_ino - 1) / per_group) *
			base->block_bytes +
		(base->file_ino - 1) % per_group * base->inode_bytes;
	base->nr_directory_blocks = directory.i_size / base->block_bytes;
	ext2fs_close_free(&fs);
}

/* From a block of a file on; gives how many there are. */
static uint64_t count_neighbours(const char *name, const char *path, uint64_t start,
				 uint64_t most_blocks)
{
	uint64_t first_block = filesystem_block(name, path, start), nr = 1;

	while (nr < most_blocks &&
	       filesystem_block(name, path, start + nr) == first_block + nr)
		nr++;
	return nr;
}

/* The file may be in several pieces: the longest counts. */
static void find_scratch(const char *name, struct fuzz_base *base)
{
	for (uint64_t at = 0, nr; at < SCRATCH_BLOCKS; at += nr) {
		nr = count_neighbours(name, "scratch", at, SCRATCH_BLOCKS - at);
		if (nr <= base->nr_scratch_blocks)
			continue;
		base->scratch_block = filesystem_block(name, "scratch", at);
		base->nr_scratch_blocks = nr;
	}
}

static void find_blocks(const char *name, struct fuzz_base *base)
{
	base->directory_block = filesystem_block(name, "many", 0);
	base->nr_directory_blocks = count_neighbours(name, "many", 0,
						     base->nr_directory_blocks);
	find_scratch(name, base);
}

/* libFuzzer's timer must not interrupt the wait for a program. */
static void hold_alarms(int how)
{
	sigset_t alarms;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	sigprocmask(how, &alarms, NULL);
}

/* Everything is done in a folder of its own. Gives the one that was the current one. */
static int enter_folder(const struct recipe *recipe)
{
	int folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		abort();
	hold_alarms(SIG_BLOCK);
	filesystem_folder_make();
	setenv("E2FSCK_TIME", "1772330400", 1);
	write_host_file("scratch", SCRATCH_BLOCKS * recipe->block_bytes);
	write_host_file("holes", 14 * recipe->block_bytes);
	return folder;
}

static void leave_folder(int folder)
{
	if (fchdir(folder))
		abort();
	temp_dir_remove();
	close(folder);
	hold_alarms(SIG_UNBLOCK);
}

/* Where bases are kept for other programs, or -1. */
static int open_kept(void)
{
	const char *path = getenv("LSCOW_FUZZ_BASES");
	int kept = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (path && kept < 0) {
		fprintf(stderr, "LSCOW_FUZZ_BASES: %s cannot be opened\n", path);
		abort();
	}
	return kept;
}

/* Into the current folder; false where it is not kept. */
static bool take_kept(int kept, const struct recipe *recipe)
{
	int file = openat(kept, recipe->name, O_RDONLY | O_CLOEXEC);
	size_t nr_bytes = recipe->nr_kib * KIB;
	uint8_t *bytes;

	if (file < 0)
		return false;
	bytes = malloc(nr_bytes);
	if (!bytes || pread(file, bytes, nr_bytes, 0) != (ssize_t)nr_bytes)
		abort();
	temp_dir_write(recipe->name, bytes, nr_bytes);
	free(bytes);
	close(file);
	return true;
}

static void keep(int kept, const struct fuzz_base *base)
{
	int file = openat(kept, base->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (file < 0 || write(file, base->bytes, base->nr_bytes) != (ssize_t)base->nr_bytes ||
	    close(file))
		abort();
}

static void make(const struct recipe *recipe, struct fuzz_base *base)
{
	int kept = open_kept(), folder = enter_folder(recipe);
	bool is_kept = take_kept(kept, recipe);

	base->name = recipe->name;
	base->block_bytes = recipe->block_bytes;
	if (!is_kept) {
		filesystem_make_with(recipe->name, recipe->options, recipe->nr_kib * KIB, NULL);
		fill(recipe->name);
		check_and_index(recipe->name);
	}
	base->bytes = load(recipe->name, &base->nr_bytes);
	find_inodes(recipe->name, base);
	find_blocks(recipe->name, base);
	if (!is_kept && kept >= 0)
		keep(kept, base);
	leave_folder(folder);
	if (kept >= 0)
		close(kept);
}

const struct fuzz_base *fuzz_base_get(unsigned int number)
{
	struct fuzz_base *base = &bases[number % FUZZ_NR_BASES];

	if (!base->bytes)
		make(&recipes[number % FUZZ_NR_BASES], base);
	return base;
}

uint8_t *fuzz_base_copy(const struct fuzz_base *base, unsigned int which)
{
	uint8_t **copy = &copies[base - bases][which];

	if (!*copy)
		*copy = malloc(base->nr_bytes);
	if (!*copy)
		abort();
	memcpy(*copy, base->bytes, base->nr_bytes);
	return *copy;
}

uint8_t *fuzz_base_change(const struct fuzz_base *base, const char *commands)
{
	int folder = enter_folder(&recipes[base - bases]);
	size_t nr_bytes;
	uint8_t *bytes;

	temp_dir_write(base->name, base->bytes, base->nr_bytes);
	filesystem_change(base->name, commands);
	bytes = load(base->name, &nr_bytes);
	leave_folder(folder);
	return bytes;
}
