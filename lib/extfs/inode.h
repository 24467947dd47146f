/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Inodes: decoding, allocation state, reading by number. */

#ifndef LSCOW_EXTFS_INODE_H
#define LSCOW_EXTFS_INODE_H

#include "extfs/extfs.h"

#define LSCOW_IBLOCK_BYTES 60

/* What the names in a directory are. */
enum lscow_names {
	LSCOW_NAMES_PLAIN,
	LSCOW_NAMES_ENCRYPTED, /* any bytes; shown as nokey.h has it, without a hash */
	LSCOW_NAMES_HASHED,    /* the same with a hash; from here on its version is added */
};

/* What one inode says. Format: fs/ext4/ext4.h, struct ext4_inode. */
struct lscow_inode {
	uint32_t ino;
	uint32_t generation;
	uint16_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t project;
	uint32_t nr_links;
	uint32_t flags;
	uint32_t deletion_time; /* 0 unless deleted, or on the orphan list */
	uint64_t size_bytes;
	int64_t mtime_seconds;
	uint32_t mtime_nanoseconds;
	uint64_t nr_value_uses;        /* of one that holds a value: xattrs that refer to it */
	uint64_t xattr_block;          /* 0: none */
	enum lscow_names names;        /* by lscow_directory_load_names() (directory.h) */
	const uint8_t *iblock;         /* LSCOW_IBLOCK_BYTES, borrowed from raw */
	const uint8_t *xattr_area;     /* behind the fixed part, borrowed from raw */
	size_t xattr_area_bytes;
};

/* Where an inode stands in its life. */
enum lscow_inode_state {
	LSCOW_INODE_FREE,
	LSCOW_INODE_ORPHAN, /* in use, without a name: unlinked but open */
	LSCOW_INODE_VALUE,  /* in use, without a name: holds the value of an xattr */
	LSCOW_INODE_LIVE,
};

/* The user-visible flags of an inode (lsattr), without how its data is kept. */
#define LSCOW_INODE_USER_FLAGS                                                    \
	(EXT2_SECRM_FL | EXT2_UNRM_FL | EXT2_COMPR_FL | EXT2_SYNC_FL |            \
	 EXT2_IMMUTABLE_FL | EXT2_APPEND_FL | EXT2_NODUMP_FL | EXT2_NOATIME_FL |  \
	 EXT3_JOURNAL_DATA_FL | EXT2_NOTAIL_FL | EXT2_DIRSYNC_FL |                \
	 EXT2_TOPDIR_FL | FS_DAX_FL | EXT4_PROJINHERIT_FL | EXT4_CASEFOLD_FL |    \
	 EXT4_ENCRYPT_FL | EXT4_VERITY_FL)

/* What the mode in raw bytes says, verified or not. */
bool lscow_inode_raw_is_directory(const uint8_t *raw);
/* Decodes raw (the filesystem's inode size); the result borrows from it. */
int lscow_inode_decode(const struct lscow_extfs *fs, uint32_t ino, const uint8_t *raw,
		       struct lscow_inode *inode, struct lscow_error *err);
/*
 * Whether the checksum fits, computed without libext2fs. Where it does not there
 * may be a reason that libext2fs knows.
 */
bool lscow_inode_has_fitting_checksum(const struct lscow_extfs *fs, uint32_t ino,
				      const uint8_t *raw);
/* Verifies the checksum; raw is written to and restored meanwhile. */
int lscow_inode_verify(const struct lscow_extfs *fs, uint32_t ino, uint8_t *raw,
		       struct lscow_error *err);
/* The block of the inode table that holds an inode, which must be in range. */
uint64_t lscow_inode_get_block(const struct lscow_extfs *fs, uint32_t ino);
/* Reads one inode's bytes into raw; a number out of range is damage. */
int lscow_inode_load_raw(struct lscow_extfs *fs, uint32_t ino, uint8_t *raw,
			 struct lscow_error *err);
/* Reads, verifies and decodes one inode; raw holds what inode borrows. */
int lscow_inode_load(struct lscow_extfs *fs, uint32_t ino, uint8_t *raw,
		     struct lscow_inode *inode, struct lscow_error *err);

/* The state of an inode that the inode bitmap says is in use (or not). */
enum lscow_inode_state lscow_inode_state_of(const struct lscow_inode *inode,
					    bool is_allocated);

enum lscow_file_type lscow_inode_type(const struct lscow_inode *inode);
/* Whether a free inode says itself that it is one, as e2fsck looks at it. */
bool lscow_inode_is_deleted(const struct lscow_inode *inode);
/* Whether its content is said to be inside the inode (inline.h). */
bool lscow_inode_is_inline(const struct lscow_inode *inode);
/* A symlink whose target stands in i_block. */
bool lscow_inode_is_fast_symlink(const struct lscow_inode *inode);
/* Whether i_block maps data blocks. */
bool lscow_inode_has_map(const struct lscow_inode *inode);
/* Device number of a device node, as the kernel encodes it in i_block. */
uint64_t lscow_inode_device_number(const struct lscow_inode *inode);

#endif
