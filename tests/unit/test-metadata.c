/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether attributes differ: which fields count, and xattrs wherever they are. */

#include "support/unit.h"

#include <linux/fs.h>
#include <sys/stat.h>

#include "diff/metadata.h"
#include "support/filesystem.h"
#include "support/memory-device.h"
#include "support/store-image.h"
#include "support/view-pair.h"

#define AREA_BYTES 96
#define OTHER_BLOCK 3000u  /* the same in both views */
#define CHANGED_BLOCK 3001u /* with another value */
#define TOUCHED_BLOCK 3002u /* with another hash, which does not count */

static struct view_pair pair;
static struct lscow_error err;

/* One attribute, user.a, in a block. */
static void poke_block(const char *name, uint64_t block, const char *value, uint32_t hash)
{
	uint8_t bytes[FILESYSTEM_BLOCK_BYTES] = { 0 };

	store_put_le32(bytes, 0xEA020000);
	store_put_le32(bytes + 4, 1);
	store_put_le32(bytes + 8, 1);
	store_put_le32(bytes + 12, hash);
	memcpy(bytes + 32, "\1\1\xE8\3\0\0\0\0\3\0\0\0\0\0\0\0a", 17);
	memcpy(bytes + 1000, value, 3);
	filesystem_poke(name, block * FILESYSTEM_BLOCK_BYTES, bytes, sizeof(bytes));
}

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("old", FILESYSTEM_EXTENTS, NULL);
	for (uint64_t block = OTHER_BLOCK; block <= TOUCHED_BLOCK; block++)
		poke_block("old", block, "one", 1);
	filesystem_copy("old", "new", NULL);
	poke_block("new", CHANGED_BLOCK, "two", 1);
	poke_block("new", TOUCHED_BLOCK, "one", 2);
}

static void setup(void)
{
	view_pair_open(&pair, "old", "new");
}

static void teardown(void)
{
	view_pair_close(&pair);
}

static const struct {
	const char *label;
	struct lscow_inode old_inode;
	struct lscow_inode new_inode;
	bool is_changed;
} fields[] = {
	{ .label = "equal" },
	{ .label = "mode", .old_inode = { .mode = S_IFREG | 0644 },
	  .new_inode = { .mode = S_IFREG | 0600 }, .is_changed = true },
	{ .label = "set-user-id", .old_inode = { .mode = S_IFREG | 0755 },
	  .new_inode = { .mode = S_IFREG | 04755 }, .is_changed = true },
	{ .label = "the type alone", .old_inode = { .mode = S_IFREG | 0644 },
	  .new_inode = { .mode = S_IFIFO | 0644 } },
	{ .label = "uid", .new_inode = { .uid = 65536 }, .is_changed = true },
	{ .label = "gid", .new_inode = { .gid = 1 }, .is_changed = true },
	{ .label = "project", .new_inode = { .project = 1 }, .is_changed = true },
	{ .label = "mtime", .new_inode = { .mtime_seconds = -1 }, .is_changed = true },
	{ .label = "nanoseconds", .new_inode = { .mtime_nanoseconds = 1 },
	  .is_changed = true },
	{ .label = "immutable", .new_inode = { .flags = EXT2_IMMUTABLE_FL },
	  .is_changed = true },
	{ .label = "case-insensitive", .new_inode = { .flags = EXT4_CASEFOLD_FL },
	  .is_changed = true },
	{ .label = "how data is kept", .new_inode = { .flags = EXT4_EXTENTS_FL |
						      EXT2_INDEX_FL } },
	{ .label = "links", .new_inode = { .nr_links = 2 } },
	{ .label = "size", .new_inode = { .size_bytes = 5 } },
	{ .label = "generation", .new_inode = { .generation = 5 } },
	{ .label = "a block in one", .new_inode = { .xattr_block = OTHER_BLOCK },
	  .is_changed = true },
	{ .label = "the same block", .old_inode = { .xattr_block = OTHER_BLOCK },
	  .new_inode = { .xattr_block = OTHER_BLOCK } },
	{ .label = "two blocks with the same attributes",
	  .old_inode = { .xattr_block = OTHER_BLOCK },
	  .new_inode = { .xattr_block = TOUCHED_BLOCK } },
	{ .label = "a changed block", .old_inode = { .xattr_block = CHANGED_BLOCK },
	  .new_inode = { .xattr_block = CHANGED_BLOCK }, .is_changed = true },
	{ .label = "a block rewritten with the same attributes",
	  .old_inode = { .xattr_block = TOUCHED_BLOCK },
	  .new_inode = { .xattr_block = TOUCHED_BLOCK } },
};

START_TEST(test_fields)
{
	bool is_changed = !fields[_i].is_changed;

	unit_assert_ok(fields[_i].label,
		       lscow_metadata_compare(&pair.views, &fields[_i].old_inode,
					      &fields[_i].new_inode, &is_changed, &err),
		       &err);
	ck_assert_msg(is_changed == fields[_i].is_changed, "%s", fields[_i].label);
}
END_TEST

/* The area behind an inode's fields; a value is 3 bytes at 80. */
static void fill_area(uint8_t *area, const char *name, const char *value)
{
	memset(area, 0, AREA_BYTES);
	if (!name)
		return;
	store_put_le32(area, 0xEA020000);
	memcpy(area + 4, "\1\1\x50\0\0\0\0\0\3\0\0\0\0\0\0\0", 16);
	area[20] = (uint8_t)name[0];
	memcpy(area + 4 + 80, value, 3);
}

static const struct {
	const char *label;
	const char *old_name;
	const char *old_value;
	const char *new_name;
	const char *new_value;
	uint64_t new_block;
	uint8_t leftover; /* a byte that no attribute uses, in the new view */
	bool is_changed;
} areas[] = {
	{ .label = "equal", .old_name = "a", .old_value = "one", .new_name = "a",
	  .new_value = "one" },
	{ .label = "value", .old_name = "a", .old_value = "one", .new_name = "a",
	  .new_value = "two", .is_changed = true },
	{ .label = "name", .old_name = "a", .old_value = "one", .new_name = "b",
	  .new_value = "one", .is_changed = true },
	{ .label = "added", .new_name = "a", .new_value = "one", .is_changed = true },
	{ .label = "removed", .old_name = "a", .old_value = "one", .is_changed = true },
	{ .label = "moved to a block", .old_name = "a", .old_value = "one",
	  .new_block = OTHER_BLOCK },
	{ .label = "moved to a block and changed", .old_name = "a", .old_value = "two",
	  .new_block = OTHER_BLOCK, .is_changed = true },
	{ .label = "other leftovers", .old_name = "a", .old_value = "one", .new_name = "a",
	  .new_value = "one", .leftover = 7 },
};

START_TEST(test_areas)
{
	uint8_t old_area[AREA_BYTES], new_area[AREA_BYTES];
	struct lscow_inode old_inode = { .xattr_area = old_area,
					 .xattr_area_bytes = AREA_BYTES };
	struct lscow_inode new_inode = { .xattr_area = new_area,
					 .xattr_area_bytes = AREA_BYTES,
					 .xattr_block = areas[_i].new_block };
	bool is_changed = !areas[_i].is_changed;

	fill_area(old_area, areas[_i].old_name, areas[_i].old_value);
	fill_area(new_area, areas[_i].new_name, areas[_i].new_value);
	new_area[60] = areas[_i].leftover;
	unit_assert_ok(areas[_i].label,
		       lscow_metadata_compare(&pair.views, &old_inode, &new_inode, &is_changed,
					      &err), &err);
	ck_assert_msg(is_changed == areas[_i].is_changed, "%s", areas[_i].label);
}
END_TEST

START_TEST(test_no_read_for_equal_blocks)
{
	struct lscow_inode inode = { .xattr_block = OTHER_BLOCK };
	unsigned int before = memory_device_get_nr_reads(pair.devices[LSCOW_SIDE_NEW]);
	bool is_changed = true;

	unit_assert_ok("equal", lscow_metadata_compare(&pair.views, &inode, &inode,
						       &is_changed, &err), &err);
	ck_assert(!is_changed);
	ck_assert_uint_eq(memory_device_get_nr_reads(pair.devices[LSCOW_SIDE_NEW]), before);
}
END_TEST

START_TEST(test_read_fails)
{
	struct lscow_inode inode = { .xattr_block = CHANGED_BLOCK };
	bool is_changed;
	int ret;

	memory_device_fail_read(pair.devices[_i], 1);
	ret = lscow_metadata_compare(&pair.views, &inode, &inode, &is_changed, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED,
			  _i == LSCOW_SIDE_OLD ? "old: injected read error"
					       : "new: injected read error");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metadata");
	TCase *tcase = tcase_create("metadata");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_fields, 0, (int)UNIT_COUNT(fields));
	tcase_add_loop_test(tcase, test_areas, 0, (int)UNIT_COUNT(areas));
	tcase_add_test(tcase, test_no_read_for_equal_blocks);
	tcase_add_loop_test(tcase, test_read_fails, 0, LSCOW_NR_SIDES);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
