/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Fuzz target: the first byte is a base, the rest the blocks of a directory in it. */

#include <string.h>

#include "extfs/directory.h"
#include "fuzz/bases.h"
#include "fuzz/checksums.h"
#include "fuzz/refusal.h"
#include "support/memory-device.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

/* What was listed so far. */
struct listing {
	size_t nr_entries;
	size_t nr_dots;
};

/* Entries lie one behind the other in the block, with names that can be shown. */
static int count_entries(const uint8_t *bytes, size_t nr_bytes, struct listing *listing)
{
	struct lscow_dirblock place = { .bytes = bytes, .nr_bytes = nr_bytes };
	struct lscow_dirent entry;
	size_t end = 0;
	int ret;

	while ((ret = lscow_dirblock_next(&place, &entry)) == 0) {
		if (entry.offset_bytes < end || entry.ino == 0 ||
		    entry.name < bytes + entry.offset_bytes + 8 ||
		    (size_t)(entry.name - bytes) + entry.name_bytes > nr_bytes ||
		    memchr(entry.name, '/', entry.name_bytes) ||
		    memchr(entry.name, '\0', entry.name_bytes))
			fuzz_give_up("directory", "an entry that is none");
		end = entry.offset_bytes + 8 + entry.name_bytes;
		listing->nr_dots += lscow_dirent_is_dot(&entry);
		listing->nr_entries++;
	}
	return ret;
}

static int count_one(void *data, const struct lscow_dirent *entry, struct lscow_error *err)
{
	(void)err;
	if (entry->name_bytes == 0)
		fuzz_give_up("directory", "an entry without a name");
	((struct listing *)data)->nr_entries++;
	return 0;
}

/* The whole directory lists what its blocks list, one by one. */
static void compare(struct lscow_extfs *fs, const struct lscow_inode *inode,
		    struct lscow_device *device)
{
	struct listing whole = { 0 }, parts = { 0 };
	struct lscow_map map = LSCOW_MAP;
	const struct lscow_run *runs;
	struct lscow_error err;
	int ret = lscow_directory_iterate(fs, inode, count_one, &whole, &err);

	fuzz_check_code(ret, &err);
	if (ret || lscow_map_load(fs, inode, &map, &err))
		return;
	runs = map.runs.items;
	for (size_t i = 0; i < map.runs.nr; i++)
		for (uint64_t j = 0; j < runs[i].nr_blocks; j++)
			if (count_entries(memory_device_get_bytes(device) +
						  (runs[i].physical_block + j) *
							  fs->sb.block_bytes,
					  fs->sb.block_bytes, &parts) != 1)
				fuzz_give_up("directory", "listed, and a block is damaged");
	if (whole.nr_entries != parts.nr_entries - parts.nr_dots)
		fuzz_give_up("directory", "blocks have more or fewer entries");
	lscow_map_free(&map);
}

static void read_directory(struct lscow_device *device, uint32_t ino)
{
	uint8_t raw[1024];
	struct lscow_inode inode;
	struct lscow_extfs *fs;
	struct lscow_error err;
	uint32_t parent;
	int ret = lscow_extfs_open(device, &fs, &err);

	fuzz_check_code(ret, &err);
	if (ret)
		return;
	ret = lscow_inode_load(fs, ino, raw, &inode, &err);
	fuzz_check_code(ret, &err);
	if (!ret) {
		compare(fs, &inode, device);
		fuzz_check_code(lscow_directory_load_parent(fs, &inode, &parent, &err), &err);
	}
	lscow_extfs_close(fs);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes)
{
	const struct fuzz_base *base;
	struct lscow_device *device;
	struct listing listing = { 0 };
	size_t room_bytes;

	if (length_bytes == 0)
		return 0;
	base = fuzz_base_get(bytes[0]);
	count_entries(bytes + 1, length_bytes - 1, &listing);
	/* As many blocks as it has, or the first of them. */
	room_bytes = base->nr_directory_blocks * base->block_bytes;
	device = memory_device_borrow(base->name, fuzz_base_copy(base, 0), base->nr_bytes);
	memory_device_put(device, base->directory_block * base->block_bytes, bytes + 1,
			  length_bytes - 1 < room_bytes ? length_bytes - 1 : room_bytes);
	fuzz_checksums_fix(memory_device_get_bytes(device), base->nr_bytes);
	read_directory(device, base->directory_ino);
	lscow_device_close(device);
	return 0;
}
