/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Runs that share a names cache, with nights that it missed: the rows stay the same. */

#include "support/unit.h"

#include <stdio.h>

#include "support/filesystem.h"

static struct lscow_error err;
static char text[4096];

static const char contents[] =
	"mkdir dir\nmkdir dir/sub\nmkdir other\n"
	"write small dir/a\nwrite small dir/b\nwrite small dir/sub/deep\nwrite small top\n"
	"write small linked\nln linked dir/linked2\nsif linked links_count 2\n"
	"symlink sym target\n";

/* Makes every inode with a name one that is searched for. */
static const char touch_all[] =
	"sif dir/a mtime 20260301\nsif dir/b mtime 20260301\nsif dir/sub/deep mtime 20260301\n"
	"sif top mtime 20260301\nsif linked mtime 20260301\nsif sym mtime 20260301\n"
	"sif dir mtime 20260301\nsif dir/sub mtime 20260301\nsif other mtime 20260301\n";

static void make_images(void)
{
	static const char *const other_uuid[] = {
		"-O", FILESYSTEM_EXT4, "-b", "1024", "-I", "256", "-N", "128", "-U",
		"11111111-0000-4000-8000-000000000001", NULL,
	};

	filesystem_folder_make();
	filesystem_make("made", FILESYSTEM_EXT4, contents);
	filesystem_copy("made", "base", touch_all);
	filesystem_make_with("stranger", other_uuid, FILESYSTEM_NR_BLOCKS * 1024, contents);
	filesystem_copy("stranger", "stranger2", touch_all);
}

/* "KIND PATH[ <- OLD_PATH]\n" for each row. */
static const char *describe_rows(const struct lscow_files *files)
{
	size_t nr;
	const struct lscow_change *row = lscow_files_get_changes(files, &nr);

	text[0] = '\0';
	for (size_t i = 0; i < nr; i++, row++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%c %s%s%s\n",
			 (char)row->kind, row->path, row->old_path ? " <- " : "",
			 row->old_path ? row->old_path : "");
	return text;
}

/* Compares two images; the rows are in text. */
static void run(const char *old_path, const char *new_path, const char *cache,
		struct lscow_summary *summary)
{
	struct lscow_input_spec spec = { .old_path = old_path, .new_path = new_path };
	struct lscow_files_options options = { .names_cache = cache };
	struct lscow_files *files = NULL;
	struct lscow_input *input = NULL;
	size_t nr_warnings;

	unit_assert_ok("input", lscow_input_open(&spec, NULL, NULL, &input, &err), &err);
	unit_assert_ok(new_path, lscow_files_run(input, &options, &files, &err), &err);
	lscow_files_get_warnings(files, &nr_warnings);
	ck_assert_uint_eq(nr_warnings, 0);
	describe_rows(files);
	*summary = *lscow_files_get_summary(files);
	lscow_files_free(files);
	lscow_input_close(input);
}

/* A cache that has all names of "base". */
static void fill_cache(void)
{
	struct lscow_summary summary;

	remove("cache");
	remove("cache-lock");
	run("made", "base", "cache", &summary);
	ck_assert_uint_gt(summary.searched_directories, 0);
	ck_assert_uint_ge(summary.stored_hints, 10);
}

/* ---- nights ------------------------------------------------------------------ */

static const struct {
	const char *label;
	const char *missed;   /* happens while lscow does not look */
	const char *commands; /* and then what it lists */
	const char *rows;
	bool is_searched; /* the cache was not enough */
	bool is_stale;    /* it had false hints for what was asked */
} nights[] = {
	{ .label = "nothing missed", .missed = "", .commands = touch_all,
	  .rows = "" },
	{ .label = "all is known", .missed = "",
	  .commands = "sif dir/sub/deep mtime 20260302\nsif top mtime 20260302\n"
		      "sif dir/linked2 mtime 20260302\n",
	  .rows = "m dir/linked2\nm dir/sub/deep\nm linked\nm top\n" },
	{ .label = "renamed in its directory", .missed = "ln dir/a dir/z\nunlink dir/a\n",
	  .commands = "sif dir/z mtime 20260302\n", .rows = "m dir/z\n" },
	{ .label = "moved", .missed = "ln dir/a other/a\nunlink dir/a\n",
	  .commands = "sif other/a mtime 20260302\n", .rows = "m other/a\n",
	  .is_searched = true, .is_stale = true },
	{ .label = "deleted, and another in its place",
	  .missed = "rm dir/a\nwrite other dir/a\n",
	  .commands = "sif dir/a mtime 20260302\n", .rows = "m dir/a\n" },
	{ .label = "the number is another file's elsewhere",
	  .missed = "rm dir/a\nwrite other other/new\n",
	  .commands = "sif other/new mtime 20260302\n", .rows = "m other/new\n",
	  .is_searched = true, .is_stale = true },
	{ .label = "one name more", .missed = "ln top other/top\nsif top links_count 2\n",
	  .commands = "sif top mtime 20260302\n", .rows = "m other/top\nm top\n",
	  .is_searched = true },
	{ .label = "one name less", .missed = "unlink dir/linked2\nsif linked links_count 1\n",
	  .commands = "sif linked mtime 20260302\n", .rows = "m linked\n", .is_stale = true },
	{ .label = "the directory is a file now",
	  .missed = "ln dir/sub/deep other/deep\nunlink dir/sub/deep\nrmdir dir/sub\n"
		    "write small dir/sub\n",
	  .commands = "sif other/deep mtime 20260302\n", .rows = "m other/deep\n",
	  .is_searched = true, .is_stale = true },
	{ .label = "a file is a directory now", .missed = "rm dir/b\nmkdir dir/b\n",
	  .commands = "write small dir/b/new\n", .rows = "A dir/b/new\n" },
};

START_TEST(test_missed_night)
{
	struct lscow_summary without, with;
	char expected[sizeof(text)];

	filesystem_copy("base", "old", nights[_i].missed);
	filesystem_copy("old", "new", nights[_i].commands);
	fill_cache();
	run("old", "new", NULL, &without);
	memcpy(expected, text, sizeof(text));
	ck_assert_msg(!strcmp(text, nights[_i].rows), "%s: %s", nights[_i].label, text);
	for (int i = 0; i < 2; i++) {
		bool is_first = i == 0;

		run("old", "new", "cache", &with);
		ck_assert_msg(!strcmp(text, expected), "%s: %s", nights[_i].label, text);
		ck_assert_msg((with.searched_directories > 0) ==
			      (is_first && nights[_i].is_searched), "%s: searched in run %d",
			      nights[_i].label, i);
		ck_assert_msg((with.stale_hints > 0) == (is_first && nights[_i].is_stale),
			      "%s: stale in run %d", nights[_i].label, i);
	}
}
END_TEST

/* ---- what the cache learns ---------------------------------------------------- */

/* Names that come, move and go in one night are known, or forgotten, in the next. */
START_TEST(test_next_night)
{
	struct lscow_summary summary;

	fill_cache();
	filesystem_copy("base", "second", "write small other/new\nln dir/a other/a\n"
					  "unlink dir/a\nrm top\n");
	run("base", "second", "cache", &summary);
	filesystem_copy("second", "third", "sif other/new mtime 20260303\n"
					   "sif other/a mtime 20260303\n");
	run("second", "third", "cache", &summary);
	ck_assert_str_eq(text, "m other/a\nm other/new\n");
	ck_assert_uint_eq(summary.searched_directories, 0);
	ck_assert_uint_eq(summary.stale_hints, 0);
	ck_assert_uint_ge(summary.cached_names, 2);
}
END_TEST

/* The list for the way back reads the views the other way round. */
START_TEST(test_reversed)
{
	struct lscow_input_spec spec = { .old_path = "base", .new_path = "new" };
	struct lscow_files_options options = { .names_cache = "cache", .want_transfers = true,
					       .side = LSCOW_SIDE_OLD };
	struct lscow_files *files = NULL;
	struct lscow_input *input = NULL;
	struct lscow_summary summary;

	fill_cache();
	filesystem_copy("base", "new", "sif dir/b mtime 20260302\nln dir/a other/a\n"
				       "unlink dir/a\n");
	unit_assert_ok("input", lscow_input_open(&spec, NULL, NULL, &input, &err), &err);
	unit_assert_ok("run", lscow_files_run(input, &options, &files, &err), &err);
	ck_assert_str_eq(describe_rows(files), "R dir/a <- other/a\nm dir/b\n");
	lscow_files_free(files);
	lscow_input_close(input);
	/* It has the newer state all the same. */
	filesystem_copy("new", "third", "sif other/a mtime 20260303\n");
	run("new", "third", "cache", &summary);
	ck_assert_str_eq(text, "m other/a\n");
	ck_assert_uint_eq(summary.searched_directories, 0);
	ck_assert_uint_eq(summary.stale_hints, 0);
}
END_TEST

START_TEST(test_other_filesystem)
{
	struct lscow_summary summary;

	fill_cache();
	run("stranger", "stranger2", "cache", &summary);
	ck_assert_uint_eq(summary.cached_names, 0);
	ck_assert_uint_gt(summary.searched_directories, 0);
	run("stranger", "stranger2", "cache", &summary);
	ck_assert_uint_eq(summary.searched_directories, 0);
	run("made", "base", "cache", &summary);
	ck_assert_uint_eq(summary.searched_directories, 0);
	ck_assert_uint_eq(summary.stale_hints, 0);
}
END_TEST

START_TEST(test_view_as_cache)
{
	struct lscow_input_spec spec = { .old_path = "made", .new_path = "base" };
	struct lscow_files_options options = { .names_cache = "base" };
	const char *const *warnings;
	struct lscow_files *files = NULL;
	struct lscow_input *input = NULL;
	size_t nr;

	filesystem_copy("base", "before", NULL);
	unit_assert_ok("input", lscow_input_open(&spec, NULL, NULL, &input, &err), &err);
	unit_assert_ok("run", lscow_files_run(input, &options, &files, &err), &err);
	warnings = lscow_files_get_warnings(files, &nr);
	ck_assert_uint_eq(nr, 1);
	ck_assert_str_eq(warnings[0], "names cache base: it is no names cache; it is not used, "
				      "and left as it is");
	lscow_files_free(files);
	lscow_input_close(input);
	ck_assert_int_eq(system("cmp base before"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nights");
	TCase *tcase = tcase_create("nights");

	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_loop_test(tcase, test_missed_night, 0, (int)UNIT_COUNT(nights));
	tcase_add_test(tcase, test_next_night);
	tcase_add_test(tcase, test_reversed);
	tcase_add_test(tcase, test_other_filesystem);
	tcase_add_test(tcase, test_view_as_cache);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
