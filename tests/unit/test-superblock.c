/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The superblock: decoding, what is refused, whether two views are one filesystem. */

#include "support/unit.h"

#include "extfs/superblock.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"

static struct lscow_device *device;
static struct lscow_superblock sb;
static struct lscow_error err;

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXT4, NULL);
	filesystem_make_clusters("clusters", NULL);
}

static void setup(void)
{
	device = filesystem_load("disk");
}

static void teardown(void)
{
	lscow_device_close(device);
}

/* ---- decoding ---------------------------------------------------------- */

/* A superblock of revision 1, block size 4 KiB, with 64-bit block numbers. */
static void fill_superblock(uint8_t *bytes)
{
	memset(bytes, 0, LSCOW_SUPERBLOCK_BYTES);
	store_put_le32(bytes + 0x00, 1000);  /* inodes */
	store_put_le32(bytes + 0x04, 7);     /* blocks */
	store_put_le32(bytes + 0x14, 3);     /* first data block */
	store_put_le32(bytes + 0x18, 2);     /* log block size */
	store_put_le32(bytes + 0x1C, 6);     /* log cluster size */
	store_put_le32(bytes + 0x20, 32768); /* blocks a group */
	store_put_le32(bytes + 0x24, 2048);  /* clusters a group */
	store_put_le32(bytes + 0x28, 8192);  /* inodes a group */
	store_put_le32(bytes + 0x38, 0xEF53);
	store_put_le32(bytes + 0x4C, 1);     /* revision */
	store_put_le32(bytes + 0x58, 512);   /* inode size */
	store_put_le32(bytes + 0x5C, 0x11);
	store_put_le32(bytes + 0x60, 0x82);
	store_put_le32(bytes + 0x64, 0x33);
	memcpy(bytes + 0x68, "0123456789abcdef", 16);
	memcpy(bytes + 0x78, "a label of 16 by", 16);
	store_put_le32(bytes + 0x150, 1);    /* blocks, high half */
}

START_TEST(test_decode)
{
	uint8_t bytes[LSCOW_SUPERBLOCK_BYTES];

	fill_superblock(bytes);
	ck_assert(lscow_superblock_decode(bytes, &sb));
	ck_assert_mem_eq(sb.uuid, "0123456789abcdef", 16);
	ck_assert_str_eq(sb.label, "a label of 16 by");
	ck_assert_uint_eq(sb.block_bytes, 4096);
	ck_assert_uint_eq(sb.first_data_block, 3);
	ck_assert_uint_eq(sb.nr_blocks, (UINT64_C(1) << 32) + 7);
	ck_assert_uint_eq(sb.nr_inodes, 1000);
	ck_assert_uint_eq(sb.inode_bytes, 512);
	ck_assert_uint_eq(sb.blocks_per_group, 32768);
	ck_assert_uint_eq(sb.inodes_per_group, 8192);
	ck_assert_uint_eq(sb.compat, 0x11);
	ck_assert_uint_eq(sb.incompat, 0x82);
	ck_assert_uint_eq(sb.ro_compat, 0x33);
	/* Of clusters and fragments nothing is known without bigalloc. */
	ck_assert_uint_eq(sb.cluster_bytes, 4096);
	ck_assert_uint_eq(sb.clusters_per_group, 32768);
	ck_assert_uint_eq(lscow_superblock_blocks_per_cluster(&sb), 1);
}
END_TEST

START_TEST(test_decode_bigalloc)
{
	uint8_t bytes[LSCOW_SUPERBLOCK_BYTES];

	fill_superblock(bytes);
	store_put_le32(bytes + 0x64, 0x233);
	ck_assert(lscow_superblock_decode(bytes, &sb));
	ck_assert_uint_eq(sb.cluster_bytes, 65536);
	ck_assert_uint_eq(sb.clusters_per_group, 2048);
	ck_assert_uint_eq(lscow_superblock_blocks_per_cluster(&sb), 16);
}
END_TEST

START_TEST(test_decode_32_bits)
{
	uint8_t bytes[LSCOW_SUPERBLOCK_BYTES];

	fill_superblock(bytes);
	store_put_le32(bytes + 0x60, 2);
	ck_assert(lscow_superblock_decode(bytes, &sb));
	ck_assert_uint_eq(sb.nr_blocks, 7);
}
END_TEST

START_TEST(test_decode_revision_0)
{
	uint8_t bytes[LSCOW_SUPERBLOCK_BYTES];

	fill_superblock(bytes);
	store_put_le32(bytes + 0x4C, 0);
	ck_assert(lscow_superblock_decode(bytes, &sb));
	ck_assert_uint_eq(sb.inode_bytes, 128);
	ck_assert(sb.is_revision_0);
	/* They should not be there; that they are is for the gate to tell. */
	ck_assert_uint_ne(sb.incompat, 0);
}
END_TEST

static const struct {
	const char *label;
	uint32_t log_block_size;
	uint32_t block_bytes;
} block_sizes[] = {
	{ .label = "1 KiB", .log_block_size = 0, .block_bytes = 1024 },
	{ .label = "64 KiB", .log_block_size = 6, .block_bytes = 65536 },
	{ .label = "128 KiB", .log_block_size = 7, .block_bytes = 0 },
	{ .label = "a shift by all bits", .log_block_size = 32, .block_bytes = 0 },
	{ .label = "all ones", .log_block_size = UINT32_MAX, .block_bytes = 0 },
};

START_TEST(test_block_size)
{
	uint8_t bytes[LSCOW_SUPERBLOCK_BYTES];

	fill_superblock(bytes);
	store_put_le32(bytes + 0x18, block_sizes[_i].log_block_size);
	ck_assert(lscow_superblock_decode(bytes, &sb));
	ck_assert_msg(sb.block_bytes == block_sizes[_i].block_bytes, "%s: %u bytes",
		      block_sizes[_i].label, sb.block_bytes);
}
END_TEST

START_TEST(test_no_magic)
{
	uint8_t bytes[LSCOW_SUPERBLOCK_BYTES];

	fill_superblock(bytes);
	bytes[0x39] = 0xEE;
	ck_assert(!lscow_superblock_decode(bytes, &sb));
}
END_TEST

/* ---- loading ----------------------------------------------------------- */

START_TEST(test_load)
{
	unit_assert_ok("load", lscow_superblock_load(device, &sb, &err), &err);
	ck_assert_str_eq(sb.label, "unit");
	ck_assert_uint_eq(sb.block_bytes, FILESYSTEM_BLOCK_BYTES);
	ck_assert_uint_eq(sb.nr_blocks, FILESYSTEM_NR_BLOCKS);
	ck_assert_uint_eq(sb.nr_inodes, FILESYSTEM_NR_INODES);
	ck_assert_uint_eq(sb.inode_bytes, FILESYSTEM_INODE_BYTES);
}
END_TEST

/* One field of 4 bytes of a good superblock is changed. */
static const struct {
	const char *label;
	size_t offset_bytes;
	uint32_t value;
	int code;
	const char *message;
} refused[] = {
	{ .label = "no magic", .offset_bytes = 0x38, .value = 0, .code = LSCOW_E_UNKNOWABLE,
	  .message = "disk: found no known filesystem, expected an ext2/3/4 filesystem" },
	{ .label = "an external journal", .offset_bytes = 0x60, .value = 0x8,
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "disk: superblock: found an external journal, expected a filesystem" },
	{ .label = "an incompatible feature", .offset_bytes = 0x60, .value = 0x12C2,
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "disk: superblock: feature dirdata is not supported" },
	{ .label = "an incompatible feature without a name", .offset_bytes = 0x60,
	  .value = 0x800002C2, .code = LSCOW_E_UNKNOWABLE,
	  .message = "disk: superblock: feature FEATURE_I31 is not supported" },
	{ .label = "the lowest of two features", .offset_bytes = 0x60, .value = 0x312C2,
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "disk: superblock: feature dirdata is not supported" },
	{ .label = "an unknown encoding", .offset_bytes = 0x60, .value = 0x202C2,
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "disk: superblock: found encoding 0, expected 1 (UTF-8)" },
	{ .label = "a feature for readers", .offset_bytes = 0x64, .value = 0x4000,
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "disk: superblock: feature shared_blocks is not supported" },
	{ .label = "a compatible feature", .offset_bytes = 0x5C, .value = 0x2,
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "disk: superblock: feature imagic_inodes is not supported" },
	{ .label = "block size", .offset_bytes = 0x18, .value = 7, .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: block size out of range, expected 1024 to 65536 "
		     "bytes" },
	{ .label = "first data block", .offset_bytes = 0x14, .value = 0,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: first data block is 0, expected 1" },
	{ .label = "a far first data block", .offset_bytes = 0x14, .value = 4095,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: first data block is 4095, expected 1" },
	{ .label = "inode size 0", .offset_bytes = 0x58, .value = 0,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: inode size is 0, expected a power of two from 128 "
		     "bytes to a block" },
	{ .label = "inode size no power of two", .offset_bytes = 0x58, .value = 192,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: inode size is 192, expected a power of two from 128 "
		     "bytes to a block" },
	{ .label = "inode size above a block", .offset_bytes = 0x58, .value = 2048,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: inode size is 2048, expected a power of two from 128 "
		     "bytes to a block" },
	{ .label = "no blocks in a group", .offset_bytes = 0x20, .value = 0,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: blocks per group is 0, expected 1 to the bits of a "
		     "block" },
	{ .label = "too many blocks in a group", .offset_bytes = 0x20, .value = 8193,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: blocks per group is 8193, expected 1 to the bits of "
		     "a block" },
	{ .label = "no inodes in a group", .offset_bytes = 0x28, .value = 0,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: inodes per group is 0, expected 1 to the bits of a "
		     "block" },
	{ .label = "too many inodes in a group", .offset_bytes = 0x28, .value = UINT32_MAX,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: inodes per group is 4294967295, expected 1 to the "
		     "bits of a block" },
	{ .label = "one block", .offset_bytes = 0x04, .value = 1, .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: block count is 1, expected at least 2 and below "
		     "2^48" },
	{ .label = "a block count of 2^48", .offset_bytes = 0x150, .value = 0x10000,
	  .code = LSCOW_E_INCOMPLETE,
	  .message = "disk: superblock: block count is 281474976714752, expected at least 2 "
		     "and below 2^48" },
	{ .label = "a larger filesystem than the device", .offset_bytes = 0x04, .value = 4097,
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "disk: found 4194304 bytes, expected at least the 4195328 bytes of the "
		     "filesystem in it (4097 blocks of 1024)" },
};

START_TEST(test_refused)
{
	uint8_t value[4];
	int ret;

	store_put_le32(value, refused[_i].value);
	memory_device_put(device, LSCOW_SUPERBLOCK_OFFSET_BYTES + refused[_i].offset_bytes,
			  value, sizeof(value));
	ret = lscow_superblock_load(device, &sb, &err);
	unit_assert_error(refused[_i].label, ret, &err, refused[_i].code, refused[_i].message);
}
END_TEST

START_TEST(test_load_clusters)
{
	struct lscow_device *clusters = filesystem_load("clusters");

	unit_assert_ok("load", lscow_superblock_load(clusters, &sb, &err), &err);
	ck_assert_uint_eq(sb.cluster_bytes, 16384);
	ck_assert_uint_eq(sb.first_data_block, 0);
	ck_assert_uint_eq(sb.blocks_per_group, sb.clusters_per_group * 16);
	lscow_device_close(clusters);
}
END_TEST

/* One field of a superblock with clusters of 16 blocks, 8192 of them in a group. */
static const struct {
	const char *label;
	size_t offset_bytes;
	uint32_t value;
	const char *message;
} bad_clusters[] = {
	{ .label = "too large", .offset_bytes = 0x1C, .value = 21,
	  .message = "clusters: superblock: cluster size out of range, expected a block to "
		     "1073741824 bytes" },
	{ .label = "a shift by all bits", .offset_bytes = 0x1C, .value = 32,
	  .message = "clusters: superblock: cluster size out of range, expected a block to "
		     "1073741824 bytes" },
	{ .label = "smaller than a block", .offset_bytes = 0x18, .value = 6,
	  .message = "clusters: superblock: cluster size is 16384, expected a block to "
		     "1073741824 bytes" },
	{ .label = "another size", .offset_bytes = 0x1C, .value = 5,
	  .message = "clusters: superblock: blocks per group is 131072, expected those of its "
		     "clusters" },
	{ .label = "none in a group", .offset_bytes = 0x24, .value = 0,
	  .message = "clusters: superblock: clusters per group is 0, expected 1 to the bits of "
		     "a block" },
	{ .label = "too many in a group", .offset_bytes = 0x24, .value = 8193,
	  .message = "clusters: superblock: clusters per group is 8193, expected 1 to the bits "
		     "of a block" },
	{ .label = "blocks of other clusters", .offset_bytes = 0x20, .value = 131056,
	  .message = "clusters: superblock: blocks per group is 131056, expected those of its "
		     "clusters" },
	{ .label = "blocks as if clusters were blocks", .offset_bytes = 0x20, .value = 8192,
	  .message = "clusters: superblock: blocks per group is 8192, expected those of its "
		     "clusters" },
	{ .label = "first data block", .offset_bytes = 0x14, .value = 1,
	  .message = "clusters: superblock: first data block is 1, expected 0" },
};

START_TEST(test_bad_clusters)
{
	struct lscow_device *clusters = filesystem_load("clusters");
	uint8_t value[4];
	int ret;

	store_put_le32(value, bad_clusters[_i].value);
	memory_device_put(clusters,
			  LSCOW_SUPERBLOCK_OFFSET_BYTES + bad_clusters[_i].offset_bytes, value,
			  sizeof(value));
	ret = lscow_superblock_load(clusters, &sb, &err);
	unit_assert_error(bad_clusters[_i].label, ret, &err, LSCOW_E_INCOMPLETE,
			  bad_clusters[_i].message);
	lscow_device_close(clusters);
}
END_TEST

START_TEST(test_short_device)
{
	struct lscow_device *small = memory_device_new("small", NULL, 2047);
	int ret = lscow_superblock_load(small, &sb, &err);

	unit_assert_error("short", ret, &err, LSCOW_E_UNKNOWABLE,
			  "small: found 2047 bytes, expected an ext2/3/4 filesystem");
	lscow_device_close(small);
}
END_TEST

START_TEST(test_read_fails)
{
	int ret;

	memory_device_fail_read(device, 1);
	ret = lscow_superblock_load(device, &sb, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED, "disk: injected read error");
}
END_TEST

/* ---- two views ----------------------------------------------------------- */

#define RESIZED ": the filesystem was resized between the two; do a full scan, and take a " \
	"new snapshot"
#define FIRST_UUID "6c73636f-7700-4000-8000-000000000001"

static const struct {
	const char *label;
	struct lscow_superblock added; /* to the members of the old view's */
	const char *message; /* NULL: the same filesystem */
} pairs[] = {
	{ .label = "equal", .message = NULL },
	{ .label = "another label", .added = { .label = "A" } },
	{ .label = "another feature", .added = { .compat = 1 } },
	{ .label = "another filesystem", .added = { .uuid = { 1 } },
	  .message = "new: found filesystem 6d73636f-7700-4000-8000-000000000001, expected "
		     FIRST_UUID " as in old" },
	{ .label = "block size", .added = { .block_bytes = 1024 },
	  .message = "new: superblock: found block size 2048, expected 1024 as in old" },
	{ .label = "cluster size", .added = { .cluster_bytes = 1024 },
	  .message = "new: superblock: found cluster size 2048, expected 1024 as in old" },
	{ .label = "inode size", .added = { .inode_bytes = 256 },
	  .message = "new: superblock: found inode size 512, expected 256 as in old" },
	{ .label = "inodes per group", .added = { .inodes_per_group = 8 },
	  .message = "new: superblock: found inodes per group 136, expected 128 as in old" },
	{ .label = "blocks per group", .added = { .blocks_per_group = 8 },
	  .message = "new: superblock: found blocks per group 8200, expected 8192 as in "
		     "old" },
	{ .label = "grown", .added = { .nr_blocks = 1 },
	  .message = "new: superblock: found size in blocks 4097, expected 4096 as in old" RESIZED },
	{ .label = "grown by 2^32 blocks", .added = { .nr_blocks = UINT64_C(1) << 32 },
	  .message = "new: superblock: found size in blocks 4294971392, expected 4096 as in "
		     "old" RESIZED },
	{ .label = "more inodes", .added = { .nr_inodes = 128 },
	  .message = "new: superblock: found number of inodes 256, expected 128 as in old" RESIZED },
};

static void add(struct lscow_superblock *to, const struct lscow_superblock *added)
{
	to->uuid[0] = (uint8_t)(to->uuid[0] + added->uuid[0]);
	to->label[0] = (char)(to->label[0] + added->label[0]);
	to->block_bytes += added->block_bytes;
	to->cluster_bytes += added->cluster_bytes;
	to->nr_blocks += added->nr_blocks;
	to->nr_inodes += added->nr_inodes;
	to->inode_bytes += added->inode_bytes;
	to->blocks_per_group += added->blocks_per_group;
	to->inodes_per_group += added->inodes_per_group;
	to->compat += added->compat;
}

START_TEST(test_check_same)
{
	struct lscow_device *old_device = memory_device_new("old", NULL, 1);
	struct lscow_device *new_device = memory_device_new("new", NULL, 1);
	struct lscow_superblock new_sb;
	int ret;

	unit_assert_ok("load", lscow_superblock_load(device, &sb, &err), &err);
	new_sb = sb;
	add(&new_sb, &pairs[_i].added);
	ret = lscow_superblock_check_same(&sb, old_device, &new_sb, new_device, &err);
	if (pairs[_i].message)
		unit_assert_error(pairs[_i].label, ret, &err, LSCOW_E_UNKNOWABLE,
				  pairs[_i].message);
	else
		unit_assert_ok(pairs[_i].label, ret, &err);
	lscow_device_close(old_device);
	lscow_device_close(new_device);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("superblock");
	TCase *tcase = tcase_create("superblock");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_decode);
	tcase_add_test(tcase, test_decode_bigalloc);
	tcase_add_test(tcase, test_decode_32_bits);
	tcase_add_test(tcase, test_decode_revision_0);
	tcase_add_loop_test(tcase, test_block_size, 0, (int)UNIT_COUNT(block_sizes));
	tcase_add_test(tcase, test_no_magic);
	tcase_add_test(tcase, test_load);
	tcase_add_loop_test(tcase, test_refused, 0, (int)UNIT_COUNT(refused));
	tcase_add_test(tcase, test_load_clusters);
	tcase_add_loop_test(tcase, test_bad_clusters, 0, (int)UNIT_COUNT(bad_clusters));
	tcase_add_test(tcase, test_short_device);
	tcase_add_test(tcase, test_read_fails);
	tcase_add_loop_test(tcase, test_check_same, 0, (int)UNIT_COUNT(pairs));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
