/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Inodes compared between two views, and the classes that blocks get from them. */

#include "support/unit.h"

#include <stdio.h>

#include "diff/free.h"
#include "diff/geometry.h"
#include "diff/inodes.h"
#include "diff/itable.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/view-pair.h"

static struct view_pair pair;
static struct lscow_error err;

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("old", FILESYSTEM_EXT4,
			"write small kept\nwrite small mode\nwrite large data\n"
			"write small gone\nwrite small replaced\nwrite small orphan\n"
			"mkdir dir\nwrite small atime\nwrite small tagged\n"
			"ea_set tagged user.big 0123456789012345678901234567890123456789"
			"0123456789012345678901234567890123456789\n");
	filesystem_copy("old", "new",
			"sif mode mode 0100600\nsif data mtime 20260302\nsif atime atime 5\n"
			"rm gone\nwrite other gone\nsif gone generation 5\n"
			"rm replaced\nsymlink replaced target\n"
			"sif orphan links_count 0\nunlink orphan\n"
			"sif dir mode 040700\n"
			"ea_set tagged user.big x\n"
			"write large added\n");
	filesystem_poke("new", filesystem_block("new", "data", 1) * FILESYSTEM_BLOCK_BYTES,
			"!", 1);
}

static void setup(void)
{
	view_pair_open(&pair, "old", "new");
}

static void teardown(void)
{
	view_pair_close(&pair);
}

/* ---- records ------------------------------------------------------------- */

static const struct {
	const char *label;
	const char *image; /* where the path is looked up */
	const char *path;
	bool has_record;
	enum lscow_inode_state old_state;
	enum lscow_inode_state new_state;
	bool is_same;
	bool is_content_changed;
	bool is_metadata_changed;
} records[] = {
	{ .label = "kept", .image = "old", .path = "kept" },
	{ .label = "mode", .image = "old", .path = "mode", .has_record = true,
	  .old_state = LSCOW_INODE_LIVE, .new_state = LSCOW_INODE_LIVE, .is_same = true,
	  .is_metadata_changed = true },
	{ .label = "data and mtime", .image = "old", .path = "data", .has_record = true,
	  .old_state = LSCOW_INODE_LIVE, .new_state = LSCOW_INODE_LIVE, .is_same = true,
	  .is_content_changed = true, .is_metadata_changed = true },
	{ .label = "another generation", .image = "old", .path = "gone", .has_record = true,
	  .old_state = LSCOW_INODE_LIVE, .new_state = LSCOW_INODE_LIVE },
	{ .label = "another type", .image = "old", .path = "replaced", .has_record = true,
	  .old_state = LSCOW_INODE_LIVE, .new_state = LSCOW_INODE_LIVE },
	{ .label = "an orphan", .image = "old", .path = "orphan", .has_record = true,
	  .old_state = LSCOW_INODE_LIVE, .new_state = LSCOW_INODE_ORPHAN },
	{ .label = "a directory", .image = "old", .path = "dir", .has_record = true,
	  .old_state = LSCOW_INODE_LIVE, .new_state = LSCOW_INODE_LIVE, .is_same = true,
	  .is_metadata_changed = true },
	{ .label = "atime", .image = "old", .path = "atime", .has_record = true,
	  .old_state = LSCOW_INODE_LIVE, .new_state = LSCOW_INODE_LIVE, .is_same = true },
	{ .label = "attributes", .image = "old", .path = "tagged", .has_record = true,
	  .old_state = LSCOW_INODE_LIVE, .new_state = LSCOW_INODE_LIVE, .is_same = true,
	  .is_metadata_changed = true },
	{ .label = "added", .image = "new", .path = "added", .has_record = true,
	  .old_state = LSCOW_INODE_FREE, .new_state = LSCOW_INODE_LIVE },
};

START_TEST(test_record)
{
	uint32_t ino = filesystem_find(records[_i].image, records[_i].path);
	const struct lscow_inode_record *record;
	const char *label = records[_i].label;

	view_pair_examine(&pair);
	record = lscow_inodes_find(&pair.inodes, ino);
	ck_assert_msg((record != NULL) == records[_i].has_record, "%s", label);
	if (!record)
		return;
	ck_assert_uint_eq(record->ino, ino);
	ck_assert(record->is_examined);
	ck_assert_msg(record->sides[LSCOW_SIDE_OLD].state == records[_i].old_state, "%s",
		      label);
	ck_assert_msg(record->sides[LSCOW_SIDE_NEW].state == records[_i].new_state, "%s",
		      label);
	ck_assert_msg(lscow_record_is_same(record) == records[_i].is_same, "%s", label);
	ck_assert_msg(record->is_content_changed == records[_i].is_content_changed, "%s",
		      label);
	ck_assert_msg(record->is_metadata_changed == records[_i].is_metadata_changed, "%s",
		      label);
	ck_assert(lscow_record_is_live(record, LSCOW_SIDE_NEW) ==
		  (records[_i].new_state == LSCOW_INODE_LIVE));
}
END_TEST

START_TEST(test_get)
{
	uint32_t ino = filesystem_find("old", "kept");
	struct lscow_inode_record *record, *again;

	ck_assert_ptr_null(lscow_inodes_find(&pair.inodes, ino));
	unit_assert_ok("get", lscow_inodes_get(&pair.inodes, ino, &record, &err), &err);
	ck_assert(!record->is_examined);
	ck_assert(lscow_record_is_same(record));
	ck_assert_uint_eq(record->sides[LSCOW_SIDE_NEW].size_bytes, 1000);
	ck_assert_uint_eq(record->sides[LSCOW_SIDE_OLD].nr_links, 1);
	unit_assert_ok("again", lscow_inodes_get(&pair.inodes, ino, &again, &err), &err);
	ck_assert_ptr_eq(record, again);
	unit_assert_ok("examine", lscow_inodes_examine(&pair.inodes, ino, &err), &err);
	ck_assert(record->is_examined);
	ck_assert(!record->is_content_changed);
}
END_TEST

static const struct {
	const char *label;
	uint32_t ino;
	const char *message;
} numbers[] = {
	{ .label = "0", .ino = 0, .message = "new: inode 0 wanted, expected 1 to 128" },
	{ .label = "129", .ino = 129, .message = "new: inode 129 wanted, expected 1 to 128" },
};

START_TEST(test_number_out_of_range)
{
	struct lscow_inode_record *record;
	int ret = lscow_inodes_get(&pair.inodes, numbers[_i].ino, &record, &err);

	unit_assert_error(numbers[_i].label, ret, &err, LSCOW_E_INCOMPLETE,
			  numbers[_i].message);
	ret = lscow_inodes_examine(&pair.inodes, numbers[_i].ino, &err);
	unit_assert_error(numbers[_i].label, ret, &err, LSCOW_E_INCOMPLETE,
			  numbers[_i].message);
}
END_TEST

START_TEST(test_ranges)
{
	const struct lscow_inode_record *record;
	const struct lscow_range *ranges;
	size_t nr;

	view_pair_examine(&pair);
	record = lscow_inodes_find(&pair.inodes, filesystem_find("new", "data"));
	ranges = lscow_ranges_get(&record->ranges, &nr);
	ck_assert_uint_eq(nr, 1);
	ck_assert_uint_eq(ranges[0].offset_bytes, 1024);
	ck_assert_uint_eq(ranges[0].length_bytes, 1024);
}
END_TEST

static const struct {
	const char *label;
	const char *old_path;
	const char *new_path;
	bool is_content_changed;
	bool is_metadata_changed;
} replacements[] = {
	{ .label = "equal", .old_path = "kept", .new_path = "atime" },
	{ .label = "content", .old_path = "kept", .new_path = "gone",
	  .is_content_changed = true },
	{ .label = "metadata", .old_path = "kept", .new_path = "mode",
	  .is_metadata_changed = true },
	{ .label = "both", .old_path = "kept", .new_path = "data", .is_content_changed = true,
	  .is_metadata_changed = true },
};

START_TEST(test_compare)
{
	struct lscow_replacement replacement = { .is_content_changed = false };

	unit_assert_ok(replacements[_i].label, lscow_inodes_compare(
			       &pair.inodes, filesystem_find("old", replacements[_i].old_path),
			       filesystem_find("new", replacements[_i].new_path), &replacement,
			       NULL, &err), &err);
	ck_assert_msg(replacement.is_content_changed == replacements[_i].is_content_changed,
		      "%s", replacements[_i].label);
	ck_assert_msg(replacement.is_metadata_changed == replacements[_i].is_metadata_changed,
		      "%s", replacements[_i].label);
}
END_TEST

/* ---- classes of blocks --------------------------------------------------- */

static enum lscow_block_class new_class(uint64_t block)
{
	return lscow_blocks_get_class(&pair.blocks, LSCOW_SIDE_NEW, block);
}

START_TEST(test_geometry)
{
	ext2_filsys handle = pair.views.fs[LSCOW_SIDE_NEW]->handle;

	lscow_geometry_mark(&pair.views);
	ck_assert_int_eq(new_class(1), LSCOW_BLOCK_SUPERBLOCK);
	ck_assert_int_eq(new_class(2), LSCOW_BLOCK_DESCRIPTORS);
	ck_assert_int_eq(new_class(ext2fs_block_bitmap_loc(handle, 0)),
			 LSCOW_BLOCK_BLOCK_BITMAP);
	ck_assert_int_eq(new_class(ext2fs_inode_bitmap_loc(handle, 0)),
			 LSCOW_BLOCK_INODE_BITMAP);
	ck_assert_int_eq(new_class(ext2fs_inode_table_loc(handle, 0) +
				   (filesystem_find("new", "mode") - 1) / 4),
			 LSCOW_BLOCK_INODE_TABLE);
	ck_assert_int_eq(new_class(filesystem_block("new", "data", 1)), LSCOW_BLOCK_UNKNOWN);
}
END_TEST

START_TEST(test_owners)
{
	view_pair_examine(&pair);
	ck_assert_int_eq(new_class(filesystem_block("new", "data", 1)), LSCOW_BLOCK_DATA);
	ck_assert_int_eq(new_class(filesystem_block("new", "added", 0)), LSCOW_BLOCK_DATA);
	ck_assert_int_eq(lscow_blocks_get_class(&pair.blocks, LSCOW_SIDE_OLD,
						filesystem_block("new", "added", 4)),
			 LSCOW_BLOCK_UNKNOWN);
	/* The root's inode did not change, its block did. */
	ck_assert_int_eq(new_class(filesystem_block("new", "/", 0)), LSCOW_BLOCK_UNKNOWN);
	unit_assert_ok("root", lscow_inodes_examine(&pair.inodes, EXT2_ROOT_INO, &err), &err);
	ck_assert_int_eq(new_class(filesystem_block("new", "/", 0)), LSCOW_BLOCK_DIRECTORY);
	ck_assert_uint_gt(pair.blocks.nr_unknown[LSCOW_SIDE_OLD], 0);
	unit_assert_ok("free", lscow_free_mark(&pair.views, &err), &err);
	ck_assert_int_eq(lscow_blocks_get_class(&pair.blocks, LSCOW_SIDE_OLD,
						filesystem_block("new", "added", 4)),
			 LSCOW_BLOCK_FREE);
	ck_assert(!lscow_blocks_any_unknown(&pair.blocks));
}
END_TEST

/* ---- failures ------------------------------------------------------------ */

static int run_itable(void)
{
	view_pair_mark(&pair);
	return lscow_itable_diff(&pair.inodes, NULL, NULL, &err);
}

START_TEST(test_every_read_of_itable_diff_fails)
{
	unsigned int nr_before, nr_reads;

	view_pair_mark(&pair);
	nr_before = memory_device_get_nr_reads(pair.devices[_i]);
	unit_assert_ok("itable", lscow_itable_diff(&pair.inodes, NULL, NULL, &err), &err);
	nr_reads = memory_device_get_nr_reads(pair.devices[_i]) - nr_before;
	ck_assert_uint_ge(nr_reads, 2);
	for (unsigned int nth = 1; nth <= nr_reads; nth++) {
		int ret;

		view_pair_close(&pair);
		view_pair_open(&pair, "old", "new");
		view_pair_mark(&pair);
		memory_device_fail_read(pair.devices[_i], nth);
		ret = lscow_itable_diff(&pair.inodes, NULL, NULL, &err);
		unit_assert_error("read", ret, &err, LSCOW_E_FAILED,
				  _i == LSCOW_SIDE_OLD ? "old: injected read error"
						       : "new: injected read error");
	}
}
END_TEST

START_TEST(test_wrong_checksum)
{
	uint32_t ino = filesystem_find("new", "mode");
	uint64_t table = ext2fs_inode_table_loc(pair.views.fs[LSCOW_SIDE_NEW]->handle, 0);
	char expected[64];

	memory_device_get_bytes(pair.devices[LSCOW_SIDE_NEW])
		[table * FILESYSTEM_BLOCK_BYTES +
		 (uint64_t)(ino - 1) * FILESYSTEM_INODE_BYTES + 4] ^= 1;
	snprintf(expected, sizeof(expected), "new: inode %u: wrong checksum", ino);
	unit_assert_error("checksum", run_itable(), &err, LSCOW_E_INCOMPLETE, expected);
}
END_TEST

/* Leftovers in a free inode are nobody's. */
START_TEST(test_garbage_in_free_inode)
{
	uint64_t table = ext2fs_inode_table_loc(pair.views.fs[LSCOW_SIDE_NEW]->handle, 0);

	memset(memory_device_get_bytes(pair.devices[LSCOW_SIDE_NEW]) +
	       table * FILESYSTEM_BLOCK_BYTES + 100 * FILESYSTEM_INODE_BYTES, 0xFF,
	       FILESYSTEM_INODE_BYTES);
	unit_assert_ok("garbage", run_itable(), &err);
	ck_assert_ptr_null(lscow_inodes_find(&pair.inodes, 101));
}
END_TEST

static void take_step(void *data, const char *step, uint64_t done, uint64_t total)
{
	ck_assert_str_eq(step, "inode tables");
	ck_assert_uint_eq(done, 0);
	ck_assert_uint_eq(total, 1);
	++*(int *)data;
}

START_TEST(test_progress)
{
	int nr = 0;

	view_pair_mark(&pair);
	unit_assert_ok("itable", lscow_itable_diff(&pair.inodes, take_step, &nr, &err), &err);
	ck_assert_int_eq(nr, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("inodes");
	TCase *tcase = tcase_create("inodes");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_record, 0, (int)UNIT_COUNT(records));
	tcase_add_test(tcase, test_get);
	tcase_add_loop_test(tcase, test_number_out_of_range, 0, (int)UNIT_COUNT(numbers));
	tcase_add_test(tcase, test_ranges);
	tcase_add_loop_test(tcase, test_compare, 0, (int)UNIT_COUNT(replacements));
	tcase_add_test(tcase, test_geometry);
	tcase_add_test(tcase, test_owners);
	tcase_add_loop_test(tcase, test_every_read_of_itable_diff_fails, 0, LSCOW_NR_SIDES);
	tcase_add_test(tcase, test_wrong_checksum);
	tcase_add_test(tcase, test_garbage_in_free_inode);
	tcase_add_test(tcase, test_progress);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
