/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Opening a filesystem, its geometry, and what is refused or damaged. */

#include "support/unit.h"

#include "extfs/extfs.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"

#define DESCRIPTOR_OFFSET_BYTES 2048u /* of group 0: the block behind the superblock */

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_error err;

static void make_images(void)
{
	/* 3 groups of 1024 blocks, the last with 1023; 2 make a flexible group. */
	static const char *const groups[] = {
		"-O", FILESYSTEM_EXT4 ",quota", "-b", "1024", "-I", "256", "-N", "96",
		"-J", "size=1", "-g", "1024", "-G", "2", NULL,
	};
	/* The first of 3 groups has all inodes in use; the rest has none. */
	static const char *const uninit[] = {
		"-O", "none,ext_attr,filetype,extent,sparse_super,uninit_bg", "-b", "1024",
		"-I", "128", "-N", "96", "-g", "1024", NULL,
	};

	filesystem_folder_make();
	filesystem_make_clusters("clusters", NULL);
	filesystem_make("disk", FILESYSTEM_EXT4, NULL);
	filesystem_make("plain", FILESYSTEM_EXTENTS, NULL);
	filesystem_make_with("groups", groups, 3072 * 1024, NULL);
	filesystem_make_with("uninit", uninit, 3073 * 1024, NULL);
}

static void open_image(const char *name)
{
	device = filesystem_load(name);
	fs = NULL;
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
}

static void teardown(void)
{
	lscow_extfs_close(fs);
	lscow_device_close(device);
	fs = NULL;
	device = NULL;
}

START_TEST(test_open)
{
	open_image("disk");
	ck_assert_ptr_eq(fs->device, device);
	ck_assert_str_eq(fs->sb.label, "unit");
	ck_assert_uint_eq(fs->nr_groups, 1);
	ck_assert(lscow_extfs_has_checksums(fs));
	ck_assert_uint_eq(lscow_extfs_itable_blocks(fs), 32);
}
END_TEST

START_TEST(test_close_null)
{
	lscow_extfs_close(NULL);
	open_image("plain");
	ck_assert(!lscow_extfs_has_checksums(fs));
}
END_TEST

/* ---- geometry ------------------------------------------------------------ */

static const struct {
	const char *label;
	uint32_t group;
	uint64_t start_block;
	uint64_t nr_blocks;
} groups[] = {
	{ .label = "first", .group = 0, .start_block = 1, .nr_blocks = 1024 },
	{ .label = "second", .group = 1, .start_block = 1025, .nr_blocks = 1024 },
	{ .label = "last", .group = 2, .start_block = 2049, .nr_blocks = 1023 },
};

START_TEST(test_group)
{
	uint64_t last_block = groups[_i].start_block + groups[_i].nr_blocks - 1;

	open_image("groups");
	ck_assert_uint_eq(fs->nr_groups, 3);
	ck_assert_msg(lscow_extfs_group_start(fs, groups[_i].group) == groups[_i].start_block,
		      "%s: wrong start", groups[_i].label);
	ck_assert_uint_eq(lscow_extfs_group_of_block(fs, groups[_i].start_block),
			  groups[_i].group);
	ck_assert_uint_eq(lscow_extfs_group_of_block(fs, last_block), groups[_i].group);
	ck_assert_uint_eq(lscow_extfs_group_of_inode(fs, groups[_i].group * 32 + 1),
			  groups[_i].group);
	ck_assert_uint_eq(lscow_extfs_group_of_inode(fs, groups[_i].group * 32 + 32),
			  groups[_i].group);
}
END_TEST

static const struct {
	const char *label;
	uint64_t start_block;
	uint64_t nr_blocks;
	bool has;
} places[] = {
	{ .label = "block 0", .start_block = 0, .nr_blocks = 1 },
	{ .label = "the first", .start_block = 1, .nr_blocks = 1, .has = true },
	{ .label = "all", .start_block = 1, .nr_blocks = 4095, .has = true },
	{ .label = "one too many", .start_block = 1, .nr_blocks = 4096 },
	{ .label = "the last", .start_block = 4095, .nr_blocks = 1, .has = true },
	{ .label = "behind the last", .start_block = 4096, .nr_blocks = 1 },
	{ .label = "2^64 - 1 of them", .start_block = 2, .nr_blocks = UINT64_MAX },
	{ .label = "at 2^64 - 1", .start_block = UINT64_MAX, .nr_blocks = 2 },
};

START_TEST(test_has_blocks)
{
	open_image("disk");
	ck_assert_msg(lscow_extfs_has_blocks(fs, places[_i].start_block, places[_i].nr_blocks)
			      == places[_i].has, "%s", places[_i].label);
}
END_TEST

static const struct {
	const char *label;
	const char *image;
	uint32_t group;
	uint32_t nr_used;
} used[] = {
	{ .label = "with checksums: up to lost+found", .image = "disk", .nr_used = 11 },
	{ .label = "without: all", .image = "plain", .nr_used = 128 },
	{ .label = "gdt_csum, first group", .image = "uninit", .group = 0, .nr_used = 11 },
	{ .label = "gdt_csum, a group that was never used", .image = "uninit", .group = 2,
	  .nr_used = 0 },
};

START_TEST(test_used_inodes)
{
	open_image(used[_i].image);
	ck_assert_msg(lscow_extfs_group_used_inodes(fs, used[_i].group) == used[_i].nr_used,
		      "%s: %u", used[_i].label,
		      lscow_extfs_group_used_inodes(fs, used[_i].group));
}
END_TEST

static const struct {
	const char *label;
	const char *image;
	uint32_t ino;
	bool is_hidden;
} hidden[] = {
	{ .label = "bad blocks", .image = "plain", .ino = 1, .is_hidden = true },
	{ .label = "the root", .image = "plain", .ino = 2 },
	{ .label = "the user quota's number", .image = "plain", .ino = 3, .is_hidden = true },
	{ .label = "the journal", .image = "disk", .ino = 8, .is_hidden = true },
	{ .label = "the last reserved one", .image = "disk", .ino = 10, .is_hidden = true },
	{ .label = "lost+found", .image = "disk", .ino = 11 },
	{ .label = "a file", .image = "disk", .ino = 12 },
};

START_TEST(test_is_hidden)
{
	open_image(hidden[_i].image);
	ck_assert_msg(lscow_extfs_is_hidden_inode(fs, hidden[_i].ino) == hidden[_i].is_hidden,
		      "%s", hidden[_i].label);
}
END_TEST

/* ---- reading ------------------------------------------------------------- */

START_TEST(test_read_blocks)
{
	uint8_t buffer[2 * FILESYSTEM_BLOCK_BYTES];

	open_image("disk");
	unit_assert_ok("read", lscow_extfs_read_blocks(fs, LSCOW_READ_DATA, 1, 2, buffer,
						       &err), &err);
	ck_assert_mem_eq(buffer, memory_device_get_bytes(device) + FILESYSTEM_BLOCK_BYTES,
			 sizeof(buffer));
}
END_TEST

static const struct {
	const char *label;
	uint64_t start_block;
	uint64_t nr_blocks;
	const char *message;
} outside[] = {
	{ .label = "behind the end", .start_block = 4096, .nr_blocks = 1,
	  .message = "disk: block 4096 wanted, expected below 4096" },
	{ .label = "over the end", .start_block = 4095, .nr_blocks = 2,
	  .message = "disk: block 4095 wanted, expected below 4096" },
	{ .label = "far", .start_block = UINT64_MAX, .nr_blocks = 1,
	  .message = "disk: block 18446744073709551615 wanted, expected below 4096" },
};

START_TEST(test_read_outside)
{
	uint8_t buffer[2 * FILESYSTEM_BLOCK_BYTES];
	int ret;

	open_image("disk");
	ret = lscow_extfs_read_blocks(fs, LSCOW_READ_DATA, outside[_i].start_block,
				      outside[_i].nr_blocks, buffer, &err);
	unit_assert_error(outside[_i].label, ret, &err, LSCOW_E_INCOMPLETE,
			  outside[_i].message);
}
END_TEST

/* ---- clusters ------------------------------------------------------------ */

/* With 16 blocks in a cluster and 4096 in all. */
static const struct {
	const char *label;
	uint64_t start_block, nr_blocks;
	uint64_t widened_start_block, widened_nr_blocks;
} widenings[] = {
	{ "a whole one", 32, 16, 32, 16 },
	{ "the first block", 32, 1, 32, 16 },
	{ "the last block", 47, 1, 32, 16 },
	{ "parts of three", 47, 18, 32, 48 },
	{ "at the end", 4095, 1, 4080, 16 },
};

START_TEST(test_widen)
{
	uint64_t start_block = widenings[_i].start_block;
	uint64_t nr_blocks = widenings[_i].nr_blocks;

	open_image("clusters");
	ck_assert(lscow_extfs_widen_to_clusters(fs, &start_block, &nr_blocks));
	ck_assert_msg(start_block == widenings[_i].widened_start_block &&
		      nr_blocks == widenings[_i].widened_nr_blocks, "%s",
		      widenings[_i].label);
}
END_TEST

START_TEST(test_widen_nothing)
{
	uint64_t start_block = 33, nr_blocks = 3;

	open_image("disk");
	ck_assert(!lscow_extfs_widen_to_clusters(fs, &start_block, &nr_blocks));
	ck_assert_uint_eq(start_block, 33);
	ck_assert_uint_eq(nr_blocks, 3);
}
END_TEST

/* The filesystem may end within a cluster. */
START_TEST(test_widen_to_the_end)
{
	uint64_t start_block = 4085, nr_blocks = 1;

	open_image("clusters");
	fs->sb.nr_blocks = 4090;
	ck_assert(lscow_extfs_widen_to_clusters(fs, &start_block, &nr_blocks));
	ck_assert_uint_eq(start_block, 4080);
	ck_assert_uint_eq(nr_blocks, 10);
}
END_TEST

/* ---- damage -------------------------------------------------------------- */

static const struct {
	const char *label;
	const char *image;
	size_t offset_bytes;
	uint32_t value;
	int code;
	const char *message;
} damages[] = {
	{ .label = "no filesystem", .image = "disk", .offset_bytes = 1024 + 0x38, .value = 0,
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "disk: found no known filesystem, expected an ext2/3/4 filesystem" },
	{ .label = "checksum of the superblock", .image = "disk",
	  .offset_bytes = 1024 + 0x34, .value = 7, .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock or descriptors: Superblock checksum does not match "
		     "superblock" },
	{ .label = "number of inodes", .image = "plain", .offset_bytes = 1024, .value = 127,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "plain: superblock or descriptors: The ext2 superblock is corrupt" },
	{ .label = "checksum of a descriptor", .image = "disk",
	  .offset_bytes = DESCRIPTOR_OFFSET_BYTES + 12, .value = 7,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: descriptor of group 0: wrong checksum" },
	{ .label = "block bitmap in block 0", .image = "plain",
	  .offset_bytes = DESCRIPTOR_OFFSET_BYTES, .value = 0, .code = LSCOW_E_INCOMPLETE,
	  .message = "plain: descriptor of group 0: block bitmap at block 0, expected below "
		     "4096" },
	{ .label = "inode bitmap behind the end", .image = "plain",
	  .offset_bytes = DESCRIPTOR_OFFSET_BYTES + 4, .value = 4096,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "plain: descriptor of group 0: inode bitmap at block 4096, expected "
		     "below 4096" },
	{ .label = "inode table over the end", .image = "plain",
	  .offset_bytes = DESCRIPTOR_OFFSET_BYTES + 8, .value = 4065,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "plain: descriptor of group 0: inode table at block 4065, expected "
		     "below 4096" },
};

START_TEST(test_damaged)
{
	uint8_t value[4];
	int ret;

	device = filesystem_load(damages[_i].image);
	store_put_le32(value, damages[_i].value);
	memory_device_put(device, damages[_i].offset_bytes, value, sizeof(value));
	ret = lscow_extfs_open(device, &fs, &err);
	unit_assert_error(damages[_i].label, ret, &err, damages[_i].code, damages[_i].message);
	ck_assert_ptr_null(fs);
}
END_TEST

START_TEST(test_every_read_fails)
{
	unsigned int nr_reads;

	open_image("groups");
	nr_reads = memory_device_get_nr_reads(device);
	ck_assert_uint_ge(nr_reads, 3);
	for (unsigned int nth = 1; nth <= nr_reads; nth++) {
		int ret;

		lscow_extfs_close(fs);
		fs = NULL;
		memory_device_fail_read(device, nth);
		ret = lscow_extfs_open(device, &fs, &err);
		unit_assert_error("read", ret, &err, LSCOW_E_FAILED,
				  "groups: injected read error");
		ck_assert_ptr_null(fs);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("extfs");
	TCase *tcase = tcase_create("extfs");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, test_open);
	tcase_add_test(tcase, test_close_null);
	tcase_add_loop_test(tcase, test_group, 0, (int)UNIT_COUNT(groups));
	tcase_add_loop_test(tcase, test_has_blocks, 0, (int)UNIT_COUNT(places));
	tcase_add_loop_test(tcase, test_used_inodes, 0, (int)UNIT_COUNT(used));
	tcase_add_loop_test(tcase, test_is_hidden, 0, (int)UNIT_COUNT(hidden));
	tcase_add_test(tcase, test_read_blocks);
	tcase_add_loop_test(tcase, test_read_outside, 0, (int)UNIT_COUNT(outside));
	tcase_add_loop_test(tcase, test_widen, 0, (int)UNIT_COUNT(widenings));
	tcase_add_test(tcase, test_widen_nothing);
	tcase_add_test(tcase, test_widen_to_the_end);
	tcase_add_loop_test(tcase, test_damaged, 0, (int)UNIT_COUNT(damages));
	tcase_add_test(tcase, test_every_read_fails);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
