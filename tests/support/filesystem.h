/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Small ext2/3/4 images, made by mke2fs and changed by debugfs. */

#ifndef LSCOW_TESTS_FILESYSTEM_H
#define LSCOW_TESTS_FILESYSTEM_H

#include <stddef.h>
#include <stdint.h>

#include "device/device.h"

/* All of these abort, with a message, where they cannot do it. */

/* Blocks of 1 KiB, 4096 of them, 128 inodes of 256 bytes in one group. */
#define FILESYSTEM_BLOCK_BYTES 1024u
#define FILESYSTEM_NR_BLOCKS 4096u
#define FILESYSTEM_NR_INODES 128u
#define FILESYSTEM_INODE_BYTES 256u
#define FILESYSTEM_CLUSTER_BLOCKS 16u

/* As mke2fs makes it today; every block of metadata has a checksum. */
#define FILESYSTEM_EXT4                                                            \
	"none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,"  \
	"flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,"         \
	"metadata_csum"
/* Extents without checksums, so that a test can write what it likes. */
#define FILESYSTEM_EXTENTS "none,ext_attr,filetype,extent,sparse_super,large_file"
/* Extents, and clusters for those with -C; no checksums. */
#define FILESYSTEM_BIGALLOC FILESYSTEM_EXTENTS ",bigalloc"
/* Block maps, no checksums, no journal. */
#define FILESYSTEM_EXT2 "none,ext_attr,filetype,sparse_super,large_file"

/*
 * Makes a folder of the test's own the current one. It holds the host files
 * "small" (1000 bytes), "other" (1000 other bytes) and "large" (5000 bytes).
 */
void filesystem_folder_make(void);
void filesystem_folder_remove(void);

/* Makes an image with these features and runs debugfs's commands (or NULL) on it. */
void filesystem_make(const char *name, const char *features, const char *commands);
/* The same with FILESYSTEM_BIGALLOC and clusters of 16 blocks. */
void filesystem_make_clusters(const char *name, const char *commands);
/* The same with other options of mke2fs, NULL-ended, and another size. */
void filesystem_make_with(const char *name, const char *const *options,
			  uint64_t nr_bytes, const char *commands);
/* Copies an image and runs commands on the copy. */
void filesystem_copy(const char *from, const char *name, const char *commands);
/* Runs commands of debugfs, one a line, on an image. */
void filesystem_change(const char *name, const char *commands);
/* Overwrites bytes of an image. */
void filesystem_poke(const char *name, uint64_t offset_bytes, const void *bytes,
		     size_t length_bytes);

/* The inode of a path in an image. */
uint32_t filesystem_find(const char *name, const char *path);
/* Where a block of a file lies. */
uint64_t filesystem_block(const char *name, const char *path, uint64_t logical_block);
/* A memory device, named like the image, with its bytes. */
struct lscow_device *filesystem_load(const char *name);

#endif
