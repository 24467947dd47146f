/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Compares the expected rows with those that lscow printed as JSON Lines. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRINTED_MAX 20

struct row {
	char *path;
	char *old_path; /* NULL when the row has none */
	const char *change;
	const char *kind;
	json_int_t inode;
	bool content;
	bool metadata;
	json_t *json; /* owns change and kind */
};

struct list {
	const char *file;
	struct row *rows; /* sorted by path bytes */
	size_t nr;
	size_t room;
	json_t *header;
	json_t *summary;
};

struct score {
	size_t missed;
	size_t extra;
	size_t wrong;
	size_t printed;
};

static int get_base64_digit(int c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

/* NULL when TEXT is not padded base64. */
static char *decode_base64(const char *text)
{
	size_t len = strlen(text);
	size_t data_len = strcspn(text, "=");
	char *out = calloc(1, len + 1);
	char *p = out;
	unsigned int bits = 0;
	int nr_bits = 0;
	bool good = out != NULL && len % 4 == 0 && len - data_len <= 2;

	for (size_t i = 0; good && i < data_len; i++) {
		int digit = get_base64_digit(text[i]);

		good = digit >= 0;
		bits = bits << 6 | (unsigned int)(digit & 63);
		nr_bits += 6;
		if (nr_bits >= 8) {
			nr_bits -= 8;
			*p++ = (char)(bits >> nr_bits & 0xff);
		}
	}
	if (good)
		return out;
	free(out);
	return NULL;
}

/* The name under KEY or, base64, under KEY_b64; NULL when there is neither. */
static char *read_path(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	char encoded_key[32];
	char *path;

	if (text != NULL)
		return strdup(text);
	snprintf(encoded_key, sizeof(encoded_key), "%s_b64", key);
	text = json_string_value(json_object_get(object, encoded_key));
	if (text == NULL)
		return NULL;
	path = decode_base64(text);
	if (path == NULL)
		errx(2, "bad base64: %s", text);
	return path;
}

static struct row *append(struct list *list)
{
	if (list->nr == list->room) {
		list->room = list->room > 0 ? 2 * list->room : 256;
		list->rows = realloc(list->rows, list->room * sizeof(*list->rows));
		if (list->rows == NULL)
			err(2, "memory");
	}
	return &list->rows[list->nr++];
}

static const char *need_text(const struct list *list, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text == NULL)
		errx(2, "%s: row %zu has no \"%s\"", list->file, list->nr, key);
	return text;
}

static bool need_bool(const struct list *list, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_boolean(value))
		errx(2, "%s: row %zu has no \"%s\"", list->file, list->nr, key);
	return json_is_true(value);
}

/* What came or went has nothing to be compared with, so these rows need not say what differs. */
static bool has_two_sides(const char *change)
{
	return strcmp(change, "added") != 0 && strcmp(change, "deleted") != 0;
}

static void read_row(struct list *list, json_t *object)
{
	struct row *row = append(list);

	*row = (struct row){.json = json_incref(object)};
	row->change = need_text(list, object, "change");
	row->kind = need_text(list, object, "kind");
	row->path = read_path(object, "path");
	row->old_path = read_path(object, "old_path");
	row->inode = json_integer_value(json_object_get(object, "inode"));
	if (row->path == NULL)
		errx(2, "%s: row %zu has no path", list->file, list->nr);
	if (has_two_sides(row->change)) {
		row->content = need_bool(list, object, "content");
		row->metadata = need_bool(list, object, "metadata");
	}
}

static void read_object(struct list *list, json_t *object)
{
	const char *type = json_string_value(json_object_get(object, "type"));

	if (list->summary != NULL)
		errx(2, "%s: a line after the summary", list->file);
	if (type == NULL || strcmp(type, "change") == 0)
		read_row(list, object);
	else if (strcmp(type, "header") == 0)
		list->header = json_incref(object);
	else if (strcmp(type, "summary") == 0)
		list->summary = json_incref(object);
	else
		errx(2, "%s: a line of type %s", list->file, type);
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->path, ((const struct row *)b)->path);
}

static void check_order(const struct list *list)
{
	for (size_t i = 1; i < list->nr; i++)
		if (compare_rows(&list->rows[i - 1], &list->rows[i]) > 0)
			errx(2, "%s: row %zu is not sorted by path bytes", list->file, i + 1);
}

static void load(struct list *list, const char *file)
{
	FILE *stream = fopen(file, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	if (stream == NULL)
		err(2, "%s", file);
	*list = (struct list){.file = file};
	while ((len = getline(&line, &room, stream)) > 0) {
		json_error_t error;
		json_t *object = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, &error);

		if (object == NULL)
			errx(2, "%s: row %zu: %s: %s", file, list->nr + 1, error.text, line);
		read_object(list, object);
		json_decref(object);
	}
	free(line);
	fclose(stream);
	if (list->summary == NULL)
		errx(2, "%s: no summary line", file);
	check_order(list);
}

static void unload(struct list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->rows[i].path);
		free(list->rows[i].old_path);
		json_decref(list->rows[i].json);
	}
	free(list->rows);
	json_decref(list->header);
	json_decref(list->summary);
}

static void print_row(const char *label, const struct row *row)
{
	char *text = json_dumps(row->json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER);

	printf("%-8s %s\n", label, text != NULL ? text : "?");
	free(text);
}

static void report(struct score *score, const char *label, const struct row *expected,
		   const struct row *actual)
{
	if (score->printed++ >= PRINTED_MAX)
		return;
	if (expected == NULL || actual == NULL) {
		print_row(label, expected != NULL ? expected : actual);
		return;
	}
	print_row(label, actual);
	print_row("  expected", expected);
}

static bool old_path_equals(const struct row *a, const struct row *b)
{
	if (a->old_path == NULL || b->old_path == NULL)
		return a->old_path == b->old_path;
	return strcmp(a->old_path, b->old_path) == 0;
}

static bool row_equals(const struct row *a, const struct row *b)
{
	return strcmp(a->change, b->change) == 0 && strcmp(a->kind, b->kind) == 0 &&
	       a->inode == b->inode && a->content == b->content && a->metadata == b->metadata &&
	       old_path_equals(a, b);
}

static void compare_lists(struct score *score, const struct list *expected,
			  const struct list *actual)
{
	size_t e = 0, a = 0;

	while (e < expected->nr || a < actual->nr) {
		const struct row *want = e < expected->nr ? &expected->rows[e] : NULL;
		const struct row *have = a < actual->nr ? &actual->rows[a] : NULL;
		int order = want == NULL ? 1 : have == NULL ? -1 : compare_rows(want, have);

		if (order < 0) {
			score->missed++;
			report(score, "missed", want, NULL);
		} else if (order > 0) {
			score->extra++;
			report(score, "extra", NULL, have);
		} else if (!row_equals(want, have)) {
			score->wrong++;
			report(score, "wrong", want, have);
		}
		e += order <= 0;
		a += order >= 0;
	}
}

/* Every class of changed blocks is counted, their sum is the total, and none is unknown. */
static bool tally_is_whole(const json_t *blocks)
{
	json_int_t sum = 0;
	const char *key;
	json_t *value;

	if (!json_is_object(blocks) || !json_is_integer(json_object_get(blocks, "total")))
		return false;
	json_object_foreach((json_t *)(uintptr_t)blocks, key, value) {
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return false;
		if (strcmp(key, "total") != 0)
			sum += json_integer_value(value);
	}
	return sum == json_integer_value(json_object_get(blocks, "total")) &&
	       json_integer_value(json_object_get(blocks, "unknown")) == 0 &&
	       json_object_get(blocks, "unknown") != NULL;
}

/* Returns the number of faults in what frames the rows. */
static size_t check_frame(const struct list *actual)
{
	size_t faults = 0;

	if (actual->header == NULL) {
		printf("no header line\n");
		faults++;
	}
	if (!json_is_true(json_object_get(actual->summary, "complete"))) {
		printf("the summary does not say that the list is complete\n");
		faults++;
	}
	if (!tally_is_whole(json_object_get(actual->summary, "blocks"))) {
		char *text = json_dumps(json_object_get(actual->summary, "blocks"), JSON_COMPACT);

		printf("the block tally does not add up or has unknown blocks: %s\n",
		       text != NULL ? text : "none");
		free(text);
		faults++;
	}
	return faults;
}

int main(int argc, char **argv)
{
	struct score score = {0};
	struct list expected, actual;

	if (argc != 3) {
		fprintf(stderr, "usage: compare EXPECTED ACTUAL\n");
		return 2;
	}
	load(&expected, argv[1]);
	load(&actual, argv[2]);
	compare_lists(&score, &expected, &actual);
	if (score.printed > PRINTED_MAX)
		printf("... and %zu more\n", score.printed - PRINTED_MAX);
	score.wrong += check_frame(&actual);
	printf("changes %zu missed %zu extra %zu wrong %zu\n", expected.nr, score.missed,
	       score.extra, score.wrong);
	unload(&expected);
	unload(&actual);
	return score.missed + score.extra + score.wrong == 0 ? 0 : 1;
}
