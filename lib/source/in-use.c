/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Who uses a block device: mounts, devices on top of it, writes. */

#include "source/in-use.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* The number of a device of a name in /sys/class/block; 0 where there is none. */
static dev_t load_number(const char *name)
{
	unsigned int major_number, minor_number;
	char path[320];
	char line[32];

	snprintf(path, sizeof(path), "/sys/class/block/%s/dev", name);
	if (!read_line(path, line, sizeof(line)) ||
	    sscanf(line, "%u:%u", &major_number, &minor_number) != 2)
		return 0;
	return makedev(major_number, minor_number);
}

static int add_holder(const char *name, struct lscow_vector *holders,
		      struct lscow_error *err)
{
	struct lscow_holder holder = { .dev = load_number(name) };

	snprintf(holder.name, sizeof(holder.name), "%s", name);
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

static int add_device(dev_t dev, struct lscow_vector *devices, struct lscow_error *err)
{
	for (size_t i = 0; i < devices->nr; i++)
		if (LSCOW_ITEMS(devices, dev_t)[i] == dev)
			return 0;
	return lscow_vector_push(devices, &dev, err);
}

/* Partitions stand below their disk, and have a number. */
static int add_partitions(dev_t dev, struct lscow_vector *devices, struct lscow_error *err)
{
	char path[SYS_PATH_BYTES], below[SYS_PATH_BYTES + 300], line[32];
	struct dirent *entry;
	DIR *directory;
	int ret = 0;

	format_sys_path(path, dev, "");
	directory = opendir(path);
	while (directory && !ret && (entry = readdir(directory)) != NULL) {
		snprintf(below, sizeof(below), "%s%s/partition", path, entry->d_name);
		if (entry->d_name[0] != '.' && read_line(below, line, sizeof(line)))
			ret = add_device(load_number(entry->d_name), devices, err);
	}
	if (directory)
		closedir(directory);
	return ret;
}

static int add_holders(dev_t dev, struct lscow_vector *devices, struct lscow_error *err)
{
	struct lscow_vector holders = LSCOW_VECTOR(struct lscow_holder);
	int ret = lscow_holders_load(dev, &holders, err);

	for (size_t i = 0; !ret && i < holders.nr; i++)
		ret = add_device(LSCOW_ITEMS(&holders, struct lscow_holder)[i].dev, devices,
				 err);
	lscow_vector_free(&holders);
	return ret;
}

/* Each device is looked at once, also those that were added on the way. */
int lscow_devices_above(struct lscow_vector *devices, struct lscow_error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < devices->nr; i++) {
		dev_t dev = LSCOW_ITEMS(devices, dev_t)[i];

		ret = add_holders(dev, devices, err);
		if (!ret)
			ret = add_partitions(dev, devices, err);
	}
	return ret;
}

/* Where the path in sysfs leads to another file by now, the answer is no. */
static bool is_loop_of(const char *name, dev_t file_dev, ino_t file_ino)
{
	char line[PATH_MAX + 1], path[320];
	struct stat status;

	snprintf(path, sizeof(path), "/sys/class/block/%s/loop/backing_file", name);
	if (!read_line(path, line, sizeof(line)))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return stat(line, &status) == 0 && status.st_dev == file_dev &&
	       status.st_ino == file_ino;
}

int lscow_loops_load(dev_t file_dev, ino_t file_ino, struct lscow_vector *devices,
		     struct lscow_error *err)
{
	DIR *directory = opendir("/sys/class/block");
	struct dirent *entry;
	int ret = 0;

	while (directory && !ret && (entry = readdir(directory)) != NULL) {
		dev_t dev;

		if (strncmp(entry->d_name, "loop", 4) != 0 ||
		    !is_loop_of(entry->d_name, file_dev, file_ino))
			continue;
		dev = load_number(entry->d_name);
		ret = lscow_vector_push(devices, &dev, err);
	}
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
