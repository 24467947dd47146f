/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* From two views to rows: small changes to a small filesystem, one at a time. */

#include "support/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "support/filesystem.h"
#include "support/store-image.h"
#include "support/temp-dir.h"

#define CHUNK_BYTES 4096u
#define NR_CHUNKS (FILESYSTEM_NR_BLOCKS / 4)
#define UNUSED_BLOCK 4000u /* free, unless a scenario says otherwise */

static struct lscow_input *input;
static struct lscow_files *files;
static struct lscow_error err;
static size_t nr_open_files;

/* Of "base", and of "plain", which has no checksums. */
static const char contents[] =
	"mkdir dir\n"
	"write small dir/a\n"
	"write other dir/b\n"
	"mkdir dir/sub\n"
	"write small dir/sub/deep\n"
	"mkdir empty\n"
	"write large big\n"
	"write small file\n"
	"write small linked\n"
	"ln linked linked2\n"
	"sif linked links_count 2\n"
	"symlink sym target\n"
	"write small tagged\n"
	"ea_set tagged user.color blue\n"
	"mknod zero c 1 5\n";

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("base", FILESYSTEM_EXT4, contents);
	filesystem_make("plain", FILESYSTEM_EXTENTS, contents);
}

static void setup(void)
{
	input = NULL;
	files = NULL;
	nr_open_files = temp_dir_count_open_files();
}

static void teardown(void)
{
	lscow_files_free(files);
	lscow_input_close(input);
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_open_files);
}

static int run(const struct lscow_files_options *options)
{
	struct lscow_input_spec spec = { .old_path = "old", .new_path = "new" };

	unit_assert_ok("input", lscow_input_open(&spec, NULL, NULL, &input, &err), &err);
	return lscow_files_run(input, options, &files, &err);
}

/* "KIND FLAGS PATH[ <- OLD_PATH]\n" for each row; flags are c, m, or both. */
static const char *describe_rows(void)
{
	static char text[4096];
	size_t nr;
	const struct lscow_change *row = lscow_files_get_changes(files, &nr);

	text[0] = '\0';
	for (size_t i = 0; i < nr; i++, row++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%c %s%s%s %s%s%s\n",
			 (char)row->kind, row->content_changed ? "c" : "",
			 row->metadata_changed ? "m" : "",
			 row->content_changed || row->metadata_changed ? "" : "-", row->path,
			 row->old_path ? " <- " : "", row->old_path ? row->old_path : "");
	return text;
}

/* "PATH\n", or "-PATH\n" for one to be removed. */
static const char *describe_transfers(void)
{
	static char text[4096];
	size_t nr;
	const struct lscow_transfer *transfer = lscow_files_get_transfers(files, &nr);

	text[0] = '\0';
	for (size_t i = 0; i < nr; i++, transfer++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s\n",
			 transfer->missing ? "-" : "", transfer->path);
	return text;
}

/* ---- scenarios ----------------------------------------------------------- */

/* In debugfs, ln and unlink leave all inodes as they were. */
static const struct {
	const char *label;
	const char *base;      /* NULL: "base" */
	const char *before;    /* commands that make the old view from it */
	const char *commands;  /* and the new from the old */
	const char *poke_path; /* a byte of its data is changed in the new view */
	uint64_t poke_block;   /* a byte of this block of the filesystem */
	const char *rows;
	const char *transfers;
} scenarios[] = {
	{ .label = "nothing", .rows = "", .transfers = "" },

	/* Added and deleted. */
	{ .label = "added", .commands = "write small dir/new\n", .rows = "A cm dir/new\n",
	  .transfers = "dir/new\n" },
	{ .label = "an added tree", .commands = "mkdir fresh\nmkdir fresh/in\n"
						"write small fresh/in/one\n",
	  .rows = "A cm fresh\nA cm fresh/in\nA cm fresh/in/one\n",
	  .transfers = "fresh\nfresh/in\nfresh/in/one\n" },
	{ .label = "deleted", .commands = "rm dir/a\n", .rows = "D - dir/a\n",
	  .transfers = "-dir/a\n" },
	{ .label = "a deleted tree", .commands = "rm dir/sub/deep\nrmdir dir/sub\n",
	  .rows = "D - dir/sub\nD - dir/sub/deep\n", .transfers = "-dir/sub\n" },
	{ .label = "deleted, but still open",
	  .commands = "sif file links_count 0\nunlink file\n", .rows = "D - file\n",
	  .transfers = "-file\n" },
	{ .label = "never had a name",
	  .commands = "write small tmp\nsif tmp links_count 0\nunlink tmp\n", .rows = "",
	  .transfers = "" },

	/* Changed in place. */
	{ .label = "data under the same inode", .poke_path = "big", .rows = "M c big\n",
	  .transfers = "big\n" },
	{ .label = "data and mtime", .poke_path = "dir/a",
	  .commands = "sif dir/a mtime 20260302\n", .rows = "M cm dir/a\n",
	  .transfers = "dir/a\n" },
	{ .label = "data of a file with two names", .poke_path = "linked",
	  .rows = "M c linked\nM c linked2\n", .transfers = "linked\nlinked2\n" },
	{ .label = "size", .commands = "sif file size 500\n", .rows = "M c file\n",
	  .transfers = "file\n" },
	{ .label = "mtime only", .commands = "sif file mtime 20260302\n",
	  .rows = "m m file\n", .transfers = "file\n" },
	{ .label = "mode only", .commands = "sif dir/sub/deep mode 0100600\n",
	  .rows = "m m dir/sub/deep\n", .transfers = "dir/sub/deep\n" },
	{ .label = "owner only", .commands = "sif sym uid 5\n", .rows = "m m sym\n",
	  .transfers = "sym\n" },
	{ .label = "flags only", .commands = "sif file flags 0x80010\n",
	  .rows = "m m file\n", .transfers = "file\n" },
	{ .label = "a directory's mode", .commands = "sif dir mode 040700\n",
	  .rows = "m m dir\n", .transfers = "dir\n" },
	{ .label = "the root's mtime", .commands = "sif / mtime 20260302\n",
	  .rows = "m m .\n", .transfers = "lost+found\n" },
	{ .label = "an attribute added", .commands = "ea_set file user.color blue\n",
	  .rows = "m m file\n", .transfers = "file\n" },
	{ .label = "an attribute changed", .commands = "ea_set tagged user.color teal\n",
	  .rows = "m m tagged\n", .transfers = "tagged\n" },
	{ .label = "an attribute removed", .commands = "ea_rm tagged user.color\n",
	  .rows = "m m tagged\n", .transfers = "tagged\n" },
	{ .label = "atime only", .commands = "sif file atime 20260302\n", .rows = "",
	  .transfers = "" },
	{ .label = "ctime only", .commands = "sif file ctime 20260302\n", .rows = "",
	  .transfers = "" },
	{ .label = "blocks allocated behind the end", .commands = "fallocate file 1 3\n",
	  .rows = "", .transfers = "" },
	{ .label = "a hole where data was", .commands = "punch big 1 1\n",
	  .rows = "M c big\n", .transfers = "big\n" },
	{ .label = "another target", .commands = "rm sym\nsymlink sym tarzan\n",
	  .rows = "M c sym\n", .transfers = "sym\n" },
	{ .label = "another device", .commands = "sif zero block[0] 0x107\n",
	  .rows = "M c zero\n", .transfers = "zero\n" },

	/* Names. */
	{ .label = "renamed", .commands = "ln file name\nunlink file\n",
	  .rows = "R - name <- file\n", .transfers = "-file\nname\n" },
	{ .label = "renamed and changed",
	  .commands = "ln file name\nunlink file\nsif name mode 0100600\n",
	  .rows = "R m name <- file\n", .transfers = "-file\nname\n" },
	{ .label = "moved to another directory", .commands = "ln dir/a a\nunlink dir/a\n",
	  .rows = "R - a <- dir/a\n", .transfers = "a\n-dir/a\n" },
	{ .label = "renamed over a file",
	  .commands = "rm dir/b\nln dir/a dir/b\nunlink dir/a\n",
	  .rows = "D - dir/a\nM c dir/b\n", .transfers = "-dir/a\ndir/b\n" },
	{ .label = "renamed, and a new file at the old path",
	  .commands = "ln file name\nunlink file\nwrite other file\n",
	  .rows = "M c file\nR - name <- file\n", .transfers = "file\nname\n" },
	{ .label = "exchanged",
	  .commands = "ln file tmp\nunlink file\nln big file\nunlink big\nln tmp big\n"
		      "unlink tmp\n",
	  .rows = "M c big\nM c file\n", .transfers = "big\nfile\n" },
	{ .label = "renamed in a chain",
	  .commands = "rm dir/b\nln dir/a dir/b\nunlink dir/a\nln big dir/a\nunlink big\n",
	  .rows = "D - big\nM c dir/a\nM c dir/b\n",
	  .transfers = "-big\ndir/a\ndir/b\n" },
	{ .label = "renamed away, and another renamed to its path",
	  .commands = "ln dir/a dir/z\nunlink dir/a\nln dir/b dir/a\nunlink dir/b\n",
	  .rows = "M c dir/a\nD - dir/b\nR - dir/z <- dir/a\n",
	  .transfers = "dir/a\n-dir/b\ndir/z\n" },
	{ .label = "saved by rename",
	  .commands = "write other tmp\nrm file\nln tmp file\nunlink tmp\n",
	  .rows = "M c file\n", .transfers = "file\n" },
	{ .label = "saved by rename, equal",
	  .commands = "write small tmp\nrm file\nln tmp file\nunlink tmp\n", .rows = "",
	  .transfers = "" },
	{ .label = "saved by rename, equal but for its mode",
	  .commands = "write small tmp\nsif tmp mode 0100600\nrm file\nln tmp file\n"
		      "unlink tmp\n",
	  .rows = "m m file\n", .transfers = "file\n" },

	/* Hard links. */
	{ .label = "a link added", .commands = "ln file file2\nsif file links_count 2\n",
	  .rows = "H - file2\n", .transfers = "file\nfile2\n" },
	{ .label = "a link added and the file changed", .poke_path = "file",
	  .commands = "ln file file2\nsif file links_count 2\n",
	  .rows = "M c file\nH c file2\n", .transfers = "file\nfile2\n" },
	{ .label = "a link removed", .commands = "unlink linked2\nsif linked links_count 1\n",
	  .rows = "D - linked2\n", .transfers = "-linked2\n" },
	{ .label = "a link renamed", .commands = "ln linked linked3\nunlink linked2\n",
	  .rows = "R - linked3 <- linked2\n",
	  .transfers = "linked\n-linked2\nlinked3\n" },
	{ .label = "a link instead of another file",
	  .commands = "rm dir/b\nln dir/a dir/b\nsif dir/a links_count 2\n",
	  .rows = "M c dir/b\n", .transfers = "dir/a\ndir/b\n" },
	{ .label = "a link instead of an equal file",
	  .commands = "rm dir/a\nln file dir/a\nsif file links_count 2\n", .rows = "",
	  .transfers = "dir/a\nfile\n" },
	{ .label = "an equal file instead of a link",
	  .commands = "unlink linked2\nsif linked links_count 1\nwrite small linked2\n",
	  .rows = "", .transfers = "linked2\n" },
	{ .label = "one of two names is in a renamed directory",
	  .before = "ln file dir/file2\nsif file links_count 2\n",
	  .commands = "ln dir name\nunlink dir\n", .rows = "R - name <- dir\n",
	  .transfers = "-dir\nfile\nname\nname/a\nname/b\nname/file2\nname/sub\n"
		       "name/sub/deep\n" },
	{ .label = "one of three names removed",
	  .before = "ln linked dir/linked3\nsif linked links_count 3\n",
	  .commands = "unlink dir/linked3\nsif linked links_count 2\n",
	  .rows = "D - dir/linked3\n",
	  .transfers = "-dir/linked3\nlinked\nlinked2\n" },

	/* Directories. */
	{ .label = "a directory renamed", .commands = "ln dir name\nunlink dir\n",
	  .rows = "R - name <- dir\n",
	  .transfers = "-dir\nname\nname/a\nname/b\nname/sub\nname/sub/deep\n" },
	{ .label = "a directory renamed and a file below it changed",
	  .commands = "ln dir name\nunlink dir\nsif name/sub/deep mode 0100600\n",
	  .rows = "R - name <- dir\nm m name/sub/deep <- dir/sub/deep\n",
	  .transfers = "-dir\nname\nname/a\nname/b\nname/sub\nname/sub/deep\n" },
	{ .label = "a directory renamed and a file below it too",
	  .commands = "ln dir name\nunlink dir\nln name/a name/z\nunlink name/a\n",
	  .rows = "R - name <- dir\nR - name/z <- dir/a\n",
	  .transfers = "-dir\nname\nname/b\nname/sub\nname/sub/deep\nname/z\n" },
	{ .label = "a directory renamed and a file below it deleted",
	  .commands = "ln dir name\nunlink dir\nrm name/a\n",
	  .rows = "D - dir/a\nR - name <- dir\n",
	  .transfers = "-dir\nname\nname/b\nname/sub\nname/sub/deep\n" },
	{ .label = "a directory moved into another",
	  .commands = "ln dir empty/dir\nunlink dir\nunlink empty/dir/..\n"
		      "ln empty empty/dir/..\nsif empty/dir/a mode 0100600\n",
	  .rows = "R - empty/dir <- dir\nm m empty/dir/a <- dir/a\n",
	  .transfers = "-dir\nempty/dir\nempty/dir/a\nempty/dir/b\nempty/dir/sub\n"
		       "empty/dir/sub/deep\n" },
	{ .label = "a directory renamed, a new one at the old path",
	  .commands = "ln dir name\nunlink dir\nmkdir dir\nwrite small dir/a\n"
		      "write small dir/b\nwrite small dir/new\n",
	  .rows = "M c dir/b\nA cm dir/new\nR - name <- dir\n",
	  .transfers = "dir/b\ndir/new\n-dir/sub\nname\nname/a\nname/b\nname/sub\n"
		       "name/sub/deep\n" },
	{ .label = "a directory renamed over an empty one",
	  .commands = "rmdir empty\nln dir empty\nunlink dir\n",
	  .rows = "D - dir\nR - empty/a <- dir/a\nR - empty/b <- dir/b\n"
		  "R - empty/sub <- dir/sub\n",
	  .transfers = "-dir\nempty/a\nempty/b\nempty/sub\nempty/sub/deep\n" },
	{ .label = "directories exchanged",
	  .commands = "ln dir tmp\nunlink dir\nln empty dir\nunlink empty\nln tmp empty\n"
		      "unlink tmp\n",
	  .rows = "R - empty/a <- dir/a\nR - empty/b <- dir/b\n"
		  "R - empty/sub <- dir/sub\n",
	  .transfers = "-dir/a\n-dir/b\n-dir/sub\nempty/a\nempty/b\nempty/sub\n"
		       "empty/sub/deep\n" },
	{ .label = "a file where a directory with files was",
	  .commands = "write small tmp\nrm dir/sub/deep\nrmdir dir/sub\nln tmp dir/sub\n"
		      "unlink tmp\n",
	  .rows = "M cm dir/sub\nD - dir/sub/deep\n", .transfers = "dir/sub\n" },
	{ .label = "a directory where a file was",
	  .commands = "mkdir tmp\nwrite small tmp/in\nrm file\nln tmp file\nunlink tmp\n",
	  .rows = "M cm file\nA cm file/in\n", .transfers = "file\nfile/in\n" },
	{ .label = "a file where a directory was",
	  .commands = "write small tmp\nrmdir empty\nln tmp empty\nunlink tmp\n",
	  .rows = "M cm empty\n", .transfers = "empty\n" },

	/* Another file with the number of one that is gone. */
	{ .label = "replaced at the same path",
	  .commands = "rm file\nwrite other file\nsif file generation 7\n",
	  .rows = "M c file\n", .transfers = "file\n" },
	{ .label = "replaced at the same path, equal",
	  .commands = "rm file\nwrite small file\nsif file generation 7\n", .rows = "",
	  .transfers = "" },
	{ .label = "replaced at another path",
	  .commands = "rm file\nwrite small name\nsif name generation 7\n",
	  .rows = "D - file\nA cm name\n", .transfers = "-file\nname\n" },
	{ .label = "replaced by another type", .commands = "rm file\nsymlink file target\n",
	  .rows = "M cm file\n", .transfers = "file\n" },
	{ .label = "a directory replaced at the same path", .base = "plain",
	  .commands = "rmdir empty\nmkdir empty\nsif empty generation 7\n"
		      "sif empty mode 040700\n",
	  .rows = "m m empty\n", .transfers = "empty\n" },

	{ .label = "replaced at the same path, equal, with a second name",
	  .commands = "rm file\nwrite small file\nsif file generation 7\nln file zz\n"
		      "sif file links_count 2\n",
	  .rows = "A cm zz\n", .transfers = "file\nzz\n" },
	{ .label = "replaced at the same path, with a second name before it",
	  .commands = "rm file\nwrite other file\nsif file generation 7\nln file aa\n"
		      "sif file links_count 2\n",
	  .rows = "A cm aa\nM c file\n", .transfers = "aa\nfile\n" },

	/* Blocks that belong to nobody. */
	{ .label = "a free block", .poke_block = UNUSED_BLOCK, .rows = "", .transfers = "" },
	{ .label = "a deleted file's block", .before = "rm big\n", .poke_block = 1300,
	  .rows = "", .transfers = "" },
};

static void make_views(size_t i)
{
	static const uint8_t byte = 0xEE;

	filesystem_copy(scenarios[i].base ? scenarios[i].base : "base", "old",
			scenarios[i].before);
	filesystem_copy("old", "new", scenarios[i].commands);
	if (scenarios[i].poke_path)
		filesystem_poke("new", filesystem_block("new", scenarios[i].poke_path, 0) *
				FILESYSTEM_BLOCK_BYTES + 10, &byte, 1);
	if (scenarios[i].poke_block)
		filesystem_poke("new", scenarios[i].poke_block * FILESYSTEM_BLOCK_BYTES + 10,
				&byte, 1);
}

/* That every changed block has exactly one class, and none is unknown. */
static void assert_complete(const char *label)
{
	const struct lscow_summary *summary = lscow_files_get_summary(files);
	uint64_t sum = 0;

	for (int class = 0; class < LSCOW_NR_BLOCK_CLASSES; class++)
		sum += summary->nr_blocks[class];
	ck_assert_msg(summary->complete, "%s: not complete", label);
	ck_assert_msg(sum == summary->total_blocks, "%s: wrong sum", label);
	ck_assert_uint_eq(summary->nr_blocks[LSCOW_BLOCK_UNKNOWN], 0);
}

START_TEST(test_rows)
{
	struct lscow_files_options options = { .expand = false };
	const char *label = scenarios[_i].label;

	make_views((size_t)_i);
	unit_assert_ok(label, run(&options), &err);
	ck_assert_msg(!strcmp(describe_rows(), scenarios[_i].rows), "%s:\n%sexpected\n%s",
		      label, describe_rows(), scenarios[_i].rows);
	assert_complete(label);
	ck_assert_msg(lscow_files_get_summary(files)->changed ==
		      (scenarios[_i].rows[0] != '\0'), "%s: wrong in the summary", label);
}
END_TEST

START_TEST(test_transfers)
{
	struct lscow_files_options options = { .want_transfers = true };
	const char *label = scenarios[_i].label;

	make_views((size_t)_i);
	unit_assert_ok(label, run(&options), &err);
	ck_assert_msg(!strcmp(describe_transfers(), scenarios[_i].transfers),
		      "%s:\n%sexpected\n%s", label, describe_transfers(),
		      scenarios[_i].transfers);
	assert_complete(label);
}
END_TEST

START_TEST(test_quick)
{
	struct lscow_files_options options = { .quick = true };
	const char *label = scenarios[_i].label;

	make_views((size_t)_i);
	unit_assert_ok(label, run(&options), &err);
	ck_assert_msg(lscow_files_get_summary(files)->changed ==
		      (scenarios[_i].rows[0] != '\0'), "%s", label);
}
END_TEST

/* The way back is the way there, with the views swapped. */
START_TEST(test_other_side)
{
	struct lscow_files_options options = { .want_transfers = true,
					       .side = LSCOW_SIDE_OLD };
	char expected[4096];

	make_views((size_t)_i);
	unit_assert_ok(scenarios[_i].label, run(&options), &err);
	snprintf(expected, sizeof(expected), "%s", describe_transfers());
	lscow_files_free(files);
	lscow_input_close(input);
	ck_assert_int_eq(rename("old", "was-old"), 0);
	ck_assert_int_eq(rename("new", "old"), 0);
	ck_assert_int_eq(rename("was-old", "new"), 0);
	options.side = LSCOW_SIDE_NEW;
	files = NULL;
	input = NULL;
	unit_assert_ok(scenarios[_i].label, run(&options), &err);
	ck_assert_msg(!strcmp(describe_transfers(), expected), "%s:\n%sexpected\n%s",
		      scenarios[_i].label, describe_transfers(), expected);
}
END_TEST

/* ---- options ------------------------------------------------------------- */

static const struct {
	const char *label;
	struct lscow_files_options options;
	const char *rows;
} filters[] = {
	{ .label = "all", .rows = "A cm dir/new\nD - file\nR - name <- empty\n" },
	{ .label = "only", .options = { .only = "AR" },
	  .rows = "A cm dir/new\nR - name <- empty\n" },
	{ .label = "under a directory", .options = { .under = "dir" },
	  .rows = "A cm dir/new\n" },
	{ .label = "under the root", .options = { .under = "." },
	  .rows = "A cm dir/new\nD - file\nR - name <- empty\n" },
	{ .label = "under the old name", .options = { .under = "empty" },
	  .rows = "R - name <- empty\n" },
	{ .label = "under a part of a name", .options = { .under = "na" }, .rows = "" },
};

START_TEST(test_filter)
{
	filesystem_copy("base", "old", NULL);
	filesystem_copy("old", "new", "write small dir/new\nrm file\nln empty name\n"
				      "unlink empty\n");
	unit_assert_ok(filters[_i].label, run(&filters[_i].options), &err);
	ck_assert_msg(!strcmp(describe_rows(), filters[_i].rows), "%s:\n%sexpected\n%s",
		      filters[_i].label, describe_rows(), filters[_i].rows);
}
END_TEST

START_TEST(test_expand)
{
	struct lscow_files_options options = { .expand = true };

	filesystem_copy("base", "old", NULL);
	filesystem_copy("old", "new", "ln dir name\nunlink dir\n");
	unit_assert_ok("expand", run(&options), &err);
	ck_assert_str_eq(describe_rows(), "R - name <- dir\n"
					  "R - name/a <- dir/a\n"
					  "R - name/b <- dir/b\n"
					  "R - name/sub <- dir/sub\n"
					  "R - name/sub/deep <- dir/sub/deep\n");
}
END_TEST

/* Only a part of what moved is asked for: there every path has its row. */
static const struct {
	const char *under;
	const char *rows;
	const char *transfers;
} moved[] = {
	{ "name", "R - name <- dir\nR - name/a <- dir/a\nR - name/b <- dir/b\n"
		  "R - name/sub <- dir/sub\nR - name/sub/deep <- dir/sub/deep\n",
	  "name\nname/a\nname/b\nname/sub\nname/sub/deep\n" },
	{ "name/sub", "R - name/sub <- dir/sub\nR - name/sub/deep <- dir/sub/deep\n",
	  "name/sub\nname/sub/deep\n" },
	{ "dir/sub", "R - name/sub <- dir/sub\nR - name/sub/deep <- dir/sub/deep\n",
	  "-dir\n" },
	{ "name/a", "R - name/a <- dir/a\n", "name/a\n" },
	{ "name/s", "", "" },
};

START_TEST(test_under_moved)
{
	struct lscow_files_options options = { .under = moved[_i].under };

	filesystem_copy("base", "old", NULL);
	filesystem_copy("old", "new", "ln dir name\nunlink dir\n");
	unit_assert_ok(options.under, run(&options), &err);
	ck_assert_msg(!strcmp(describe_rows(), moved[_i].rows), "%s:\n%sexpected\n%s",
		      options.under, describe_rows(), moved[_i].rows);
	lscow_files_free(files);
	lscow_input_close(input);
	files = NULL;
	input = NULL;
	options.want_transfers = true;
	unit_assert_ok(options.under, run(&options), &err);
	ck_assert_msg(!strcmp(describe_transfers(), moved[_i].transfers), "%s:\n%sexpected\n%s",
		      options.under, describe_transfers(), moved[_i].transfers);
}
END_TEST

START_TEST(test_ranges)
{
	struct lscow_files_options options = { .want_ranges = true };
	const struct lscow_change *row;
	static const uint8_t byte = 0xEE;
	size_t nr;

	filesystem_copy("base", "old", NULL);
	filesystem_copy("old", "new", "write small new\n");
	filesystem_poke("new", filesystem_block("new", "big", 1) * FILESYSTEM_BLOCK_BYTES,
			&byte, 1);
	filesystem_poke("new", filesystem_block("new", "big", 4) * FILESYSTEM_BLOCK_BYTES,
			&byte, 1);
	unit_assert_ok("ranges", run(&options), &err);
	row = lscow_files_get_changes(files, &nr);
	ck_assert_uint_eq(nr, 2);
	ck_assert_str_eq(row[0].path, "big");
	ck_assert_uint_eq(row[0].nr_ranges, 2);
	ck_assert_uint_eq(row[0].ranges[0].offset_bytes, 1024);
	ck_assert_uint_eq(row[0].ranges[0].length_bytes, 1024);
	ck_assert_uint_eq(row[0].ranges[1].offset_bytes, 4096);
	ck_assert_uint_eq(row[0].ranges[1].length_bytes, 5000 - 4096);
	ck_assert_uint_eq(row[1].nr_ranges, 0);
}
END_TEST

START_TEST(test_describes)
{
	struct lscow_files_options options = { .expand = false };
	const struct lscow_change *row;
	const struct lscow_filesystem *filesystem;
	size_t nr;

	filesystem_copy("base", "old", NULL);
	filesystem_copy("old", "new", "write large new\nrm sym\n");
	unit_assert_ok("run", run(&options), &err);
	row = lscow_files_get_changes(files, &nr);
	ck_assert_uint_eq(nr, 2);
	ck_assert_int_eq(row[0].type, LSCOW_TYPE_FILE);
	ck_assert_uint_eq(row[0].ino, filesystem_find("new", "new"));
	ck_assert_uint_eq(row[0].size_bytes, 5000);
	ck_assert_int_eq(row[1].type, LSCOW_TYPE_SYMLINK);
	ck_assert_uint_eq(row[1].ino, filesystem_find("old", "sym"));
	ck_assert_uint_eq(row[1].size_bytes, 6);
	filesystem = lscow_files_get_filesystem(files);
	ck_assert_str_eq(filesystem->label, "unit");
	ck_assert_uint_eq(filesystem->block_bytes, FILESYSTEM_BLOCK_BYTES);
	ck_assert_uint_eq(filesystem->nr_blocks, FILESYSTEM_NR_BLOCKS);
	ck_assert_uint_eq(filesystem->nr_inodes, FILESYSTEM_NR_INODES);
}
END_TEST

static void count_steps(void *data, const char *step, uint64_t done, uint64_t total)
{
	ck_assert_ptr_nonnull(step);
	ck_assert(total == 0 || done <= total);
	++*(int *)data;
}

START_TEST(test_progress)
{
	int nr_steps = 0;
	struct lscow_files_options options = { .progress = count_steps,
					       .progress_data = &nr_steps };

	filesystem_copy("base", "old", NULL);
	filesystem_copy("old", "new", "sif file mode 0100600\n");
	unit_assert_ok("run", run(&options), &err);
	ck_assert_int_gt(nr_steps, 0);
}
END_TEST

/* ---- incomplete ---------------------------------------------------------- */

/* A block without an owner, in one view or in both, besides an added file. */
static const struct {
	const char *label;
	const char *before;
	const char *commands;
} unowned[] = {
	{ .label = "in both views", .before = "setb 4000\n",
	  .commands = "write small new\n" },
	{ .label = "in the new view", .commands = "setb 4000\nwrite small new\n" },
	{ .label = "in the old view", .before = "setb 4000\n",
	  .commands = "freeb 4000\nwrite small new\n" },
};

static void make_unowned(size_t i)
{
	static const uint8_t byte = 0xEE;

	filesystem_copy("base", "old", unowned[i].before);
	filesystem_copy("old", "new", unowned[i].commands);
	filesystem_poke("new", UNUSED_BLOCK * FILESYSTEM_BLOCK_BYTES, &byte, 1);
}

START_TEST(test_unowned)
{
	struct lscow_files_options options = { .partial = false };

	make_unowned((size_t)_i);
	unit_assert_error(unowned[_i].label, run(&options), &err, LSCOW_E_INCOMPLETE,
			  "new: block 4000 changed and no inode owns it, expected an owner "
			  "for each (1 such blocks)");
	ck_assert_ptr_null(files);
}
END_TEST

START_TEST(test_unowned_partial)
{
	struct lscow_files_options options = { .partial = true };

	make_unowned((size_t)_i);
	ck_assert_int_eq(run(&options), LSCOW_E_INCOMPLETE);
	ck_assert_ptr_nonnull(files);
	ck_assert_str_eq(describe_rows(), "A cm new\n");
	ck_assert(!lscow_files_get_summary(files)->complete);
	ck_assert_uint_eq(lscow_files_get_summary(files)->nr_blocks[LSCOW_BLOCK_UNKNOWN], 1);
}
END_TEST

/* A file that lacks a name: nothing that can be listed, and not complete. */
START_TEST(test_missing_name_partial)
{
	struct lscow_files_options options = { .partial = true };

	filesystem_copy("base", "old", NULL);
	filesystem_copy("old", "new", "sif file links_count 2\nsif file mode 0100600\n");
	ck_assert_int_eq(run(&options), LSCOW_E_INCOMPLETE);
	ck_assert_ptr_nonnull(files);
	ck_assert(!lscow_files_get_summary(files)->complete);
}
END_TEST

/* One inode of many is damaged: the rows of the others are all there. */
START_TEST(test_damaged_inode_partial)
{
	struct lscow_files_options options = { .partial = true };
	char message[64];

	filesystem_copy("base", "old", NULL);
	filesystem_copy("old", "new", "sif linked mode 0100600\nsif dir/b mode 0100600\n"
				      "sif dir/a mode 0100600\nsif dir/a checksum 1\n"
				      "write small also\nrm big\n");
	snprintf(message, sizeof(message), "new: inode %u: wrong checksum",
		 filesystem_find("new", "dir/a"));
	unit_assert_error("damaged", run(&options), &err, LSCOW_E_INCOMPLETE, message);
	ck_assert_ptr_nonnull(files);
	ck_assert_str_eq(describe_rows(), "A cm also\nD - big\nm m dir/b\nm m linked\n"
					  "m m linked2\n");
	ck_assert(!lscow_files_get_summary(files)->complete);
	ck_assert(lscow_files_get_summary(files)->changed);
}
END_TEST

/* ---- inputs -------------------------------------------------------------- */

/* A store that holds what the old view had where the new one differs. */
static void write_store(void)
{
	struct store_image image = store_image_new(CHUNK_BYTES, 260);
	static uint8_t views[2][NR_CHUNKS * CHUNK_BYTES];
	const char *const names[2] = { "old", "new" };
	size_t nr = 0;

	for (int i = 0; i < 2; i++) {
		FILE *stream = fopen(names[i], "re");

		ck_assert_ptr_nonnull(stream);
		ck_assert_uint_eq(fread(views[i], 1, sizeof(views[i]), stream),
				  sizeof(views[i]));
		fclose(stream);
	}
	for (size_t chunk = 0; chunk < NR_CHUNKS; chunk++) {
		const uint8_t *old_chunk = views[0] + chunk * CHUNK_BYTES;

		if (!memcmp(old_chunk, views[1] + chunk * CHUNK_BYTES, CHUNK_BYTES))
			continue;
		store_image_put(&image, 0, nr, chunk, nr + 2);
		memcpy(image.bytes + (nr + 2) * CHUNK_BYTES, old_chunk, CHUNK_BYTES);
		nr++;
	}
	temp_dir_write("cow", image.bytes, image.length_bytes);
	store_image_free(&image);
}

static const struct {
	const char *label;
	uint64_t more_bytes; /* of the origin */
	int code;
	const char *message;
} origins[] = {
	{ .label = "as it was" },
	{ .label = "a large page longer", .more_bytes = 65536, .code = LSCOW_E_UNKNOWABLE,
	  .message = "new: found 4259840 bytes, expected the 4194304 of the filesystem in its "
		     "snapshot: an origin that grew after the snapshot keeps no record of the "
		     "changes behind its old end; do a full scan" },
	{ .label = "less than a large page longer", .more_bytes = 65024 },
};

START_TEST(test_origin_and_store)
{
	struct lscow_input_spec spec = { .origin_path = "new", .cow_path = "cow" };
	struct lscow_files_options options = { .expand = false };
	int ret;

	filesystem_copy("base", "old", NULL);
	filesystem_copy("old", "new", "write small new\nrm file\n");
	write_store();
	ck_assert_int_eq(truncate("new", (off_t)(NR_CHUNKS * CHUNK_BYTES +
						 origins[_i].more_bytes)), 0);
	unit_assert_ok("input", lscow_input_open(&spec, NULL, NULL, &input, &err), &err);
	ret = lscow_files_run(input, &options, &files, &err);
	if (origins[_i].code) {
		unit_assert_error(origins[_i].label, ret, &err, origins[_i].code,
				  origins[_i].message);
		return;
	}
	unit_assert_ok(origins[_i].label, ret, &err);
	ck_assert_str_eq(describe_rows(), "D - file\nA cm new\n");
	assert_complete(origins[_i].label);
}
END_TEST

START_TEST(test_store_alone)
{
	struct lscow_input_spec spec = { .cow_path = "cow" };
	struct lscow_files_options options = { .partial = true };

	filesystem_copy("base", "old", NULL);
	filesystem_copy("old", "new", NULL);
	write_store();
	unit_assert_ok("input", lscow_input_open(&spec, NULL, NULL, &input, &err), &err);
	unit_assert_error("store", lscow_files_run(input, &options, &files, &err), &err,
			  LSCOW_E_USAGE,
			  "an exception store alone has no files: its origin is needed too");
	ck_assert_ptr_null(files);
}
END_TEST

static const struct {
	const char *label;
	const char *image; /* which the view is instead */
	bool is_old;
	int code;
	const char *message;
} strangers[] = {
	{ .label = "old", .image = "zeros", .is_old = true, .code = LSCOW_E_UNKNOWABLE,
	  .message = "old view: old: found no known filesystem, expected an ext2/3/4 "
		     "filesystem" },
	{ .label = "new", .image = "zeros", .code = LSCOW_E_UNKNOWABLE,
	  .message = "new view: new: found no known filesystem, expected an ext2/3/4 "
		     "filesystem" },
};

START_TEST(test_no_filesystem)
{
	struct lscow_files_options options = { .expand = false };
	const char *name = strangers[_i].is_old ? "old" : "new";

	filesystem_copy("base", "old", NULL);
	filesystem_copy("base", "new", NULL);
	ck_assert_int_eq(truncate(name, 0), 0);
	ck_assert_int_eq(truncate(name, NR_CHUNKS * CHUNK_BYTES), 0);
	unit_assert_error(strangers[_i].label, run(&options), &err, strangers[_i].code,
			  strangers[_i].message);
	ck_assert_ptr_null(files);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pipeline");
	TCase *tcase = tcase_create("pipeline");
	int nr = (int)UNIT_COUNT(scenarios);

	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_rows, 0, nr);
	tcase_add_loop_test(tcase, test_transfers, 0, nr);
	tcase_add_loop_test(tcase, test_quick, 0, nr);
	tcase_add_loop_test(tcase, test_other_side, 0, nr);
	tcase_add_loop_test(tcase, test_filter, 0, (int)UNIT_COUNT(filters));
	tcase_add_test(tcase, test_expand);
	tcase_add_loop_test(tcase, test_under_moved, 0, (int)UNIT_COUNT(moved));
	tcase_add_test(tcase, test_ranges);
	tcase_add_test(tcase, test_describes);
	tcase_add_test(tcase, test_progress);
	tcase_add_loop_test(tcase, test_unowned, 0, (int)UNIT_COUNT(unowned));
	tcase_add_loop_test(tcase, test_unowned_partial, 0, (int)UNIT_COUNT(unowned));
	tcase_add_test(tcase, test_missing_name_partial);
	tcase_add_test(tcase, test_damaged_inode_partial);
	tcase_add_loop_test(tcase, test_origin_and_store, 0, (int)UNIT_COUNT(origins));
	tcase_add_test(tcase, test_store_alone);
	tcase_add_loop_test(tcase, test_no_filesystem, 0, (int)UNIT_COUNT(strangers));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
