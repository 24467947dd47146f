/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of cli/escape.c and cli/utf8.c: names and messages on terminals. */

#include <stdio.h>

#include "escape.h"
#include "support/unit.h"
#include "utf8.h"

/* What GNU ls 9.1 --quoting-style=escape prints in C.UTF-8, but for the last group. */
struct escape_row {
	const char *name;
	const char *in_status;  /* as escape_write_name has it */
	const char *in_full;    /* as escape_write_all has it */
	const char *in_message; /* as escape_write_message has it */
};

static const struct escape_row escape_rows[] = {
	{ .name = "plain", .in_status = "plain", .in_full = "plain",
	  .in_message = "plain" },
	{ .name = "", .in_status = "", .in_full = "", .in_message = "" },
	{ .name = "a b", .in_status = "a b", .in_full = "a\\ b", .in_message = "a b" },
	{ .name = "'\"?*$#;", .in_status = "'\"?*$#;", .in_full = "'\"?*$#;",
	  .in_message = "'\"?*$#;" },
	{ .name = "a\\b", .in_status = "a\\\\b", .in_full = "a\\\\b",
	  .in_message = "a\\b" },
	{ .name = "a b\\", .in_status = "a\\ b\\\\", .in_full = "a\\ b\\\\",
	  .in_message = "a b\\" },
	{ .name = "a\nb c", .in_status = "a\\nb\\ c", .in_full = "a\\nb\\ c",
	  .in_message = "a\\nb c" },
	{ .name = "\a\b\t\n\v\f\r", .in_status = "\\a\\b\\t\\n\\v\\f\\r",
	  .in_full = "\\a\\b\\t\\n\\v\\f\\r", .in_message = "\\a\\b\\t\\n\\v\\f\\r" },
	{ .name = "\x01\x1b\x7f", .in_status = "\\001\\033\\177",
	  .in_full = "\\001\\033\\177", .in_message = "\\001\\033\\177" },
	{ .name = "caf\xc3\xa9", .in_status = "caf\xc3\xa9", .in_full = "caf\xc3\xa9",
	  .in_message = "caf\xc3\xa9" },
	{ .name = "\xf0\x9f\x98\x80 \xc2\xa0", .in_status = "\xf0\x9f\x98\x80 \xc2\xa0",
	  .in_full = "\xf0\x9f\x98\x80\\ \xc2\xa0",
	  .in_message = "\xf0\x9f\x98\x80 \xc2\xa0" },
	{ .name = "a\xff" "b", .in_status = "a\\377b", .in_full = "a\\377b",
	  .in_message = "a\\377b" },
	{ .name = "\xc3", .in_status = "\\303", .in_full = "\\303",
	  .in_message = "\\303" },
	{ .name = "\xe2\x82" "A", .in_status = "\\342\\202A", .in_full = "\\342\\202A",
	  .in_message = "\\342\\202A" },
	{ .name = "\xc2\x9b[31m", .in_status = "\\302\\233[31m",
	  .in_full = "\\302\\233[31m", .in_message = "\\302\\233[31m" },
	{ .name = "\xed\xa0\x80", .in_status = "\\355\\240\\200",
	  .in_full = "\\355\\240\\200", .in_message = "\\355\\240\\200" },
	{ .name = "\xef\xbf\xbf", .in_status = "\\357\\277\\277",
	  .in_full = "\\357\\277\\277", .in_message = "\\357\\277\\277" },
	{ .name = "\xe2\x80\xa8", .in_status = "\\342\\200\\250",
	  .in_full = "\\342\\200\\250", .in_message = "\\342\\200\\250" },
	/* Marks that turn the direction of text, which ls leaves. */
	{ .name = "\xe2\x80\xae" "gpj.exe", .in_status = "\\342\\200\\256gpj.exe",
	  .in_full = "\\342\\200\\256gpj.exe", .in_message = "\\342\\200\\256gpj.exe" },
	{ .name = "\xe2\x81\xa6", .in_status = "\\342\\201\\246",
	  .in_full = "\\342\\201\\246", .in_message = "\\342\\201\\246" },
};

static void check_written(void (*write)(FILE *, const char *), const char *name,
			  const char *expected)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(stream);
	write(stream, name);
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(test_escape)
{
	const struct escape_row *row = &escape_rows[_i];

	check_written(escape_write_name, row->name, row->in_status);
	check_written(escape_write_all, row->name, row->in_full);
	check_written(escape_write_message, row->name, row->in_message);
	ck_assert_int_eq(escape_is_needed(row->name),
			 strcmp(row->name, row->in_status) != 0);
}
END_TEST

struct decode_row {
	const char *text;
	size_t length;
	uint32_t code_point;
};

static const struct decode_row decode_rows[] = {
	{ .text = "", .length = 0 },
	{ .text = "A", .length = 1, .code_point = 'A' },
	{ .text = "\x7f", .length = 1, .code_point = 0x7f },
	{ .text = "\x80", .length = 0 },
	{ .text = "\xc1\xbf", .length = 0 }, /* overlong */
	{ .text = "\xc2\x80", .length = 2, .code_point = 0x80 },
	{ .text = "\xdf\xbf", .length = 2, .code_point = 0x7ff },
	{ .text = "\xe0\x9f\xbf", .length = 0 }, /* overlong */
	{ .text = "\xe0\xa0\x80", .length = 3, .code_point = 0x800 },
	{ .text = "\xed\x9f\xbf", .length = 3, .code_point = 0xd7ff },
	{ .text = "\xed\xbf\xbf", .length = 0 }, /* a surrogate */
	{ .text = "\xef\xbf\xbd", .length = 3, .code_point = 0xfffd },
	{ .text = "\xf0\x8f\xbf\xbf", .length = 0 }, /* overlong */
	{ .text = "\xf0\x90\x80\x80", .length = 4, .code_point = 0x10000 },
	{ .text = "\xf4\x8f\xbf\xbf", .length = 4, .code_point = 0x10ffff },
	{ .text = "\xf4\x90\x80\x80", .length = 0 }, /* beyond Unicode */
	{ .text = "\xf8\x88\x80\x80\x80", .length = 0 },
	{ .text = "\xfe", .length = 0 },
	{ .text = "\xe2\x82", .length = 0 }, /* cut off */
	{ .text = "\xc3" "A", .length = 0 },
};

START_TEST(test_decode)
{
	const struct decode_row *row = &decode_rows[_i];
	uint32_t code_point = 0;

	ck_assert_uint_eq(utf8_decode(row->text, &code_point), row->length);
	ck_assert_uint_eq(code_point, row->code_point);
	ck_assert_int_eq(utf8_is_valid(row->text),
			 row->length != 0 || *row->text == '\0');
}
END_TEST

static Suite *escape_suite(void)
{
	Suite *suite = suite_create("escape");
	TCase *tcase = tcase_create("escape");

	tcase_add_loop_test(tcase, test_escape, 0,
			    UNIT_COUNT(escape_rows));
	tcase_add_loop_test(tcase, test_decode, 0,
			    UNIT_COUNT(decode_rows));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(escape_suite());
}
