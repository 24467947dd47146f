/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of lib/source/lvm.c: what lvs prints. */

#include "source/lvm.h"
#include "support/unit.h"

struct volume_row {
	const char *line;
	bool fails;
	struct lscow_lvm_volume volume;
};

static const struct volume_row rows[] = {
	{ .line = "  vg,snap,data,1774000000",
	  .volume = { "vg/snap", "vg/data", 1774000000 } },
	{ .line = "  my-vg,da-ta,,1774000000", .volume = { "my-vg/da-ta", "", 1774000000 } },
	{ .line = "vg,snap,data,", .volume = { "vg/snap", "vg/data", 0 } },
	{ .line = "  vg,[snap],[data],1774000000",
	  .volume = { "vg/snap", "vg/data", 1774000000 } },
	/* A version of LVM that does not know the format of the time. */
	{ .line = "  vg,snap,data,%s", .volume = { "vg/snap", "vg/data", 0 } },
	{ .line = "", .fails = true },
	{ .line = "  vg,snap,data", .fails = true },
	{ .line = "  ,snap,data,1", .fails = true },
	{ .line = "  vg,,data,1", .fails = true },
	{ .line = "  vg,[snap]x,data,1", .fails = true },
	{ .line = "  WARNING: a device is missing", .fails = true },
};

START_TEST(test_decode)
{
	const struct volume_row *row = &rows[_i];
	struct lscow_lvm_volume volume;

	ck_assert_msg(lscow_lvm_volume_decode(row->line, &volume) == !row->fails, "%s",
		      row->line);
	if (row->fails)
		return;
	ck_assert_str_eq(volume.name, row->volume.name);
	ck_assert_str_eq(volume.origin, row->volume.origin);
	ck_assert_int_eq(volume.created, row->volume.created);
}
END_TEST

START_TEST(test_find)
{
	struct lscow_vector volumes = LSCOW_VECTOR(struct lscow_lvm_volume);
	struct lscow_error err = { 0 };

	for (size_t i = 0; i < 2; i++)
		unit_assert_ok("push", lscow_vector_push(&volumes, &rows[i].volume, &err), &err);
	ck_assert_str_eq(lscow_lvm_find(&volumes, "my-vg/da-ta")->name, "my-vg/da-ta");
	ck_assert_ptr_null(lscow_lvm_find(&volumes, "vg/snap2"));
	lscow_vector_free(&volumes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lvm");
	TCase *tests = tcase_create("lvs");

	tcase_add_loop_test(tests, test_decode, 0, UNIT_COUNT(rows));
	tcase_add_test(tests, test_find);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
