/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Strict readers of what stands on the command line. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kind.h"
#include "parse.h"

/* Reads digits; *end is the first byte that is none. */
static const char *read_digits(const char *text, uint64_t *value, const char **end)
{
	uint64_t sum = 0;

	if (*text == '\0')
		return "is empty";
	if (*text == '-')
		return "is negative";
	if (*text < '0' || *text > '9')
		return "is not a number";
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(sum, (uint64_t)10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*text - '0'), &sum))
			return "is too large";
	*value = sum;
	*end = text;
	return NULL;
}

/* What a suffix multiplies by; 0 where there is no such suffix. */
static uint64_t suffix_bytes(const char *suffix)
{
	static const char letters[] = "KMG";
	const char *letter;

	if (*suffix == '\0')
		return 1;
	letter = strchr(letters, *suffix);
	if (!letter || suffix[1] != '\0')
		return 0;
	return (uint64_t)1 << (10 * (letter - letters + 1));
}

const char *parse_size(const char *text, uint64_t *bytes)
{
	const char *end;
	uint64_t number;
	uint64_t unit_bytes;
	const char *wrong = read_digits(text, &number, &end);

	if (wrong)
		return wrong;
	unit_bytes = suffix_bytes(end);
	if (unit_bytes == 0)
		return "is not a number of bytes (K, M or G may follow)";
	if (__builtin_mul_overflow(number, unit_bytes, &number))
		return "is too large";
	*bytes = number;
	return NULL;
}

const char *parse_partition(const char *text, uint32_t *partition)
{
	const char *end;
	uint64_t number;
	const char *wrong = read_digits(text, &number, &end);

	if (wrong)
		return wrong;
	if (*end != '\0')
		return "is not a number";
	if (number == 0)
		return "is not the number of a partition: they count from 1";
	if (number > UINT32_MAX)
		return "is too large";
	*partition = (uint32_t)number;
	return NULL;
}

const char *parse_numbers(const char *text, struct lscow_numbers *numbers)
{
	struct lscow_numbers read;
	const char *end;
	const char *wrong = read_digits(text, &read.first, &end);

	if (wrong)
		return wrong;
	read.last = read.first;
	if (*end == '-' && read_digits(end + 1, &read.last, &end))
		return "is not a range of numbers";
	if (*end != '\0')
		return "is not a number or a range of numbers";
	if (read.last < read.first)
		return "is a range whose last number is less than its first";
	*numbers = read;
	return NULL;
}

const char *parse_letters(const char *text)
{
	if (*text == '\0')
		return "is empty";
	if (text[strspn(text, KIND_LETTERS)] != '\0')
		return "holds a letter that is none of " KIND_LETTERS;
	return NULL;
}

static bool is_component(const char *start, size_t length, const char *name)
{
	return length == strlen(name) && memcmp(start, name, length) == 0;
}

/* Appends the components of text to path, which has room for all of it. */
static const char *append_components(const char *text, char *path)
{
	size_t used = 0;

	while (*text) {
		size_t length = strcspn(text, "/");

		if (is_component(text, length, ".."))
			return "holds '..'";
		if (length != 0 && !is_component(text, length, ".")) {
			if (used != 0)
				path[used++] = '/';
			memcpy(path + used, text, length);
			used += length;
		}
		text += length;
		text += *text == '/';
	}
	path[used] = '\0';
	return NULL;
}

const char *parse_inner_path(const char *text, char **path)
{
	const char *wrong;
	char *buffer;

	if (*text == '\0')
		return "is empty";
	buffer = malloc(strlen(text) + 1);
	wrong = buffer ? append_components(text, buffer) : NULL;
	if (wrong) {
		free(buffer);
		return wrong;
	}
	*path = buffer;
	return NULL;
}

int parse_word(const char *text, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	return -1;
}
