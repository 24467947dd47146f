/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Who uses a block device: mounts, devices on top of it, writes. */

#include "source/in-use.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* Fields of a line of mountinfo, from 0. */
#define MOUNT_FIELD_DEVICE 2
#define MOUNT_FIELD_PLACE 4
/* Fields of /sys/block/X/stat, from 0. */
#define STAT_FIELD_WRITES 4
#define STAT_FIELD_DISCARDS 11
/* "/sys/dev/block/MAJOR:MINOR/holders" and the like. */
#define SYS_PATH_BYTES 96

static const char *skip_fields(const char *at, unsigned int nr_fields)
{
	while (nr_fields-- > 0) {
		at += strcspn(at, " \n");
		at += strspn(at, " ");
	}
	return at;
}

/* What follows " - TYPE SOURCE " are the options of the filesystem, rw or ro first. */
static bool is_read_write(const char *line, size_t line_bytes)
{
	const char *dash = memmem(line, line_bytes, " - ", 3);
	const char *options = dash ? skip_fields(dash + 3, 2) : "rw";

	return strncmp(options, "ro", 2) != 0 || (options[2] != ',' && options[2] != '\n' &&
						  options[2] != '\0');
}

static bool is_line_of(const char *line, dev_t dev)
{
	char number[32];
	int nr = snprintf(number, sizeof(number), "%u:%u ", major(dev), minor(dev));

	return strncmp(skip_fields(line, MOUNT_FIELD_DEVICE), number, (size_t)nr) == 0;
}

void lscow_mount_find(const char *mountinfo, dev_t dev, struct lscow_mount *mount)
{
	const char *line = mountinfo;

	*mount = (struct lscow_mount){ .mode = LSCOW_NOT_MOUNTED };
	while (*line != '\0') {
		size_t line_bytes = strcspn(line, "\n");

		if (is_line_of(line, dev)) {
			const char *place = skip_fields(line, MOUNT_FIELD_PLACE);

			mount->mode = is_read_write(line, line_bytes) ?
				LSCOW_MOUNTED_READ_WRITE : LSCOW_MOUNTED_READ_ONLY;
			snprintf(mount->place, sizeof(mount->place), "%.*s",
				 (int)strcspn(place, " \n"), place);
			return;
		}
		line += line_bytes + (line[line_bytes] == '\n');
	}
}

int lscow_mountinfo_load(char **mountinfo, struct lscow_error *err)
{
	static const char path[] = "/proc/self/mountinfo";
	FILE *stream = fopen(path, "re");
	size_t nr_bytes = 0;
	char *text = NULL;

	if (!stream)
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot open: %m", path);
	/* It holds no NUL: all of it is read. */
	errno = 0;
	if (getdelim(&text, &nr_bytes, '\0', stream) < 0) {
		free(text);
		fclose(stream);
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot read: %m", path);
	}
	fclose(stream);
	*mountinfo = text;
	return 0;
}

static void format_sys_path(char *path, dev_t dev, const char *file)
{
	snprintf(path, SYS_PATH_BYTES, "/sys/dev/block/%u:%u/%s", major(dev), minor(dev),
		 file);
}

/* The first line of a small file; false where there is none. */
static bool read_line(const char *path, char *line, int line_bytes)
{
	FILE *stream = fopen(path, "re");
	bool is_read;

	if (!stream)
		return false;
	is_read = fgets(line, line_bytes, stream) != NULL;
	fclose(stream);
	return is_read;
}

static int add_holder(const char *name, struct lscow_vector *holders,
		      struct lscow_error *err)
{
	struct lscow_holder holder = { .dev = 0 };
	char path[320];
	char line[32];
	unsigned int major_number, minor_number;

	snprintf(holder.name, sizeof(holder.name), "%s", name);
	snprintf(path, sizeof(path), "/sys/class/block/%s/dev", name);
	if (read_line(path, line, sizeof(line)) &&
	    sscanf(line, "%u:%u", &major_number, &minor_number) == 2)
		holder.dev = makedev(major_number, minor_number);
	return lscow_vector_push(holders, &holder, err);
}

int lscow_holders_load(dev_t dev, struct lscow_vector *holders, struct lscow_error *err)
{
	char path[SYS_PATH_BYTES];
	struct dirent *entry;
	DIR *directory;
	int ret = 0;

	format_sys_path(path, dev, "holders");
	directory = opendir(path);
	while (directory && !ret && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			ret = add_holder(entry->d_name, holders, err);
	if (directory)
		closedir(directory);
	return ret;
}

uint64_t lscow_writes_decode(const char *line)
{
	const char *fields = line + strspn(line, " ");

	/* Kernels before 4.19 have no discards there: the field is empty, thus 0. */
	return strtoull(skip_fields(fields, STAT_FIELD_WRITES), NULL, 10) +
	       strtoull(skip_fields(fields, STAT_FIELD_DISCARDS), NULL, 10);
}

uint64_t lscow_writes_load(dev_t dev)
{
	char path[SYS_PATH_BYTES];
	char line[512];

	format_sys_path(path, dev, "stat");
	return read_line(path, line, sizeof(line)) ? lscow_writes_decode(line) : 0;
}
