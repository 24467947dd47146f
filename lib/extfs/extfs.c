/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* An ext2/3/4 filesystem opened over a device stack, and its geometry. */

#include "extfs/extfs.h"

#include <endian.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/units.h"
#include "extfs/crc32c.h"
#include "extfs/groups.h"
#include "extfs/replay.h"

int lscow_extfs_damaged(const struct lscow_extfs *fs, struct lscow_error *err,
			const char *format, ...)
{
	va_list args;
	int rc;

	va_start(args, format);
	rc = lscow_error_set_about(err, LSCOW_E_INCOMPLETE, fs->device->name, format, args);
	va_end(args);
	return rc;
}

static pthread_once_t error_table_once = PTHREAD_ONCE_INIT;

/* The only place where an errcode_t becomes one of our errors. */
static int convert_errcode(struct lscow_extfs *fs, errcode_t code, const char *what,
			   struct lscow_error *err)
{
	if (fs->io.error.code != 0)
		return lscow_error_set(err, fs->io.error.code, "%s", fs->io.error.message);
	if (code == EXT2_ET_NO_MEMORY)
		return lscow_error_no_memory(err, fs->device->name);
	pthread_once(&error_table_once, initialize_ext2_error_table);
	return lscow_extfs_damaged(fs, err, "%s: %s", what, error_message(code));
}

static int check_group(struct lscow_extfs *fs, uint32_t group, struct lscow_error *err)
{
	const struct {
		const char *what;
		uint64_t block;
		uint64_t nr_blocks;
	} parts[] = {
		{ "block bitmap", ext2fs_block_bitmap_loc(fs->handle, group), 1 },
		{ "inode bitmap", ext2fs_inode_bitmap_loc(fs->handle, group), 1 },
		{ "inode table", ext2fs_inode_table_loc(fs->handle, group),
		  lscow_extfs_itable_blocks(fs) },
	};

	if (!ext2fs_group_desc_csum_verify(fs->handle, group))
		return lscow_extfs_damaged(fs, err, "descriptor of group %u: wrong checksum",
					   group);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!lscow_extfs_has_blocks(fs, parts[i].block, parts[i].nr_blocks))
			return lscow_extfs_damaged(
				fs, err, "descriptor of group %u: %s at block %llu, "
				"expected below %llu", group, parts[i].what,
				(unsigned long long)parts[i].block,
				(unsigned long long)fs->sb.nr_blocks);
	return 0;
}

static int open_handle(struct lscow_extfs *fs, int flags, struct lscow_error *err)
{
	char options[LSCOW_EXTFS_IO_OPTIONS_BYTES];
	errcode_t code;

	lscow_extfs_io_options(&fs->io, options, sizeof(options));
	code = ext2fs_open2("", options, EXT2_FLAG_64BITS | flags, 0, 0,
			    lscow_extfs_io_manager(), &fs->handle);
	if (code != 0)
		return convert_errcode(fs, code, "superblock or descriptors", err);
	if (EXT2_FIRST_INODE(fs->handle->super) != EXT2_GOOD_OLD_FIRST_INO)
		return lscow_extfs_damaged(fs, err, "superblock: first inode is %u, expected %u",
					   EXT2_FIRST_INODE(fs->handle->super),
					   EXT2_GOOD_OLD_FIRST_INO);
	fs->nr_groups = fs->handle->group_desc_count;
	return 0;
}

static int check_groups(struct lscow_extfs *fs, struct lscow_error *err)
{
	int rc = 0;

	for (uint32_t group = 0; rc == 0 && group < fs->nr_groups; group++)
		rc = check_group(fs, group, err);
	return rc;
}

/* What a crash left need not fit together: descriptors are not looked at. */
static int read_log(struct lscow_extfs *fs, struct lscow_replay *replay,
		    struct lscow_error *err)
{
	int rc = open_handle(fs, EXT2_FLAG_IGNORE_CSUM_ERRORS, err);

	if (rc == 0)
		rc = lscow_replay_find(fs, replay, err);
	if (fs->handle)
		ext2fs_close_free(&fs->handle);
	return rc;
}

/* Puts the replayed device in the place of the device. */
static int replay_log(struct lscow_extfs *fs, struct lscow_error *err)
{
	struct lscow_replay replay = { .blocks = LSCOW_VECTOR(struct lscow_logged_block) };
	int rc = read_log(fs, &replay, err);

	if (rc == 0)
		rc = lscow_replay_device_open(fs->device, &replay, &fs->replayed, err);
	lscow_vector_free(&replay.blocks);
	if (rc != 0)
		return rc;
	fs->device = fs->replayed;
	fs->io.device = fs->replayed;
	return lscow_superblock_load(fs->device, &fs->sb, err);
}

int lscow_extfs_open(struct lscow_device *device, struct lscow_extfs **out,
		     struct lscow_error *err)
{
	struct lscow_extfs *fs = calloc(1, sizeof(*fs));
	int rc;

	if (!fs)
		return lscow_error_no_memory(err, device->name);
	fs->device = device;
	fs->io.device = device;
	fs->io.read_bytes = &fs->read_bytes[LSCOW_READ_FILESYSTEM];
	rc = lscow_superblock_load(device, &fs->sb, err);
	if (rc == 0 && lscow_superblock_needs_recovery(&fs->sb))
		rc = replay_log(fs, err);
	if (rc == 0)
		rc = open_handle(fs, 0, err);
	if (rc == 0)
		rc = check_groups(fs, err);
	if (rc == 0)
		rc = lscow_groups_check(fs, err);
	if (rc != 0) {
		lscow_extfs_close(fs);
		return rc;
	}
	*out = fs;
	return 0;
}

const struct lscow_vector *lscow_extfs_get_replayed(const struct lscow_extfs *fs)
{
	return fs->replayed ? lscow_replay_device_get_blocks(fs->replayed) : NULL;
}

int lscow_extfs_recheck(const struct lscow_extfs *fs, struct lscow_error *err)
{
	return fs->replayed ? lscow_replay_device_recheck(fs->replayed, err) : 0;
}

void lscow_extfs_close(struct lscow_extfs *fs)
{
	if (!fs)
		return;
	if (fs->handle)
		ext2fs_close_free(&fs->handle);
	lscow_vector_free(&fs->fixed);
	lscow_device_close(fs->replayed);
	free(fs);
}

bool lscow_extfs_has_blocks(const struct lscow_extfs *fs, uint64_t start_block,
			    uint64_t nr_blocks)
{
	return start_block >= fs->sb.first_data_block && start_block > 0 &&
	       start_block < fs->sb.nr_blocks &&
	       nr_blocks <= fs->sb.nr_blocks - start_block;
}

const char *lscow_read_kind_name(enum lscow_read_kind kind)
{
	static const char *const names[LSCOW_NR_READ_KINDS] = {
		[LSCOW_READ_FILESYSTEM] = "filesystem",
		[LSCOW_READ_BITMAP] = "bitmap",
		[LSCOW_READ_INODE_TABLE] = "inode_table",
		[LSCOW_READ_DIRECTORY] = "directory",
		[LSCOW_READ_MAP] = "map",
		[LSCOW_READ_XATTR] = "xattr",
		[LSCOW_READ_DATA] = "data",
	};

	return (unsigned int)kind < LSCOW_NR_READ_KINDS ? names[kind] : "unknown";
}

int lscow_extfs_read_bytes(struct lscow_extfs *fs, enum lscow_read_kind kind,
			   uint64_t offset_bytes, void *buffer, size_t nr_bytes,
			   struct lscow_error *err)
{
	fs->read_bytes[kind] += nr_bytes;
	return lscow_device_read(fs->device, offset_bytes, buffer, nr_bytes, err);
}

int lscow_extfs_read_blocks(struct lscow_extfs *fs, enum lscow_read_kind kind,
			    uint64_t start_block, uint64_t nr_blocks, void *buffer,
			    struct lscow_error *err)
{
	if (start_block >= fs->sb.nr_blocks || nr_blocks > fs->sb.nr_blocks - start_block)
		return lscow_extfs_damaged(fs, err, "block %llu wanted, expected below %llu",
					   (unsigned long long)start_block,
					   (unsigned long long)fs->sb.nr_blocks);
	return lscow_extfs_read_bytes(fs, kind, start_block * fs->sb.block_bytes, buffer,
				      (size_t)nr_blocks * fs->sb.block_bytes, err);
}

bool lscow_extfs_widen_to_clusters(const struct lscow_extfs *fs, uint64_t *start_block,
				   uint64_t *nr_blocks)
{
	uint64_t mask = lscow_superblock_blocks_per_cluster(&fs->sb) - 1;
	uint64_t end_block = (*start_block + *nr_blocks + mask) & ~mask;

	if (mask == 0)
		return false;
	*start_block &= ~mask;
	*nr_blocks = lscow_min_u64(end_block, fs->sb.nr_blocks) - *start_block;
	return true;
}

uint64_t lscow_extfs_group_start(const struct lscow_extfs *fs, uint32_t group)
{
	return ext2fs_group_first_block2(fs->handle, group);
}

uint32_t lscow_extfs_group_of_block(const struct lscow_extfs *fs, uint64_t block)
{
	return ext2fs_group_of_blk2(fs->handle, block);
}

uint32_t lscow_extfs_group_of_inode(const struct lscow_extfs *fs, uint32_t ino)
{
	return (ino - 1) / fs->sb.inodes_per_group;
}

uint64_t lscow_extfs_itable_blocks(const struct lscow_extfs *fs)
{
	return fs->handle->inode_blocks_per_group;
}

uint32_t lscow_extfs_group_used_inodes(const struct lscow_extfs *fs, uint32_t group)
{
	uint32_t per_group = fs->sb.inodes_per_group;
	uint32_t unused;

	if (!ext2fs_has_group_desc_csum(fs->handle))
		return per_group;
	if (ext2fs_bg_flags_test(fs->handle, group, EXT2_BG_INODE_UNINIT))
		return 0;
	unused = ext2fs_bg_itable_unused(fs->handle, group);
	return unused < per_group ? per_group - unused : 0;
}

bool lscow_extfs_has_checksums(const struct lscow_extfs *fs)
{
	return fs->sb.ro_compat & EXT4_FEATURE_RO_COMPAT_METADATA_CSUM;
}

uint32_t lscow_extfs_inode_seed(const struct lscow_extfs *fs, uint32_t ino,
				uint32_t generation)
{
	uint32_t le_ino = htole32(ino);
	uint32_t le_generation = htole32(generation);
	uint32_t crc;

	crc = lscow_crc32c(fs->handle->csum_seed, &le_ino, sizeof(le_ino));
	return lscow_crc32c(crc, &le_generation, sizeof(le_generation));
}

bool lscow_extfs_is_hidden_inode(const struct lscow_extfs *fs, uint32_t ino)
{
	struct ext2_super_block *super = fs->handle->super;

	if (ino == EXT2_ROOT_INO)
		return false;
	if (ino < EXT2_FIRST_INODE(super))
		return true;
	return (ext2fs_has_feature_project(super) && ino == super->s_prj_quota_inum) ||
	       (ext2fs_has_feature_quota(super) && (ino == super->s_usr_quota_inum ||
						    ino == super->s_grp_quota_inum)) ||
	       (ext2fs_has_feature_orphan_file(super) &&
		ino == super->s_orphan_file_inum);
}
