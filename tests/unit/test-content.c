/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether content differs: data, holes, sizes, targets, device numbers. */

#include "support/unit.h"

#include <stdio.h>
#include <sys/stat.h>

#include "diff/content.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"
#include "support/view-pair.h"

#define MOST_RUNS 3
#define FIRST_BLOCK 3000u

static struct view_pair pair;
static struct lscow_ranges ranges;
static struct lscow_error err;

/*
 * Block 3000 + i holds the letter 'a' + i in both views, up to 3009; only 3005
 * differs, in its last byte. Blocks 3010 and 3011 hold 'a', 3012 zeros.
 */
static void make_images(void)
{
	uint8_t blocks[13][FILESYSTEM_BLOCK_BYTES] = { { 0 } };

	for (size_t i = 0; i < 12; i++)
		memset(blocks[i], i < 10 ? 'a' + (int)i : 'a', FILESYSTEM_BLOCK_BYTES);
	filesystem_folder_make();
	filesystem_make("old", FILESYSTEM_EXTENTS, NULL);
	filesystem_poke("old", FIRST_BLOCK * FILESYSTEM_BLOCK_BYTES, blocks, sizeof(blocks));
	filesystem_copy("old", "new", NULL);
	filesystem_poke("new", 3006 * FILESYSTEM_BLOCK_BYTES - 1, "!", 1);
}

static void setup(void)
{
	view_pair_open(&pair, "old", "new");
	ranges = LSCOW_RANGES;
}

static void teardown(void)
{
	lscow_ranges_free(&ranges);
	view_pair_close(&pair);
}

/* A file in one view. */
struct file {
	uint64_t size_bytes;
	struct lscow_run runs[MOST_RUNS];
};

static void fill_map(struct lscow_map *map, const struct file *file)
{
	*map = LSCOW_MAP;
	for (size_t i = 0; i < MOST_RUNS && file->runs[i].nr_blocks; i++)
		unit_assert_ok("run", lscow_vector_push(&map->runs, &file->runs[i], &err),
			       &err);
}

static const char *describe_ranges(void)
{
	static char text[512];
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(&ranges, &nr);

	text[0] = '\0';
	for (size_t i = 0; i < nr; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%ju+%ju ",
			 (uintmax_t)items[i].offset_bytes, (uintmax_t)items[i].length_bytes);
	return text;
}

static const struct {
	const char *label;
	struct file old_file;
	struct file new_file;
	bool is_changed;
	const char *ranges;
	unsigned int nr_reads; /* of the new view, with ranges */
} files[] = {
	{ .label = "empty", .ranges = "" },
	{ .label = "in place, not among the changed blocks",
	  .old_file = { 2048, { { 0, 3000, 2 } } }, .new_file = { 2048, { { 0, 3000, 2 } } },
	  .ranges = "" },
	{ .label = "in place, one block changed",
	  .old_file = { 10240, { { 0, 3000, 10 } } },
	  .new_file = { 10240, { { 0, 3000, 10 } } },
	  .is_changed = true, .ranges = "5120+1024 ", .nr_reads = 1 },
	{ .label = "the changed byte is behind the end of the file",
	  .old_file = { 6143, { { 0, 3000, 6 } } }, .new_file = { 6143, { { 0, 3000, 6 } } },
	  .ranges = "", .nr_reads = 1 },
	{ .label = "the changed block is behind the end of the file",
	  .old_file = { 5120, { { 0, 3000, 6 } } }, .new_file = { 5120, { { 0, 3000, 6 } } },
	  .ranges = "" },
	{ .label = "moved, with equal data",
	  .old_file = { 1024, { { 0, 3000, 1 } } }, .new_file = { 1024, { { 0, 3010, 1 } } },
	  .ranges = "", .nr_reads = 1 },
	{ .label = "moved, with other data",
	  .old_file = { 2048, { { 0, 3000, 2 } } }, .new_file = { 2048, { { 0, 3010, 2 } } },
	  .is_changed = true, .ranges = "1024+1024 ", .nr_reads = 1 },
	{ .label = "in other runs, with equal data",
	  .old_file = { 2048, { { 0, 3010, 2 } } },
	  .new_file = { 2048, { { 0, 3000, 1 }, { 1, 3011, 1 } } }, .ranges = "",
	  .nr_reads = 1 },
	{ .label = "zeros instead of a hole", .old_file = { 1024, { { 0, 0, 0 } } },
	  .new_file = { 1024, { { 0, 3012, 1 } } }, .ranges = "", .nr_reads = 1 },
	{ .label = "data instead of a hole", .old_file = { 3072, { { 0, 3000, 1 },
								    { 2, 3002, 1 } } },
	  .new_file = { 3072, { { 0, 3000, 3 } } }, .is_changed = true,
	  .ranges = "1024+1024 ", .nr_reads = 1 },
	{ .label = "unwritten blocks are zeros",
	  .old_file = { 2048, { { 0, 3000, 1, false }, { 1, 3001, 1, true } } },
	  .new_file = { 2048, { { 0, 3000, 1 } } }, .ranges = "" },
	{ .label = "unwritten became written",
	  .old_file = { 1024, { { 0, 3001, 1, true } } },
	  .new_file = { 1024, { { 0, 3001, 1 } } }, .is_changed = true,
	  .ranges = "0+1024 ", .nr_reads = 1 },
	{ .label = "longer", .old_file = { 1000, { { 0, 3000, 1 } } },
	  .new_file = { 2048, { { 0, 3000, 2 } } }, .is_changed = true,
	  .ranges = "1000+1048 " },
	{ .label = "longer by a hole", .old_file = { 1024, { { 0, 3000, 1 } } },
	  .new_file = { UINT64_C(1) << 40, { { 0, 3000, 1 } } }, .is_changed = true,
	  .ranges = "1024+1099511626752 " },
	{ .label = "shorter", .old_file = { 2048, { { 0, 3000, 2 } } },
	  .new_file = { 1000, { { 0, 3000, 1 } } }, .is_changed = true, .ranges = "" },
	{ .label = "longer and changed", .old_file = { 6144, { { 0, 3000, 6 } } },
	  .new_file = { 7000, { { 0, 3000, 7 } } }, .is_changed = true,
	  .ranges = "5120+1880 ", .nr_reads = 1 },
	{ .label = "blocks far behind", .old_file = { UINT64_C(1) << 42,
						      { { 4294967295, 3000, 1 } } },
	  .new_file = { UINT64_C(1) << 42, { { 4294967295, 3001, 1 } } },
	  .is_changed = true, .ranges = "4398046510080+1024 ", .nr_reads = 1 },
};

static unsigned int count_reads(int side, unsigned int before)
{
	return memory_device_get_nr_reads(pair.devices[side]) - before;
}

START_TEST(test_data)
{
	struct lscow_inode old_inode = { .mode = S_IFREG,
					 .size_bytes = files[_i].old_file.size_bytes };
	struct lscow_inode new_inode = { .mode = S_IFREG,
					 .size_bytes = files[_i].new_file.size_bytes };
	struct lscow_map old_map, new_map;
	struct lscow_content old_content = { &old_inode, &old_map };
	struct lscow_content new_content = { &new_inode, &new_map };
	unsigned int before = memory_device_get_nr_reads(pair.devices[LSCOW_SIDE_NEW]);
	bool is_changed;

	fill_map(&old_map, &files[_i].old_file);
	fill_map(&new_map, &files[_i].new_file);
	unit_assert_ok(files[_i].label,
		       lscow_content_compare(&pair.views, &old_content, &new_content,
					     &is_changed, &ranges, &err), &err);
	ck_assert_msg(count_reads(LSCOW_SIDE_NEW, before) == files[_i].nr_reads,
		      "%s: %u reads", files[_i].label, count_reads(LSCOW_SIDE_NEW, before));
	ck_assert_msg(is_changed == files[_i].is_changed, "%s", files[_i].label);
	lscow_ranges_normalise(&ranges);
	ck_assert_msg(!strcmp(describe_ranges(), files[_i].ranges), "%s: %s", files[_i].label,
		      describe_ranges());
	unit_assert_ok(files[_i].label,
		       lscow_content_compare(&pair.views, &old_content, &new_content,
					     &is_changed, NULL, &err), &err);
	ck_assert_msg(is_changed == files[_i].is_changed, "%s, without ranges",
		      files[_i].label);
	lscow_map_free(&old_map);
	lscow_map_free(&new_map);
}
END_TEST

START_TEST(test_read_fails)
{
	static const struct file file = { 10240, { { 0, 3000, 10 } } };
	struct lscow_inode inode = { .mode = S_IFREG, .size_bytes = 10240 };
	struct lscow_map map;
	struct lscow_content content = { &inode, &map };
	bool is_changed;
	int ret;

	fill_map(&map, &file);
	memory_device_fail_read(pair.devices[_i], 1);
	ret = lscow_content_compare(&pair.views, &content, &content, &is_changed, NULL, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED,
			  _i == LSCOW_SIDE_OLD ? "old: injected read error"
					       : "new: injected read error");
	lscow_map_free(&map);
}
END_TEST

/* ---- what is not data ---------------------------------------------------- */

static const struct {
	const char *label;
	uint16_t old_mode;
	uint16_t new_mode;
	const char *old_target;
	const char *new_target;
	uint32_t old_device;
	uint32_t new_device;
	bool is_changed;
} others[] = {
	{ .label = "another type", .old_mode = S_IFREG, .new_mode = S_IFIFO,
	  .is_changed = true },
	{ .label = "a directory", .old_mode = S_IFDIR, .new_mode = S_IFDIR,
	  .old_target = "x", .new_target = "yy" },
	{ .label = "a fifo", .old_mode = S_IFIFO, .new_mode = S_IFIFO },
	{ .label = "a socket", .old_mode = S_IFSOCK, .new_mode = S_IFSOCK },
	{ .label = "the same target", .old_mode = S_IFLNK, .new_mode = S_IFLNK,
	  .old_target = "here", .new_target = "here" },
	{ .label = "another target", .old_mode = S_IFLNK, .new_mode = S_IFLNK,
	  .old_target = "here", .new_target = "hers", .is_changed = true },
	{ .label = "a longer target", .old_mode = S_IFLNK, .new_mode = S_IFLNK,
	  .old_target = "here", .new_target = "here/", .is_changed = true },
	{ .label = "the same device", .old_mode = S_IFBLK, .new_mode = S_IFBLK,
	  .old_device = 0x801, .new_device = 0x801 },
	{ .label = "another device", .old_mode = S_IFBLK, .new_mode = S_IFBLK,
	  .old_device = 0x801, .new_device = 0x802, .is_changed = true },
	{ .label = "another character device", .old_mode = S_IFCHR, .new_mode = S_IFCHR,
	  .old_device = 0x105, .new_device = 0x103, .is_changed = true },
	{ .label = "character and block device", .old_mode = S_IFCHR, .new_mode = S_IFBLK,
	  .old_device = 0x105, .new_device = 0x105, .is_changed = true },
};

static void fill_iblock(uint8_t *iblock, const char *target, uint32_t device)
{
	memset(iblock, 0, LSCOW_IBLOCK_BYTES);
	if (target)
		memcpy(iblock, target, strlen(target));
	if (device)
		store_put_le32(iblock, device);
}

START_TEST(test_others)
{
	uint8_t old_iblock[LSCOW_IBLOCK_BYTES], new_iblock[LSCOW_IBLOCK_BYTES];
	struct lscow_inode old_inode = { .mode = others[_i].old_mode, .iblock = old_iblock };
	struct lscow_inode new_inode = { .mode = others[_i].new_mode, .iblock = new_iblock };
	struct lscow_map map = LSCOW_MAP;
	struct lscow_content old_content = { &old_inode, &map };
	struct lscow_content new_content = { &new_inode, &map };
	bool is_changed;

	fill_iblock(old_iblock, others[_i].old_target, others[_i].old_device);
	fill_iblock(new_iblock, others[_i].new_target, others[_i].new_device);
	if (others[_i].old_target) {
		old_inode.size_bytes = strlen(others[_i].old_target);
		new_inode.size_bytes = strlen(others[_i].new_target);
	}
	unit_assert_ok(others[_i].label,
		       lscow_content_compare(&pair.views, &old_content, &new_content,
					     &is_changed, &ranges, &err), &err);
	ck_assert_msg(is_changed == others[_i].is_changed, "%s", others[_i].label);
	ck_assert_str_eq(describe_ranges(), "");
}
END_TEST

START_TEST(test_long_symlinks)
{
	static const struct file old_file = { 100, { { 0, 3000, 1 } } };
	static const struct file new_file = { 100, { { 0, 3001, 1 } } };
	struct lscow_inode inode = { .mode = S_IFLNK, .size_bytes = 100 };
	struct lscow_map old_map, new_map;
	struct lscow_content old_content = { &inode, &old_map };
	struct lscow_content new_content = { &inode, &new_map };
	bool is_changed;

	fill_map(&old_map, &old_file);
	fill_map(&new_map, &new_file);
	unit_assert_ok("other", lscow_content_compare(&pair.views, &old_content, &new_content,
						      &is_changed, &ranges, &err), &err);
	ck_assert(is_changed);
	ck_assert_str_eq(describe_ranges(), "");
	unit_assert_ok("same", lscow_content_compare(&pair.views, &old_content, &old_content,
						     &is_changed, &ranges, &err), &err);
	ck_assert(!is_changed);
	lscow_map_free(&old_map);
	lscow_map_free(&new_map);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("content");
	TCase *tcase = tcase_create("content");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_data, 0, (int)UNIT_COUNT(files));
	tcase_add_loop_test(tcase, test_read_fails, 0, LSCOW_NR_SIDES);
	tcase_add_loop_test(tcase, test_others, 0, (int)UNIT_COUNT(others));
	tcase_add_test(tcase, test_long_symlinks);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
