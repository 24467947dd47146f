/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Fuzz target: the first byte is a base, then an inode, then blocks that it may use. */

#include <string.h>

#include "extfs/directory.h"
#include "extfs/hidden.h"
#include "extfs/xattr.h"
#include "fuzz/bases.h"
#include "fuzz/checksums.h"
#include "fuzz/refusal.h"
#include "support/memory-device.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

/* Runs rise, are apart, and lead to blocks of the filesystem. */
static void check_map(const struct lscow_extfs *fs, const struct lscow_map *map)
{
	const struct lscow_run *runs = map->runs.items;
	uint64_t nr_blocks = 0, end = 0;

	for (size_t i = 0; i < map->runs.nr; i++) {
		if (runs[i].nr_blocks == 0 || runs[i].logical_block < end ||
		    !lscow_extfs_has_blocks(fs, runs[i].physical_block, runs[i].nr_blocks))
			fuzz_give_up("map", "a run that cannot be");
		end = runs[i].logical_block + runs[i].nr_blocks;
		nr_blocks += runs[i].nr_blocks;
	}
	if (nr_blocks != map->nr_blocks || nr_blocks > fs->sb.nr_blocks)
		fuzz_give_up("map", "blocks that it does not have");
	for (size_t i = 0; i < map->map_blocks.nr; i++)
		if (!lscow_extfs_has_blocks(fs, LSCOW_ITEMS(&map->map_blocks, uint64_t)[i], 1))
			fuzz_give_up("map", "a node that is nowhere");
}

static void read_maps(struct lscow_extfs *fs, const struct lscow_inode *inode)
{
	struct lscow_map map = LSCOW_MAP;
	struct lscow_error err;
	int ret = lscow_map_load(fs, inode, &map, &err);

	fuzz_check_code(ret, &err);
	if (ret == 0)
		check_map(fs, &map);
	ret = lscow_hidden_load_map(fs, inode, &map, &err);
	fuzz_check_code(ret, &err);
	if (ret == 0)
		check_map(fs, &map);
	lscow_map_free(&map);
}

/* Every byte of them can be read. */
static void read_xattrs(struct lscow_extfs *fs, const struct lscow_inode *inode)
{
	struct lscow_xattrs xattrs;
	struct lscow_error err;
	unsigned int sum = 0;
	int ret = lscow_xattrs_load(fs, inode, &xattrs, &err);

	fuzz_check_code(ret, &err);
	if (ret)
		return;
	for (size_t i = 0; i < xattrs.items.nr; i++) {
		const struct lscow_xattr *xattr =
			&LSCOW_ITEMS(&xattrs.items, struct lscow_xattr)[i];

		for (size_t j = 0; j < xattr->name_bytes; j++)
			sum += xattr->name[j];
		for (size_t j = 0; j < xattr->value_bytes; j++)
			sum += xattr->value[j];
	}
	if (!lscow_xattrs_are_equal(&xattrs, &xattrs) || sum == (unsigned int)-1)
		fuzz_give_up("xattrs", "not the same as themselves");
	lscow_xattrs_free(&xattrs);
}

static int take_entry(void *data, const struct lscow_dirent *entry, struct lscow_error *err)
{
	(void)data;
	(void)entry;
	(void)err;
	return 0;
}

static void read_inode(struct lscow_extfs *fs, uint32_t ino)
{
	uint8_t raw[1024];
	struct lscow_inode inode;
	struct lscow_error err;
	int ret = lscow_inode_load(fs, ino, raw, &inode, &err);

	fuzz_check_code(ret, &err);
	if (ret)
		return;
	read_maps(fs, &inode);
	read_xattrs(fs, &inode);
	(void)lscow_inode_state_of(&inode, true);
	(void)lscow_inode_is_deleted(&inode);
	(void)lscow_inode_device_number(&inode);
	if (lscow_inode_type(&inode) == LSCOW_TYPE_DIRECTORY)
		fuzz_check_code(lscow_directory_iterate(fs, &inode, take_entry, NULL, &err),
				&err);
}

static void put(struct lscow_device *device, uint64_t offset_bytes, const uint8_t **bytes,
		size_t *left_bytes, size_t most_bytes)
{
	size_t nr_bytes = *left_bytes < most_bytes ? *left_bytes : most_bytes;

	memory_device_put(device, (size_t)offset_bytes, *bytes, nr_bytes);
	*bytes += nr_bytes;
	*left_bytes -= nr_bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes)
{
	const struct fuzz_base *base;
	struct lscow_device *device;
	struct lscow_extfs *fs;
	struct lscow_error err;
	int ret;

	if (length_bytes == 0)
		return 0;
	base = fuzz_base_get(*bytes++);
	length_bytes--;
	device = memory_device_borrow(base->name, fuzz_base_copy(base, 0), base->nr_bytes);
	put(device, base->file_offset_bytes, &bytes, &length_bytes, base->inode_bytes);
	put(device, base->scratch_block * base->block_bytes, &bytes, &length_bytes,
	    base->nr_scratch_blocks * base->block_bytes);
	fuzz_checksums_fix(memory_device_get_bytes(device), base->nr_bytes);
	ret = lscow_extfs_open(device, &fs, &err);
	fuzz_check_code(ret, &err);
	if (ret == 0) {
		read_inode(fs, base->file_ino);
		lscow_extfs_close(fs);
	}
	lscow_device_close(device);
	return 0;
}
