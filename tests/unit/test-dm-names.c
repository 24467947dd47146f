/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of lib/source/dm-names.c: names of volumes. */

#include "source/dm-names.h"
#include "support/unit.h"

#define IDS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
/* 120 characters. */
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct split_row {
	const char *name;
	bool fails;
	const char *vg;
	const char *lv;
	const char *layer;
};

static const struct split_row split_rows[] = {
	{ .name = "vg-lv", .vg = "vg", .lv = "lv", .layer = "" },
	{ .name = "vg-lv-cow", .vg = "vg", .lv = "lv", .layer = "cow" },
	{ .name = "my--vg-da--ta-real", .vg = "my-vg", .lv = "da-ta", .layer = "real" },
	{ .name = "a----b-c", .vg = "a--b", .lv = "c", .layer = "" },
	{ .name = "vg---lv", .vg = "vg-", .lv = "lv", .layer = "" },
	{ .name = "vg-lv-a-b", .fails = true },
	{ .name = "vg", .fails = true },
	{ .name = "vg-", .fails = true },
	{ .name = "-lv", .fails = true },
	{ .name = "my--vg", .fails = true },
	{ .name = "", .fails = true },
};

START_TEST(test_split)
{
	const struct split_row *row = &split_rows[_i];
	struct lscow_lvm_name split;

	ck_assert_msg(lscow_lvm_name_split(row->name, &split) == !row->fails, "%s", row->name);
	if (row->fails)
		return;
	ck_assert_str_eq(split.vg, row->vg);
	ck_assert_str_eq(split.lv, row->lv);
	ck_assert_str_eq(split.layer, row->layer);
}
END_TEST

struct decode_row {
	const char *argument;
	const char *name; /* NULL where it is none */
};

static const struct decode_row decode_rows[] = {
	{ "vg/lv", "vg-lv" },
	{ "my-vg/da-ta", "my--vg-da--ta" },
	{ "/dev/vg/lv", "vg-lv" },
	{ "/dev/my-vg/lv", "my--vg-lv" },
	{ "/dev/mapper/my--vg-lv", "my--vg-lv" },
	{ "my--vg-lv", "my--vg-lv" },
	{ "name", "name" },
	{ "vg/lv/x", NULL },
	{ "vg/", NULL },
	{ "/lv", NULL },
	{ "", NULL },
	{ "/dev/sda", NULL },
	{ "/dev/mapper/", NULL },
	{ "/dev/mapper/a/b", NULL },
	{ LONG, LONG },
	{ LONG "aaaaaaaa", NULL },
	{ LONG "/aaaaaaa", NULL },
	{ LONG "/----", NULL },
};

START_TEST(test_decode)
{
	const struct decode_row *row = &decode_rows[_i];
	char name[LSCOW_DM_NAME_BYTES];

	ck_assert_msg(lscow_dm_name_decode(row->argument, name) == (row->name != NULL), "%s",
		      row->argument);
	if (row->name)
		ck_assert_str_eq(name, row->name);
}
END_TEST

START_TEST(test_uuid)
{
	ck_assert(lscow_lvm_uuid_is_store("LVM-" IDS "-cow"));
	ck_assert(!lscow_lvm_uuid_is_store("LVM-" IDS));
	ck_assert(!lscow_lvm_uuid_is_store("LVM-" IDS "-real"));
	ck_assert(!lscow_lvm_uuid_is_store("LVM-aaaa-cow"));
	ck_assert(!lscow_lvm_uuid_is_store("CRYPT-" IDS "-cow"));
	ck_assert(lscow_lvm_uuid_is_known("LVM-" IDS));
	ck_assert(!lscow_lvm_uuid_is_known(""));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dm-names");
	TCase *tests = tcase_create("names");

	tcase_add_loop_test(tests, test_split, 0, UNIT_COUNT(split_rows));
	tcase_add_loop_test(tests, test_decode, 0, UNIT_COUNT(decode_rows));
	tcase_add_test(tests, test_uuid);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
