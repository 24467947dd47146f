/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The feed "ranges": a text file with one changed range of bytes a line. */

#include "source/ranges-text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/units.h"

/* How much of a bad line a message shows. */
#define SHOWN_BYTES 60

struct text_line {
	char bytes[LSCOW_RANGES_TEXT_LINE_BYTES]; /* may hold NULs, has no end */
	size_t length_bytes;
	uint64_t number; /* from 1 */
};

/* What is left of a line while it is parsed. */
struct text_cursor {
	const char *next;
	const char *end;
};

static int error_line(const char *name, const struct text_line *line,
		      const char *expected, struct lscow_error *err)
{
	char shown[SHOWN_BYTES + 1];
	size_t nr = (size_t)lscow_min_u64(line->length_bytes, SHOWN_BYTES);

	/* The message stays one printable line whatever the file holds. */
	for (size_t i = 0; i < nr; i++)
		shown[i] = line->bytes[i] >= ' ' && line->bytes[i] <= '~' ?
			   line->bytes[i] : '?';
	shown[nr] = '\0';
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: line %" PRIu64 ": found \"%s\"%s, expected %s", name,
			       line->number, shown, nr < line->length_bytes ? "..." : "",
			       expected);
}

/* Returns 0 for a line, 1 at the end of the file, or a code. */
static int read_line(FILE *stream, const char *name, struct text_line *line,
		     struct lscow_error *err)
{
	int c;

	line->number++;
	line->length_bytes = 0;
	while ((c = getc_unlocked(stream)) != EOF && c != '\n') {
		if (line->length_bytes == sizeof(line->bytes))
			return error_line(name, line, "a line of at most 4096 bytes", err);
		line->bytes[line->length_bytes++] = (char)c;
	}

	if (c == EOF && ferror(stream))
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot read: %m", name);
	if (c == EOF && line->length_bytes > 0)
		return error_line(name, line, "a newline at its end: the file may be cut short",
				  err);
	return c == EOF;
}

static void skip_blanks(struct text_cursor *cursor)
{
	while (cursor->next < cursor->end && (*cursor->next == ' ' || *cursor->next == '\t'))
		cursor->next++;
}

/* The value of a digit, or one that no base has. */
static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 16;
}

/* False where there is no number, or one above 2^64 - 1. */
static bool parse_number(struct text_cursor *cursor, uint64_t *number)
{
	unsigned int base = 10;
	const char *first;

	if (cursor->end - cursor->next >= 2 && cursor->next[0] == '0' &&
	    (cursor->next[1] == 'x' || cursor->next[1] == 'X')) {
		base = 16;
		cursor->next += 2;
	}

	first = cursor->next;
	*number = 0;
	while (cursor->next < cursor->end && digit_value(*cursor->next) < base) {
		if (!lscow_multiply_u64(*number, base, number) ||
		    !lscow_add_u64(*number, digit_value(*cursor->next), number))
			return false;
		cursor->next++;
	}
	return cursor->next > first;
}

/* "OFFSET LENGTH" and nothing else; the cursor stands on the first of them. */
static bool parse_range(struct text_cursor *cursor, struct lscow_range *range)
{
	const char *gap;

	if (!parse_number(cursor, &range->offset_bytes))
		return false;
	gap = cursor->next;
	skip_blanks(cursor);
	if (cursor->next == gap || !parse_number(cursor, &range->length_bytes))
		return false;
	skip_blanks(cursor);
	return cursor->next == cursor->end;
}

static int add_line(const char *name, const struct text_line *line, uint64_t limit_bytes,
		    struct lscow_ranges *ranges, struct lscow_error *err)
{
	struct text_cursor cursor = { line->bytes, line->bytes + line->length_bytes };
	struct lscow_range range;

	skip_blanks(&cursor);
	if (cursor.next == cursor.end || *cursor.next == '#')
		return 0;
	if (!parse_range(&cursor, &range))
		return error_line(name, line, "OFFSET LENGTH in bytes", err);
	if (range.length_bytes == 0)
		return error_line(name, line, "a LENGTH of at least 1 byte", err);
	if (range.offset_bytes > limit_bytes ||
	    range.length_bytes > limit_bytes - range.offset_bytes)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: line %" PRIu64 ": range of %" PRIu64 " bytes at %"
				       PRIu64 " ends beyond the views' %" PRIu64 " bytes",
				       name, line->number, range.length_bytes,
				       range.offset_bytes, limit_bytes);
	return lscow_ranges_add(ranges, range.offset_bytes, range.length_bytes, err);
}

int lscow_ranges_text_read(FILE *stream, const char *name, uint64_t limit_bytes,
			   struct lscow_ranges *ranges, struct lscow_error *err)
{
	struct text_line line = { .number = 0 };
	int ret;

	while ((ret = read_line(stream, name, &line, err)) == 0) {
		ret = add_line(name, &line, limit_bytes, ranges, err);
		if (ret)
			return ret;
	}
	return ret < 0 ? ret : 0;
}
