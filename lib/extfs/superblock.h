/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The ext2/3/4 superblock: identity and the gate that keeps unknown features out. */

#ifndef LSCOW_EXTFS_SUPERBLOCK_H
#define LSCOW_EXTFS_SUPERBLOCK_H

#include "device/device.h"

#define LSCOW_SUPERBLOCK_OFFSET_BYTES 1024
#define LSCOW_SUPERBLOCK_BYTES 1024

/* The members that decide whether two views can be compared at all. */
struct lscow_superblock {
	uint8_t uuid[16];
	char label[17];
	uint32_t block_bytes;
	uint32_t cluster_bytes; /* what a bit of a block bitmap stands for: a block, unless bigalloc */
	uint32_t first_data_block;
	uint64_t nr_blocks;
	uint32_t nr_inodes;
	uint32_t inode_bytes;
	uint32_t blocks_per_group;
	uint32_t clusters_per_group;
	uint32_t inodes_per_group;
	uint64_t mmp_block; /* written all the time while mounted; 0: none */
	uint32_t compat;
	uint32_t incompat;
	uint32_t ro_compat;
	uint16_t encoding;  /* of names, where there is feature casefold */
	bool is_revision_0; /* then without features */
};

/*
 * Decodes LSCOW_SUPERBLOCK_BYTES bytes; false where the magic is not there.
 * Values are not checked yet. Format: fs/ext4/ext4.h, struct ext4_super_block.
 */
bool lscow_superblock_decode(const uint8_t *bytes, struct lscow_superblock *sb);

/*
 * Reads the superblock of a device and refuses what cannot be read safely:
 * no ext2/3/4 (the filesystem that is there is named), sizes out of range, a
 * filesystem larger than its device (LSCOW_E_UNKNOWABLE, or _INCOMPLETE for
 * damage), features that are not handled.
 */
int lscow_superblock_load(struct lscow_device *device, struct lscow_superblock *sb,
			  struct lscow_error *err);

/* How many blocks a cluster has: a power of two, 1 unless bigalloc. */
static inline uint32_t
lscow_superblock_blocks_per_cluster(const struct lscow_superblock *sb)
{
	return sb->cluster_bytes / sb->block_bytes;
}

/* What there is to tell of the filesystem. */
void lscow_superblock_describe(const struct lscow_superblock *sb,
			       struct lscow_filesystem *filesystem);

/* Whether a journal would tell that the filesystem was not at rest. */
bool lscow_superblock_has_journal(const struct lscow_superblock *sb);
/* Whether it does tell so: its journal must be replayed before anything is read. */
bool lscow_superblock_needs_recovery(const struct lscow_superblock *sb);

/*
 * Refuses two views that are not states of one filesystem, or whose sizes
 * differ; names both devices.
 */
int lscow_superblock_check_same(const struct lscow_superblock *old_sb,
				const struct lscow_device *old_device,
				const struct lscow_superblock *new_sb,
				const struct lscow_device *new_device,
				struct lscow_error *err);

#endif
