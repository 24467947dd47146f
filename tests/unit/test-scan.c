/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Walks through inode tables: which inodes. */

#include "support/unit.h"

#include <stdio.h>

#include "extfs/inode.h"
#include "extfs/scan.h"
#include "support/filesystem.h"
#include "support/memory-device.h"

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_scan scan;
static char found[4096];
static struct lscow_error err;

static void make_images(void)
{
	/* 8 groups of 1024 blocks; 2 make a flexible group. */
	static const char *const flex[] = {
		"-O", "none,ext_attr,filetype,extent,metadata_csum,flex_bg,sparse_super",
		"-b", "1024", "-I", "256", "-N", "256", "-g", "1024", "-G", "2", NULL,
	};
	static const char *const single[] = {
		"-O", "none,ext_attr,filetype,sparse_super", "-b", "1024", "-I", "128",
		"-N", "256", "-g", "1024", NULL,
	};

	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXT4,
			"write small a\nwrite small b\nwrite small c\nrm b\n");
	filesystem_make_with("flex", flex, 8193 * 1024, NULL);
	filesystem_make_with("single", single, 8193 * 1024, NULL);
}

static void open_image(const char *name)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
	unit_assert_ok(name, lscow_scan_open(fs, &scan, &err), &err);
	found[0] = '\0';
}

static void teardown(void)
{
	lscow_scan_close(&scan);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

static int add_number(void *data, uint32_t ino, uint8_t *raw, struct lscow_error *e)
{
	uint8_t expected[FILESYSTEM_INODE_BYTES];

	(void)data;
	snprintf(found + strlen(found), sizeof(found) - strlen(found), "%u ", ino);
	unit_assert_ok("raw", lscow_inode_load_raw(fs, ino, expected, e), e);
	ck_assert_mem_eq(raw, expected, fs->sb.inode_bytes);
	return 0;
}

static const struct {
	const char *label;
	const char *image;
	uint32_t group;
	const char *expected;
} groups[] = {
	{ .label = "without the one that is free", .image = "disk",
	  .expected = "1 2 3 4 5 6 7 8 9 10 11 12 14 " },
	{ .label = "the first of several", .image = "single",
	  .expected = "1 2 3 4 5 6 7 8 9 10 11 " },
	{ .label = "a group that was never used", .image = "flex", .group = 5,
	  .expected = "" },
	{ .label = "a group that is empty", .image = "single", .group = 5, .expected = "" },
};

START_TEST(test_group)
{
	open_image(groups[_i].image);
	unit_assert_ok(groups[_i].label, lscow_scan_group(&scan, groups[_i].group, add_number,
							  NULL, &err), &err);
	ck_assert_msg(!strcmp(found, groups[_i].expected), "%s: %s", groups[_i].label, found);
}
END_TEST

static int stop_at_12(void *data, uint32_t ino, uint8_t *raw, struct lscow_error *e)
{
	(void)raw;
	(void)e;
	++*(int *)data;
	return ino == 12 ? 5 : 0;
}

START_TEST(test_callback_ends_it)
{
	int nr = 0;

	open_image("disk");
	ck_assert_int_eq(lscow_scan_group(&scan, 0, stop_at_12, &nr, &err), 5);
	ck_assert_int_eq(nr, 12);
}
END_TEST

START_TEST(test_nth_read_fails)
{
	int ret;

	open_image("disk");
	memory_device_fail_read(device, (unsigned int)_i);
	ret = lscow_scan_group(&scan, 0, stop_at_12, &(int){ 0 }, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED, "disk: injected read error");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scan");
	TCase *tcase = tcase_create("scan");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, test_group, 0, (int)UNIT_COUNT(groups));
	tcase_add_test(tcase, test_callback_ends_it);
	tcase_add_loop_test(tcase, test_nth_read_fails, 1, 3);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
