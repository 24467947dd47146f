/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Lines of JSON: the parts that the commands share. */

#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "escape.h"
#include "json.h"
#include "message.h"
#include "utf8.h"

/* Raised when a consumer that knows the old lines could misread the new ones. */
enum { SCHEMA = 1 };

json_t *json_line_new(const char *type)
{
	json_t *object = json_object();

	if (!object || json_set_string(object, "type", type) == 0)
		return object;
	json_decref(object);
	return NULL;
}

int json_set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

int json_set_string(json_t *object, const char *key, const char *text)
{
	return json_set(object, key, json_string(text));
}

int json_set_bool(json_t *object, const char *key, bool value)
{
	return json_set(object, key, json_boolean(value));
}

static json_t *number_new(uint64_t value)
{
	return value <= INT64_MAX ? json_integer((json_int_t)value) :
				    json_real((double)value);
}

int json_set_number(json_t *object, const char *key, uint64_t value)
{
	return json_set(object, key, number_new(value));
}

int json_set_name(json_t *object, const char *key, const char *name)
{
	char other_key[32];
	char *text;
	int failed;

	if (utf8_is_valid(name))
		return json_set_string(object, key, name);
	text = base64_encode(name, strlen(name));
	if (!text)
		return -1;
	snprintf(other_key, sizeof(other_key), "%s_b64", key);
	failed = json_set_string(object, other_key, text);
	free(text);
	return failed;
}

/* Appends a new string to a list, which is made if need be; other than 0: no memory. */
static int append_string(json_t **list, const char *text)
{
	if (!*list)
		*list = json_array();
	return text ? json_array_append_new(*list, json_string(text)) : -1;
}

int json_set_names(json_t *object, const char *key, const char *const *names,
		   size_t nr_names)
{
	char other_key[32];
	json_t *list = json_array();
	json_t *other_list = NULL;
	int failed = 0;

	for (size_t i = 0; i < nr_names; i++) {
		char *text = NULL;

		if (utf8_is_valid(names[i])) {
			failed |= append_string(&list, names[i]);
			continue;
		}
		text = base64_encode(names[i], strlen(names[i]));
		failed |= append_string(&other_list, text);
		free(text);
	}
	snprintf(other_key, sizeof(other_key), "%s_b64", key);
	failed |= json_set(object, key, list);
	if (other_list)
		failed |= json_set(object, other_key, other_list);
	return failed;
}

int json_set_message(json_t *object, const char *key, const char *message)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	int failed = -1;

	if (!stream)
		return -1;
	escape_write_message(stream, message);
	if (fclose(stream) == 0)
		failed = json_set_string(object, key, text);
	free(text);
	return failed;
}

static json_t *range_new(const struct lscow_range *range)
{
	json_t *pair = json_array();

	if (pair && json_array_append_new(pair, number_new(range->offset_bytes)) == 0 &&
	    json_array_append_new(pair, number_new(range->length_bytes)) == 0)
		return pair;
	json_decref(pair);
	return NULL;
}

json_t *json_ranges_new(const struct lscow_range *ranges, size_t nr_ranges)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < nr_ranges; i++)
		if (json_array_append_new(list, range_new(&ranges[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

int json_set_place(json_t *object, uint32_t partition, uint64_t offset_bytes)
{
	int failed = json_set_number(object, "offset", offset_bytes);

	if (partition != 0)
		failed |= json_set_number(object, "partition", partition);
	return failed;
}

/* What the user gave to compare, word for word, and where that places it. */
static json_t *input_new(const struct lscow_input_spec *spec, uint64_t offset_bytes)
{
	const struct {
		const char *key;
		const char *value;
	} members[] = {
		{ "snapshot", spec->snapshot },	 { "newer", spec->newer },
		{ "origin", spec->origin_path }, { "cow", spec->cow_path },
		{ "old", spec->old_path },	 { "new", spec->new_path },
		{ "changes", spec->changes },
	};
	json_t *object = json_object();
	int failed = 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (members[i].value)
			failed |= json_set_name(object, members[i].key,
						members[i].value);
	failed |= json_set_place(object, spec->partition, offset_bytes);
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *json_schema_new(void)
{
	json_t *header = json_line_new("header");

	if (!header || json_set_number(header, "schema", SCHEMA) == 0)
		return header;
	json_decref(header);
	return NULL;
}

json_t *json_header_new(const struct lscow_input_spec *spec,
			const struct lscow_input *input)
{
	uint64_t chunk_bytes = lscow_input_get_chunk_bytes(input);
	json_t *header = json_schema_new();
	int failed = 0;

	failed |= json_set_string(header, "form", lscow_input_get_form(input));
	failed |= json_set(header, "input",
			   input_new(spec, lscow_input_get_offset_bytes(input)));
	if (chunk_bytes != 0)
		failed |= json_set_number(header, "chunk_size", chunk_bytes);
	else
		failed |= json_set(header, "chunk_size", json_null());
	if (failed == 0)
		return header;
	json_decref(header);
	return NULL;
}

/* 8-4-4-4-12 hexadecimal digits. */
static void format_uuid(const uint8_t uuid[16], char text[37])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*text++ = '-';
		*text++ = digits[uuid[i] >> 4];
		*text++ = digits[uuid[i] & 15];
	}
	*text = '\0';
}

json_t *json_filesystem_new(const struct lscow_filesystem *filesystem)
{
	json_t *object = json_object();
	char uuid[37];
	int failed = 0;

	format_uuid(filesystem->uuid, uuid);
	failed |= json_set_string(object, "uuid", uuid);
	failed |= json_set_name(object, "label", filesystem->label);
	failed |= json_set_number(object, "block_size", filesystem->block_bytes);
	failed |= json_set_number(object, "blocks", filesystem->nr_blocks);
	failed |= json_set_number(object, "inode_size", filesystem->inode_bytes);
	failed |= json_set_number(object, "inodes", filesystem->nr_inodes);
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *json_blocks_new(const uint64_t nr_blocks[LSCOW_NR_BLOCK_CLASSES], uint64_t total)
{
	json_t *object = json_object();
	int failed = 0;

	for (int i = 0; i < LSCOW_NR_BLOCK_CLASSES; i++) {
		enum lscow_block_class class = (enum lscow_block_class)i;

		failed |= json_set_number(object, lscow_block_class_name(class),
					  nr_blocks[i]);
	}
	failed |= json_set_number(object, "total", total);
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

int json_write_line(FILE *stream, json_t *object, int failed)
{
	/* ASCII alone: names may steer a terminal, and the locale is unknown. */
	size_t flags = JSON_COMPACT | JSON_ENSURE_ASCII;

	if (!object || failed != 0 || json_dumpf(object, stream, flags) != 0) {
		json_decref(object);
		return message_no_memory();
	}
	fputc('\n', stream);
	json_decref(object);
	return EXIT_DONE;
}
