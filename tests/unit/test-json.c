/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of cli/json.c and cli/base64.c: lines of JSON and names in them. */

#include "base64.h"
#include "json.h"
#include "support/unit.h"

/* An input that json_header_new can ask. */
struct lscow_input {
	const char *form;
	uint64_t chunk_bytes;
	uint64_t offset_bytes;
};

uint64_t lscow_input_get_offset_bytes(const struct lscow_input *input)
{
	return input->offset_bytes;
}

const char *lscow_input_get_form(const struct lscow_input *input)
{
	return input->form;
}

uint64_t lscow_input_get_chunk_bytes(const struct lscow_input *input)
{
	return input->chunk_bytes;
}

/* Writes and frees the object; failed as for json_write_line. */
static void check_line(json_t *object, int failed, const char *expected)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(json_write_line(stream, object, failed), 0);
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_str_eq(text, expected);
	free(text);
}

struct name_row {
	const char *name;
	const char *line;
};

static const struct name_row name_rows[] = {
	{ .name = "a b", .line = "{\"type\":\"t\",\"path\":\"a b\"}\n" },
	{ .name = "", .line = "{\"type\":\"t\",\"path\":\"\"}\n" },
	{ .name = "\"\\/", .line = "{\"type\":\"t\",\"path\":\"\\\"\\\\/\"}\n" },
	{ .name = "\n\t\x1b\x7f",
	  .line = "{\"type\":\"t\",\"path\":\"\\n\\t\\u001B\x7f\"}\n" },
	{ .name = "\xc3\xa9", .line = "{\"type\":\"t\",\"path\":\"\\u00E9\"}\n" },
	{ .name = "\xf0\x9f\x98\x80",
	  .line = "{\"type\":\"t\",\"path\":\"\\uD83D\\uDE00\"}\n" },
	{ .name = "\xff", .line = "{\"type\":\"t\",\"path_b64\":\"/w==\"}\n" },
	{ .name = "ok\xed\xa0\x80", .line = "{\"type\":\"t\",\"path_b64\":\"b2vtoIA=\"}\n" },
};

START_TEST(test_name)
{
	json_t *object = json_line_new("t");
	int failed = json_set_name(object, "path", name_rows[_i].name);

	check_line(object, failed, name_rows[_i].line);
}
END_TEST

START_TEST(test_names)
{
	static const char *const names[] = { "a", "\xff", "b", "\xfe" };
	json_t *object = json_line_new("t");
	int failed = json_set_names(object, "paths", names, 4);

	check_line(object, failed,
		   "{\"type\":\"t\",\"paths\":[\"a\",\"b\"],"
		   "\"paths_b64\":[\"/w==\",\"/g==\"]}\n");
	object = json_line_new("t");
	failed = json_set_names(object, "paths", NULL, 0);
	check_line(object, failed, "{\"type\":\"t\",\"paths\":[]}\n");
	ck_assert_int_ne(json_set_names(NULL, "paths", names, 4), 0);
}
END_TEST

START_TEST(test_values)
{
	json_t *object = json_line_new("t");
	int failed = 0;

	failed |= json_set_bool(object, "yes", true);
	failed |= json_set_bool(object, "no", false);
	failed |= json_set_number(object, "zero", 0);
	failed |= json_set_number(object, "most", INT64_MAX);
	failed |= json_set_number(object, "more", UINT64_MAX);
	failed |= json_set_message(object, "message", "x\xff\n");
	check_line(object, failed,
		   "{\"type\":\"t\",\"yes\":true,\"no\":false,\"zero\":0,"
		   "\"most\":9223372036854775807,\"more\":1.8446744073709552e19,"
		   "\"message\":\"x\\\\377\\\\n\"}\n");
}
END_TEST

START_TEST(test_ranges)
{
	static const struct lscow_range ranges[] = { { 0, 4096 }, { 8192, 1 } };
	json_t *object = json_line_new("t");
	int failed = json_set(object, "ranges", json_ranges_new(ranges, 2));

	failed |= json_set(object, "none", json_ranges_new(NULL, 0));
	check_line(object, failed,
		   "{\"type\":\"t\",\"ranges\":[[0,4096],[8192,1]],\"none\":[]}\n");
}
END_TEST

START_TEST(test_header)
{
	struct lscow_input_spec spec = { .origin_path = "/dev/vg/lv",
					 .cow_path = "s\xff",
					 .partition = 2 };
	struct lscow_input input = { .form = "origin-store", .chunk_bytes = 4096,
				     .offset_bytes = 512 };

	check_line(json_header_new(&spec, &input), 0,
		   "{\"type\":\"header\",\"schema\":1,\"form\":\"origin-store\","
		   "\"input\":{\"origin\":\"/dev/vg/lv\",\"cow_b64\":\"c/8=\","
		   "\"offset\":512,\"partition\":2},\"chunk_size\":4096}\n");
}
END_TEST

START_TEST(test_header_without_chunks)
{
	struct lscow_input_spec spec = { .old_path = "a", .new_path = "b",
					 .changes = "ranges:c" };
	struct lscow_input input = { .form = "feed" };

	check_line(json_header_new(&spec, &input), 0,
		   "{\"type\":\"header\",\"schema\":1,\"form\":\"feed\","
		   "\"input\":{\"old\":\"a\",\"new\":\"b\",\"changes\":\"ranges:c\","
		   "\"offset\":0},\"chunk_size\":null}\n");
}
END_TEST

START_TEST(test_failures)
{
	/* What NULL members leave behind when memory ran out. */
	ck_assert_int_ne(json_set(json_null(), "key", NULL), 0);
	ck_assert_int_ne(json_set_number(NULL, "key", 1), 0);
	ck_assert_int_ne(json_set_name(NULL, "key", "\xff"), 0);
	ck_assert_int_eq(json_write_line(stderr, NULL, 0), 1);
	ck_assert_int_eq(json_write_line(stderr, json_line_new("t"), -1), 1);
}
END_TEST

struct base64_row {
	const char *text;
	const char *encoded;
};

/* RFC 4648, section 10, and all bits set. */
static const struct base64_row base64_rows[] = {
	{ .text = "", .encoded = "" },
	{ .text = "f", .encoded = "Zg==" },
	{ .text = "fo", .encoded = "Zm8=" },
	{ .text = "foo", .encoded = "Zm9v" },
	{ .text = "foob", .encoded = "Zm9vYg==" },
	{ .text = "fooba", .encoded = "Zm9vYmE=" },
	{ .text = "foobar", .encoded = "Zm9vYmFy" },
	{ .text = "\xff\xff\xff\xfb\xe0", .encoded = "////++A=" },
};

START_TEST(test_base64)
{
	const struct base64_row *row = &base64_rows[_i];
	char *encoded = base64_encode(row->text, strlen(row->text));

	ck_assert_pstr_eq(encoded, row->encoded);
	free(encoded);
}
END_TEST

static Suite *json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *tcase = tcase_create("json");

	tcase_add_loop_test(tcase, test_name, 0,
			    UNIT_COUNT(name_rows));
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_values);
	tcase_add_test(tcase, test_ranges);
	tcase_add_test(tcase, test_header);
	tcase_add_test(tcase, test_header_without_chunks);
	tcase_add_test(tcase, test_failures);
	tcase_add_loop_test(tcase, test_base64, 0,
			    UNIT_COUNT(base64_rows));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(json_suite());
}
