/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Extent trees: the runs they hold, and trees that are damaged. */

#include "support/unit.h"

#include <stdio.h>
#include <sys/stat.h>

#include "extfs/map.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"

#define MOST_ENTRIES 5
#define MOST_NODES 6
#define NODE_ENTRIES 84 /* (1024 - 12) / 12 */

/* An extent, or in an index node where (physical) its child is. */
struct entry {
	uint32_t logical;
	uint16_t length;
	uint64_t physical;
};

/* Zeros stand for what is right. */
struct node {
	uint64_t block; /* of the root: none */
	uint16_t magic;
	uint16_t nr_entries; /* as many as there are entries */
	uint16_t most_entries;
	uint16_t depth;
	struct entry entries[MOST_ENTRIES]; /* up to the first without a place */
};

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_map map;
static uint8_t iblock[LSCOW_IBLOCK_BYTES];
static struct lscow_inode inode;
static struct lscow_error err;

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXTENTS, NULL);
	filesystem_make("sums", FILESYSTEM_EXT4, "write small a\nwrite small b\n");
}

static void open_image(const char *name)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
	map = LSCOW_MAP;
	memset(iblock, 0, sizeof(iblock));
	inode = (struct lscow_inode){ .ino = 12, .mode = S_IFREG, .flags = EXT4_EXTENTS_FL,
				      .iblock = iblock };
}

static void setup(void)
{
	open_image("disk");
}

static void teardown(void)
{
	lscow_map_free(&map);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

static void put_le16(uint8_t *p, unsigned int value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

static void put_entry(uint8_t *p, const struct entry *entry, bool is_index)
{
	store_put_le32(p, entry->logical);
	if (is_index) {
		store_put_le32(p + 4, (uint32_t)entry->physical);
		put_le16(p + 8, (unsigned int)(entry->physical >> 32));
	} else {
		put_le16(p + 4, entry->length);
		put_le16(p + 6, (unsigned int)(entry->physical >> 32));
		store_put_le32(p + 8, (uint32_t)entry->physical);
	}
}

static void put_node(uint8_t *p, const struct node *node, uint16_t most_entries)
{
	unsigned int nr = 0;

	for (; nr < MOST_ENTRIES && node->entries[nr].physical; nr++)
		put_entry(p + 12 + 12 * nr, &node->entries[nr], node->depth > 0);
	put_le16(p, node->magic ? node->magic : 0xF30A);
	put_le16(p + 2, node->nr_entries ? node->nr_entries : nr);
	put_le16(p + 4, node->most_entries ? node->most_entries : most_entries);
	put_le16(p + 6, node->depth);
}

static void put_tree(const struct node *root, const struct node *nodes)
{
	uint8_t block[FILESYSTEM_BLOCK_BYTES];
	uint8_t room[2 * LSCOW_IBLOCK_BYTES] = { 0 };

	put_node(room, root, 4);
	memcpy(iblock, room, sizeof(iblock));
	for (size_t i = 0; i < MOST_NODES && nodes[i].block; i++) {
		memset(block, 0, sizeof(block));
		put_node(block, &nodes[i], NODE_ENTRIES);
		memory_device_put(device, nodes[i].block * FILESYSTEM_BLOCK_BYTES, block,
				  sizeof(block));
	}
}

/* "LOGICAL+NR@PHYSICAL " for each run ("u" where unwritten), "[NODE] " for each node. */
static const char *describe_map(void)
{
	static char text[1024];
	const struct lscow_run *runs = map.runs.items;

	text[0] = '\0';
	for (size_t i = 0; i < map.runs.nr; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%ju+%ju@%ju%s ",
			 (uintmax_t)runs[i].logical_block, (uintmax_t)runs[i].nr_blocks,
			 (uintmax_t)runs[i].physical_block, runs[i].is_unwritten ? "u" : "");
	for (size_t i = 0; i < map.map_blocks.nr; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "[%ju] ",
			 (uintmax_t)LSCOW_ITEMS(&map.map_blocks, uint64_t)[i]);
	return text;
}

/* ---- good trees ---------------------------------------------------------- */

static const struct {
	const char *label;
	struct node root;
	struct node nodes[MOST_NODES];
	const char *expected;
} good[] = {
	{ .label = "empty", .root = { .depth = 0 }, .expected = "" },
	{ .label = "one extent", .root = { .entries = { { 0, 3, 1000 } } },
	  .expected = "0+3@1000 " },
	{ .label = "a hole", .root = { .entries = { { 0, 1, 1000 }, { 5, 1, 1001 } } },
	  .expected = "0+1@1000 5+1@1001 " },
	{ .label = "neighbours become one run",
	  .root = { .entries = { { 0, 2, 1000 }, { 2, 3, 1002 }, { 5, 1, 1006 } } },
	  .expected = "0+5@1000 5+1@1006 " },
	{ .label = "unwritten ones do not join written ones",
	  .root = { .entries = { { 0, 2, 1000 }, { 2, 0x8003, 1002 }, { 5, 1, 1005 } } },
	  .expected = "0+2@1000 2+3@1002u 5+1@1005 " },
	{ .label = "the last block of the largest file",
	  .root = { .entries = { { UINT32_MAX, 1, 1000 } } },
	  .expected = "4294967295+1@1000 " },
	{ .label = "the last block", .root = { .entries = { { 0, 1, 4095 } } },
	  .expected = "0+1@4095 " },
	{ .label = "two levels", .root = { .depth = 1, .entries = { { 0, 0, 3000 },
								     { 7, 0, 3001 } } },
	  .nodes = { { .block = 3000, .entries = { { 0, 3, 1000 } } },
		     { .block = 3001, .entries = { { 7, 1, 1003 }, { 8, 1, 1010 } } } },
	  .expected = "0+3@1000 7+1@1003 8+1@1010 [3000] [3001] " },
	{ .label = "five levels", .root = { .depth = 5, .entries = { { 9, 0, 3000 } } },
	  .nodes = { { .block = 3000, .depth = 4, .entries = { { 9, 0, 3001 } } },
		     { .block = 3001, .depth = 3, .entries = { { 9, 0, 3002 } } },
		     { .block = 3002, .depth = 2, .entries = { { 9, 0, 3003 } } },
		     { .block = 3003, .depth = 1, .entries = { { 9, 0, 3004 } } },
		     { .block = 3004, .depth = 0, .entries = { { 9, 1, 1000 } } } },
	  .expected = "9+1@1000 [3000] [3001] [3002] [3003] [3004] " },
};

START_TEST(test_good)
{
	put_tree(&good[_i].root, good[_i].nodes);
	unit_assert_ok(good[_i].label, lscow_map_load(fs, &inode, &map, &err), &err);
	ck_assert_msg(!strcmp(describe_map(), good[_i].expected), "%s: %s", good[_i].label,
		      describe_map());
	/* The map is emptied first. */
	unit_assert_ok(good[_i].label, lscow_map_load(fs, &inode, &map, &err), &err);
	ck_assert_str_eq(describe_map(), good[_i].expected);
}
END_TEST

/* ---- damaged trees ------------------------------------------------------- */

static const struct {
	const char *label;
	struct node root;
	struct node nodes[MOST_NODES];
	const char *message;
} bad[] = {
	{ .label = "magic", .root = { .magic = 0xF30B },
	  .message = "disk: inode 12: extent root: magic 62219, expected 62218" },
	{ .label = "more entries than most",
	  .root = { .most_entries = 2, .entries = { { 0, 1, 1000 }, { 1, 1, 1001 },
						    { 2, 1, 1002 } } },
	  .message = "disk: inode 12: extent root: entries 3, expected 2" },
	{ .label = "most is more than there is room for", .root = { .most_entries = 5 },
	  .message = "disk: inode 12: extent root: most entries 5, expected 4" },
	{ .label = "65535 entries", .root = { .nr_entries = 65535, .most_entries = 65535 },
	  .message = "disk: inode 12: extent root: most entries 65535, expected 4" },
	{ .label = "depth 6", .root = { .depth = 6 },
	  .message = "disk: inode 12: extent root: depth 6, expected 5" },
	{ .label = "depth 65535", .root = { .depth = 65535 },
	  .message = "disk: inode 12: extent root: depth 65535, expected 5" },
	{ .label = "no length",
	  .root = { .entries = { { 3, 0, 1000 } } },
	  .message = "disk: inode 12: extent at logical block 3 has no length" },
	{ .label = "overlap", .root = { .entries = { { 0, 3, 1000 }, { 2, 1, 2000 } } },
	  .message = "disk: inode 12: logical block 2 is mapped twice" },
	{ .label = "out of order", .root = { .entries = { { 5, 1, 1000 }, { 2, 1, 2000 } } },
	  .message = "disk: inode 12: logical block 2 is mapped twice" },
	{ .label = "twice the same", .root = { .entries = { { 5, 1, 1000 }, { 5, 1, 1000 } } },
	  .message = "disk: inode 12: logical block 5 is mapped twice" },
	{ .label = "over the filesystem's end", .root = { .entries = { { 0, 2, 4095 } } },
	  .message = "disk: inode 12: logical block 0 maps to 2 blocks at 4095, expected "
		     "below 4096" },
	{ .label = "far outside",
	  .root = { .entries = { { 0, 1, UINT64_C(0xFFFFFFFFFFFF) } } },
	  .message = "disk: inode 12: logical block 0 maps to 1 blocks at 281474976710655, "
		     "expected below 4096" },
	{ .label = "longer than the filesystem, and written",
	  .root = { .entries = { { 0, 0x8000, 1000 } } },
	  .message = "disk: inode 12: logical block 0 maps to 32768 blocks at 1000, expected "
		     "below 4096" },
	{ .label = "longer than the filesystem, and unwritten",
	  .root = { .entries = { { 0, 0xFFFF, 1000 } } },
	  .message = "disk: inode 12: logical block 0 maps to 32767 blocks at 1000, expected "
		     "below 4096" },
	{ .label = "an entry of zeros", .root = { .nr_entries = 1 },
	  .message = "disk: inode 12: extent at logical block 0 has no length" },
	{ .label = "a child in block 0", .root = { .depth = 1, .nr_entries = 1 },
	  .message = "disk: inode 12: extent node at block 0, expected below 4096" },
	{ .label = "a child outside", .root = { .depth = 1, .entries = { { 0, 0, 4096 } } },
	  .message = "disk: inode 12: extent node at block 4096, expected below 4096" },
	{ .label = "a child that is none", .root = { .depth = 1,
						     .entries = { { 0, 0, 4000 } } },
	  .message = "disk: inode 12: extent node at block 4000: magic 0, expected 62218" },
	{ .label = "a child of another depth",
	  .root = { .depth = 1, .entries = { { 0, 0, 3000 } } },
	  .nodes = { { .block = 3000, .depth = 1 } },
	  .message = "disk: inode 12: extent node at block 3000: depth 1, expected 0" },
	{ .label = "a loop", .root = { .depth = 2, .entries = { { 0, 0, 3000 } } },
	  .nodes = { { .block = 3000, .depth = 1, .entries = { { 0, 0, 3000 } } } },
	  .message = "disk: inode 12: extent node at block 3000: depth 1, expected 0" },
	{ .label = "a child with too many entries",
	  .root = { .depth = 1, .entries = { { 0, 0, 3000 } } },
	  .nodes = { { .block = 3000, .nr_entries = 85, .most_entries = 85 } },
	  .message = "disk: inode 12: extent node at block 3000: most entries 85, expected "
		     "84" },
	{ .label = "two children with the same blocks",
	  .root = { .depth = 1, .entries = { { 0, 0, 3000 }, { 3, 0, 3000 } } },
	  .nodes = { { .block = 3000, .entries = { { 0, 3, 1000 } } } },
	  .message = "disk: inode 12: extent node at block 3000: first logical block 0, "
		     "expected 3" },
	{ .label = "an empty leaf", .root = { .depth = 1, .entries = { { 0, 0, 3000 } } },
	  .nodes = { { .block = 3000 } },
	  .message = "disk: inode 12: extent node at block 3000: entries 0, expected 1" },
	{ .label = "children out of order",
	  .root = { .depth = 1, .entries = { { 7, 0, 3000 }, { 3, 0, 3001 } } },
	  .nodes = { { .block = 3000, .entries = { { 7, 1, 1000 } } },
		     { .block = 3001, .entries = { { 3, 1, 1001 } } } },
	  .message = "disk: inode 12: extent index at logical block 3, expected at least 8" },
	{ .label = "one child twice",
	  .root = { .depth = 1, .entries = { { 7, 0, 3000 }, { 7, 0, 3000 } } },
	  .nodes = { { .block = 3000, .entries = { { 7, 1, 1000 } } } },
	  .message = "disk: inode 12: extent index at logical block 7, expected at least 8" },
};

START_TEST(test_bad)
{
	int ret;

	put_tree(&bad[_i].root, bad[_i].nodes);
	ret = lscow_map_load(fs, &inode, &map, &err);
	unit_assert_error(bad[_i].label, ret, &err, LSCOW_E_INCOMPLETE, bad[_i].message);
}
END_TEST

START_TEST(test_read_fails)
{
	int ret;

	put_tree(&good[7].root, good[7].nodes);
	memory_device_fail_read(device, 2);
	ret = lscow_map_load(fs, &inode, &map, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED, "disk: injected read error");
}
END_TEST

/* ---- checksums ----------------------------------------------------------- */

/* Writes a leaf at block 3000 with the checksum that this inode's blocks have. */
static void put_leaf_with_checksum(uint32_t ino, uint32_t generation)
{
	static const struct node root = { .depth = 1, .entries = { { 0, 0, 3000 } } };
	static const struct node leaf[MOST_NODES] = {
		{ .block = 3000, .entries = { { 0, 3, 2000 } } },
	};
	uint8_t *bytes = memory_device_get_bytes(device) + 3000 * FILESYSTEM_BLOCK_BYTES;

	put_tree(&root, leaf);
	store_put_le32(bytes + 12 + 12 * NODE_ENTRIES,
		       ext2fs_crc32c_le(lscow_extfs_inode_seed(fs, ino, generation), bytes,
					12 + 12 * NODE_ENTRIES));
}

static const struct {
	const char *label;
	uint32_t ino;
	uint32_t generation;
	size_t damaged_byte; /* of the leaf; 0: none */
	bool is_good;
} checksums[] = {
	{ .label = "right", .ino = 12, .generation = 99, .is_good = true },
	{ .label = "of another inode", .ino = 13, .generation = 99 },
	{ .label = "of another generation", .ino = 12, .generation = 98 },
	{ .label = "an entry changed", .ino = 12, .generation = 99, .damaged_byte = 20 },
	{ .label = "a byte of no entry changed", .ino = 12, .generation = 99,
	  .damaged_byte = 1000 },
};

START_TEST(test_checksum)
{
	int ret;

	teardown();
	open_image("sums");
	inode.generation = 99;
	put_leaf_with_checksum(checksums[_i].ino, checksums[_i].generation);
	if (checksums[_i].damaged_byte)
		memory_device_get_bytes(device)[3000 * FILESYSTEM_BLOCK_BYTES +
						checksums[_i].damaged_byte] ^= 1;
	ret = lscow_map_load(fs, &inode, &map, &err);
	if (checksums[_i].is_good) {
		unit_assert_ok(checksums[_i].label, ret, &err);
		ck_assert_str_eq(describe_map(), "0+3@2000 [3000] ");
	} else {
		unit_assert_error(checksums[_i].label, ret, &err, LSCOW_E_INCOMPLETE,
				  "sums: inode 12: extent node at block 3000: wrong checksum");
	}
}
END_TEST

/* ---- inodes without a map ------------------------------------------------ */

static const struct {
	const char *label;
	uint16_t mode;
	uint32_t flags;
} unmapped[] = {
	{ .label = "fast symlink", .mode = S_IFLNK },
	{ .label = "device", .mode = S_IFBLK },
	{ .label = "fifo with the flag", .mode = S_IFIFO, .flags = EXT4_EXTENTS_FL },
};

START_TEST(test_without_map)
{
	put_tree(&good[1].root, good[1].nodes);
	inode.mode = unmapped[_i].mode;
	inode.flags = unmapped[_i].flags;
	unit_assert_ok(unmapped[_i].label, lscow_map_load(fs, &inode, &map, &err), &err);
	ck_assert_str_eq(describe_map(), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("extents");
	TCase *tcase = tcase_create("extents");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, (int)UNIT_COUNT(good));
	tcase_add_loop_test(tcase, test_bad, 0, (int)UNIT_COUNT(bad));
	tcase_add_test(tcase, test_read_fails);
	tcase_add_loop_test(tcase, test_checksum, 0, (int)UNIT_COUNT(checksums));
	tcase_add_loop_test(tcase, test_without_map, 0, (int)UNIT_COUNT(unmapped));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
