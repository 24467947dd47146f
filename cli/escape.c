/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names and messages for terminals, as ls --quoting-style=escape shows them. */

#include <stdint.h>
#include <string.h>

#include "escape.h"
#include "utf8.h"

static bool is_printable(uint32_t code_point)
{
	if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0))
		return false;
	if (code_point == 0x200e || code_point == 0x200f) /* direction marks */
		return false;
	if (code_point >= 0x2028 && code_point <= 0x202e) /* lines, directions */
		return false;
	if (code_point >= 0x2066 && code_point <= 0x2069) /* isolates */
		return false;
	return (code_point & 0xfffe) != 0xfffe; /* not a character */
}

/* Length of the printable character text begins with, 0 where it is not one. */
static size_t printable_length(const char *text)
{
	uint32_t code_point = 0;
	size_t length = utf8_decode(text, &code_point);

	return length != 0 && is_printable(code_point) ? length : 0;
}

/* How many bytes at the start of text are to be escaped together. */
static size_t unprintable_length(const char *text)
{
	uint32_t code_point;
	size_t length = utf8_decode(text, &code_point);

	return length != 0 ? length : 1;
}

static void write_byte(FILE *stream, unsigned char byte)
{
	static const char letters[] = "abtnvfr"; /* of the bytes 7 to 13 */

	if (byte >= 7 && byte <= 13)
		fprintf(stream, "\\%c", letters[byte - 7]);
	else
		fprintf(stream, "\\%03o", (unsigned int)byte);
}

/* Characters of also, which are printable, get a backslash before them. */
static void write_escaped(FILE *stream, const char *text, const char *also)
{
	while (*text) {
		size_t length = printable_length(text);

		if (length != 0) {
			if (strchr(also, *text))
				fputc('\\', stream);
			fwrite(text, 1, length, stream);
		} else {
			length = unprintable_length(text);
			for (size_t i = 0; i < length; i++)
				write_byte(stream, (unsigned char)text[i]);
		}
		text += length;
	}
}

bool escape_is_needed(const char *name)
{
	while (*name) {
		size_t length = printable_length(name);

		if (length == 0 || *name == '\\')
			return true;
		name += length;
	}
	return false;
}

void escape_write_name(FILE *stream, const char *name)
{
	if (escape_is_needed(name))
		escape_write_all(stream, name);
	else
		fputs(name, stream);
}

void escape_write_all(FILE *stream, const char *name)
{
	write_escaped(stream, name, " \\");
}

void escape_write_message(FILE *stream, const char *text)
{
	write_escaped(stream, text, "");
}
