/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What only LVM knows of its volumes: when they were made, and from what. */

#include "source/lvm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/child.h"

/* What lvs prints, until it is taken apart. */
#define OUTPUT_BYTES_MAX ((size_t)16 << 20)

/*
 * Copies up to the next comma, which it skips; false where there is none. The
 * names of hidden volumes, such as a snapshot that is being merged, stand in
 * brackets.
 */
static bool take_field(const char **at, char *field)
{
	const char *start = *at + (**at == '[');
	size_t nr = strcspn(start, ",]");
	const char *end = start + nr + (start[nr] == ']');

	if (*end != ',' || nr >= LSCOW_DM_NAME_BYTES)
		return false;
	memcpy(field, start, nr);
	field[nr] = '\0';
	*at = end + 1;
	return true;
}

bool lscow_lvm_volume_decode(const char *line, struct lscow_lvm_volume *volume)
{
	char vg[LSCOW_DM_NAME_BYTES];
	char lv[LSCOW_DM_NAME_BYTES];
	char origin[LSCOW_DM_NAME_BYTES];
	const char *at = line + strspn(line, " ");

	if (!take_field(&at, vg) || !take_field(&at, lv) || !take_field(&at, origin) ||
	    vg[0] == '\0' || lv[0] == '\0')
		return false;
	*volume = (struct lscow_lvm_volume){ .created = strtoll(at, NULL, 10) };
	snprintf(volume->name, sizeof(volume->name), "%s/%s", vg, lv);
	if (origin[0] != '\0')
		snprintf(volume->origin, sizeof(volume->origin), "%s/%s", vg, origin);
	return true;
}

static int take_output(void *data, const void *bytes, size_t nr_bytes,
		       struct lscow_error *err)
{
	FILE *stream = data;

	if ((size_t)ftell(stream) + nr_bytes > OUTPUT_BYTES_MAX ||
	    fwrite(bytes, 1, nr_bytes, stream) != nr_bytes)
		return lscow_error_no_memory(err, "lvs");
	return 0;
}

/* cron has no /sbin in its PATH, so that is not asked. */
static const char *find_program(void)
{
	static const char *const paths[] = {
		"/usr/sbin/lvs", "/sbin/lvs", "/usr/bin/lvs", "/bin/lvs",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

/* What it prints is worth something only where it ends well. */
static bool run_lvs(FILE *stream)
{
	const char *const argv[] = {
		find_program(), "--all", "--noheadings", "--separator", ",", "--config",
		"report { time_format = \"%s\" }",
		"-o", "vg_name,lv_name,origin,lv_time", NULL,
	};
	const struct lscow_child child = {
		.argv = argv,
		.kept_fd = -1,
		.interrupt_fd = -1,
		.sink = take_output,
		.sink_data = stream,
	};

	return argv[0] && lscow_child_run(&child, NULL) == 0;
}

static int add_volumes(char *text, struct lscow_vector *volumes, struct lscow_error *err)
{
	struct lscow_lvm_volume volume;
	char *line;
	int ret = 0;

	while (!ret && (line = strsep(&text, "\n")) != NULL)
		if (lscow_lvm_volume_decode(line, &volume))
			ret = lscow_vector_push(volumes, &volume, err);
	return ret;
}

int lscow_lvm_load(struct lscow_vector *volumes, struct lscow_error *err)
{
	char *text = NULL;
	size_t nr_bytes;
	FILE *stream = open_memstream(&text, &nr_bytes);
	bool is_read;
	int ret = 0;

	if (!stream)
		return lscow_error_no_memory(err, "lvs");
	is_read = run_lvs(stream);
	if (fclose(stream) != 0)
		ret = lscow_error_no_memory(err, "lvs");
	else if (is_read)
		ret = add_volumes(text, volumes, err);
	free(text);
	return ret;
}

const struct lscow_lvm_volume *lscow_lvm_find(const struct lscow_vector *volumes,
					      const char *name)
{
	const struct lscow_lvm_volume *items = LSCOW_ITEMS(volumes, struct lscow_lvm_volume);

	for (size_t i = 0; i < volumes->nr; i++)
		if (strcmp(items[i].name, name) == 0)
			return &items[i];
	return NULL;
}
