/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Allocation bitmaps: single bits, groups without one, wrong checksums. */

#include "support/unit.h"

#include "extfs/bitmap.h"
#include "support/filesystem.h"
#include "support/memory-device.h"

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_bitmap bitmap;
static struct lscow_error err;

static void make_images(void)
{
	static const char *const groups[] = {
		"-O", "none,ext_attr,filetype,extent,metadata_csum,64bit", "-b", "1024",
		"-I", "256", "-N", "96", "-g", "1024", NULL,
	};

	filesystem_folder_make();
	/* Inodes 12 and 13; the file of 13 has two blocks. */
	filesystem_make("disk", FILESYSTEM_EXT4, "mkdir dir\nwrite small file\n");
	filesystem_make("plain", FILESYSTEM_EXTENTS, NULL);
	filesystem_make_clusters("clusters", "write small file\n");
	filesystem_make_with("groups", groups, 3 << 20, NULL);
}

static void open_image(const char *name, enum lscow_bitmap_kind kind)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
	unit_assert_ok(name, lscow_bitmap_open(fs, kind, &bitmap, &err), &err);
}

static void teardown(void)
{
	lscow_bitmap_close(&bitmap);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

static const struct {
	const char *label;
	const char *image;
	enum lscow_bitmap_kind kind;
	uint64_t item;
	bool is_used;
} bits[] = {
	{ .label = "the first inode", .image = "disk", .kind = LSCOW_INODE_BITMAP, .item = 1,
	  .is_used = true },
	{ .label = "the last in use", .image = "disk", .kind = LSCOW_INODE_BITMAP, .item = 13,
	  .is_used = true },
	{ .label = "the next", .image = "disk", .kind = LSCOW_INODE_BITMAP, .item = 14 },
	{ .label = "the last inode", .image = "disk", .kind = LSCOW_INODE_BITMAP,
	  .item = 128 },
	{ .label = "the superblock", .image = "disk", .kind = LSCOW_BLOCK_BITMAP, .item = 1,
	  .is_used = true },
	{ .label = "the last block", .image = "disk", .kind = LSCOW_BLOCK_BITMAP,
	  .item = 4095 },
	{ .label = "a block of a group without a bitmap, its own metadata too",
	  .image = "groups", .kind = LSCOW_BLOCK_BITMAP, .item = 1025 },
	{ .label = "an inode of a group without a bitmap", .image = "groups",
	  .kind = LSCOW_INODE_BITMAP, .item = 33 },
	{ .label = "without checksums", .image = "plain", .kind = LSCOW_INODE_BITMAP,
	  .item = 11, .is_used = true },
};

START_TEST(test_bit)
{
	bool is_used = !bits[_i].is_used;

	open_image(bits[_i].image, bits[_i].kind);
	unit_assert_ok(bits[_i].label,
		       lscow_bitmap_test(&bitmap, bits[_i].item, &is_used, &err), &err);
	ck_assert_msg(is_used == bits[_i].is_used, "%s", bits[_i].label);
}
END_TEST

START_TEST(test_blocks_of_a_file)
{
	uint64_t block = filesystem_block("disk", "file", 0);
	bool is_used = false;

	open_image("disk", LSCOW_BLOCK_BITMAP);
	unit_assert_ok("file", lscow_bitmap_test(&bitmap, block, &is_used, &err), &err);
	ck_assert(is_used);
	unit_assert_ok("behind", lscow_bitmap_test(&bitmap, block + 1, &is_used, &err), &err);
	ck_assert(!is_used);
}
END_TEST

/* A bit of the bitmap stands for all blocks of the cluster. */
START_TEST(test_blocks_of_a_cluster)
{
	uint64_t block = filesystem_block("clusters", "file", 0);
	bool is_used = false;

	ck_assert_uint_eq(block % FILESYSTEM_CLUSTER_BLOCKS, 0);
	open_image("clusters", LSCOW_BLOCK_BITMAP);
	for (uint64_t i = 0; i < FILESYSTEM_CLUSTER_BLOCKS; i++) {
		unit_assert_ok("cluster", lscow_bitmap_test(&bitmap, block + i, &is_used, &err),
			       &err);
		ck_assert(is_used);
	}
	block += FILESYSTEM_CLUSTER_BLOCKS;
	unit_assert_ok("behind", lscow_bitmap_test(&bitmap, block, &is_used, &err), &err);
	ck_assert(!is_used);
	unit_assert_ok("last", lscow_bitmap_test(&bitmap, FILESYSTEM_NR_BLOCKS - 1, &is_used,
						 &err), &err);
	ck_assert(!is_used);
}
END_TEST

/* A bitmap that was never written may hold anything. */
START_TEST(test_uninitialised)
{
	uint64_t block;
	bool is_used = true;

	open_image("groups", LSCOW_INODE_BITMAP);
	ck_assert(ext2fs_bg_flags_test(fs->handle, 2, EXT2_BG_INODE_UNINIT));
	block = ext2fs_inode_bitmap_loc(fs->handle, 2);
	memset(memory_device_get_bytes(device) + block * FILESYSTEM_BLOCK_BYTES, 0xFF,
	       FILESYSTEM_BLOCK_BYTES);
	unit_assert_ok("test", lscow_bitmap_test(&bitmap, 65, &is_used, &err), &err);
	ck_assert(!is_used);
}
END_TEST

START_TEST(test_read_once_a_group)
{
	unsigned int nr_reads;
	bool is_used;

	open_image("disk", LSCOW_BLOCK_BITMAP);
	nr_reads = memory_device_get_nr_reads(device);
	for (uint64_t block = 1; block < FILESYSTEM_NR_BLOCKS; block++)
		unit_assert_ok("test", lscow_bitmap_test(&bitmap, block, &is_used, &err),
			       &err);
	ck_assert_uint_eq(memory_device_get_nr_reads(device), nr_reads + 1);
}
END_TEST

static const struct {
	const char *label;
	enum lscow_bitmap_kind kind;
	const char *message;
} kinds[] = {
	{ .label = "blocks", .kind = LSCOW_BLOCK_BITMAP,
	  .message = "disk: block bitmap of group 0: wrong checksum" },
	{ .label = "inodes", .kind = LSCOW_INODE_BITMAP,
	  .message = "disk: inode bitmap of group 0: wrong checksum" },
};

static uint64_t bitmap_block(enum lscow_bitmap_kind kind)
{
	return kind == LSCOW_BLOCK_BITMAP ? ext2fs_block_bitmap_loc(fs->handle, 0)
					  : ext2fs_inode_bitmap_loc(fs->handle, 0);
}

START_TEST(test_wrong_checksum)
{
	bool is_used;
	int ret;

	open_image("disk", kinds[_i].kind);
	memory_device_get_bytes(device)[bitmap_block(kinds[_i].kind) *
					FILESYSTEM_BLOCK_BYTES + 4] ^= 1;
	ret = lscow_bitmap_test(&bitmap, 1, &is_used, &err);
	unit_assert_error(kinds[_i].label, ret, &err, LSCOW_E_INCOMPLETE, kinds[_i].message);
	/* It is not taken for loaded the next time. */
	ret = lscow_bitmap_test(&bitmap, 1, &is_used, &err);
	unit_assert_error(kinds[_i].label, ret, &err, LSCOW_E_INCOMPLETE, kinds[_i].message);
}
END_TEST

START_TEST(test_read_fails)
{
	bool is_used;
	int ret;

	open_image("disk", LSCOW_BLOCK_BITMAP);
	memory_device_fail_read(device, 1);
	ret = lscow_bitmap_test(&bitmap, 1, &is_used, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED, "disk: injected read error");
	unit_assert_ok("again", lscow_bitmap_test(&bitmap, 1, &is_used, &err), &err);
	ck_assert(is_used);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bitmap");
	TCase *tcase = tcase_create("bitmap");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, test_bit, 0, (int)UNIT_COUNT(bits));
	tcase_add_test(tcase, test_blocks_of_a_file);
	tcase_add_test(tcase, test_blocks_of_a_cluster);
	tcase_add_test(tcase, test_uninitialised);
	tcase_add_test(tcase, test_read_once_a_group);
	tcase_add_loop_test(tcase, test_wrong_checksum, 0, (int)UNIT_COUNT(kinds));
	tcase_add_test(tcase, test_read_fails);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
