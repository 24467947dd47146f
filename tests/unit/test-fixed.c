/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of extfs/fixed.c, groups.c and hidden.c: what has its place, whose it is. */

#include "support/unit.h"

#include <string.h>

#include "extfs/fixed.h"
#include "extfs/groups.h"
#include "extfs/hidden.h"
#include "support/filesystem.h"

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_error err;

static void make_images(void)
{
	/* 4 groups of 1024 blocks; 2 of them share the place of their tables. */
	static const char *const flex[] = {
		"-O", "none,ext_attr,filetype,extent,flex_bg,sparse_super,resize_inode",
		"-b", "1024", "-I", "256", "-N", "128", "-g", "1024", "-G", "2", NULL,
	};

	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXT4, NULL);
	filesystem_make_clusters("clusters", NULL);
	filesystem_make_with("flex", flex, 4097 * 1024, NULL);
}

static void open_image(const char *name)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
}

static void teardown(void)
{
	lscow_extfs_close(fs);
	lscow_device_close(device);
	fs = NULL;
	device = NULL;
}

/* Blocks of each class, and for tables the groups that they are of. */
struct tally {
	uint64_t nr_blocks[LSCOW_NR_BLOCK_CLASSES];
	uint32_t table_groups; /* a bit for each */
};

static void add_run(void *data, const struct lscow_fixed_run *run)
{
	struct tally *tally = data;

	ck_assert_uint_le(run->start_block + run->nr_blocks, fs->sb.nr_blocks);
	tally->nr_blocks[run->class] += run->nr_blocks;
	if (run->class != LSCOW_BLOCK_INODE_TABLE)
		return;
	ck_assert_uint_eq(run->start_block,
			  ext2fs_inode_table_loc(fs->handle, run->group));
	tally->table_groups |= UINT32_C(1) << run->group;
}

START_TEST(test_one_group)
{
	struct tally tally = { .table_groups = 0 };

	open_image("disk");
	lscow_fixed_each(fs, add_run, &tally);
	ck_assert_uint_eq(tally.nr_blocks[LSCOW_BLOCK_BOOT], 1);
	ck_assert_uint_eq(tally.nr_blocks[LSCOW_BLOCK_SUPERBLOCK], 1);
	ck_assert_uint_eq(tally.nr_blocks[LSCOW_BLOCK_DESCRIPTORS],
			  1u + fs->handle->super->s_reserved_gdt_blocks);
	ck_assert_uint_eq(tally.nr_blocks[LSCOW_BLOCK_BLOCK_BITMAP], 1);
	ck_assert_uint_eq(tally.nr_blocks[LSCOW_BLOCK_INODE_BITMAP], 1);
	ck_assert_uint_eq(tally.nr_blocks[LSCOW_BLOCK_INODE_TABLE], 32);
}
END_TEST

START_TEST(test_flexible_groups)
{
	struct tally tally = { .table_groups = 0 };

	open_image("flex");
	lscow_fixed_each(fs, add_run, &tally);
	ck_assert_uint_eq(tally.table_groups, 0xF);
	/* Copies in the groups 1 and 3, which are powers of 3. */
	ck_assert_uint_eq(tally.nr_blocks[LSCOW_BLOCK_SUPERBLOCK], 3);
	ck_assert_uint_eq(tally.nr_blocks[LSCOW_BLOCK_BLOCK_BITMAP], 4);
	ck_assert_uint_eq(tally.nr_blocks[LSCOW_BLOCK_INODE_TABLE], 32);
}
END_TEST

/* Which blocks are told of, by class. */
static void paint_run(void *data, const struct lscow_fixed_run *run)
{
	uint8_t *classes = data;

	ck_assert_uint_le(run->start_block + run->nr_blocks, fs->sb.nr_blocks);
	for (uint64_t i = 0; i < run->nr_blocks; i++)
		if (classes[run->start_block + i] == LSCOW_BLOCK_UNKNOWN)
			classes[run->start_block + i] = (uint8_t)run->class;
}

START_TEST(test_clusters)
{
	uint8_t classes[FILESYSTEM_NR_BLOCKS] = { LSCOW_BLOCK_UNKNOWN };
	bool has_slack = false;

	open_image("clusters");
	lscow_fixed_each(fs, paint_run, classes);
	ck_assert_int_eq(classes[0], LSCOW_BLOCK_BOOT);
	ck_assert_int_eq(classes[1], LSCOW_BLOCK_SUPERBLOCK);
	ck_assert_int_eq(classes[2], LSCOW_BLOCK_DESCRIPTORS);
	lscow_fixed_each_slack(fs, paint_run, classes);
	for (uint64_t i = 0; i < FILESYSTEM_NR_BLOCKS; i++) {
		bool is_known = classes[i] != LSCOW_BLOCK_UNKNOWN;
		uint64_t first = i - i % FILESYSTEM_CLUSTER_BLOCKS;

		has_slack |= classes[i] == LSCOW_BLOCK_SLACK;
		ck_assert_msg(is_known == (classes[first] != LSCOW_BLOCK_UNKNOWN),
			      "block %u", (unsigned int)i);
	}
	ck_assert(has_slack);
}
END_TEST

START_TEST(test_no_clusters)
{
	uint8_t classes[FILESYSTEM_NR_BLOCKS] = { LSCOW_BLOCK_UNKNOWN };

	open_image("disk");
	lscow_fixed_each_slack(fs, paint_run, classes);
	for (uint64_t i = 0; i < FILESYSTEM_NR_BLOCKS; i++)
		ck_assert_int_eq(classes[i], LSCOW_BLOCK_UNKNOWN);
}
END_TEST

static int add_ino(void *data, uint32_t ino, struct lscow_error *e)
{
	uint32_t *inos = data;

	(void)e;
	*inos |= UINT32_C(1) << ino;
	return ino == 9 ? 7 : 0;
}

START_TEST(test_hidden)
{
	uint32_t inos = 0;

	open_image("disk");
	/* All below 11 but the root, up to the one that ended it. */
	ck_assert_int_eq(lscow_hidden_each(fs, add_ino, &inos, &err), 7);
	ck_assert_uint_eq(inos, 0x3FA);
	ck_assert_int_eq(lscow_hidden_class(fs, EXT2_JOURNAL_INO), LSCOW_BLOCK_JOURNAL);
	ck_assert_int_eq(lscow_hidden_class(fs, EXT2_RESIZE_INO), LSCOW_BLOCK_HIDDEN);
	ck_assert_str_eq(lscow_hidden_name(fs, EXT2_JOURNAL_INO), "journal");
	ck_assert_str_eq(lscow_hidden_name(fs, EXT2_RESIZE_INO), "resize");
	ck_assert_str_eq(lscow_hidden_name(fs, EXT2_BAD_INO), "bad blocks");
	ck_assert_str_eq(lscow_hidden_name(fs, 9), "reserved");
}
END_TEST

/* Descriptors of 32 bytes stand in block 2 of "flex": places of bitmaps, then of the table. */
#define DESCRIPTOR_OFFSET(group) (2 * FILESYSTEM_BLOCK_BYTES + 32 * (group))

static const struct {
	const char *label;
	uint64_t offset; /* of a place in the descriptors */
	uint64_t copied_offset; /* what it becomes: this place */
	int added;              /* and so many blocks more */
	const char *message;
} overlaps[] = {
	{ .label = "one table", .offset = DESCRIPTOR_OFFSET(1) + 8,
	  .copied_offset = DESCRIPTOR_OFFSET(0) + 8,
	  .message = "group 1: inode_table at block" },
	{ .label = "one block bitmap", .offset = DESCRIPTOR_OFFSET(3),
	  .copied_offset = DESCRIPTOR_OFFSET(0),
	  .message = "group 3: block_bitmap at block" },
	{ .label = "end of a table", .offset = DESCRIPTOR_OFFSET(2) + 4,
	  .copied_offset = DESCRIPTOR_OFFSET(0) + 8, .added = 7,
	  .message = "group 2: inode_bitmap at block" },
	{ .label = "over descriptors", .offset = DESCRIPTOR_OFFSET(1) + 4,
	  .copied_offset = DESCRIPTOR_OFFSET(0), .added = -1,
	  .message = "group 1: inode_bitmap at block" },
};

START_TEST(test_overlap)
{
	struct lscow_device *image = filesystem_load("flex");
	uint8_t place[4];
	uint32_t block;

	unit_assert_ok("read", lscow_device_read(image, overlaps[_i].copied_offset, place, 4,
						 &err), &err);
	lscow_device_close(image);
	block = (uint32_t)place[0] + ((uint32_t)place[1] << 8) + (uint32_t)overlaps[_i].added;
	place[0] = (uint8_t)block;
	place[1] = (uint8_t)(block >> 8);
	filesystem_copy("flex", "overlap", NULL);
	filesystem_poke("overlap", overlaps[_i].offset, place, sizeof(place));
	device = filesystem_load("overlap");
	ck_assert_int_eq(lscow_extfs_open(device, &fs, &err), LSCOW_E_INCOMPLETE);
	ck_assert_msg(strstr(err.message, overlaps[_i].message) &&
		      strstr(err.message, "expected it apart from group 0"),
		      "%s: %s", overlaps[_i].label, err.message);
}
END_TEST

START_TEST(test_owned)
{
	uint64_t table, end;

	open_image("flex");
	table = ext2fs_inode_table_loc(fs->handle, 0);
	end = table + 2 * lscow_extfs_itable_blocks(fs); /* two groups side by side */
	unit_assert_ok("behind", lscow_groups_check_owned(fs, 12, end, 9, &err), &err);
	unit_assert_ok("resize", lscow_groups_check_owned(fs, EXT2_RESIZE_INO, table, 1, &err),
		       &err);
	ck_assert_int_eq(lscow_groups_check_owned(fs, 12, end - 1, 9, &err),
			 LSCOW_E_INCOMPLETE);
	ck_assert_ptr_nonnull(strstr(err.message, "expected it for group 1: inode_table"));
	ck_assert_int_eq(lscow_groups_check_owned(fs, 12, 1, 9, &err), LSCOW_E_INCOMPLETE);
	ck_assert_ptr_nonnull(strstr(err.message, "expected it for group 0: superblock"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fixed");
	TCase *tcase = tcase_create("fixed");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, test_one_group);
	tcase_add_test(tcase, test_flexible_groups);
	tcase_add_test(tcase, test_clusters);
	tcase_add_test(tcase, test_no_clusters);
	tcase_add_test(tcase, test_hidden);
	tcase_add_loop_test(tcase, test_overlap, 0, sizeof(overlaps) / sizeof(overlaps[0]));
	tcase_add_test(tcase, test_owned);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
