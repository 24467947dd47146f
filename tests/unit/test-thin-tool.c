/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* thin_delta: which versions will do, and what comes of its answers. */

#include "support/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "source/thin-tool.h"
#include "support/temp-dir.h"

#define ANSWER                                                                    \
	"<superblock uuid=\"\" time=\"2\" transaction=\"3\" data_block_size=\"128\" " \
	"nr_data_blocks=\"1024\"><diff left=\"2\" right=\"1\">"                    \
	"<same begin=\"0\" length=\"10\"/><different begin=\"10\" length=\"1\"/>"   \
	"</diff></superblock>"

static struct lscow_ranges ranges;
static struct lscow_thin_delta delta;
static struct lscow_thin_tool tool;
static struct lscow_error err;

static void setup(void)
{
	temp_dir_make();
	ranges = LSCOW_RANGES;
}

static void teardown(void)
{
	lscow_ranges_free(&ranges);
	temp_dir_remove();
}

/* ---- versions ------------------------------------------------------------ */

static const struct {
	const char *version;
	bool is_right;
} versions[] = {
	{ "0.9.0", true },     { "1.3.3", true },    { "1.0.6", true },
	{ "1.0.14", true },    { "1.1.0", true },    { "0.4.2", true },
	{ "2.0.0", true },     { "thin_delta 1.3.3", true },
	{ "1.3.0-rc1", true }, { "0.4.1", false },   { "1.0.0", false },
	{ "1.0.0-rc1", false }, { "1.0.5", false },  { "thin_delta 1.0.4", false },
	{ "", false },         { "unknown", false }, { "1", false },
	{ "1.3", false },      { "1.x.3", false },   { "99999999999999999999.0.0", false },
	{ "0.0.1048576", false },
};

START_TEST(test_version)
{
	ck_assert_msg(lscow_thin_tool_is_right(versions[_i].version) == versions[_i].is_right,
		      "version \"%s\"", versions[_i].version);
}
END_TEST

/* ---- a program in its place ------------------------------------------------ */

/* A thin_delta that prints a version, and runs a script for the rest. */
static int find_with(const char *version, const char *script)
{
	const char *folders[] = { "/missing", NULL, NULL };
	char folder[256], text[2048];
	const char *path;
	int nr = snprintf(text, sizeof(text),
			  "#!/bin/sh\nif [ $1 = --version ]; then echo '%s'; exit; fi\n%s\n",
			  version, script);

	path = temp_dir_write("thin_delta", text, (size_t)nr);
	chmod(path, 0755);
	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	folders[1] = folder;
	return lscow_thin_tool_find(folders, &tool, &err);
}

static int run_with(const char *script)
{
	static const struct lscow_thin_tool_call call = {
		.metadata_path = "/dev/dm-7",
		.old_id = 2,
		.new_id = 1,
		.kept_fd = -1,
		.interrupt_fd = -1,
	};

	unit_assert_ok("find", find_with("0.9.0", script), &err);
	return lscow_thin_tool_run(&tool, &call, &ranges, &delta, &err);
}

START_TEST(test_find)
{
	unit_assert_ok("find", find_with("0.9.0", ""), &err);
	ck_assert_str_eq(tool.path, temp_dir_path("thin_delta"));
}
END_TEST

START_TEST(test_find_nothing)
{
	static const char *const folders[] = { "/missing", NULL };

	unit_assert_error("nothing", lscow_thin_tool_find(folders, &tool, &err), &err,
			  LSCOW_E_FAILED,
			  "thin_delta is not installed: it is in the package "
			  "thin-provisioning-tools (or device-mapper-persistent-data)");
}
END_TEST

START_TEST(test_find_wrong_version)
{
	char message[LSCOW_MESSAGE_BYTES];

	snprintf(message, sizeof(message),
		 "%s: version \"1.0.5\": expected 1.0.6 or later, or 0.4.2 to 0.9: others leave "
		 "out changes", temp_dir_path("thin_delta"));
	unit_assert_error("1.0.5", find_with("1.0.5", ""), &err, LSCOW_E_UNKNOWABLE, message);
	ck_assert_int_eq(find_with("", ""), LSCOW_E_UNKNOWABLE);
}
END_TEST

START_TEST(test_find_chatty_version)
{
	char version[1000];

	memset(version, '1', sizeof(version) - 1);
	version[sizeof(version) - 1] = '\0';
	ck_assert_int_eq(find_with(version, ""), LSCOW_E_UNKNOWABLE);
}
END_TEST

/* ---- answers ---------------------------------------------------------------- */

START_TEST(test_run)
{
	size_t nr;
	const struct lscow_range *items;

	unit_assert_ok("run",
		       run_with("[ \"$*\" = '--metadata-snap --thin1 2 --thin2 1 /dev/dm-7' ] "
				"&& echo '" ANSWER "'"), &err);
	items = lscow_ranges_get(&ranges, &nr);
	ck_assert_uint_eq(nr, 1);
	ck_assert_uint_eq(items[0].offset_bytes, 10 * 65536);
	ck_assert_uint_eq(items[0].length_bytes, 65536);
	ck_assert_uint_eq(delta.block_bytes, 65536);
}
END_TEST

static const struct {
	const char *label;
	const char *script;
	int code;
	const char *message; /* after the path */
} failures[] = {
	{ "no such volume", "echo 'Unable to find mapping tree for snap2 (7)' >&2; exit 1",
	  LSCOW_E_FAILED, "exit status 1: Unable to find mapping tree for snap2 (7)" },
	{ "whole answer, but a failure", "echo '" ANSWER "'; echo damaged >&2; exit 1",
	  LSCOW_E_FAILED, "exit status 1: damaged" },
	{ "half an answer, and a failure", "printf '<superblock'; echo damaged >&2; exit 1",
	  LSCOW_E_FAILED, "exit status 1: damaged" },
	/* 1.1.0 ends with 0 where it cannot write. */
	{ "half an answer", "printf '<superblock'", LSCOW_E_UNKNOWABLE,
	  "line 1: not the XML of thin_delta, or cut short: unclosed token" },
	{ "no answer", "", LSCOW_E_UNKNOWABLE,
	  "line 1: not the XML of thin_delta, or cut short: no element found" },
	{ "nonsense without end", "yes", LSCOW_E_UNKNOWABLE,
	  "line 1: not the XML of thin_delta, or cut short: syntax error" },
	{ "killed", "echo '" ANSWER "'; kill -9 $$", LSCOW_E_FAILED, "ended by signal 9" },
	{ "other volumes",
	  "echo '<superblock data_block_size=\"128\"><diff left=\"1\" right=\"2\"/></superblock>'",
	  LSCOW_E_UNKNOWABLE, "the answer is not that for the thin volumes 2 and 1" },
	{ "no volumes",
	  "echo '<superblock data_block_size=\"128\"><diff/></superblock>'",
	  LSCOW_E_UNKNOWABLE, "the answer is not that for the thin volumes 2 and 1" },
};

START_TEST(test_run_fails)
{
	char message[LSCOW_MESSAGE_BYTES];
	int ret = run_with(failures[_i].script);

	snprintf(message, sizeof(message), "%.500s: %s", tool.path, failures[_i].message);
	unit_assert_error(failures[_i].label, ret, &err, failures[_i].code, message);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("thin-tool");
	TCase *tcase = tcase_create("thin-tool");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_version, 0, (int)UNIT_COUNT(versions));
	tcase_add_test(tcase, test_find);
	tcase_add_test(tcase, test_find_nothing);
	tcase_add_test(tcase, test_find_wrong_version);
	tcase_add_test(tcase, test_find_chatty_version);
	tcase_add_test(tcase, test_run);
	tcase_add_loop_test(tcase, test_run_fails, 0, (int)UNIT_COUNT(failures));
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
