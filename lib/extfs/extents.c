/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Extent trees (fs/ext4/ext4_extents.h). */

#include <stdlib.h>

#include "base/bytes.h"
#include "extfs/crc32c.h"
#include "extfs/map.h"

#define EXTENT_MAGIC 0xF30A
#define EXTENT_HEADER_BYTES 12
#define EXTENT_ENTRY_BYTES 12
#define EXTENT_TAIL_BYTES 4
#define MAX_DEPTH 5 /* EXT4_MAX_EXTENT_DEPTH */
#define MAX_WRITTEN_BLOCKS 32768 /* EXT_INIT_MAX_LEN; longer is unwritten */

/* A walk through one tree. */
struct extent_walk {
	struct lscow_extfs *fs;
	const struct lscow_inode *inode;
	struct lscow_map *map;
	uint64_t nr_nodes_left; /* how many more nodes the tree may sensibly have */
	struct lscow_error *err;
};

struct extent_header {
	uint16_t nr_entries;
	uint16_t depth;
};

static int damaged_node(const struct extent_walk *walk, uint64_t block, const char *what,
			unsigned int found, unsigned int expected)
{
	if (block == 0)
		return lscow_extfs_damaged(walk->fs, walk->err, "inode %u: extent root: %s %u, "
					   "expected %u", walk->inode->ino, what, found,
					   expected);
	return lscow_extfs_damaged(walk->fs, walk->err, "inode %u: extent node at block %llu: "
				   "%s %u, expected %u", walk->inode->ino,
				   (unsigned long long)block, what, found, expected);
}

/* block is 0 for the root in i_block. */
static int decode_header(const struct extent_walk *walk, uint64_t block,
			 const uint8_t *node, size_t node_bytes,
			 struct extent_header *header)
{
	unsigned int magic = lscow_load_le16(node);
	unsigned int max_entries = lscow_load_le16(node + 4);
	size_t room = (node_bytes - EXTENT_HEADER_BYTES) / EXTENT_ENTRY_BYTES;

	header->nr_entries = lscow_load_le16(node + 2);
	header->depth = lscow_load_le16(node + 6);
	if (magic != EXTENT_MAGIC)
		return damaged_node(walk, block, "magic", magic, EXTENT_MAGIC);
	if (max_entries > room)
		return damaged_node(walk, block, "most entries", max_entries,
				    (unsigned int)room);
	if (header->nr_entries > max_entries)
		return damaged_node(walk, block, "entries", header->nr_entries, max_entries);
	return 0;
}

static int walk_leaf(const struct extent_walk *walk, const uint8_t *node,
		     unsigned int nr_entries)
{
	for (unsigned int i = 0; i < nr_entries; i++) {
		const uint8_t *entry = node + EXTENT_HEADER_BYTES + i * EXTENT_ENTRY_BYTES;
		uint32_t length = lscow_load_le16(entry + 4);
		struct lscow_run run = {
			.logical_block = lscow_load_le32(entry),
			.physical_block = (uint64_t)lscow_load_le16(entry + 6) << 32 |
					  lscow_load_le32(entry + 8),
			.nr_blocks = length,
		};
		int rc;

		if (length > MAX_WRITTEN_BLOCKS) {
			run.nr_blocks = length - MAX_WRITTEN_BLOCKS;
			run.is_unwritten = true;
		}
		if (run.nr_blocks == 0)
			return lscow_extfs_damaged(walk->fs, walk->err, "inode %u: extent at "
						   "logical block %llu has no length",
						   walk->inode->ino,
						   (unsigned long long)run.logical_block);
		rc = lscow_map_add_run(walk->fs, walk->inode->ino, walk->map, &run, walk->err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int verify_node(const struct extent_walk *walk, uint64_t block, const uint8_t *node)
{
	const struct lscow_extfs *fs = walk->fs;
	size_t tail = EXTENT_HEADER_BYTES +
		      (size_t)lscow_load_le16(node + 4) * EXTENT_ENTRY_BYTES;
	uint32_t seed;

	if (!lscow_extfs_has_checksums(fs))
		return 0;
	seed = lscow_extfs_inode_seed(fs, walk->inode->ino, walk->inode->generation);
	if (tail + EXTENT_TAIL_BYTES <= fs->sb.block_bytes &&
	    lscow_crc32c(seed, node, tail) == lscow_load_le32(node + tail))
		return 0;
	return lscow_extfs_damaged(fs, walk->err, "inode %u: extent node at block %llu: wrong "
				   "checksum", walk->inode->ino, (unsigned long long)block);
}

static int walk_node(struct extent_walk *walk, uint64_t block, uint32_t logical_block,
		     const uint8_t *node, size_t node_bytes, unsigned int depth);

/*
 * A node below the root has entries, and begins where its parent says (the
 * kernel's __ext4_ext_check demands it too); as entries rise, no node can be
 * there twice.
 */
static int check_child(const struct extent_walk *walk, uint64_t block,
		       const uint8_t *node, uint32_t logical_block)
{
	if (lscow_load_le16(node + 2) == 0)
		return damaged_node(walk, block, "entries", 0, 1);
	if (lscow_load_le32(node + EXTENT_HEADER_BYTES) != logical_block)
		return damaged_node(walk, block, "first logical block",
				    lscow_load_le32(node + EXTENT_HEADER_BYTES),
				    logical_block);
	return 0;
}

static int walk_child(struct extent_walk *walk, uint64_t block, uint32_t logical_block,
		      uint8_t *buffer, unsigned int depth)
{
	int rc;

	if (!lscow_extfs_has_blocks(walk->fs, block, 1))
		return lscow_extfs_damaged(walk->fs, walk->err, "inode %u: extent node at block "
					   "%llu, expected below %llu", walk->inode->ino,
					   (unsigned long long)block,
					   (unsigned long long)walk->fs->sb.nr_blocks);
	if (walk->nr_nodes_left-- == 0)
		return lscow_extfs_damaged(walk->fs, walk->err, "inode %u: more extent nodes "
					   "than the filesystem has blocks",
					   walk->inode->ino);
	rc = lscow_map_add_map_block(walk->fs, walk->inode->ino, walk->map, block,
				     walk->err);
	if (rc == 0)
		rc = lscow_extfs_read_blocks(walk->fs, LSCOW_READ_MAP, block, 1, buffer, walk->err);
	if (rc == 0)
		rc = walk_node(walk, block, logical_block, buffer, walk->fs->sb.block_bytes,
			       depth);
	return rc;
}

static int walk_index(struct extent_walk *walk, const uint8_t *node,
		      unsigned int nr_entries, unsigned int depth)
{
	uint8_t *buffer = malloc(walk->fs->sb.block_bytes);
	uint64_t least_logical = 0;
	int rc = 0;

	if (!buffer)
		return lscow_error_no_memory(walk->err, "an extent node");
	for (unsigned int i = 0; rc == 0 && i < nr_entries; i++) {
		const uint8_t *entry = node + EXTENT_HEADER_BYTES + i * EXTENT_ENTRY_BYTES;
		uint32_t logical_block = lscow_load_le32(entry);

		if (logical_block < least_logical)
			rc = lscow_extfs_damaged(walk->fs, walk->err, "inode %u: extent index "
						 "at logical block %u, expected at least %llu",
						 walk->inode->ino, logical_block,
						 (unsigned long long)least_logical);
		else
			rc = walk_child(walk, (uint64_t)lscow_load_le16(entry + 8) << 32 |
					      lscow_load_le32(entry + 4),
					logical_block, buffer, depth - 1);
		least_logical = (uint64_t)logical_block + 1;
	}
	free(buffer);
	return rc;
}

/* The root has block and logical block 0. */
static int walk_node(struct extent_walk *walk, uint64_t block, uint32_t logical_block,
		     const uint8_t *node, size_t node_bytes, unsigned int depth)
{
	struct extent_header header;
	int rc = decode_header(walk, block, node, node_bytes, &header);

	if (rc != 0)
		return rc;
	if (header.depth != depth)
		return damaged_node(walk, block, "depth", header.depth, depth);
	if (block != 0) {
		rc = verify_node(walk, block, node);
		if (rc == 0)
			rc = check_child(walk, block, node, logical_block);
		if (rc != 0)
			return rc;
	}
	if (depth > 0 && header.nr_entries == 0)
		return damaged_node(walk, block, "entries", 0, 1);
	if (depth == 0)
		return walk_leaf(walk, node, header.nr_entries);
	return walk_index(walk, node, header.nr_entries, depth);
}

int lscow_map_load_extents(struct lscow_extfs *fs, const struct lscow_inode *inode,
			   struct lscow_map *map, struct lscow_error *err)
{
	struct extent_walk walk = {
		.fs = fs, .inode = inode, .map = map,
		.nr_nodes_left = fs->sb.nr_blocks, .err = err,
	};
	unsigned int depth = lscow_load_le16(inode->iblock + 6);

	if (depth > MAX_DEPTH)
		return damaged_node(&walk, 0, "depth", depth, MAX_DEPTH);
	return walk_node(&walk, 0, 0, inode->iblock, LSCOW_IBLOCK_BYTES, depth);
}
