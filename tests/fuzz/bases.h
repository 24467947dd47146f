/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Small filesystems of several kinds that fuzz targets start from. */

#ifndef LSCOW_TESTS_FUZZ_BASES_H
#define LSCOW_TESTS_FUZZ_BASES_H

#include <stddef.h>
#include <stdint.h>

/* Inputs name bases by number: new ones come last. */
enum fuzz_base_number {
	FUZZ_BASE_EXT4,  /* 1 KiB blocks, checksums on all metadata */
	FUZZ_BASE_EXT2,  /* 1 KiB blocks, inodes of 128 bytes, block maps */
	FUZZ_BASE_4K,    /* 4 KiB blocks, checksums */
	FUZZ_BASE_EXT3,  /* a journal, checksums on descriptors only */
	FUZZ_BASE_GROUPS, /* several groups, meta_bg, a seed for the checksums */
	FUZZ_BASE_PLAIN, /* extents, without any checksum */
	FUZZ_BASE_INLINE, /* inline_data: refused as long as it is not read */
	FUZZ_BASE_BIGALLOC, /* the same of clusters */
	FUZZ_NR_BASES,
};

#define FUZZ_NR_COPIES 2u

struct fuzz_base {
	const char *name;
	uint8_t *bytes;
	size_t nr_bytes;
	uint32_t block_bytes;
	uint32_t inode_bytes;
	uint32_t file_ino;      /* of "scratch" */
	uint64_t file_offset_bytes; /* of its inode */
	uint64_t scratch_block; /* the first of its neighbouring blocks */
	uint64_t nr_scratch_blocks;
	uint32_t directory_ino; /* of "many" */
	uint64_t directory_block; /* its first */
	uint64_t nr_directory_blocks; /* from there on that are its, too */
};

/*
 * One of them, made by mke2fs and debugfs when it is first asked for; all that
 * writes is a folder that is gone at the end. Aborts where that fails. Borrowed.
 * With LSCOW_FUZZ_BASES=FOLDER one that is there is taken from there, and else is put
 * there: it takes longer to make them than to run thousands of inputs.
 */
const struct fuzz_base *fuzz_base_get(unsigned int number);
/*
 * One of two copies of its bytes, which may be written to: the next call gives the same
 * memory as it was at first. Fresh memory for each input costs most of the time.
 */
uint8_t *fuzz_base_copy(const struct fuzz_base *base, unsigned int which);
/* A copy of its bytes that commands of debugfs have changed; to be freed. */
uint8_t *fuzz_base_change(const struct fuzz_base *base, const char *commands);

#endif
