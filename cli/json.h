/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Lines of JSON: the parts that the commands share. */

#ifndef LSCOW_CLI_JSON_H
#define LSCOW_CLI_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "lscow.h"

/*
 * The json_set_ functions take a new member into object and return 0, or -1
 * when memory ran out; results can be ORed together.
 */

/* A new object with its "type"; NULL when memory ran out. */
json_t *json_line_new(const char *type);

int json_set_string(json_t *object, const char *key, const char *text);
int json_set_bool(json_t *object, const char *key, bool value);
/* Above 2^63 - 1 the number is written as a real. */
int json_set_number(json_t *object, const char *key, uint64_t value);
/* Takes over value, which may be NULL after a failure. */
int json_set(json_t *object, const char *key, json_t *value);

/* Bytes that are not UTF-8 stand as KEY_b64 in base64 instead. */
int json_set_name(json_t *object, const char *key, const char *name);

/* A list of names; those that are not UTF-8 stand in a list KEY_b64 instead. */
int json_set_names(json_t *object, const char *key, const char *const *names,
		   size_t nr_names);

/* A message, escaped as it is for people. */
int json_set_message(json_t *object, const char *key, const char *message);

/* "offset", and "partition" unless it is 0. */
int json_set_place(json_t *object, uint32_t partition, uint64_t offset_bytes);

/* A new array [[offset, length], ...]; NULL when memory ran out. */
json_t *json_ranges_new(const struct lscow_range *ranges, size_t nr_ranges);

/* A new header with the schema alone, or NULL. */
json_t *json_schema_new(void);

/* A new header: schema, form of the input, its paths and chunk size, or NULL. */
json_t *json_header_new(const struct lscow_input_spec *spec,
			const struct lscow_input *input);

/* A new object that describes a filesystem, or NULL. */
json_t *json_filesystem_new(const struct lscow_filesystem *filesystem);

/* A new object with the number of blocks of each class, and the total, or NULL. */
json_t *json_blocks_new(const uint64_t nr_blocks[LSCOW_NR_BLOCK_CLASSES], uint64_t total);

/*
 * Writes the object on a line of its own and frees it. failed is the sum of
 * what the setters returned. Returns 0, or EXIT_FAILED after a message.
 */
int json_write_line(FILE *stream, json_t *object, int failed);

#endif
