/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The ext2/3/4 superblock: identity and the gate that keeps unknown features out. */

#include "extfs/superblock.h"

#include <stdio.h>
#include <string.h>

#include <ext2fs/ext2_fs.h>
#include <e2p/e2p.h>

#include "base/bytes.h"
#include "base/units.h"
#include "extfs/identify.h"

#define SUPPORTED_COMPAT                                                         \
	(EXT2_FEATURE_COMPAT_DIR_PREALLOC | EXT3_FEATURE_COMPAT_HAS_JOURNAL |    \
	 EXT2_FEATURE_COMPAT_EXT_ATTR | EXT2_FEATURE_COMPAT_RESIZE_INODE |       \
	 EXT2_FEATURE_COMPAT_DIR_INDEX | EXT4_FEATURE_COMPAT_SPARSE_SUPER2 |     \
	 EXT4_FEATURE_COMPAT_FAST_COMMIT | EXT4_FEATURE_COMPAT_STABLE_INODES |   \
	 EXT4_FEATURE_COMPAT_ORPHAN_FILE)
#define SUPPORTED_INCOMPAT                                                       \
	(EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_RECOVER |        \
	 EXT3_FEATURE_INCOMPAT_EXTENTS |                                         \
	 EXT2_FEATURE_INCOMPAT_META_BG | EXT4_FEATURE_INCOMPAT_64BIT |           \
	 EXT4_FEATURE_INCOMPAT_MMP |                                             \
	 EXT4_FEATURE_INCOMPAT_FLEX_BG | EXT4_FEATURE_INCOMPAT_EA_INODE |        \
	 EXT4_FEATURE_INCOMPAT_CSUM_SEED | EXT4_FEATURE_INCOMPAT_LARGEDIR |      \
	 EXT4_FEATURE_INCOMPAT_INLINE_DATA | EXT4_FEATURE_INCOMPAT_CASEFOLD |    \
	 EXT4_FEATURE_INCOMPAT_ENCRYPT)
#define SUPPORTED_RO_COMPAT                                                      \
	(EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE | \
	 EXT4_FEATURE_RO_COMPAT_HUGE_FILE | EXT4_FEATURE_RO_COMPAT_GDT_CSUM |    \
	 EXT4_FEATURE_RO_COMPAT_DIR_NLINK | EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE | \
	 EXT4_FEATURE_RO_COMPAT_QUOTA | EXT4_FEATURE_RO_COMPAT_BIGALLOC |        \
	 EXT4_FEATURE_RO_COMPAT_METADATA_CSUM |                                  \
	 EXT4_FEATURE_RO_COMPAT_READONLY | EXT4_FEATURE_RO_COMPAT_PROJECT |      \
	 EXT4_FEATURE_RO_COMPAT_ORPHAN_PRESENT)

#define MAX_LOG_BLOCK_SIZE 6 /* 64 KiB */
#define MAX_LOG_CLUSTER_SIZE 20 /* 1 GiB: EXT4_MAX_CLUSTER_LOG_SIZE */

static bool has_clusters(const struct lscow_superblock *sb)
{
	return sb->ro_compat & EXT4_FEATURE_RO_COMPAT_BIGALLOC;
}

/* Without bigalloc the fields are those of fragments, which nobody looks at. */
static void decode_clusters(const uint8_t *bytes, struct lscow_superblock *sb)
{
	uint32_t log_cluster_size = lscow_load_le32(bytes + 0x1C);

	sb->cluster_bytes = sb->block_bytes;
	sb->clusters_per_group = sb->blocks_per_group;
	if (!has_clusters(sb))
		return;
	sb->cluster_bytes = log_cluster_size <= MAX_LOG_CLUSTER_SIZE
				    ? UINT32_C(1024) << log_cluster_size : 0;
	sb->clusters_per_group = lscow_load_le32(bytes + 0x24);
}

bool lscow_superblock_decode(const uint8_t *bytes, struct lscow_superblock *sb)
{
	uint32_t log_block_size = lscow_load_le32(bytes + 0x18);
	bool is_revision_0 = lscow_load_le32(bytes + 0x4C) == EXT2_GOOD_OLD_REV;

	if (lscow_load_le16(bytes + 0x38) != EXT2_SUPER_MAGIC)
		return false;
	*sb = (struct lscow_superblock){
		.block_bytes = log_block_size <= MAX_LOG_BLOCK_SIZE
				       ? UINT32_C(1024) << log_block_size : 0,
		.first_data_block = lscow_load_le32(bytes + 0x14),
		.nr_blocks = lscow_load_le32(bytes + 0x04),
		.nr_inodes = lscow_load_le32(bytes + 0x00),
		.inode_bytes = is_revision_0 ? EXT2_GOOD_OLD_INODE_SIZE
					     : lscow_load_le16(bytes + 0x58),
		.blocks_per_group = lscow_load_le32(bytes + 0x20),
		.inodes_per_group = lscow_load_le32(bytes + 0x28),
		.compat = lscow_load_le32(bytes + 0x5C),
		.incompat = lscow_load_le32(bytes + 0x60),
		.ro_compat = lscow_load_le32(bytes + 0x64),
		.encoding = lscow_load_le16(bytes + 0x27C),
		.is_revision_0 = is_revision_0,
	};
	if (sb->incompat & EXT4_FEATURE_INCOMPAT_64BIT)
		sb->nr_blocks = lscow_join_le32(bytes + 0x04, bytes + 0x150);
	if (sb->incompat & EXT4_FEATURE_INCOMPAT_MMP)
		sb->mmp_block = lscow_load_le64(bytes + 0x168);
	decode_clusters(bytes, sb);
	memcpy(sb->uuid, bytes + 0x68, sizeof(sb->uuid));
	memcpy(sb->label, bytes + 0x78, sizeof(sb->label) - 1);
	return true;
}

/* Names the lowest feature of mask that is not in supported. */
static int refuse_feature(const struct lscow_device *device, int set, uint32_t mask,
			  uint32_t supported, struct lscow_error *err)
{
	uint32_t unknown = mask & ~supported;

	if (unknown == 0)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: superblock: feature %s is not supported",
			       device->name,
			       e2p_feature2string(set, unknown & -unknown));
}

static int check_features(const struct lscow_device *device,
			  const struct lscow_superblock *sb, struct lscow_error *err)
{
	int rc;

	if (sb->incompat & EXT3_FEATURE_INCOMPAT_JOURNAL_DEV)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: superblock: found an external journal, "
				       "expected a filesystem", device->name);
	rc = refuse_feature(device, E2P_FEATURE_INCOMPAT, sb->incompat,
			    SUPPORTED_INCOMPAT, err);
	if (rc == 0)
		rc = refuse_feature(device, E2P_FEATURE_RO_INCOMPAT, sb->ro_compat,
				    SUPPORTED_RO_COMPAT, err);
	if (rc == 0)
		rc = refuse_feature(device, E2P_FEATURE_COMPAT, sb->compat,
				    SUPPORTED_COMPAT, err);
	return rc;
}

static int damaged_field(const struct lscow_device *device, const char *field,
			 uint64_t found, const char *expected, struct lscow_error *err)
{
	return lscow_error_set(err, LSCOW_E_INCOMPLETE,
			       "%s: superblock: %s is %llu, expected %s", device->name,
			       field, (unsigned long long)found, expected);
}

/* The kernel's rules: fs/ext4/super.c, ext4_handle_clustersize(). */
static int check_clusters(const struct lscow_device *device,
			  const struct lscow_superblock *sb, struct lscow_error *err)
{
	uint32_t bits = sb->block_bytes * 8;

	if (!has_clusters(sb)) {
		if (sb->blocks_per_group == 0 || sb->blocks_per_group > bits)
			return damaged_field(device, "blocks per group",
					     sb->blocks_per_group,
					     "1 to the bits of a block", err);
		return 0;
	}
	if (sb->cluster_bytes == 0)
		return lscow_error_set(err, LSCOW_E_INCOMPLETE,
				       "%s: superblock: cluster size out of range, expected "
				       "a block to 1073741824 bytes", device->name);
	if (sb->cluster_bytes < sb->block_bytes)
		return damaged_field(device, "cluster size", sb->cluster_bytes,
				     "a block to 1073741824 bytes", err);
	if (sb->clusters_per_group == 0 || sb->clusters_per_group > bits)
		return damaged_field(device, "clusters per group", sb->clusters_per_group,
				     "1 to the bits of a block", err);
	if (sb->blocks_per_group != (uint64_t)sb->clusters_per_group *
				    lscow_superblock_blocks_per_cluster(sb))
		return damaged_field(device, "blocks per group", sb->blocks_per_group,
				     "those of its clusters", err);
	return 0;
}

/* With blocks of 1 KiB the boot block is none of the blocks, unless in a cluster. */
static uint32_t right_first_block(const struct lscow_superblock *sb)
{
	return sb->block_bytes == 1024 && sb->cluster_bytes == 1024 ? 1 : 0;
}

static int check_values(const struct lscow_device *device,
			const struct lscow_superblock *sb, struct lscow_error *err)
{
	uint32_t first = right_first_block(sb);
	uint32_t bits = sb->block_bytes * 8;
	int rc;

	if (sb->block_bytes == 0)
		return lscow_error_set(err, LSCOW_E_INCOMPLETE,
				       "%s: superblock: block size out of range, expected "
				       "1024 to 65536 bytes", device->name);
	/* The kernel and libext2fs heed these features all the same. */
	if (sb->is_revision_0 && (sb->compat | sb->incompat | sb->ro_compat) != 0)
		return damaged_field(device, "revision", 0, "1 with its features", err);
	if (sb->first_data_block != first)
		return damaged_field(device, "first data block", sb->first_data_block,
				     first ? "1" : "0", err);
	if (!lscow_is_power_of_two(sb->inode_bytes) ||
	    sb->inode_bytes < EXT2_GOOD_OLD_INODE_SIZE ||
	    sb->inode_bytes > sb->block_bytes)
		return damaged_field(device, "inode size", sb->inode_bytes,
				     "a power of two from 128 bytes to a block", err);
	rc = check_clusters(device, sb, err);
	if (rc != 0)
		return rc;
	if (sb->inodes_per_group == 0 || sb->inodes_per_group > bits)
		return damaged_field(device, "inodes per group", sb->inodes_per_group,
				     "1 to the bits of a block", err);
	if (sb->nr_blocks <= first || sb->nr_blocks >> 48 != 0)
		return damaged_field(device, "block count", sb->nr_blocks,
				     "at least 2 and below 2^48", err);
	/* Without its table nobody can tell which names a directory takes for one. */
	if ((sb->incompat & EXT4_FEATURE_INCOMPAT_CASEFOLD) &&
	    sb->encoding != EXT4_ENC_UTF8_12_1)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: superblock: found encoding %u, expected 1 (UTF-8)",
				       device->name, sb->encoding);
	/* Then an encrypted name is shown with a hash that needs the key. */
	if ((sb->incompat & EXT4_FEATURE_INCOMPAT_CASEFOLD) &&
	    (sb->incompat & EXT4_FEATURE_INCOMPAT_ENCRYPT))
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: superblock: found features casefold and encrypt, "
				       "expected one of them at most", device->name);
	/* Block 0 stands for none: so it is where mmp was switched on and never used. */
	if (sb->mmp_block >= sb->nr_blocks)
		return damaged_field(device, "MMP block", sb->mmp_block,
				     "a block of the filesystem", err);
	return 0;
}

static int check_fits_device(const struct lscow_device *device,
			     const struct lscow_superblock *sb, struct lscow_error *err)
{
	uint64_t fs_bytes = sb->nr_blocks * sb->block_bytes; /* < 2^64: checked */

	if (fs_bytes <= device->size_bytes)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: found %llu bytes, expected at least the %llu bytes "
			       "of the filesystem in it (%llu blocks of %u)", device->name,
			       (unsigned long long)device->size_bytes,
			       (unsigned long long)fs_bytes,
			       (unsigned long long)sb->nr_blocks, sb->block_bytes);
}

int lscow_superblock_load(struct lscow_device *device, struct lscow_superblock *sb,
			  struct lscow_error *err)
{
	uint8_t bytes[LSCOW_SUPERBLOCK_BYTES];
	int rc;

	if (device->size_bytes < LSCOW_SUPERBLOCK_OFFSET_BYTES + sizeof(bytes))
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: found %llu bytes, expected an ext2/3/4 "
				       "filesystem", device->name,
				       (unsigned long long)device->size_bytes);
	rc = lscow_device_read(device, LSCOW_SUPERBLOCK_OFFSET_BYTES, bytes,
			       sizeof(bytes), err);
	if (rc != 0)
		return rc;
	if (!lscow_superblock_decode(bytes, sb))
		return lscow_identify_other(device, err);
	rc = check_features(device, sb, err);
	if (rc == 0)
		rc = check_values(device, sb, err);
	if (rc == 0)
		rc = check_fits_device(device, sb, err);
	return rc;
}

void lscow_superblock_describe(const struct lscow_superblock *sb,
			       struct lscow_filesystem *filesystem)
{
	*filesystem = (struct lscow_filesystem){
		.block_bytes = sb->block_bytes,
		.nr_blocks = sb->nr_blocks,
		.inode_bytes = sb->inode_bytes,
		.nr_inodes = sb->nr_inodes,
	};
	memcpy(filesystem->uuid, sb->uuid, sizeof(filesystem->uuid));
	memcpy(filesystem->label, sb->label, sizeof(filesystem->label));
}

bool lscow_superblock_has_journal(const struct lscow_superblock *sb)
{
	return sb->compat & EXT3_FEATURE_COMPAT_HAS_JOURNAL;
}

bool lscow_superblock_needs_recovery(const struct lscow_superblock *sb)
{
	return sb->incompat & EXT3_FEATURE_INCOMPAT_RECOVER;
}

static void format_uuid(const uint8_t *uuid, char *text, size_t text_bytes)
{
	snprintf(text, text_bytes,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 uuid[0], uuid[1], uuid[2], uuid[3], uuid[4], uuid[5], uuid[6], uuid[7],
		 uuid[8], uuid[9], uuid[10], uuid[11], uuid[12], uuid[13], uuid[14],
		 uuid[15]);
}

int lscow_superblock_check_same(const struct lscow_superblock *old_sb,
				const struct lscow_device *old_device,
				const struct lscow_superblock *new_sb,
				const struct lscow_device *new_device,
				struct lscow_error *err)
{
	static const char resized[] = ": the filesystem was resized between the two; do a full "
				      "scan, and take a new snapshot";
	const struct {
		const char *what;
		uint64_t old_value;
		uint64_t new_value;
		const char *hint;
	} fields[] = {
		{ "block size", old_sb->block_bytes, new_sb->block_bytes },
		{ "cluster size", old_sb->cluster_bytes, new_sb->cluster_bytes },
		{ "inode size", old_sb->inode_bytes, new_sb->inode_bytes },
		{ "inodes per group", old_sb->inodes_per_group, new_sb->inodes_per_group },
		{ "blocks per group", old_sb->blocks_per_group, new_sb->blocks_per_group },
		{ "size in blocks", old_sb->nr_blocks, new_sb->nr_blocks, resized },
		{ "number of inodes", old_sb->nr_inodes, new_sb->nr_inodes, resized },
	};
	char old_uuid[40], new_uuid[40];

	if (memcmp(old_sb->uuid, new_sb->uuid, sizeof(old_sb->uuid)) != 0) {
		format_uuid(old_sb->uuid, old_uuid, sizeof(old_uuid));
		format_uuid(new_sb->uuid, new_uuid, sizeof(new_uuid));
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: found filesystem %s, expected %s as in %s",
				       new_device->name, new_uuid, old_uuid,
				       old_device->name);
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].old_value == fields[i].new_value)
			continue;
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: superblock: found %s %llu, expected %llu as in %s%s",
				       new_device->name, fields[i].what,
				       (unsigned long long)fields[i].new_value,
				       (unsigned long long)fields[i].old_value,
				       old_device->name,
				       fields[i].hint ? fields[i].hint : "");
	}
	return 0;
}
