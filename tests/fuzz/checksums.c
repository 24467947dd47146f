/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Puts right the checksums of an image, so that hostile metadata gets past them. */

#include "fuzz/checksums.h"

#include <stdbool.h>
#include <string.h>

#include <ext2fs/ext2fs.h>

#include "base/bytes.h"
#include "support/store-image.h"

#define MOST_DEPTH 5u
#define MOST_VISITS 4096u /* blocks; a map may lead round in circles */
#define MOST_RUN_BLOCKS 64u
#define DIRECTORY_TAIL_BYTES 12u

/* What the superblock says, as far as it makes sense. */
struct image {
	uint8_t *bytes;
	uint64_t nr_bytes;
	uint64_t block_bytes;
	uint64_t nr_blocks;  /* that are there */
	uint32_t first_block;
	uint32_t blocks_per_group;
	uint32_t clusters_per_group; /* bits of a block bitmap */
	uint32_t inodes_per_group;
	uint32_t inode_bytes;
	uint32_t descriptor_bytes;
	uint32_t nr_groups;
	uint32_t seed;
	uint32_t incompat;
	uint32_t ro_compat;
	unsigned int nr_visits;
};

/* One inode. */
struct node {
	struct image *image;
	uint32_t seed;
	bool is_directory;
};

static void put_le16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

static uint32_t crc_of_le32(uint32_t crc, uint32_t value)
{
	uint8_t bytes[4];

	store_put_le32(bytes, value);
	return ext2fs_crc32c_le(crc, bytes, sizeof(bytes));
}

/* The older checksum of descriptors: CRC-16 (ANSI), low bits first. */
static uint32_t crc16(uint32_t crc, const uint8_t *bytes, size_t nr_bytes)
{
	for (size_t i = 0; i < nr_bytes; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1;
	}
	return crc;
}

/* The block's bytes, or NULL where there are none, or enough were looked at. */
static uint8_t *visit(struct image *image, uint64_t block)
{
	if (block >= image->nr_blocks || image->nr_visits == MOST_VISITS)
		return NULL;
	image->nr_visits++;
	return image->bytes + block * image->block_bytes;
}

static bool has_metadata_csum(const struct image *image)
{
	return image->ro_compat & EXT4_FEATURE_RO_COMPAT_METADATA_CSUM;
}

/* ---- superblock and groups -------------------------------------------------- */

static bool load_super(struct image *image, const uint8_t *super)
{
	uint32_t log_block_size = lscow_load_le32(super + 0x18);
	uint64_t nr_blocks = lscow_load_le32(super + 0x04);

	if (log_block_size > 6 || lscow_load_le32(super + 0x4C) == 0)
		return false;
	image->block_bytes = UINT64_C(1024) << log_block_size;
	image->nr_blocks = image->nr_bytes / image->block_bytes;
	image->first_block = lscow_load_le32(super + 0x14);
	image->blocks_per_group = lscow_load_le32(super + 0x20);
	image->clusters_per_group = lscow_load_le32(super + 0x24);
	image->inodes_per_group = lscow_load_le32(super + 0x28);
	image->inode_bytes = lscow_load_le16(super + 0x58);
	image->incompat = lscow_load_le32(super + 0x60);
	image->ro_compat = lscow_load_le32(super + 0x64);
	image->descriptor_bytes = image->incompat & EXT4_FEATURE_INCOMPAT_64BIT
					  ? lscow_load_le16(super + 0xFE) : 32;
	image->seed = image->incompat & EXT4_FEATURE_INCOMPAT_CSUM_SEED
			      ? lscow_load_le32(super + 0x270)
			      : ext2fs_crc32c_le(~0u, super + 0x68, 16);
	if (nr_blocks > image->nr_blocks)
		nr_blocks = image->nr_blocks;
	if (image->first_block > 1 || nr_blocks <= image->first_block ||
	    image->blocks_per_group == 0 || image->inodes_per_group == 0 ||
	    image->inodes_per_group > image->block_bytes * 8 || image->inode_bytes < 128 ||
	    image->inode_bytes > image->block_bytes || image->descriptor_bytes < 32 ||
	    image->descriptor_bytes > image->block_bytes)
		return false;
	image->nr_groups = (uint32_t)((nr_blocks - image->first_block - 1) /
				      image->blocks_per_group + 1);
	return true;
}

/* With meta_bg each group of groups has its descriptors in its first group. */
static uint8_t *find_descriptor(struct image *image, uint32_t group)
{
	uint64_t per_block = image->block_bytes / image->descriptor_bytes;
	uint64_t block = image->first_block + 1 + group / per_block;

	if (image->incompat & EXT2_FEATURE_INCOMPAT_META_BG) {
		uint64_t first_group = group / per_block * per_block;

		block = image->first_block + first_group * image->blocks_per_group;
		block += first_group == 0; /* behind the superblock */
	}
	if (block >= image->nr_blocks)
		return NULL;
	return image->bytes + block * image->block_bytes +
	       group % per_block * image->descriptor_bytes;
}

/* One that says that it was never written has no checksum. */
static void fix_bitmap(struct image *image, uint8_t *descriptor, uint32_t uninit_flag,
		       size_t place_offset, size_t checksum_offset, size_t nr_bits)
{
	const uint8_t *bitmap = visit(image, lscow_load_le32(descriptor + place_offset));
	uint32_t crc;

	if (!bitmap || lscow_load_le16(descriptor + 0x12) & uninit_flag || nr_bits / 8 > image->block_bytes)
		return;
	crc = ext2fs_crc32c_le(image->seed, bitmap, nr_bits / 8);
	put_le16(descriptor + checksum_offset, crc);
	if (image->descriptor_bytes >= 64)
		put_le16(descriptor + checksum_offset + 0x20, crc >> 16);
}

static void fix_descriptor(const struct image *image, const uint8_t *super, uint32_t group,
			   uint8_t *descriptor)
{
	uint8_t number[4];
	uint32_t crc;

	put_le16(descriptor + 0x1E, 0);
	if (has_metadata_csum(image)) {
		put_le16(descriptor + 0x1E,
			 ext2fs_crc32c_le(crc_of_le32(image->seed, group), descriptor,
					  image->descriptor_bytes));
		return;
	}
	store_put_le32(number, group);
	crc = crc16(0xFFFF, super + 0x68, 16);
	crc = crc16(crc, number, sizeof(number));
	crc = crc16(crc, descriptor, 0x1E);
	crc = crc16(crc, descriptor + 0x20, image->descriptor_bytes - 0x20);
	put_le16(descriptor + 0x1E, crc);
}

/* ---- what inodes lead to ------------------------------------------------------ */

/* Where the index of a directory block begins, or 0 where it has none. */
static size_t find_index(const uint8_t *block, size_t nr_bytes)
{
	if (lscow_load_le16(block + 4) == nr_bytes)
		return 8;
	if (lscow_load_le16(block + 4) == 12 && lscow_load_le16(block + 16) == nr_bytes - 12 &&
	    block[0x1D] == 8)
		return 0x20;
	return 0;
}

static void fix_index(const struct node *node, uint8_t *block, size_t start)
{
	size_t tail = start + (size_t)lscow_load_le16(block + start) * 8;
	size_t end = start + (size_t)lscow_load_le16(block + start + 2) * 8;
	uint32_t crc;

	if (tail + 8 > node->image->block_bytes || end > tail)
		return;
	crc = ext2fs_crc32c_le(node->seed, block, end);
	crc = ext2fs_crc32c_le(crc, block + tail, 4);
	store_put_le32(block + tail + 4, crc_of_le32(crc, 0));
}

static void fix_directory_block(const struct node *node, uint8_t *block)
{
	size_t nr_bytes = (size_t)node->image->block_bytes;
	uint8_t *tail = block + nr_bytes - DIRECTORY_TAIL_BYTES;
	size_t start = find_index(block, nr_bytes);

	if (tail[7] == 0xDE && lscow_load_le16(tail + 4) == DIRECTORY_TAIL_BYTES)
		store_put_le32(tail + 8, ext2fs_crc32c_le(node->seed, block, nr_bytes -
							  DIRECTORY_TAIL_BYTES));
	else if (start > 0)
		fix_index(node, block, start);
}

static void fix_data(const struct node *node, uint64_t block, uint32_t nr_blocks)
{
	for (uint32_t i = 0; node->is_directory && i < nr_blocks && i < MOST_RUN_BLOCKS; i++) {
		uint8_t *bytes = visit(node->image, block + i);

		if (!bytes)
			return;
		fix_directory_block(node, bytes);
	}
}

/* Entries first: a checksum covers none of another block. */
static void fix_extents(const struct node *node, uint8_t *bytes, size_t nr_bytes,
			unsigned int depth_left, bool is_root)
{
	size_t nr_entries = lscow_load_le16(bytes + 2);
	size_t tail = 12 + (size_t)lscow_load_le16(bytes + 4) * 12;
	bool is_leaf = lscow_load_le16(bytes + 6) == 0;

	for (size_t at = 12; nr_entries > 0 && at + 12 <= nr_bytes; at += 12, nr_entries--) {
		uint8_t *child;

		if (is_leaf) {
			fix_data(node, lscow_load_le32(bytes + at + 8),
				 lscow_load_le16(bytes + at + 4) & 0x7FFF);
			continue;
		}
		child = depth_left > 0 ? visit(node->image, lscow_load_le32(bytes + at + 4))
				       : NULL;
		if (child)
			fix_extents(node, child, (size_t)node->image->block_bytes,
				    depth_left - 1, false);
	}
	if (!is_root && tail + 4 <= nr_bytes)
		store_put_le32(bytes + tail, ext2fs_crc32c_le(node->seed, bytes, tail));
}

static void fix_xattr_block(struct image *image, uint32_t block)
{
	uint8_t *bytes = block != 0 ? visit(image, block) : NULL;
	uint8_t number[8];
	uint32_t crc;

	if (!bytes)
		return;
	store_put_le64(number, block);
	crc = ext2fs_crc32c_le(image->seed, number, sizeof(number));
	store_put_le32(bytes + 0x10, 0);
	crc = ext2fs_crc32c_le(crc, bytes, image->block_bytes);
	store_put_le32(bytes + 0x10, crc);
}

static void fix_inode(struct image *image, uint32_t ino, uint8_t *raw)
{
	struct node node = { .image = image,
			     .is_directory = LINUX_S_ISDIR(lscow_load_le16(raw)) };
	bool has_high = image->inode_bytes > 128 && lscow_load_le16(raw + 0x80) >= 4;
	uint32_t crc;

	if (lscow_load_le16(raw) == 0 && lscow_load_le32(raw + 0x7C) == 0)
		return; /* never used: all zeros are accepted */
	node.seed = ext2fs_crc32c_le(crc_of_le32(image->seed, ino), raw + 0x64, 4);
	if (lscow_load_le32(raw + 0x20) & EXT4_EXTENTS_FL)
		fix_extents(&node, raw + 0x28, 60, MOST_DEPTH, true);
	else if (!(lscow_load_le32(raw + 0x20) & EXT4_INLINE_DATA_FL))
		for (size_t i = 0; i < 12; i++)
			fix_data(&node, lscow_load_le32(raw + 0x28 + 4 * i), 1);
	fix_xattr_block(image, lscow_load_le32(raw + 0x68));
	put_le16(raw + 0x7C, 0);
	if (has_high)
		put_le16(raw + 0x82, 0);
	crc = ext2fs_crc32c_le(node.seed, raw, image->inode_bytes);
	put_le16(raw + 0x7C, crc);
	if (has_high)
		put_le16(raw + 0x82, crc >> 16);
}

static void fix_inodes(struct image *image, uint32_t group, const uint8_t *descriptor)
{
	uint64_t at = lscow_load_le32(descriptor + 8) * image->block_bytes;

	for (uint32_t i = 0; i < image->inodes_per_group; i++, at += image->inode_bytes) {
		if (at > image->nr_bytes || image->inode_bytes > image->nr_bytes - at)
			return;
		fix_inode(image, group * image->inodes_per_group + i + 1, image->bytes + at);
	}
}

static void fix_groups(struct image *image, const uint8_t *super)
{
	for (uint32_t group = 0; group < image->nr_groups; group++) {
		uint8_t *descriptor = find_descriptor(image, group);

		if (!descriptor)
			continue;
		if (has_metadata_csum(image)) {
			fix_inodes(image, group, descriptor);
			fix_bitmap(image, descriptor, EXT2_BG_BLOCK_UNINIT, 0, 0x18,
				   image->clusters_per_group);
			fix_bitmap(image, descriptor, EXT2_BG_INODE_UNINIT, 4, 0x1A,
				   image->inodes_per_group);
		}
		fix_descriptor(image, super, group, descriptor);
	}
}

void fuzz_checksums_fix(uint8_t *bytes, size_t nr_bytes)
{
	struct image image = { .bytes = bytes, .nr_bytes = nr_bytes };
	uint8_t *super = bytes + 1024;

	if (nr_bytes < 2048 || !load_super(&image, super) ||
	    !(image.ro_compat & (EXT4_FEATURE_RO_COMPAT_METADATA_CSUM |
				 EXT4_FEATURE_RO_COMPAT_GDT_CSUM)))
		return;
	fix_groups(&image, super);
	if (has_metadata_csum(&image))
		store_put_le32(super + 0x3FC, ext2fs_crc32c_le(~0u, super, 0x3FC));
}
