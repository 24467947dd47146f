/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of lib/source/dm-table.c: table and status lines of the device-mapper. */

#include <sys/sysmacros.h>

#include "source/dm-table.h"
#include "support/unit.h"

struct table_row {
	const char *type;
	const char *params;
	uint64_t sectors; /* 8 where it is 0 */
	bool fails;
	struct lscow_dm_table table;
};

static const struct table_row table_rows[] = {
	{ .type = "snapshot", .params = "253:1 253:2 P 8",
	  .table = { .kind = LSCOW_DM_SNAPSHOT, .origin = 1, .store = 2,
		     .is_persistent = true, .chunk_bytes = 4096 } },
	{ .type = "snapshot", .params = "253:1 253:2 PO 16 1 discard_zeroes_cow",
	  .table = { .kind = LSCOW_DM_SNAPSHOT, .origin = 1, .store = 2,
		     .is_persistent = true, .chunk_bytes = 8192 } },
	{ .type = "snapshot", .params = "253:1 253:2 N 8",
	  .table = { .kind = LSCOW_DM_SNAPSHOT, .origin = 1, .store = 2,
		     .chunk_bytes = 4096 } },
	{ .type = "snapshot-merge", .params = "253:1 253:2 P 8",
	  .table = { .kind = LSCOW_DM_MERGE, .origin = 1, .store = 2,
		     .is_persistent = true, .chunk_bytes = 4096 } },
	{ .type = "snapshot-origin", .params = "253:7",
	  .table = { .kind = LSCOW_DM_ORIGIN, .origin = 7 } },
	{ .type = "thin", .params = "253:4 16777215",
	  .table = { .kind = LSCOW_DM_THIN, .pool = 4, .thin_id = 16777215 } },
	{ .type = "thin", .params = "253:4 3 253:9",
	  .table = { .kind = LSCOW_DM_THIN, .pool = 4, .thin_id = 3,
		     .external_origin = 9 } },
	{ .type = "thin-pool", .params = "253:1 253:2 128 0 1 skip_block_zeroing",
	  .table = { .kind = LSCOW_DM_POOL, .chunk_bytes = 65536 } },
	{ .type = "linear", .params = "8:16 2048", .table = { .kind = LSCOW_DM_OTHER } },
	{ .type = "error", .params = "", .table = { .kind = LSCOW_DM_OTHER } },
	{ .type = "snapshot", .params = "", .fails = true },
	{ .type = "snapshot", .params = "253:1 253:2 P", .fails = true },
	{ .type = "snapshot", .params = "253:1 253:2 P x", .fails = true },
	{ .type = "snapshot", .params = "253:1 253:2 Q 8", .fails = true },
	{ .type = "snapshot", .params = "253:1 253:2 PX 8", .fails = true },
	{ .type = "snapshot", .params = "253:1 253 P 8", .fails = true },
	{ .type = "snapshot", .params = "253:1x 253:2 P 8", .fails = true },
	{ .type = "snapshot", .params = "253:-1 253:2 P 8", .fails = true },
	{ .type = "snapshot", .params = "4294967296:1 253:2 P 8", .fails = true },
	{ .type = "snapshot", .params = "253:1 253:2 P 99999999999999999999",
	  .fails = true },
	{ .type = "snapshot-origin", .params = "/dev/sda", .fails = true },
	{ .type = "thin", .params = "253:4", .fails = true },
	{ .type = "thin", .params = "253:4 4294967296", .fails = true },
	{ .type = "thin", .params = "253:4 3 x", .fails = true },
	{ .type = "thin-pool", .params = "253:1 253:2", .fails = true },
	{ .type = "linear", .params = "", .sectors = UINT64_MAX / 2, .fails = true },
};

/* The rows give minors; all devices have the major 253. */
static dev_t device(dev_t minor_number)
{
	return minor_number ? makedev(253, (unsigned int)minor_number) : 0;
}

START_TEST(test_table)
{
	const struct table_row *row = &table_rows[_i];
	const struct lscow_dm_table *want = &row->table;
	struct lscow_dm_table table;
	uint64_t sectors = row->sectors ? row->sectors : 8;

	ck_assert_msg(lscow_dm_table_decode(row->type, row->params, sectors, &table) ==
			      !row->fails, "%s %s", row->type, row->params);
	if (row->fails)
		return;
	ck_assert_int_eq(table.kind, want->kind);
	ck_assert_uint_eq(table.size_bytes, 4096);
	ck_assert_uint_eq(table.origin, device(want->origin));
	ck_assert_uint_eq(table.store, device(want->store));
	ck_assert_int_eq(table.is_persistent, want->is_persistent);
	ck_assert_uint_eq(table.pool, device(want->pool));
	ck_assert_uint_eq(table.thin_id, want->thin_id);
	ck_assert_uint_eq(table.external_origin, device(want->external_origin));
	ck_assert_uint_eq(table.chunk_bytes, want->chunk_bytes);
}
END_TEST

struct status_row {
	enum lscow_dm_kind kind;
	const char *params;
	struct lscow_dm_status status;
};

static const struct status_row status_rows[] = {
	{ LSCOW_DM_SNAPSHOT, "16/2048 16",
	  { LSCOW_STATE_LIVE, true, 8192, 1048576 } },
	{ LSCOW_DM_SNAPSHOT, "16/2048", { LSCOW_STATE_LIVE, true, 8192, 1048576 } },
	{ LSCOW_DM_MERGE, "16/2048 16", { LSCOW_STATE_LIVE, true, 8192, 1048576 } },
	{ LSCOW_DM_SNAPSHOT, "Invalid", { LSCOW_STATE_INVALID } },
	{ LSCOW_DM_SNAPSHOT, "Overflow", { LSCOW_STATE_OVERFLOW } },
	{ LSCOW_DM_MERGE, "Merge failed", { LSCOW_STATE_MERGE_FAILED } },
	{ LSCOW_DM_SNAPSHOT, "Unknown", { LSCOW_STATE_UNKNOWN } },
	{ LSCOW_DM_SNAPSHOT, "", { LSCOW_STATE_UNKNOWN } },
	{ LSCOW_DM_SNAPSHOT, "16", { LSCOW_STATE_UNKNOWN } },
	{ LSCOW_DM_SNAPSHOT, "16/", { LSCOW_STATE_UNKNOWN } },
	{ LSCOW_DM_SNAPSHOT, "16/99999999999999999999", { LSCOW_STATE_UNKNOWN } },
	{ LSCOW_DM_THIN, "128 65535", { LSCOW_STATE_LIVE, true, 65536, 0 } },
	{ LSCOW_DM_THIN, "0 -", { LSCOW_STATE_LIVE, true, 0, 0 } },
	{ LSCOW_DM_THIN, "Fail", { LSCOW_STATE_INVALID } },
	{ LSCOW_DM_THIN, "Error", { LSCOW_STATE_INVALID } },
	{ LSCOW_DM_THIN, "-", { LSCOW_STATE_UNKNOWN } },
	{ LSCOW_DM_OTHER, "16/2048 16", { LSCOW_STATE_UNKNOWN } },
};

START_TEST(test_status)
{
	const struct status_row *row = &status_rows[_i];
	struct lscow_dm_status status;

	lscow_dm_status_decode(row->kind, row->params, &status);
	ck_assert_msg(status.state == row->status.state, "%s: %s", row->params,
		      lscow_snapshot_state_name(status.state));
	ck_assert_int_eq(status.has_usage, row->status.has_usage);
	if (!status.has_usage)
		return;
	ck_assert_uint_eq(status.used_bytes, row->status.used_bytes);
	ck_assert_uint_eq(status.total_bytes, row->status.total_bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dm-table");
	TCase *tests = tcase_create("lines");

	tcase_add_loop_test(tests, test_table, 0, UNIT_COUNT(table_rows));
	tcase_add_loop_test(tests, test_status, 0, UNIT_COUNT(status_rows));
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
