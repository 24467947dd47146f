/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The result: copies, filters, order, counts. */

#include "support/unit.h"

#include "changes/result.h"

static struct lscow_files *files;
static struct lscow_error err;

static void setup(void)
{
	files = NULL;
}

static void teardown(void)
{
	lscow_files_free(files);
}

static void open_result(const char *under, const char *only)
{
	struct lscow_files_options options = { .under = under, .only = only };

	unit_assert_ok("new", lscow_result_new(&options, &files, &err), &err);
}

static void add_change(enum lscow_kind kind, const char *path, const char *old_path)
{
	struct lscow_change change = { .kind = kind, .path = path, .old_path = old_path };

	unit_assert_ok(path, lscow_result_add_change(files, &change, &err), &err);
}

START_TEST(test_empty)
{
	size_t nr = 1;

	open_result(NULL, NULL);
	lscow_result_finish(files);
	lscow_files_get_changes(files, &nr);
	ck_assert_uint_eq(nr, 0);
	nr = 1;
	lscow_files_get_transfers(files, &nr);
	ck_assert_uint_eq(nr, 0);
	ck_assert(!lscow_files_get_summary(files)->changed);
	lscow_files_free(NULL);
}
END_TEST

START_TEST(test_sorted_copies)
{
	char path[] = "b", old_path[] = "x";
	const struct lscow_change *rows;
	size_t nr;

	open_result(NULL, NULL);
	add_change(LSCOW_RENAMED, path, old_path);
	path[0] = old_path[0] = '?';
	add_change(LSCOW_ADDED, "\xFF", NULL);
	add_change(LSCOW_DELETED, "a", NULL);
	add_change(LSCOW_METADATA, ".", NULL);
	lscow_result_finish(files);
	rows = lscow_files_get_changes(files, &nr);
	ck_assert_uint_eq(nr, 4);
	ck_assert_str_eq(rows[0].path, ".");
	ck_assert_str_eq(rows[1].path, "a");
	ck_assert_ptr_null(rows[1].old_path);
	ck_assert_str_eq(rows[2].path, "b");
	ck_assert_str_eq(rows[2].old_path, "x");
	ck_assert_str_eq(rows[3].path, "\xFF");
	ck_assert(lscow_files_get_summary(files)->changed);
	ck_assert_uint_eq(lscow_files_get_summary(files)->nr_changes[LSCOW_RENAMED], 1);
	ck_assert_uint_eq(lscow_files_get_summary(files)->nr_changes[LSCOW_MODIFIED], 0);
}
END_TEST

START_TEST(test_ranges_are_copied)
{
	struct lscow_range ranges[] = { { 0, 10 }, { 20, 5 } };
	struct lscow_change change = { .kind = LSCOW_MODIFIED, .path = "a",
				       .ranges = ranges, .nr_ranges = 2 };
	const struct lscow_change *rows;
	size_t nr;

	open_result(NULL, NULL);
	unit_assert_ok("add", lscow_result_add_change(files, &change, &err), &err);
	ranges[1].length_bytes = 99;
	rows = lscow_files_get_changes(files, &nr);
	ck_assert_uint_eq(rows[0].nr_ranges, 2);
	ck_assert_uint_eq(rows[0].ranges[1].offset_bytes, 20);
	ck_assert_uint_eq(rows[0].ranges[1].length_bytes, 5);
}
END_TEST

static const struct {
	const char *label;
	const char *under;
	const char *only;
	enum lscow_kind kind;
	const char *path;
	const char *old_path;
	bool is_kept;
} filters[] = {
	{ .label = "no filters", .kind = LSCOW_ADDED, .path = "a", .is_kept = true },
	{ .label = "the path itself", .under = "a", .kind = LSCOW_ADDED, .path = "a",
	  .is_kept = true },
	{ .label = "below it", .under = "a/b", .kind = LSCOW_ADDED, .path = "a/b/c",
	  .is_kept = true },
	{ .label = "above it", .under = "a/b", .kind = LSCOW_METADATA, .path = "a" },
	{ .label = "a longer name", .under = "a", .kind = LSCOW_ADDED, .path = "ab" },
	{ .label = "another", .under = "a", .kind = LSCOW_ADDED, .path = "b/a" },
	{ .label = "the root", .under = ".", .kind = LSCOW_ADDED, .path = "b",
	  .is_kept = true },
	{ .label = "renamed into it", .under = "a", .kind = LSCOW_RENAMED, .path = "a/x",
	  .old_path = "b/x", .is_kept = true },
	{ .label = "renamed out of it", .under = "a", .kind = LSCOW_RENAMED, .path = "b/x",
	  .old_path = "a/x", .is_kept = true },
	{ .label = "renamed elsewhere", .under = "a", .kind = LSCOW_RENAMED, .path = "b/x",
	  .old_path = "c/x" },
	{ .label = "a letter", .only = "AM", .kind = LSCOW_MODIFIED, .path = "a",
	  .is_kept = true },
	{ .label = "another letter", .only = "AM", .kind = LSCOW_METADATA, .path = "a" },
	{ .label = "no letters", .only = "", .kind = LSCOW_ADDED, .path = "a" },
	{ .label = "letter but not path", .only = "A", .under = "b", .kind = LSCOW_ADDED,
	  .path = "a" },
};

START_TEST(test_filter)
{
	size_t nr;

	open_result(filters[_i].under, filters[_i].only);
	add_change(filters[_i].kind, filters[_i].path, filters[_i].old_path);
	lscow_result_finish(files);
	lscow_files_get_changes(files, &nr);
	ck_assert_msg((nr == 1) == filters[_i].is_kept, "%s", filters[_i].label);
	ck_assert(lscow_files_get_summary(files)->changed == filters[_i].is_kept);
	ck_assert_uint_eq(lscow_files_get_summary(files)->nr_changes[filters[_i].kind],
			  filters[_i].is_kept ? 1 : 0);
}
END_TEST

/* A file that has another name, or one more, can be changed as well. */
static const struct {
	const char *label;
	const char *only;
	struct lscow_change change;
	bool is_kept;
} named[] = {
	{ .label = "renamed and modified", .only = "M", .is_kept = true,
	  .change = { .kind = LSCOW_RENAMED, .content_changed = true } },
	{ .label = "linked and modified", .only = "DM", .is_kept = true,
	  .change = { .kind = LSCOW_LINKED, .content_changed = true } },
	{ .label = "renamed, with other metadata", .only = "m", .is_kept = true,
	  .change = { .kind = LSCOW_RENAMED, .metadata_changed = true } },
	{ .label = "linked, with other metadata", .only = "m", .is_kept = true,
	  .change = { .kind = LSCOW_LINKED, .metadata_changed = true } },
	{ .label = "renamed alone", .only = "Mm", .change = { .kind = LSCOW_RENAMED } },
	{ .label = "linked alone", .only = "Mm", .change = { .kind = LSCOW_LINKED } },
	{ .label = "only metadata", .only = "M",
	  .change = { .kind = LSCOW_RENAMED, .metadata_changed = true } },
	{ .label = "only content", .only = "m",
	  .change = { .kind = LSCOW_LINKED, .content_changed = true } },
	{ .label = "renamed, by its own letter", .only = "R", .is_kept = true,
	  .change = { .kind = LSCOW_RENAMED, .content_changed = true } },
	{ .label = "another letter", .only = "ADH",
	  .change = { .kind = LSCOW_RENAMED, .content_changed = true,
		      .metadata_changed = true } },
	{ .label = "added is not modified", .only = "Mm",
	  .change = { .kind = LSCOW_ADDED, .content_changed = true,
		      .metadata_changed = true } },
	{ .label = "modified has one letter", .only = "m",
	  .change = { .kind = LSCOW_MODIFIED, .content_changed = true,
		      .metadata_changed = true } },
};

START_TEST(test_only_of_names)
{
	struct lscow_change change = named[_i].change;
	size_t nr;

	open_result(NULL, named[_i].only);
	change.path = "a";
	unit_assert_ok(named[_i].label, lscow_result_add_change(files, &change, &err), &err);
	lscow_result_finish(files);
	lscow_files_get_changes(files, &nr);
	ck_assert_msg((nr == 1) == named[_i].is_kept, "%s", named[_i].label);
}
END_TEST

START_TEST(test_wants)
{
	open_result(NULL, "R");
	ck_assert(lscow_result_wants(files, LSCOW_RENAMED));
	ck_assert(!lscow_result_wants(files, LSCOW_LINKED));
}
END_TEST

START_TEST(test_transfers)
{
	const struct lscow_transfer *transfers;
	size_t nr;

	open_result("d", NULL);
	unit_assert_ok("b", lscow_result_add_transfer(files, "d/b", false, &err), &err);
	unit_assert_ok("a", lscow_result_add_transfer(files, "d/a", true, &err), &err);
	unit_assert_ok("b", lscow_result_add_transfer(files, "d/b", false, &err), &err);
	unit_assert_ok("x", lscow_result_add_transfer(files, "x", false, &err), &err);
	lscow_result_finish(files);
	transfers = lscow_files_get_transfers(files, &nr);
	ck_assert_uint_eq(nr, 2);
	ck_assert_str_eq(transfers[0].path, "d/a");
	ck_assert(transfers[0].missing);
	ck_assert_str_eq(transfers[1].path, "d/b");
	ck_assert(!transfers[1].missing);
	ck_assert(!lscow_files_get_summary(files)->changed);
}
END_TEST

/* Without what is missing above, nothing would tell that all below it is gone. */
START_TEST(test_missing_above)
{
	const struct lscow_transfer *transfers;
	size_t nr;

	open_result("d/e/f", NULL);
	unit_assert_ok("d", lscow_result_add_transfer(files, "d", true, &err), &err);
	unit_assert_ok("d/e", lscow_result_add_transfer(files, "d/e", false, &err), &err);
	unit_assert_ok("dd", lscow_result_add_transfer(files, "dd", true, &err), &err);
	unit_assert_ok("d/e/g", lscow_result_add_transfer(files, "d/e/g", true, &err), &err);
	unit_assert_ok("d/e/ff", lscow_result_add_transfer(files, "d/e/ff", true, &err), &err);
	lscow_result_finish(files);
	transfers = lscow_files_get_transfers(files, &nr);
	ck_assert_uint_eq(nr, 1);
	ck_assert_str_eq(transfers[0].path, "d");
	ck_assert(transfers[0].missing);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("result");
	TCase *tcase = tcase_create("result");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_sorted_copies);
	tcase_add_test(tcase, test_ranges_are_copied);
	tcase_add_loop_test(tcase, test_filter, 0, (int)UNIT_COUNT(filters));
	tcase_add_loop_test(tcase, test_only_of_names, 0, (int)UNIT_COUNT(named));
	tcase_add_test(tcase, test_wants);
	tcase_add_test(tcase, test_transfers);
	tcase_add_test(tcase, test_missing_above);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
