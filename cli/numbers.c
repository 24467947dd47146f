/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Numbers and ranges of numbers, from the command line and from standard input. */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "numbers.h"
#include "parse.h"

/* Two numbers of 64 bits, a hyphen and a NUL, and some leading zeros. */
enum { WORD_BYTES = 64 };

/* The word that is being read. */
struct word {
	char text[WORD_BYTES];
	size_t length;
};

static int push(struct numbers *numbers, const struct lscow_numbers *item)
{
	if (numbers->nr == numbers->capacity) {
		size_t capacity = numbers->capacity ? numbers->capacity * 2 : 64;
		struct lscow_numbers *items =
			reallocarray(numbers->items, capacity, sizeof(*items));

		if (!items)
			return message_no_memory();
		numbers->items = items;
		numbers->capacity = capacity;
	}
	numbers->items[numbers->nr++] = *item;
	return EXIT_DONE;
}

int numbers_add(struct numbers *numbers, const char *text)
{
	struct lscow_numbers item;
	const char *wrong = parse_numbers(text, &item);

	if (wrong)
		return message_error(EXIT_USAGE, "'%s' %s", text, wrong);
	if (numbers->nr == LSCOW_OWNER_MOST_BLOCKS)
		return message_error(EXIT_USAGE, "more than %" PRIu32 " numbers, expected "
				     "fewer", LSCOW_OWNER_MOST_BLOCKS);
	return push(numbers, &item);
}

static int take_word(struct numbers *numbers, struct word *word, uint64_t line)
{
	struct lscow_numbers item;
	const char *wrong;

	if (word->length == 0)
		return EXIT_DONE;
	word->text[word->length] = '\0';
	word->length = 0;
	wrong = parse_numbers(word->text, &item);
	if (wrong)
		return message_error(EXIT_USAGE, "standard input: line %" PRIu64 ": '%s' %s",
				     line, word->text, wrong);
	return numbers_add(numbers, word->text);
}

static int take_byte(struct word *word, int byte, uint64_t line)
{
	if (byte == '\0')
		return message_error(EXIT_USAGE, "standard input: line %" PRIu64 ": found a NUL "
				     "byte, expected numbers", line);
	if (word->length == WORD_BYTES - 1)
		return message_error(EXIT_USAGE, "standard input: line %" PRIu64 ": a word of "
				     "more than %d bytes, expected a number", line,
				     WORD_BYTES - 1);
	word->text[word->length++] = (char)byte;
	return EXIT_DONE;
}

static int check_end(FILE *stream, bool in_line, uint64_t line)
{
	if (ferror(stream))
		return message_error(EXIT_FAILED, "cannot read standard input: %s",
				     strerror(errno));
	if (in_line)
		return message_error(EXIT_USAGE, "standard input: line %" PRIu64 " has no end, "
				     "expected a newline: cut short", line);
	return EXIT_DONE;
}

int numbers_read(struct numbers *numbers, FILE *stream)
{
	struct word word = { .length = 0 };
	uint64_t line = 1;
	bool in_line = false, in_comment = false;
	int code = EXIT_DONE;
	int byte;

	while (code == EXIT_DONE && (byte = getc(stream)) != EOF) {
		in_line = byte != '\n';
		in_comment = (in_comment || byte == '#') && in_line;
		if (in_comment || strchr(" \t\n", byte ? byte : '0'))
			code = take_word(numbers, &word, line);
		else
			code = take_byte(&word, byte, line);
		line += byte == '\n';
	}
	return code != EXIT_DONE ? code : check_end(stream, in_line, line);
}

void numbers_free(struct numbers *numbers)
{
	free(numbers->items);
	*numbers = (struct numbers){ 0 };
}
