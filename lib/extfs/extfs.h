/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* An ext2/3/4 filesystem opened over a device stack, and its geometry. */

#ifndef LSCOW_EXTFS_EXTFS_H
#define LSCOW_EXTFS_EXTFS_H

#include <ext2fs/ext2fs.h>

#include "base/vector.h"
#include "device/device.h"
#include "extfs/io.h"
#include "extfs/superblock.h"

/* Told of each entry that is read from a sound block of a directory. */
struct lscow_entry_watch {
	void (*fn)(void *data, uint32_t directory_ino, uint64_t block, uint32_t ino);
	void *data;
};

/* One view of the filesystem. libext2fs handles are used by one thread. */
struct lscow_extfs {
	struct lscow_device *device; /* borrowed, or replayed */
	struct lscow_device *replayed; /* owned: with its journal replayed; or NULL */
	struct lscow_extfs_io io;
	struct lscow_superblock sb;
	ext2_filsys handle;
	uint32_t nr_groups;
	struct lscow_vector fixed; /* stretches of fixed blocks, sorted (groups.c) */
	uint64_t read_bytes[LSCOW_NR_READ_KINDS];
	bool has_encrypted_names; /* among the directories that were read so far */
	struct lscow_entry_watch watch; /* fn is NULL where nobody watches */
};

/*
 * Opens the filesystem that begins at the device's first byte and checks
 * superblock, descriptor checksums and the place of every group's metadata.
 * Where a crash left a journal that is to be replayed, everything is read as if
 * it had been, and the device stays as it is. The device is borrowed.
 */
int lscow_extfs_open(struct lscow_device *device, struct lscow_extfs **fs,
		     struct lscow_error *err);
void lscow_extfs_close(struct lscow_extfs *fs);

/*
 * Whether the journal had to be replayed: the filesystem was not at rest. The
 * blocks that the journal has are those of a vector of struct lscow_logged_block
 * (log.h), borrowed; NULL where there is nothing to replay.
 */
const struct lscow_vector *lscow_extfs_get_replayed(const struct lscow_extfs *fs);

/* LSCOW_E_UNKNOWABLE where such a journal was written to since the opening. */
int lscow_extfs_recheck(const struct lscow_extfs *fs, struct lscow_error *err);

/* LSCOW_E_INCOMPLETE: "DEVICE: " and what is damaged. */
int lscow_extfs_damaged(const struct lscow_extfs *fs, struct lscow_error *err,
			const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Reads bytes from anywhere on the device. */
int lscow_extfs_read_bytes(struct lscow_extfs *fs, enum lscow_read_kind kind,
			   uint64_t offset_bytes, void *buffer, size_t nr_bytes,
			   struct lscow_error *err);
/* Reads whole filesystem blocks; a range outside the filesystem is damage. */
int lscow_extfs_read_blocks(struct lscow_extfs *fs, enum lscow_read_kind kind,
			    uint64_t start_block, uint64_t nr_blocks, void *buffer,
			    struct lscow_error *err);

/* Whether all these blocks can hold data: inside, and not before the first. */
bool lscow_extfs_has_blocks(const struct lscow_extfs *fs, uint64_t start_block,
			    uint64_t nr_blocks);

/*
 * Widens a run of blocks to whole clusters (feature bigalloc): what is in use takes
 * all blocks of its clusters. False where a cluster is a block: nothing is added.
 */
bool lscow_extfs_widen_to_clusters(const struct lscow_extfs *fs, uint64_t *start_block,
				   uint64_t *nr_blocks);

/* First block of a group; the group of a block, of an inode. */
uint64_t lscow_extfs_group_start(const struct lscow_extfs *fs, uint32_t group);
uint32_t lscow_extfs_group_of_block(const struct lscow_extfs *fs, uint64_t block);
uint32_t lscow_extfs_group_of_inode(const struct lscow_extfs *fs, uint32_t ino);

/* Length of a group's inode table in blocks. */
uint64_t lscow_extfs_itable_blocks(const struct lscow_extfs *fs);
/* How many of a group's inodes, from its first on, may be in use. */
uint32_t lscow_extfs_group_used_inodes(const struct lscow_extfs *fs, uint32_t group);

/* Whether checksums protect metadata (feature metadata_csum). */
bool lscow_extfs_has_checksums(const struct lscow_extfs *fs);

/* Start of a checksum over a block that belongs to an inode. */
uint32_t lscow_extfs_inode_seed(const struct lscow_extfs *fs, uint32_t ino,
				uint32_t generation);

/*
 * Inodes that hold the filesystem's own data and never have a name. A journal
 * that tune2fs made while mounted is not one: it is the file .journal.
 */
bool lscow_extfs_is_hidden_inode(const struct lscow_extfs *fs, uint32_t ino);

#endif
