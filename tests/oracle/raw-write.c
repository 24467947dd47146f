/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Changes bytes of files below the filesystem, so that no inode knows of it. */
#define _GNU_SOURCE
#include "random.h"
#include "tree.h"

#include <err.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 100
#define CHANGED_BYTES 16

/* The offset in the image of a place in a written block of the open file, perhaps behind the
 * file's end; 0 when there is none. */
static off_t find_place(int fd, uint64_t *random)
{
	struct stat st;
	uint64_t nr_blocks;
	int block, block_bytes;
	off_t offset_bytes;

	if (fstat(fd, &st) != 0 || ioctl(fd, FIGETBSZ, &block_bytes) != 0)
		err(2, "file");
	nr_blocks = ((uint64_t)st.st_size + (uint64_t)block_bytes - 1) / (uint64_t)block_bytes;
	if (nr_blocks == 0)
		return 0;
	block = (int)(random_next(random) % nr_blocks);
	/* Block 0 is a hole, unwritten, or data inside the inode. */
	if (ioctl(fd, FIBMAP, &block) != 0 || block == 0)
		return 0;
	offset_bytes = (off_t)block * block_bytes;
	if (random_next(random) % 3 > 0)
		offset_bytes += (off_t)(random_next(random) %
					(uint64_t)(block_bytes - CHANGED_BYTES));
	return offset_bytes;
}

static off_t pick_place(int dirfd, const struct tree *tree, uint64_t *random)
{
	off_t offset_bytes = 0;

	for (int i = 0; i < TRIES && offset_bytes == 0; i++) {
		const struct node *node = &tree->nodes[random_next(random) % tree->nr];
		int fd = -1;

		if (S_ISREG(node->id.type))
			fd = openat(dirfd, node->path, O_RDONLY | O_NOATIME | O_CLOEXEC);
		if (fd < 0)
			continue;
		offset_bytes = find_place(fd, random);
		close(fd);
	}
	return offset_bytes;
}

static void change_bytes(int image, off_t offset_bytes)
{
	uint8_t bytes[CHANGED_BYTES];

	if (pread(image, bytes, sizeof(bytes), offset_bytes) != (ssize_t)sizeof(bytes))
		err(2, "read the image");
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] ^= 0x5a;
	if (pwrite(image, bytes, sizeof(bytes), offset_bytes) != (ssize_t)sizeof(bytes))
		err(2, "write the image");
}

int main(int argc, char **argv)
{
	struct tree tree;
	uint64_t random;
	int image, dirfd;

	if (argc != 5) {
		fprintf(stderr, "usage: raw-write SEED IMAGE DIR N (mounted there read-only)\n");
		return 2;
	}
	random = strtoull(argv[1], NULL, 10);
	image = open(argv[2], O_RDWR | O_CLOEXEC);
	dirfd = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (image < 0 || dirfd < 0)
		err(2, "%s, %s", argv[2], argv[3]);
	tree_load(&tree, argv[3]);
	for (unsigned long i = strtoul(argv[4], NULL, 10); i > 0; i--) {
		off_t offset_bytes = pick_place(dirfd, &tree, &random);

		if (offset_bytes != 0)
			change_bytes(image, offset_bytes);
	}
	tree_free(&tree);
	close(dirfd);
	return close(image) == 0 ? 0 : 2;
}
