/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The search for owners of changed blocks, and for those who share an xattr block. */

#include "support/unit.h"

#include <stdio.h>

#include "diff/free.h"
#include "diff/shared-xattrs.h"
#include "diff/unexplained.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/view-pair.h"

#define VALUE "0123456789012345678901234567890123456789"
#define LONG_VALUE VALUE VALUE VALUE

static struct view_pair pair;
static uint64_t nr_scanned;
static struct lscow_error err;

/* "shared" is the image where b uses a's xattr block too. */
static void share_xattr_block(const char *name)
{
	struct lscow_device *device = filesystem_load(name);
	struct lscow_extfs *fs;
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;
	char commands[128];

	unit_assert_ok("open", lscow_extfs_open(device, &fs, &err), &err);
	unit_assert_ok("load", lscow_inode_load(fs, filesystem_find(name, "a"), raw, &inode,
						&err), &err);
	ck_assert_uint_ne(inode.xattr_block, 0);
	snprintf(commands, sizeof(commands), "sif b file_acl %ju\n",
		 (uintmax_t)inode.xattr_block);
	filesystem_change(name, commands);
	filesystem_poke(name, inode.xattr_block * FILESYSTEM_BLOCK_BYTES + 4, "\2", 1);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("old", FILESYSTEM_EXTENTS,
			"write large file\nmkdir dir\nwrite small dir/in\n"
			"write small a\nwrite small b\nea_set a user.x " LONG_VALUE "\n");
	share_xattr_block("old");
	filesystem_make_clusters("clusters", "write large file\n");
	filesystem_make("maps", FILESYSTEM_EXT2, "write large file\nmkdir dir\n");
}

/* Opens "old" and a copy of it with one byte changed; 0 leaves it alone. */
static void open_pair(const char *old_name, uint64_t block, size_t byte)
{
	filesystem_copy(old_name, "new", NULL);
	if (block)
		filesystem_poke("new", block * FILESYSTEM_BLOCK_BYTES + byte, "!", 1);
	view_pair_open(&pair, old_name, "new");
	nr_scanned = 0;
}

static void teardown(void)
{
	view_pair_close(&pair);
}

static int search(void)
{
	view_pair_examine(&pair);
	unit_assert_ok("free", lscow_free_mark(&pair.views, &err), &err);
	return lscow_unexplained_search(&pair.inodes, &nr_scanned, NULL, NULL, &err);
}

static uint64_t xattr_block(void)
{
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;

	unit_assert_ok("load", lscow_inode_load(pair.views.fs[LSCOW_SIDE_OLD],
						filesystem_find("old", "a"), raw, &inode,
						&err), &err);
	return inode.xattr_block;
}

/* ---- owners -------------------------------------------------------------- */

static const struct {
	const char *label;
	const char *image;
	const char *path;
	uint64_t logical_block;
	size_t byte;
	bool is_content_changed;
} owners[] = {
	{ .label = "the first block of a file", .image = "old", .path = "file",
	  .is_content_changed = true },
	{ .label = "the last block of a file", .image = "old", .path = "file",
	  .logical_block = 4, .is_content_changed = true },
	{ .label = "behind the end of a file", .image = "old", .path = "file",
	  .logical_block = 4, .byte = 1000 },
	{ .label = "a directory", .image = "old", .path = "dir", .byte = 1000 },
	{ .label = "a file in a directory", .image = "old", .path = "dir/in",
	  .is_content_changed = true },
	{ .label = "a file with a block map", .image = "maps", .path = "file",
	  .logical_block = 2, .is_content_changed = true },
};

START_TEST(test_owner)
{
	const struct lscow_inode_record *record;
	uint64_t block = filesystem_block(owners[_i].image, owners[_i].path,
					  owners[_i].logical_block);

	open_pair(owners[_i].image, block, owners[_i].byte);
	unit_assert_ok(owners[_i].label, search(), &err);
	record = lscow_inodes_find(&pair.inodes,
				   filesystem_find(owners[_i].image, owners[_i].path));
	ck_assert_msg(record && record->is_examined, "%s: not found", owners[_i].label);
	ck_assert_msg(record->is_content_changed == owners[_i].is_content_changed, "%s",
		      owners[_i].label);
	ck_assert_uint_eq(HASH_COUNT(pair.inodes.records), 1);
	ck_assert(!lscow_blocks_any_unknown(&pair.blocks));
	ck_assert_uint_gt(nr_scanned, 0);
}
END_TEST

/* A block of the file's cluster that holds nothing of it. */
START_TEST(test_slack)
{
	uint64_t block = filesystem_block("clusters", "file", 0) + 9;
	const struct lscow_inode_record *record;

	open_pair("clusters", block, 0);
	unit_assert_ok("slack", search(), &err);
	record = lscow_inodes_find(&pair.inodes, filesystem_find("clusters", "file"));
	ck_assert(record && record->is_examined);
	ck_assert(!record->is_content_changed && !record->is_metadata_changed);
	ck_assert(!lscow_blocks_any_unknown(&pair.blocks));
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		ck_assert_int_eq(lscow_blocks_get_class(&pair.blocks, side, block),
				 LSCOW_BLOCK_SLACK);
}
END_TEST

START_TEST(test_nothing_to_search)
{
	open_pair("old", 0, 0);
	unit_assert_ok("none", search(), &err);
	ck_assert_uint_eq(nr_scanned, 0);
	ck_assert_uint_eq(HASH_COUNT(pair.inodes.records), 0);
}
END_TEST

START_TEST(test_free_block_needs_no_search)
{
	open_pair("old", 4000, 0);
	unit_assert_ok("free", search(), &err);
	ck_assert_uint_eq(nr_scanned, 0);
	ck_assert_int_eq(lscow_blocks_get_class(&pair.blocks, LSCOW_SIDE_NEW, 4000),
			 LSCOW_BLOCK_FREE);
}
END_TEST

START_TEST(test_no_owner)
{
	filesystem_copy("old", "marked", "setb 4000\n");
	open_pair("marked", 4000, 0);
	unit_assert_ok("none", search(), &err);
	ck_assert_uint_eq(nr_scanned, 16); /* all that are in use */
	ck_assert(lscow_blocks_any_unknown(&pair.blocks));
	ck_assert_uint_eq(pair.blocks.nr_unknown[LSCOW_SIDE_NEW], 1);
}
END_TEST

START_TEST(test_every_read_fails)
{
	uint64_t block = filesystem_block("old", "file", 0);
	struct lscow_device *device;
	unsigned int before, nr_reads;
	int ret;

	open_pair("old", block, 0);
	device = pair.devices[LSCOW_SIDE_NEW];
	view_pair_examine(&pair);
	unit_assert_ok("free", lscow_free_mark(&pair.views, &err), &err);
	before = memory_device_get_nr_reads(device);
	unit_assert_ok("search", lscow_unexplained_search(&pair.inodes, &nr_scanned, NULL,
							  NULL, &err), &err);
	nr_reads = memory_device_get_nr_reads(device) - before;
	ck_assert_uint_ge(nr_reads, 3);
	for (unsigned int nth = 1; nth <= nr_reads; nth++) {
		view_pair_close(&pair);
		view_pair_open(&pair, "old", "new");
		view_pair_examine(&pair);
		unit_assert_ok("free", lscow_free_mark(&pair.views, &err), &err);
		memory_device_fail_read(pair.devices[LSCOW_SIDE_NEW], nth);
		ret = lscow_unexplained_search(&pair.inodes, &nr_scanned, NULL, NULL, &err);
		unit_assert_error("read", ret, &err, LSCOW_E_FAILED,
				  "new: injected read error");
	}
}
END_TEST

/* An inode on the way that cannot be read might be the owner. */
START_TEST(test_damaged_inode_in_the_way)
{
	uint64_t block = filesystem_block("old", "dir/in", 0);
	uint32_t ino = filesystem_find("old", "file");
	uint64_t table;
	char expected[128];

	open_pair("old", block, 0);
	table = ext2fs_inode_table_loc(pair.views.fs[LSCOW_SIDE_NEW]->handle, 0);
	/* The magic of the extents, in both views: no difference gives it away. */
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		memory_device_get_bytes(pair.devices[side])
			[table * FILESYSTEM_BLOCK_BYTES +
			 (uint64_t)(ino - 1) * FILESYSTEM_INODE_BYTES + 0x28] ^= 1;
	snprintf(expected, sizeof(expected),
		 "new: inode %u: extent root: magic 62219, expected 62218", ino);
	unit_assert_error("damaged", search(), &err, LSCOW_E_INCOMPLETE, expected);
}
END_TEST

/* ---- shared xattr blocks ------------------------------------------------- */

START_TEST(test_all_who_share_are_found)
{
	const struct lscow_inode_record *a, *b;
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;
	struct lscow_device *device = filesystem_load("old");
	struct lscow_extfs *fs;

	unit_assert_ok("open", lscow_extfs_open(device, &fs, &err), &err);
	unit_assert_ok("load", lscow_inode_load(fs, filesystem_find("old", "a"), raw, &inode,
						&err), &err);
	lscow_extfs_close(fs);
	lscow_device_close(device);
	/* The value stands at the block's end. */
	open_pair("old", inode.xattr_block, 1020);
	unit_assert_ok("search", search(), &err);
	a = lscow_inodes_find(&pair.inodes, filesystem_find("old", "a"));
	b = lscow_inodes_find(&pair.inodes, filesystem_find("old", "b"));
	ck_assert(a && a->is_metadata_changed);
	ck_assert(b && b->is_metadata_changed);
}
END_TEST

static const struct {
	const char *label;
	size_t byte; /* of the block, changed in the new view */
	bool examine_b;
	size_t nr_found;
} shares[] = {
	{ .label = "value, one owner known", .byte = 1020, .nr_found = 2 },
	{ .label = "value, both known", .byte = 1020, .examine_b = true, .nr_found = 0 },
	{ .label = "hash only", .byte = 12, .nr_found = 0 },
};

START_TEST(test_shared_xattrs)
{
	struct lscow_vector found = LSCOW_VECTOR(uint64_t);
	uint64_t block;

	open_pair("old", 0, 0);
	block = xattr_block();
	teardown();
	open_pair("old", block, shares[_i].byte);
	unit_assert_ok("a", lscow_inodes_examine(&pair.inodes, filesystem_find("old", "a"),
						 &err), &err);
	if (shares[_i].examine_b)
		unit_assert_ok("b", lscow_inodes_examine(
				       &pair.inodes, filesystem_find("old", "b"), &err),
			       &err);
	unit_assert_ok(shares[_i].label,
		       lscow_shared_xattrs_find(&pair.inodes, &found, &err), &err);
	/* Once for each view. */
	ck_assert_msg(found.nr == shares[_i].nr_found, "%s: %zu", shares[_i].label, found.nr);
	for (size_t i = 0; i < found.nr; i++)
		ck_assert_uint_eq(LSCOW_ITEMS(&found, uint64_t)[i], block);
	lscow_vector_free(&found);
}
END_TEST

START_TEST(test_shared_xattrs_read_fails)
{
	struct lscow_vector found = LSCOW_VECTOR(uint64_t);
	uint64_t block;
	int ret;

	open_pair("old", 0, 0);
	block = xattr_block();
	teardown();
	open_pair("old", block, 1020);
	unit_assert_ok("a", lscow_inodes_examine(&pair.inodes, filesystem_find("old", "a"),
						 &err), &err);
	memory_device_fail_read(pair.devices[_i], 1);
	ret = lscow_shared_xattrs_find(&pair.inodes, &found, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED,
			  _i == LSCOW_SIDE_OLD ? "old: injected read error"
					       : "new: injected read error");
	lscow_vector_free(&found);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unexplained");
	TCase *tcase = tcase_create("unexplained");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, test_owner, 0, (int)UNIT_COUNT(owners));
	tcase_add_test(tcase, test_slack);
	tcase_add_test(tcase, test_nothing_to_search);
	tcase_add_test(tcase, test_free_block_needs_no_search);
	tcase_add_test(tcase, test_no_owner);
	tcase_add_test(tcase, test_every_read_fails);
	tcase_add_test(tcase, test_damaged_inode_in_the_way);
	tcase_add_test(tcase, test_all_who_share_are_found);
	tcase_add_loop_test(tcase, test_shared_xattrs, 0, (int)UNIT_COUNT(shares));
	tcase_add_loop_test(tcase, test_shared_xattrs_read_fails, 0, LSCOW_NR_SIDES);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
