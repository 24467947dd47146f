/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Feeds: their names, the text of ranges line by line, chunks, thin blocks. */

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "source/feed.h"
#include "source/ranges-text.h"
#include "support/memory-device.h"
#include "support/ranges.h"
#include "support/store-image.h"
#include "support/temp-dir.h"

#define VIEW_BYTES 10000u
#define NR_MAX 4

static struct lscow_ranges ranges;
static struct lscow_error err;

/* ---- names ---------------------------------------------------------- */

START_TEST(test_format_names)
{
	ck_assert_str_eq(lscow_feed_format_name(0), "dm-snapshot");
	ck_assert_str_eq(lscow_feed_format_name(1), "ranges");
	ck_assert_str_eq(lscow_feed_format_name(2), "thin-delta");
	ck_assert_ptr_null(lscow_feed_format_name(3));
	ck_assert_ptr_null(lscow_feed_format_name(SIZE_MAX));
}
END_TEST

static const struct {
	const char *label;
	const char *changes;
	const char *path;    /* where it is good */
	const char *message; /* where it is not */
} specs[] = {
	{ .label = "ranges", .changes = "ranges:a.txt", .path = "a.txt" },
	{ .label = "standard input", .changes = "ranges:-", .path = "-" },
	{ .label = "store", .changes = "dm-snapshot:/dev/x", .path = "/dev/x" },
	{ .label = "colon in the path", .changes = "ranges:a:b", .path = "a:b" },
	{ .label = "nothing", .changes = "", .message = "changes \"\": expected FORMAT:FILE" },
	{ .label = "no colon", .changes = "ranges",
	  .message = "changes \"ranges\": expected FORMAT:FILE" },
	{ .label = "no file", .changes = "ranges:",
	  .message = "changes \"ranges:\": expected FORMAT:FILE" },
	{ .label = "unknown", .changes = "rbd:x",
	  .message = "changes \"rbd:x\": unknown format \"rbd\", expected one of: "
		     "dm-snapshot, ranges, thin-delta" },
	{ .label = "no format", .changes = ":x",
	  .message = "changes \":x\": unknown format \"\", expected one of: dm-snapshot, "
		     "ranges, thin-delta" },
	{ .label = "begin of a name", .changes = "range:x",
	  .message = "changes \"range:x\": unknown format \"range\", expected one of: "
		     "dm-snapshot, ranges, thin-delta" },
	{ .label = "more than a name", .changes = "rangess:x",
	  .message = "changes \"rangess:x\": unknown format \"rangess\", expected one of: "
		     "dm-snapshot, ranges, thin-delta" },
};

START_TEST(test_parse)
{
	const struct lscow_feed_format *format = NULL;
	const char *path = NULL;
	int ret = lscow_feed_parse(specs[_i].changes, &format, &path, &err);

	if (specs[_i].path) {
		unit_assert_ok(specs[_i].label, ret, &err);
		ck_assert_ptr_nonnull(format);
		ck_assert_str_eq(path, specs[_i].path);
	} else {
		unit_assert_error(specs[_i].label, ret, &err, LSCOW_E_USAGE,
				  specs[_i].message);
		ck_assert_ptr_null(format);
	}
}
END_TEST

/* ---- text of ranges ------------------------------------------------- */

static int read_bytes(const void *bytes, size_t length_bytes)
{
	FILE *stream = tmpfile();
	int ret;

	ck_assert_ptr_nonnull(stream);
	ck_assert_uint_eq(fwrite(bytes, 1, length_bytes, stream), length_bytes);
	rewind(stream);
	ranges = LSCOW_RANGES;
	ret = lscow_ranges_text_read(stream, "feed", VIEW_BYTES, &ranges, &err);
	fclose(stream);
	return ret;
}

static void assert_ranges(const char *label, const struct lscow_ranges *list,
			  const struct lscow_range *expected)
{
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(list, &nr);

	unit_assert_ranges(label, items, nr, expected, NR_MAX);
}

static const struct {
	const char *label;
	const char *text;
	struct lscow_range expected[NR_MAX];
} good_texts[] = {
	{ .label = "no lines", .text = "" },
	{ .label = "blank lines", .text = "\n \t \n\n" },
	{ .label = "comments", .text = "# 1 2\n  # x\n#\n" },
	{ .label = "decimal", .text = "512 4096\n", .expected = { { 512, 4096 } } },
	{ .label = "hexadecimal", .text = "0x200 0XfF\n", .expected = { { 512, 255 } } },
	{ .label = "spaces and tabs", .text = " \t512\t \t1 \t\n", .expected = { { 512, 1 } } },
	{ .label = "leading zeros", .text = "010 001\n", .expected = { { 10, 1 } } },
	{ .label = "all of the views", .text = "0 10000\n", .expected = { { 0, 10000 } } },
	{ .label = "last byte", .text = "9999 1\n", .expected = { { 9999, 1 } } },
	{ .label = "many, unsorted", .text = "900 1\n# x\n\n5 5\n10 1\n",
	  .expected = { { 900, 1 }, { 5, 6 } } },
};

START_TEST(test_good_text)
{
	const char *text = good_texts[_i].text;

	unit_assert_ok(good_texts[_i].label, read_bytes(text, strlen(text)), &err);
	assert_ranges(good_texts[_i].label, &ranges, good_texts[_i].expected);
	lscow_ranges_free(&ranges);
}
END_TEST

#define EXPECTED_PAIR ", expected OFFSET LENGTH in bytes"
#define TEXT(literal) .text = literal, .length_bytes = sizeof(literal) - 1

static const struct {
	const char *label;
	const char *text;
	size_t length_bytes;
	const char *message;
} bad_texts[] = {
	{ .label = "unit", TEXT("0 1\n\n12x\n"),
	  .message = "feed: line 3: found \"12x\"" EXPECTED_PAIR },
	{ .label = "one number", TEXT("12\n"),
	  .message = "feed: line 1: found \"12\"" EXPECTED_PAIR },
	{ .label = "one number and a space", TEXT("12 \n"),
	  .message = "feed: line 1: found \"12 \"" EXPECTED_PAIR },
	{ .label = "three numbers", TEXT("1 2 3\n"),
	  .message = "feed: line 1: found \"1 2 3\"" EXPECTED_PAIR },
	{ .label = "comment behind", TEXT("1 2 # x\n"),
	  .message = "feed: line 1: found \"1 2 # x\"" EXPECTED_PAIR },
	{ .label = "minus", TEXT("-1 2\n"),
	  .message = "feed: line 1: found \"-1 2\"" EXPECTED_PAIR },
	{ .label = "plus", TEXT("1 +2\n"),
	  .message = "feed: line 1: found \"1 +2\"" EXPECTED_PAIR },
	{ .label = "comma", TEXT("1,2\n"),
	  .message = "feed: line 1: found \"1,2\"" EXPECTED_PAIR },
	{ .label = "0x alone", TEXT("0x 2\n"),
	  .message = "feed: line 1: found \"0x 2\"" EXPECTED_PAIR },
	{ .label = "hexadecimal without 0x", TEXT("1f 2\n"),
	  .message = "feed: line 1: found \"1f 2\"" EXPECTED_PAIR },
	{ .label = "hexadecimal beyond f", TEXT("0x1g 2\n"),
	  .message = "feed: line 1: found \"0x1g 2\"" EXPECTED_PAIR },
	{ .label = "2^64", TEXT("18446744073709551616 1\n"),
	  .message = "feed: line 1: found \"18446744073709551616 1\"" EXPECTED_PAIR },
	{ .label = "2^64, hexadecimal", TEXT("1 0x10000000000000000\n"),
	  .message = "feed: line 1: found \"1 0x10000000000000000\"" EXPECTED_PAIR },
	{ .label = "carriage return", TEXT("1 2\r\n"),
	  .message = "feed: line 1: found \"1 2?\"" EXPECTED_PAIR },
	{ .label = "NUL", TEXT("1 2\0\n"),
	  .message = "feed: line 1: found \"1 2?\"" EXPECTED_PAIR },
	{ .label = "what a terminal would obey", TEXT("\033[2J\377\n"),
	  .message = "feed: line 1: found \"?[2J?\"" EXPECTED_PAIR },
	{ .label = "longer than is shown",
	  TEXT("12345678901234567890123456789012345678901234567890123456789012\n"),
	  .message = "feed: line 1: found \"12345678901234567890123456789012345678901234567"
		     "8901234567890\"..." EXPECTED_PAIR },
	{ .label = "no bytes", TEXT("1 0\n"),
	  .message = "feed: line 1: found \"1 0\", expected a LENGTH of at least 1 byte" },
	{ .label = "no newline", TEXT("0 1\n4096 40"),
	  .message = "feed: line 2: found \"4096 40\", expected a newline at its end: the "
		     "file may be cut short" },
	{ .label = "one byte too far", TEXT("9999 2\n"),
	  .message = "feed: line 1: range of 2 bytes at 9999 ends beyond the views' 10000 "
		     "bytes" },
	{ .label = "begins behind", TEXT("10001 1\n"),
	  .message = "feed: line 1: range of 1 bytes at 10001 ends beyond the views' 10000 "
		     "bytes" },
	{ .label = "sum overflows", TEXT("1 0xffffffffffffffff\n"),
	  .message = "feed: line 1: range of 18446744073709551615 bytes at 1 ends beyond the "
		     "views' 10000 bytes" },
};

START_TEST(test_bad_text)
{
	int ret = read_bytes(bad_texts[_i].text, bad_texts[_i].length_bytes);

	unit_assert_error(bad_texts[_i].label, ret, &err, LSCOW_E_UNKNOWABLE,
			  bad_texts[_i].message);
	lscow_ranges_free(&ranges);
}
END_TEST

START_TEST(test_longest_line)
{
	char text[LSCOW_RANGES_TEXT_LINE_BYTES + 2];

	memset(text, ' ', sizeof(text));
	memcpy(text, "7 8", 3);
	text[LSCOW_RANGES_TEXT_LINE_BYTES] = '\n';
	unit_assert_ok("4096", read_bytes(text, LSCOW_RANGES_TEXT_LINE_BYTES + 1), &err);
	ck_assert_uint_eq(ranges.vector.nr, 1);
	lscow_ranges_free(&ranges);

	text[LSCOW_RANGES_TEXT_LINE_BYTES] = ' ';
	text[LSCOW_RANGES_TEXT_LINE_BYTES + 1] = '\n';
	unit_assert_error("4097", read_bytes(text, sizeof(text)), &err, LSCOW_E_UNKNOWABLE,
			  "feed: line 1: found \"7 8                                        "
			  "                 \"..., expected a line of at most 4096 bytes");
	lscow_ranges_free(&ranges);
}
END_TEST

/* A stream of "0 1\n" for each read, whose nth read fails. */
static ssize_t read_or_fail(void *cookie, char *buffer, size_t length_bytes)
{
	int *reads_left = cookie;

	ck_assert_uint_ge(length_bytes, 4);
	if (--*reads_left == 0) {
		errno = EIO;
		return -1;
	}
	memcpy(buffer, "0 1\n", 4);
	return 4;
}

START_TEST(test_nth_read_fails)
{
	cookie_io_functions_t functions = { .read = read_or_fail };
	int reads_left = _i;
	FILE *stream = fopencookie(&reads_left, "r", functions);
	int ret;

	ck_assert_ptr_nonnull(stream);
	ranges = LSCOW_RANGES;
	ret = lscow_ranges_text_read(stream, "feed", VIEW_BYTES, &ranges, &err);
	unit_assert_error("nth", ret, &err, LSCOW_E_FAILED,
			  "feed: cannot read: Input/output error");
	fclose(stream);
	lscow_ranges_free(&ranges);
}
END_TEST

/* ---- feeds from files ----------------------------------------------- */

static struct lscow_device *view;
static struct lscow_feed feed;

static void setup(void)
{
	temp_dir_make();
	view = memory_device_new("view", NULL, VIEW_BYTES);
	memset(&feed, 0, sizeof(feed));
}

static void teardown(void)
{
	lscow_feed_free(&feed);
	lscow_device_close(view);
	temp_dir_remove();
}

static int load(const char *name, const char *path)
{
	const struct lscow_feed_format *format;
	struct lscow_feed_file *file;
	const char *unused;
	char changes[64];
	int ret;

	snprintf(changes, sizeof(changes), "%s:x", name);
	unit_assert_ok(name, lscow_feed_parse(changes, &format, &unused, &err), &err);
	ret = lscow_feed_open(format, path, &file, &err);
	if (ret)
		return ret;
	ret = lscow_feed_load(file, view, &feed, &err);
	lscow_feed_close(file);
	return ret;
}

START_TEST(test_load_ranges)
{
	static const struct lscow_range expected[NR_MAX] = { { 5, 20 }, { 900, 1 } };
	const char *path = temp_dir_write("a", "900 1\n15 10\n5 12\n", 17);

	unit_assert_ok("ranges", load("ranges", path), &err);
	assert_ranges("sorted", &feed.ranges, expected);
	ck_assert_uint_eq(feed.chunk_bytes, 0);
	ck_assert(!feed.has_store_info);
}
END_TEST

START_TEST(test_load_ranges_of_standard_input)
{
	static const struct lscow_range expected[NR_MAX] = { { 1, 2 } };
	const char *path = temp_dir_write("stdin", "1 2\n", 4);

	ck_assert_ptr_nonnull(freopen(path, "r", stdin));
	unit_assert_ok("stdin", load("ranges", "-"), &err);
	assert_ranges("stdin", &feed.ranges, expected);
}
END_TEST

START_TEST(test_load_ranges_of_a_pipe)
{
	static const struct lscow_range expected[NR_MAX] = { { 1, 2 } };
	char path[64];
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "1 2\n", 4), 4);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	unit_assert_ok("pipe", load("ranges", path), &err);
	assert_ranges("pipe", &feed.ranges, expected);
	close(ends[0]);
}
END_TEST

START_TEST(test_load_ranges_fails)
{
	const char *path = temp_dir_path("missing");
	char message[LSCOW_MESSAGE_BYTES];
	size_t nr_files = temp_dir_count_open_files();

	snprintf(message, sizeof(message), "%s: cannot open: No such file or directory", path);
	unit_assert_error("missing", load("ranges", path), &err, LSCOW_E_FAILED, message);

	path = temp_dir_write("bad", "0 1\n1\n", 6);
	snprintf(message, sizeof(message), "%s: line 2: found \"1\"" EXPECTED_PAIR, path);
	unit_assert_error("bad", load("ranges", path), &err, LSCOW_E_UNKNOWABLE, message);
	ck_assert_ptr_null(feed.ranges.vector.items);
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_files);
}
END_TEST

static const char *write_store(uint64_t last_old_chunk)
{
	struct store_image image = store_image_new(4096, 8);
	const char *path;

	store_image_put(&image, 0, 0, last_old_chunk, 3);
	store_image_put(&image, 0, 1, 0, 2);
	path = temp_dir_write("cow", image.bytes, image.length_bytes);
	store_image_free(&image);
	return path;
}

START_TEST(test_load_store)
{
	/* The view's third chunk has 10000 - 8192 bytes. */
	static const struct lscow_range expected[NR_MAX] = { { 0, 4096 }, { 8192, 1808 } };

	unit_assert_ok("store", load("dm-snapshot", write_store(2)), &err);
	assert_ranges("store", &feed.ranges, expected);
	ck_assert_uint_eq(feed.chunk_bytes, 4096);
	ck_assert(feed.has_store_info);
	ck_assert_uint_eq(feed.store_info.nr_exceptions, 2);
	ck_assert_uint_eq(feed.store_info.store_bytes, 8 * 4096);
}
END_TEST

START_TEST(test_load_store_of_another_origin)
{
	const char *path = write_store(3);
	char message[LSCOW_MESSAGE_BYTES];
	size_t nr_files = temp_dir_count_open_files();

	snprintf(message, sizeof(message), "%s: old chunk 3 lies beyond the 3 chunks of view",
		 path);
	unit_assert_error("origin", load("dm-snapshot", path), &err, LSCOW_E_UNKNOWABLE,
			  message);
	ck_assert_ptr_null(feed.ranges.vector.items);
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_files);
}
END_TEST

START_TEST(test_load_store_that_is_none)
{
	const char *path = temp_dir_write("cow", "0 1\n", 4);
	char message[LSCOW_MESSAGE_BYTES];
	size_t nr_files = temp_dir_count_open_files();

	snprintf(message, sizeof(message), "%s: 4 bytes long, too short for the 16 bytes of an "
		 "exception store's header", path);
	unit_assert_error("none", load("dm-snapshot", path), &err, LSCOW_E_UNKNOWABLE, message);
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_files);
}
END_TEST

#define THIN_DELTA(blocks)                                                       \
	"<superblock data_block_size=\"128\"><diff left=\"1\" right=\"2\">" blocks \
	"</diff></superblock>"

static const char *write_thin_delta(const char *text)
{
	return temp_dir_write("xml", text, strlen(text));
}

START_TEST(test_load_thin_delta)
{
	static const struct lscow_range expected[NR_MAX] = { { 0, VIEW_BYTES } };
	const char *path = write_thin_delta(
		THIN_DELTA("<different begin=\"0\" length=\"1\"/><same begin=\"1\" length=\"9\"/>"));

	unit_assert_ok("thin-delta", load("thin-delta", path), &err);
	assert_ranges("thin-delta", &feed.ranges, expected);
	ck_assert_uint_eq(feed.chunk_bytes, 65536);
	ck_assert(!feed.has_store_info);
}
END_TEST

START_TEST(test_load_thin_delta_of_another_volume)
{
	const char *path = write_thin_delta(
		THIN_DELTA("<left_only begin=\"0\" length=\"2\"/>"));
	char message[LSCOW_MESSAGE_BYTES];
	size_t nr_files = temp_dir_count_open_files();

	snprintf(message, sizeof(message), "%s: block 1 lies beyond the 1 blocks of view", path);
	unit_assert_error("volume", load("thin-delta", path), &err, LSCOW_E_UNKNOWABLE,
			  message);
	ck_assert_ptr_null(feed.ranges.vector.items);
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_files);
}
END_TEST

START_TEST(test_load_thin_delta_cut_short)
{
	const char *path = write_thin_delta("<superblock data_block_size=\"128\">");
	char message[LSCOW_MESSAGE_BYTES];

	snprintf(message, sizeof(message),
		 "%s: line 1: not the XML of thin_delta, or cut short: no element found", path);
	unit_assert_error("cut", load("thin-delta", path), &err, LSCOW_E_UNKNOWABLE, message);
}
END_TEST

static TCase *make_text_tests(void)
{
	TCase *tcase = tcase_create("text");

	tcase_add_test(tcase, test_format_names);
	tcase_add_loop_test(tcase, test_parse, 0, (int)UNIT_COUNT(specs));
	tcase_add_loop_test(tcase, test_good_text, 0, (int)UNIT_COUNT(good_texts));
	tcase_add_loop_test(tcase, test_bad_text, 0, (int)UNIT_COUNT(bad_texts));
	tcase_add_test(tcase, test_longest_line);
	tcase_add_loop_test(tcase, test_nth_read_fails, 1, 4);
	return tcase;
}

static TCase *make_load_tests(void)
{
	TCase *tcase = tcase_create("load");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_load_ranges);
	tcase_add_test(tcase, test_load_ranges_of_standard_input);
	tcase_add_test(tcase, test_load_ranges_of_a_pipe);
	tcase_add_test(tcase, test_load_ranges_fails);
	tcase_add_test(tcase, test_load_store);
	tcase_add_test(tcase, test_load_store_of_another_origin);
	tcase_add_test(tcase, test_load_store_that_is_none);
	tcase_add_test(tcase, test_load_thin_delta);
	tcase_add_test(tcase, test_load_thin_delta_of_another_volume);
	tcase_add_test(tcase, test_load_thin_delta_cut_short);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("feed");

	suite_add_tcase(suite, make_text_tests());
	suite_add_tcase(suite, make_load_tests());
	return unit_run(suite);
}
