/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Inodes: decoding, allocation state, reading by number. */

#include "extfs/inode.h"

#include <endian.h>
#include <string.h>
#include <sys/stat.h>
#include <linux/fs.h>

#include "base/bytes.h"
#include "extfs/crc32c.h"

/* Offsets within the inode. */
enum {
	I_MODE = 0x00, I_UID = 0x02, I_SIZE = 0x04, I_CTIME = 0x0C, I_MTIME = 0x10,
	I_DTIME = 0x14, I_GID = 0x18, I_LINKS = 0x1A, I_FLAGS = 0x20, I_VERSION = 0x24,
	I_BLOCK = 0x28, I_GENERATION = 0x64,
	I_FILE_ACL = 0x68, I_SIZE_HIGH = 0x6C, I_FILE_ACL_HIGH = 0x76, I_UID_HIGH = 0x78,
	I_GID_HIGH = 0x7A, I_CHECKSUM_LO = 0x7C, I_EXTRA_ISIZE = 0x80,
	I_CHECKSUM_HI = 0x82, I_MTIME_EXTRA = 0x88, I_PROJID = 0x9C,
};

#define GOOD_OLD_BYTES 128
/* Larger inodes are left to libext2fs. */
#define MOST_FAST_BYTES 1024

/* Behind the first 128 bytes, as far as i_extra_isize reaches. */
static int decode_extra(const struct lscow_extfs *fs, const uint8_t *raw,
			struct lscow_inode *inode, struct lscow_error *err)
{
	uint32_t inode_bytes = fs->sb.inode_bytes;
	uint32_t extra_bytes;
	uint32_t extra;

	if (inode_bytes <= GOOD_OLD_BYTES)
		return 0;
	extra_bytes = lscow_load_le16(raw + I_EXTRA_ISIZE);
	if (extra_bytes % 4 != 0 || extra_bytes > inode_bytes - GOOD_OLD_BYTES)
		return lscow_extfs_damaged(fs, err, "inode %u: extra size %u, expected a "
					   "multiple of 4 up to %u", inode->ino, extra_bytes,
					   inode_bytes - GOOD_OLD_BYTES);
	if (GOOD_OLD_BYTES + extra_bytes >= I_MTIME_EXTRA + 4) {
		extra = lscow_load_le32(raw + I_MTIME_EXTRA);
		inode->mtime_seconds += (int64_t)(extra & 3) << 32;
		inode->mtime_nanoseconds = extra >> 2;
	}
	if (GOOD_OLD_BYTES + extra_bytes >= I_PROJID + 4)
		inode->project = lscow_load_le32(raw + I_PROJID);
	inode->xattr_area = raw + GOOD_OLD_BYTES + extra_bytes;
	inode->xattr_area_bytes = inode_bytes - GOOD_OLD_BYTES - extra_bytes;
	/* Without an extra size the kernel keeps no xattrs there. */
	if (extra_bytes == 0)
		inode->xattr_area_bytes = 0;
	return 0;
}

bool lscow_inode_raw_is_directory(const uint8_t *raw)
{
	return S_ISDIR(lscow_load_le16(raw + I_MODE));
}

int lscow_inode_decode(const struct lscow_extfs *fs, uint32_t ino, const uint8_t *raw,
		       struct lscow_inode *inode, struct lscow_error *err)
{
	*inode = (struct lscow_inode){
		.ino = ino,
		.generation = lscow_load_le32(raw + I_GENERATION),
		.mode = lscow_load_le16(raw + I_MODE),
		.uid = lscow_load_le16(raw + I_UID) |
		       (uint32_t)lscow_load_le16(raw + I_UID_HIGH) << 16,
		.gid = lscow_load_le16(raw + I_GID) |
		       (uint32_t)lscow_load_le16(raw + I_GID_HIGH) << 16,
		.nr_links = lscow_load_le16(raw + I_LINKS),
		.flags = lscow_load_le32(raw + I_FLAGS),
		.deletion_time = lscow_load_le32(raw + I_DTIME),
		.size_bytes = lscow_join_le32(raw + I_SIZE, raw + I_SIZE_HIGH),
		.mtime_seconds = (int32_t)lscow_load_le32(raw + I_MTIME),
		.nr_value_uses = lscow_join_le32(raw + I_VERSION, raw + I_CTIME),
		.xattr_block = lscow_load_le32(raw + I_FILE_ACL),
		.iblock = raw + I_BLOCK,
	};
	if (fs->sb.incompat & EXT4_FEATURE_INCOMPAT_64BIT)
		inode->xattr_block |= (uint64_t)lscow_load_le16(raw + I_FILE_ACL_HIGH) << 32;
	if (inode->size_bytes > INT64_MAX)
		return lscow_extfs_damaged(fs, err, "inode %u: size %llu, expected below 2^63",
					   ino, (unsigned long long)inode->size_bytes);
	/* One that was deleted keeps its type, but not its size. */
	if (S_ISLNK(inode->mode) && inode->nr_links > 0 &&
	    (inode->size_bytes == 0 || inode->size_bytes > fs->sb.block_bytes))
		return lscow_extfs_damaged(fs, err, "inode %u: symlink of %llu bytes, expected "
					   "1 to %u", ino,
					   (unsigned long long)inode->size_bytes,
					   fs->sb.block_bytes);
	if (inode->mode != 0 && lscow_inode_type(inode) == LSCOW_TYPE_UNKNOWN)
		return lscow_extfs_damaged(fs, err, "inode %u: mode 0%o, expected a known type",
					   ino, inode->mode);
	return decode_extra(fs, raw, inode, err);
}

/*
 * The checksum is over the inode's number, its generation and the whole inode,
 * with zeros in its own place (fs/ext4/inode.c, ext4_inode_csum). One call for
 * all of it takes less time than one for each part.
 */
bool lscow_inode_has_fitting_checksum(const struct lscow_extfs *fs, uint32_t ino,
				      const uint8_t *raw)
{
	uint32_t inode_bytes = fs->sb.inode_bytes;
	uint8_t covered[8 + MOST_FAST_BYTES];
	uint8_t *copy = covered + 8;
	uint32_t le_ino = htole32(ino);
	uint32_t found = lscow_load_le16(raw + I_CHECKSUM_LO);
	bool has_high = inode_bytes > GOOD_OLD_BYTES &&
			lscow_load_le16(raw + I_EXTRA_ISIZE) >=
				I_CHECKSUM_HI + 2 - GOOD_OLD_BYTES;
	uint32_t crc;

	if (inode_bytes > MOST_FAST_BYTES)
		return false;
	memcpy(covered, &le_ino, 4);
	memcpy(covered + 4, raw + I_GENERATION, 4);
	memcpy(copy, raw, inode_bytes);
	memset(copy + I_CHECKSUM_LO, 0, 2);
	if (has_high) {
		found |= (uint32_t)lscow_load_le16(raw + I_CHECKSUM_HI) << 16;
		memset(copy + I_CHECKSUM_HI, 0, 2);
	}
	crc = lscow_crc32c(fs->handle->csum_seed, covered, 8 + inode_bytes);
	return found == (has_high ? crc : crc & 0xFFFF);
}

int lscow_inode_verify(const struct lscow_extfs *fs, uint32_t ino, uint8_t *raw,
		       struct lscow_error *err)
{
	/* What looks wrong the library looks at again: it knows the exceptions. */
	if (!lscow_extfs_has_checksums(fs) ||
	    lscow_inode_has_fitting_checksum(fs, ino, raw) ||
	    ext2fs_inode_csum_verify(fs->handle, ino, (struct ext2_inode_large *)(void *)raw))
		return 0;
	return lscow_extfs_damaged(fs, err, "inode %u: wrong checksum", ino);
}

static uint64_t table_offset_bytes(const struct lscow_extfs *fs, uint32_t ino)
{
	uint32_t group = lscow_extfs_group_of_inode(fs, ino);
	uint32_t index = (ino - 1) % fs->sb.inodes_per_group;

	return ext2fs_inode_table_loc(fs->handle, group) * fs->sb.block_bytes +
	       (uint64_t)index * fs->sb.inode_bytes;
}

uint64_t lscow_inode_get_block(const struct lscow_extfs *fs, uint32_t ino)
{
	return table_offset_bytes(fs, ino) / fs->sb.block_bytes;
}

int lscow_inode_load_raw(struct lscow_extfs *fs, uint32_t ino, uint8_t *raw,
			 struct lscow_error *err)
{
	uint64_t block;

	if (ino == 0 || ino > fs->sb.nr_inodes)
		return lscow_extfs_damaged(fs, err, "inode %u wanted, expected 1 to %u", ino,
					   fs->sb.nr_inodes);
	/* Before a journal is replayed nobody has checked where the tables are. */
	block = lscow_inode_get_block(fs, ino);
	if (!lscow_extfs_has_blocks(fs, block, 1))
		return lscow_extfs_damaged(fs, err, "inode %u: in a table at block %llu, expected "
					   "1 to %llu", ino, (unsigned long long)block,
					   (unsigned long long)fs->sb.nr_blocks - 1);
	return lscow_extfs_read_bytes(fs, LSCOW_READ_INODE_TABLE, table_offset_bytes(fs, ino),
				      raw, fs->sb.inode_bytes, err);
}

int lscow_inode_load(struct lscow_extfs *fs, uint32_t ino, uint8_t *raw,
		     struct lscow_inode *inode, struct lscow_error *err)
{
	int rc = lscow_inode_load_raw(fs, ino, raw, err);

	if (rc == 0)
		rc = lscow_inode_verify(fs, ino, raw, err);
	if (rc == 0)
		rc = lscow_inode_decode(fs, ino, raw, inode, err);
	return rc;
}

enum lscow_inode_state lscow_inode_state_of(const struct lscow_inode *inode,
					    bool is_allocated)
{
	if (!is_allocated)
		return LSCOW_INODE_FREE;
	if (inode->flags & EXT4_EA_INODE_FL)
		return LSCOW_INODE_VALUE;
	if (inode->nr_links == 0 || inode->mode == 0)
		return LSCOW_INODE_ORPHAN;
	return LSCOW_INODE_LIVE;
}

enum lscow_file_type lscow_inode_type(const struct lscow_inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		return LSCOW_TYPE_FILE;
	case S_IFDIR:
		return LSCOW_TYPE_DIRECTORY;
	case S_IFLNK:
		return LSCOW_TYPE_SYMLINK;
	case S_IFBLK:
		return LSCOW_TYPE_BLOCK;
	case S_IFCHR:
		return LSCOW_TYPE_CHAR;
	case S_IFIFO:
		return LSCOW_TYPE_FIFO;
	case S_IFSOCK:
		return LSCOW_TYPE_SOCKET;
	default:
		return LSCOW_TYPE_UNKNOWN;
	}
}

bool lscow_inode_is_deleted(const struct lscow_inode *inode)
{
	return inode->nr_links == 0 || inode->mode == 0 || inode->deletion_time != 0;
}

bool lscow_inode_is_inline(const struct lscow_inode *inode)
{
	return inode->flags & EXT4_INLINE_DATA_FL;
}

bool lscow_inode_is_fast_symlink(const struct lscow_inode *inode)
{
	return S_ISLNK(inode->mode) && !(inode->flags & EXT4_EXTENTS_FL) &&
	       inode->size_bytes < LSCOW_IBLOCK_BYTES;
}

bool lscow_inode_has_map(const struct lscow_inode *inode)
{
	return !lscow_inode_is_inline(inode) &&
	       (S_ISREG(inode->mode) || S_ISDIR(inode->mode) ||
		(S_ISLNK(inode->mode) && !lscow_inode_is_fast_symlink(inode)));
}

uint64_t lscow_inode_device_number(const struct lscow_inode *inode)
{
	uint32_t old_encoding = lscow_load_le32(inode->iblock);
	uint32_t new_encoding = lscow_load_le32(inode->iblock + 4);
	uint64_t major, minor;

	if (old_encoding != 0) {
		major = old_encoding >> 8 & 0xFF;
		minor = old_encoding & 0xFF;
	} else {
		major = (new_encoding & 0xFFF00) >> 8;
		minor = (new_encoding & 0xFF) | (new_encoding >> 12 & 0xFFF00);
	}
	return major << 32 | minor;
}
