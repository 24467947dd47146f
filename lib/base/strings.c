/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A pool of strings that are freed together. */

#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define FIRST_PART_BYTES 1024
#define MOST_PART_BYTES (256 * 1024)

/* Strings fill a part from its end down. */
struct lscow_strings_part {
	struct lscow_strings_part *previous;
	char bytes[];
};

static int add_part(struct lscow_strings *strings, size_t nr_bytes,
		    struct lscow_error *err)
{
	struct lscow_strings_part *part;
	size_t part_bytes = lscow_max_u64(strings->next_part_bytes, FIRST_PART_BYTES);

	strings->next_part_bytes = lscow_min_u64(part_bytes * 2, MOST_PART_BYTES);
	part_bytes = lscow_max_u64(part_bytes, nr_bytes);
	part = malloc(sizeof(*part) + part_bytes);
	if (!part)
		return lscow_error_no_memory(err, "names");
	part->previous = strings->last;
	strings->last = part;
	strings->nr_free_bytes = part_bytes;
	return 0;
}

static int reserve(struct lscow_strings *strings, size_t nr_bytes, char **place,
		   struct lscow_error *err)
{
	int rc;

	if (!strings->last || strings->nr_free_bytes < nr_bytes) {
		rc = add_part(strings, nr_bytes, err);
		if (rc != 0)
			return rc;
	}
	strings->nr_free_bytes -= nr_bytes;
	*place = strings->last->bytes + strings->nr_free_bytes;
	return 0;
}

int lscow_strings_add(struct lscow_strings *strings, const void *bytes, size_t nr_bytes,
		      const char **copy, struct lscow_error *err)
{
	char *place;
	int rc = reserve(strings, nr_bytes + 1, &place, err);

	if (rc != 0)
		return rc;
	memcpy(place, bytes, nr_bytes);
	place[nr_bytes] = '\0';
	*copy = place;
	return 0;
}

int lscow_strings_add_path(struct lscow_strings *strings, const char *directory,
			   const char *name, const char **path, struct lscow_error *err)
{
	size_t directory_bytes = strlen(directory);
	size_t name_bytes = strlen(name);
	char *place;
	int rc;

	if (strcmp(directory, ".") == 0)
		return lscow_strings_add(strings, name, name_bytes, path, err);
	rc = reserve(strings, directory_bytes + 1 + name_bytes + 1, &place, err);
	if (rc != 0)
		return rc;
	memcpy(place, directory, directory_bytes);
	place[directory_bytes] = '/';
	memcpy(place + directory_bytes + 1, name, name_bytes + 1);
	*path = place;
	return 0;
}

void lscow_strings_free(struct lscow_strings *strings)
{
	while (strings->last) {
		struct lscow_strings_part *previous = strings->last->previous;

		free(strings->last);
		strings->last = previous;
	}
	*strings = LSCOW_STRINGS;
}
