/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of lib/source/in-use.c: mounts and counts of writes. */

#include <sys/sysmacros.h>

#include "source/in-use.h"
#include "support/unit.h"

static const char mountinfo[] =
	"21 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw,errors=remount-ro\n"
	"22 21 0:5 / /dev rw,nosuid - devtmpfs udev rw,size=4096k\n"
	"30 21 253:1 / /mnt/ro ro,relatime - ext4 /dev/mapper/vg-ro ro\n"
	"31 21 253:2 /sub /mnt/bind ro,relatime shared:3 master:1 - ext4 /dev/mapper/vg-rw rw\n"
	"32 21 253:3 / /mnt/a\\040b rw - ext4 /dev/mapper/x ro,data=ordered\n"
	"33 21 253:4 / /mnt/cut rw";

struct mount_row {
	unsigned int minor_number;
	enum lscow_mount_mode mode;
	const char *place;
};

static const struct mount_row mount_rows[] = {
	{ 0, LSCOW_MOUNTED_READ_WRITE, "/" },
	{ 1, LSCOW_MOUNTED_READ_ONLY, "/mnt/ro" },
	{ 2, LSCOW_MOUNTED_READ_WRITE, "/mnt/bind" },
	{ 3, LSCOW_MOUNTED_READ_ONLY, "/mnt/a\\040b" },
	{ 4, LSCOW_MOUNTED_READ_WRITE, "/mnt/cut" },
	{ 5, LSCOW_NOT_MOUNTED, "" },
	{ 21, LSCOW_NOT_MOUNTED, "" },
};

START_TEST(test_mount)
{
	const struct mount_row *row = &mount_rows[_i];
	struct lscow_mount mount;

	lscow_mount_find(mountinfo, makedev(253, row->minor_number), &mount);
	ck_assert_int_eq(mount.mode, row->mode);
	ck_assert_str_eq(mount.place, row->place);
}
END_TEST

START_TEST(test_mountinfo)
{
	struct lscow_error err = { 0 };
	char *text = NULL;

	unit_assert_ok("mountinfo", lscow_mountinfo_load(&text, &err), &err);
	ck_assert_ptr_nonnull(strstr(text, " / "));
	free(text);
}
END_TEST

START_TEST(test_writes)
{
	ck_assert_uint_eq(lscow_writes_decode(
		"  100 0 800 10 20 0 160 5 0 15 15 3 0 24 1 2 3\n"), 23);
	ck_assert_uint_eq(lscow_writes_decode("100 0 800 10 20 0 160 5 0 15 15\n"), 20);
	ck_assert_uint_eq(lscow_writes_decode(""), 0);
}
END_TEST

START_TEST(test_absent_device)
{
	struct lscow_vector holders = LSCOW_VECTOR(struct lscow_holder);
	struct lscow_error err = { 0 };
	dev_t absent = makedev(4095, 99999);

	ck_assert_uint_eq(lscow_writes_load(absent), 0);
	unit_assert_ok("holders", lscow_holders_load(absent, &holders, &err), &err);
	ck_assert_uint_eq(holders.nr, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("in-use");
	TCase *tests = tcase_create("in-use");

	tcase_add_loop_test(tests, test_mount, 0, UNIT_COUNT(mount_rows));
	tcase_add_test(tests, test_mountinfo);
	tcase_add_test(tests, test_writes);
	tcase_add_test(tests, test_absent_device);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
