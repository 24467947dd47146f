/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Where the metadata of a base is, for mutations of it. */

#include "fuzz/places.h"

#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "extfs/map.h"
#include "fuzz/bases.h"
#include "support/memory-device.h"

/* Blocks of one file: more of the same do not make more of a difference. */
#define MOST_DATA_BLOCKS 4u

static struct fuzz_places all[FUZZ_NR_BASES];

static void add(struct fuzz_places *places, enum fuzz_place_kind kind, uint64_t offset_bytes,
		size_t nr_bytes)
{
	if (places->nr < FUZZ_MOST_PLACES)
		places->items[places->nr++] = (struct fuzz_place){
			kind, (uint32_t)offset_bytes, (uint32_t)nr_bytes };
}

static void add_blocks(struct fuzz_places *places, const struct lscow_extfs *fs,
		       const struct lscow_inode *inode, const struct lscow_map *map)
{
	const uint64_t *map_blocks = map->map_blocks.items;
	const struct lscow_run *runs = map->runs.items;
	uint32_t block_bytes = fs->sb.block_bytes;

	for (size_t i = 0; i < map->map_blocks.nr; i++)
		add(places, FUZZ_PLACE_EXTENTS, map_blocks[i] * block_bytes, block_bytes);
	for (size_t i = 0; i < map->runs.nr && i < MOST_DATA_BLOCKS; i++)
		for (uint64_t j = 0; j < runs[i].nr_blocks && j < MOST_DATA_BLOCKS; j++)
			add(places,
			    lscow_inode_type(inode) == LSCOW_TYPE_DIRECTORY
				    ? FUZZ_PLACE_DIRECTORY : FUZZ_PLACE_DATA,
			    (runs[i].physical_block + j) * block_bytes, block_bytes);
	if (inode->xattr_block != 0)
		add(places, FUZZ_PLACE_XATTRS, inode->xattr_block * block_bytes, block_bytes);
}

static void add_inode(struct fuzz_places *places, struct lscow_extfs *fs, uint32_t ino)
{
	uint32_t index = (ino - 1) % fs->sb.inodes_per_group;
	uint64_t offset_bytes = (uint64_t)ext2fs_inode_table_loc(
		fs->handle, lscow_extfs_group_of_inode(fs, ino)) * fs->sb.block_bytes +
		(uint64_t)index * fs->sb.inode_bytes;
	uint8_t *raw = malloc(fs->sb.inode_bytes);
	struct lscow_map map = LSCOW_MAP;
	struct lscow_inode inode;

	if (!raw)
		abort();
	if (lscow_inode_load(fs, ino, raw, &inode, NULL) == 0 &&
	    (inode.nr_links > 0 || ino <= EXT2_RESIZE_INO)) {
		add(places, FUZZ_PLACE_INODE, offset_bytes, fs->sb.inode_bytes);
		if (lscow_map_load(fs, &inode, &map, NULL) == 0)
			add_blocks(places, fs, &inode, &map);
	}
	lscow_map_free(&map);
	free(raw);
}

static void add_group(struct fuzz_places *places, const struct lscow_extfs *fs,
		      uint32_t group)
{
	ext2_filsys handle = fs->handle;
	uint32_t block_bytes = fs->sb.block_bytes;
	uint32_t descriptor_bytes = EXT2_DESC_SIZE(handle->super);
	uint32_t per_block = block_bytes / descriptor_bytes;

	add(places, FUZZ_PLACE_DESCRIPTOR,
	    ext2fs_descriptor_block_loc2(handle, fs->sb.first_data_block, group / per_block) *
			    block_bytes + group % per_block * descriptor_bytes,
	    descriptor_bytes);
	add(places, FUZZ_PLACE_BITMAP, ext2fs_block_bitmap_loc(handle, group) * block_bytes,
	    64);
	add(places, FUZZ_PLACE_BITMAP, ext2fs_inode_bitmap_loc(handle, group) * block_bytes, 8);
}

static void find(const struct fuzz_base *base, struct fuzz_places *places)
{
	struct lscow_device *device = memory_device_new(base->name, base->bytes,
							base->nr_bytes);
	struct lscow_error err;
	struct lscow_extfs *fs;

	add(places, FUZZ_PLACE_SUPER, SUPERBLOCK_OFFSET, 0x180);
	/* A kind of filesystem that is refused has no more places. */
	if (lscow_extfs_open(device, &fs, &err) == 0) {
		for (uint32_t group = 0; group < fs->nr_groups; group++)
			add_group(places, fs, group);
		for (uint32_t ino = 1; ino <= fs->sb.nr_inodes; ino++)
			add_inode(places, fs, ino);
		lscow_extfs_close(fs);
	}
	lscow_device_close(device);
}

const struct fuzz_places *fuzz_places_get(unsigned int base)
{
	struct fuzz_places *places = &all[base % FUZZ_NR_BASES];

	if (places->nr == 0)
		find(fuzz_base_get(base), places);
	return places;
}
