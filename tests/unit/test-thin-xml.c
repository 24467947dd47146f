/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The XML of thin_delta: as the tool prints it, cut short, and hostile. */

#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "source/thin-xml.h"
#include "support/ranges.h"
#include "support/temp-dir.h"

#define NR_MAX 4
#define BLOCK 65536u

static struct lscow_ranges ranges;
static struct lscow_thin_delta delta;
static struct lscow_error err;

/* Hands the text over in pieces of nr_piece_bytes. */
static int read_pieces(const char *text, size_t nr_bytes, size_t nr_piece_bytes)
{
	struct lscow_thin_xml *xml;
	int ret = lscow_thin_xml_new("feed", &ranges, &xml, &err);

	for (size_t at = 0; at < nr_bytes && !ret; at += nr_piece_bytes)
		ret = lscow_thin_xml_feed(xml, text + at,
					  nr_bytes - at < nr_piece_bytes ? nr_bytes - at :
									   nr_piece_bytes,
					  &err);
	if (!ret)
		ret = lscow_thin_xml_finish(xml, &delta, &err);
	lscow_thin_xml_free(xml);
	return ret;
}

static int read_text(const char *text)
{
	return read_pieces(text, strlen(text), SIZE_MAX);
}

static void setup(void)
{
	ranges = LSCOW_RANGES;
	memset(&delta, 0, sizeof(delta));
}

static void teardown(void)
{
	lscow_ranges_free(&ranges);
}

static void assert_ranges(const char *label, const struct lscow_range *expected)
{
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(&ranges, &nr);

	unit_assert_ranges(label, items, nr, expected, NR_MAX);
}

/* ---- what the tool prints ---------------------------------------------- */

/* Of 0.9.0; 1.1.0 prints the same without the newline at the end. */
#define PLAIN                                                                       \
	"<superblock uuid=\"\" time=\"2\" transaction=\"3\" data_block_size=\"128\" "  \
	"nr_data_blocks=\"1024\">\n"                                                  \
	"  <diff left=\"2\" right=\"1\">\n"                                           \
	"    <same begin=\"0\" length=\"10\"/>\n"                                     \
	"    <different begin=\"10\" length=\"1\"/>\n"                                \
	"    <same begin=\"11\" length=\"5\"/>\n"                                     \
	"    <left_only begin=\"20\" length=\"2\"/>\n"                                \
	"    <right_only begin=\"30\" length=\"4\"/>\n"                               \
	"  </diff>\n"                                                                 \
	"</superblock>"

/* The same volumes with --verbose. */
#define VERBOSE                                                                      \
	"<superblock uuid=\"\" time=\"2\" transaction=\"3\" data_block_size=\"128\" "  \
	"nr_data_blocks=\"1024\">\n"                                                  \
	"  <diff left=\"2\" right=\"1\">\n"                                           \
	"    <same>\n"                                                                \
	"      <range begin=\"0\" data_begin=\"0\" length=\"10\"/>\n"                 \
	"    </same>\n"                                                               \
	"    <different>\n"                                                           \
	"      <range begin=\"10\" left_data_begin=\"10\" right_data_begin=\"40\" "   \
	"length=\"1\"/>\n"                                                            \
	"    </different>\n"                                                          \
	"    <same>\n"                                                                \
	"      <range begin=\"11\" data_begin=\"11\" length=\"5\"/>\n"                \
	"    </same>\n"                                                               \
	"    <left_only>\n"                                                           \
	"      <range begin=\"20\" data_begin=\"50\" length=\"2\"/>\n"                \
	"    </left_only>\n"                                                          \
	"    <right_only>\n"                                                          \
	"      <range begin=\"30\" data_begin=\"60\" length=\"4\"/>\n"                \
	"    </right_only>\n"                                                         \
	"  </diff>\n"                                                                 \
	"</superblock>\n"

/* Of 0.9.0 with --metadata-snap, on a pool in use. */
#define EQUAL                                                                        \
	"<superblock uuid=\"\" time=\"2\" transaction=\"3\" data_block_size=\"128\" "  \
	"nr_data_blocks=\"1024\" metadata_snap=\"9\">\n"                              \
	"  <diff left=\"2\" right=\"3\">\n"                                           \
	"    <same begin=\"0\" length=\"16\"/>\n"                                     \
	"    <same begin=\"20\" length=\"2\"/>\n"                                     \
	"  </diff>\n"                                                                 \
	"</superblock>\n"

#define CHANGED { { 10 * BLOCK, BLOCK }, { 20 * BLOCK, 2 * BLOCK }, { 30 * BLOCK, 4 * BLOCK } }
#define SUPER(blocks) "<superblock data_block_size=\"128\">" blocks "</superblock>"
#define DIFF(blocks) SUPER("<diff left=\"1\" right=\"2\">" blocks "</diff>")
#define SAME_LINE(name, begin, length) "<" name " begin=\"" begin "\" length=\"" length "\"/>"

static const struct {
	const char *label;
	const char *text;
	struct lscow_range expected[NR_MAX];
} good_texts[] = {
	{ .label = "0.9.0", .text = PLAIN "\n", .expected = CHANGED },
	{ .label = "1.1.0", .text = PLAIN, .expected = CHANGED },
	{ .label = "verbose", .text = VERBOSE, .expected = CHANGED },
	{ .label = "equal volumes", .text = EQUAL },
	{ .label = "empty volumes", .text = DIFF("") },
	{ .label = "declaration and comment",
	  .text = "<?xml version=\"1.0\"?><!-- x -->" DIFF(SAME_LINE("different", "0", "1")),
	  .expected = { { 0, BLOCK } } },
	{ .label = "spaces",
	  .text = DIFF("\t<different\n begin = \"7\" length\t=\r\n'1' />"),
	  .expected = { { 7 * BLOCK, BLOCK } } },
	{ .label = "neighbours of two kinds",
	  .text = DIFF(SAME_LINE("different", "1", "1") SAME_LINE("right_only", "2", "1")),
	  .expected = { { BLOCK, 2 * BLOCK } } },
	{ .label = "several ranges of a kind",
	  .text = DIFF("<different><range begin=\"1\" length=\"1\"/>"
		       "<range begin=\"3\" length=\"1\"/></different>"),
	  .expected = { { BLOCK, BLOCK }, { 3 * BLOCK, BLOCK } } },
	{ .label = "digits as character references",
	  .text = DIFF("<different begin=\"&#49;\" length=\"1\"/>"),
	  .expected = { { BLOCK, BLOCK } } },
	{ .label = "last block below 2^64",
	  .text = DIFF(SAME_LINE("different", "281474976710654", "1")),
	  .expected = { { 281474976710654 * (uint64_t)BLOCK, BLOCK } } },
	{ .label = "largest blocks",
	  .text = "<superblock data_block_size=\"2097152\"><diff>"
		  SAME_LINE("left_only", "2", "1") "</diff></superblock>",
	  .expected = { { 2147483648, 1073741824 } } },
};

START_TEST(test_good_text)
{
	const char *text = good_texts[_i].text;

	unit_assert_ok(good_texts[_i].label, read_text(text), &err);
	assert_ranges(good_texts[_i].label, good_texts[_i].expected);
}
END_TEST

START_TEST(test_good_text_byte_by_byte)
{
	const char *text = good_texts[_i].text;

	unit_assert_ok(good_texts[_i].label, read_pieces(text, strlen(text), 1), &err);
	assert_ranges(good_texts[_i].label, good_texts[_i].expected);
}
END_TEST

START_TEST(test_delta)
{
	unit_assert_ok("plain", read_text(PLAIN), &err);
	ck_assert_uint_eq(delta.block_bytes, BLOCK);
	ck_assert(delta.has_ids);
	ck_assert_uint_eq(delta.left_id, 2);
	ck_assert_uint_eq(delta.right_id, 1);

	unit_assert_ok("roots", read_text(SUPER("<diff left_root=\"7\" right_root=\"8\"/>")),
		       &err);
	ck_assert(!delta.has_ids);
}
END_TEST

/* ---- what it never prints ------------------------------------------------ */

#define FEED_LINE_1 "feed: line 1: "
#define CUT FEED_LINE_1 "not the XML of thin_delta, or cut short: "
#define NUMBER ", expected a decimal number below 2^64"
#define BILLION_LAUGHS                                                               \
	"<!DOCTYPE s [<!ENTITY a \"1\"><!ENTITY b \"&a;&a;\"><!ENTITY c \"&b;&b;\">]>" \
	DIFF("<different begin=\"&c;\" length=\"1\"/>")

static const struct {
	const char *label;
	const char *text;
	const char *message;
} bad_texts[] = {
	{ "nothing", "", CUT "no element found" },
	{ "no XML", "Unable to find mapping tree\n", CUT "syntax error" },
	{ "end of superblock is missing", "<superblock data_block_size=\"128\"><diff></diff>",
	  CUT "no element found" },
	{ "end of diff is missing", "<superblock data_block_size=\"128\"><diff>",
	  CUT "no element found" },
	{ "cut in a tag", "<superblock data_block_size=\"128\"><diff><differ",
	  CUT "unclosed token" },
	{ "wrong end", "<superblock data_block_size=\"128\"></diff>", CUT "mismatched tag" },
	{ "two documents", DIFF("") DIFF(""), CUT "junk after document element" },
	{ "attribute twice", "<superblock data_block_size=\"128\" data_block_size=\"256\"/>",
	  CUT "duplicate attribute" },
	{ "another tool's", "<blocks></blocks>",
	  FEED_LINE_1 "found \"blocks\", expected <superblock>, which thin_delta begins with" },
	{ "no diff", SUPER(""),
	  FEED_LINE_1 "found \"superblock\", expected <diff> before the end of <superblock>" },
	{ "thin_dump's", SUPER("<device dev_id=\"1\"/>"),
	  FEED_LINE_1 "found \"device\", expected <diff>" },
	{ "two diffs", SUPER("<diff/><diff/>"),
	  FEED_LINE_1 "found \"diff\", expected no element here" },
	{ "unknown kind", DIFF(SAME_LINE("moved", "1", "1")),
	  FEED_LINE_1 "found \"moved\", expected <same>, <different>, <left_only> or "
	  "<right_only>" },
	{ "element in blocks", DIFF("<same begin=\"1\" length=\"1\"><same/></same>"),
	  FEED_LINE_1 "found \"same\", expected no element here" },
	{ "element in a range",
	  DIFF("<same><range begin=\"1\" length=\"1\"><range/></range></same>"),
	  FEED_LINE_1 "found \"range\", expected no element here" },
	{ "no range", DIFF("<same><block/></same>"),
	  FEED_LINE_1 "found \"block\", expected <range>" },
	{ "text", DIFF("x"), FEED_LINE_1 "found \"x\", expected no text between the elements" },
	{ "text after a line", DIFF("\n\001"),
	  "feed: line 2: not the XML of thin_delta, or cut short: not well-formed (invalid "
	  "token)" },
	{ "CDATA", DIFF("<![CDATA[1]]>"),
	  FEED_LINE_1 "found \"1\", expected no text between the elements" },

	{ "no block size", "<superblock><diff/></superblock>",
	  FEED_LINE_1 "found <superblock> without \"data_block_size\"" },
	{ "block size 0", "<superblock data_block_size=\"0\"/>",
	  FEED_LINE_1 "found \"0\", expected a block size from 128 to 2097152 sectors, a "
	  "multiple of 128" },
	{ "odd block size", "<superblock data_block_size=\"129\"/>",
	  FEED_LINE_1 "found \"129\", expected a block size from 128 to 2097152 sectors, a "
	  "multiple of 128" },
	{ "large block size", "<superblock data_block_size=\"2097280\"/>",
	  FEED_LINE_1 "found \"2097280\", expected a block size from 128 to 2097152 sectors, "
	  "a multiple of 128" },
	{ "no begin", DIFF("<same length=\"1\"/>"),
	  FEED_LINE_1 "found <same> without \"begin\"" },
	{ "no length", DIFF("<same begin=\"1\"/>"),
	  FEED_LINE_1 "found <same> without \"length\"" },
	{ "no attributes, no range", DIFF("<different/>"),
	  FEED_LINE_1 "found \"different\", expected <range>, or begin and length" },
	{ "range without begin", DIFF("<same><range length=\"1\"/></same>"),
	  FEED_LINE_1 "found <range> without \"begin\"" },
	{ "empty number", DIFF(SAME_LINE("same", "", "1")), FEED_LINE_1 "found \"\"" NUMBER },
	{ "minus", DIFF(SAME_LINE("same", "-1", "1")), FEED_LINE_1 "found \"-1\"" NUMBER },
	{ "plus", DIFF(SAME_LINE("same", "+1", "1")), FEED_LINE_1 "found \"+1\"" NUMBER },
	{ "space in the value", DIFF(SAME_LINE("same", " 1", "1")),
	  FEED_LINE_1 "found \" 1\"" NUMBER },
	{ "hexadecimal", DIFF(SAME_LINE("same", "0x1", "1")),
	  FEED_LINE_1 "found \"0x1\"" NUMBER },
	{ "2^64", DIFF(SAME_LINE("same", "18446744073709551616", "1")),
	  FEED_LINE_1 "found \"18446744073709551616\"" NUMBER },
	{ "bad id", SUPER("<diff left=\"x\" right=\"2\"/>"), FEED_LINE_1 "found \"x\"" NUMBER },
	{ "what a terminal would obey", DIFF(SAME_LINE("same", "\xc2\x9b" "2J", "1")),
	  FEED_LINE_1 "found \"??2J\"" NUMBER },
	{ "longer than is shown",
	  DIFF(SAME_LINE("same", "123456789012345678901234567890123", "1")),
	  FEED_LINE_1 "found \"12345678901234567890123456789012\"..." NUMBER },
	{ "no blocks", DIFF(SAME_LINE("same", "1", "0")),
	  FEED_LINE_1 "found \"0\", expected a length of at least 1 block" },
	{ "same block twice", DIFF(SAME_LINE("same", "1", "2") SAME_LINE("different", "2", "1")),
	  FEED_LINE_1 "found \"2\", expected blocks in rising order, each of them once" },
	{ "falling order", DIFF(SAME_LINE("same", "5", "1") SAME_LINE("same", "2", "1")),
	  FEED_LINE_1 "found \"2\", expected blocks in rising order, each of them once" },
	{ "sum overflows", DIFF(SAME_LINE("same", "1", "18446744073709551615")),
	  FEED_LINE_1 "found \"18446744073709551615\", expected blocks that end below 2^64 "
	  "bytes" },
	{ "bytes overflow", DIFF(SAME_LINE("different", "281474976710655", "1")),
	  FEED_LINE_1 "found \"1\", expected blocks that end below 2^64 bytes" },

	{ "document type", "<!DOCTYPE superblock>" DIFF(""),
	  FEED_LINE_1 "found \"superblock\", expected no document type" },
	{ "entities", BILLION_LAUGHS, FEED_LINE_1 "found \"s\", expected no document type" },
	{ "undeclared entity", DIFF("&x;"), CUT "undefined entity" },
	{ "external document type", "<!DOCTYPE s SYSTEM \"/etc/passwd\">" DIFF(""),
	  FEED_LINE_1 "found \"s\", expected no document type" },
	{ "unknown encoding", "<?xml version=\"1.0\" encoding=\"x\"?>" DIFF(""),
	  CUT "unknown encoding" },
};

START_TEST(test_bad_text)
{
	unit_assert_error(bad_texts[_i].label, read_text(bad_texts[_i].text), &err,
			  LSCOW_E_UNKNOWABLE, bad_texts[_i].message);
}
END_TEST

START_TEST(test_bad_text_byte_by_byte)
{
	const char *text = bad_texts[_i].text;
	int ret = read_pieces(text, strlen(text), 1);

	unit_assert_error(bad_texts[_i].label, ret, &err, LSCOW_E_UNKNOWABLE,
			  bad_texts[_i].message);
}
END_TEST

/* The text without its last n bytes is never taken for a whole one. */
START_TEST(test_cut_text)
{
	for (size_t nr = 0; nr < strlen(PLAIN); nr++)
		ck_assert_msg(read_pieces(PLAIN, nr, SIZE_MAX) == LSCOW_E_UNKNOWABLE,
			      "%zu bytes were enough", nr);
}
END_TEST

START_TEST(test_nul)
{
	static const char text[] = "<superblock data_block_size=\"128\">\0<diff/></superblock>";

	ck_assert_int_eq(read_pieces(text, sizeof(text) - 1, SIZE_MAX), LSCOW_E_UNKNOWABLE);
}
END_TEST

/* Hands over head, and then filler until it is refused; tells after how much. */
static size_t read_endless(const char *head, char filler)
{
	struct lscow_thin_xml *xml;
	size_t nr_bytes = 0;
	char piece[4096];
	int ret;

	memset(piece, filler, sizeof(piece));
	unit_assert_ok("new", lscow_thin_xml_new("feed", &ranges, &xml, &err), &err);
	ret = lscow_thin_xml_feed(xml, head, strlen(head), &err);
	while (!ret && nr_bytes < 64 * 1024 * 1024) {
		ret = lscow_thin_xml_feed(xml, piece, sizeof(piece), &err);
		nr_bytes += sizeof(piece);
	}
	lscow_thin_xml_free(xml);
	ck_assert_int_eq(ret, LSCOW_E_UNKNOWABLE);
	return nr_bytes;
}

START_TEST(test_endless)
{
	static const char *const heads[] = {
		"<superblock data_block_size=\"", "<superblock ", "<", "<!--", "<?x ",
	};

	for (size_t i = 0; i < UNIT_COUNT(heads); i++)
		ck_assert_msg(read_endless(heads[i], 'a') < 2 * 1024 * 1024,
			      "\"%s\" may go on for long", heads[i]);
}
END_TEST

START_TEST(test_deep)
{
	ck_assert_uint_eq(read_endless("<superblock data_block_size=\"128\"><diff>"
				       "<same><range begin=\"1\" length=\"1\">", '<'),
			  4096);
}
END_TEST

/* White space is none of what is kept. */
START_TEST(test_long_text)
{
	static char text[4 * 1024 * 1024];
	const char *head = "<superblock data_block_size=\"128\">";
	const char *tail = "<diff/></superblock>";

	memset(text, '\n', sizeof(text));
	memcpy(text, head, strlen(head));
	memcpy(text + sizeof(text) - strlen(tail), tail, strlen(tail));
	unit_assert_ok("long", read_pieces(text, sizeof(text), SIZE_MAX), &err);
}
END_TEST

/* ---- from files --------------------------------------------------------- */

static int load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	ck_assert_int_ge(fd, 0);
	ret = lscow_thin_xml_load(fd, path, &ranges, &delta, &err);
	close(fd);
	return ret;
}

START_TEST(test_load)
{
	static const struct lscow_range expected[NR_MAX] = CHANGED;

	temp_dir_make();
	unit_assert_ok("file", load(temp_dir_write("a", PLAIN, strlen(PLAIN))), &err);
	assert_ranges("file", expected);
	temp_dir_remove();
}
END_TEST

START_TEST(test_load_fails)
{
	char message[LSCOW_MESSAGE_BYTES];
	const char *path;

	temp_dir_make();
	path = temp_dir_path("");
	snprintf(message, sizeof(message), "%s: cannot read: Is a directory", path);
	unit_assert_error("folder", load(path), &err, LSCOW_E_FAILED, message);
	temp_dir_remove();
}
END_TEST

static TCase *make_text_tests(void)
{
	TCase *tcase = tcase_create("text");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good_text, 0, (int)UNIT_COUNT(good_texts));
	tcase_add_loop_test(tcase, test_good_text_byte_by_byte, 0,
			    (int)UNIT_COUNT(good_texts));
	tcase_add_test(tcase, test_delta);
	tcase_add_loop_test(tcase, test_bad_text, 0, (int)UNIT_COUNT(bad_texts));
	tcase_add_loop_test(tcase, test_bad_text_byte_by_byte, 0, (int)UNIT_COUNT(bad_texts));
	tcase_add_test(tcase, test_cut_text);
	tcase_add_test(tcase, test_nul);
	tcase_add_test(tcase, test_endless);
	tcase_add_test(tcase, test_deep);
	tcase_add_test(tcase, test_long_text);
	return tcase;
}

static TCase *make_load_tests(void)
{
	TCase *tcase = tcase_create("load");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_load);
	tcase_add_test(tcase, test_load_fails);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("thin-xml");

	suite_add_tcase(suite, make_text_tests());
	suite_add_tcase(suite, make_load_tests());
	return unit_run(suite);
}
