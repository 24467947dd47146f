/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Who uses a block device: mounts, devices on top of it, writes. */

#ifndef LSCOW_SOURCE_IN_USE_H
#define LSCOW_SOURCE_IN_USE_H

#include <sys/types.h>

#include "base/vector.h"

enum lscow_mount_mode {
	LSCOW_NOT_MOUNTED,
	LSCOW_MOUNTED_READ_ONLY,
	LSCOW_MOUNTED_READ_WRITE,
};

struct lscow_mount {
	enum lscow_mount_mode mode;
	char place[256]; /* where; octal escapes are left as they are */
};

/*
 * Finds a device in the text of /proc/self/mountinfo (proc_pid_mountinfo(5)).
 * The filesystem counts, not the mount: a read-only bind mount of one that is
 * mounted read-write is read-write.
 */
void lscow_mount_find(const char *mountinfo, dev_t dev, struct lscow_mount *mount);
/* The text of /proc/self/mountinfo, to be freed. */
int lscow_mountinfo_load(char **mountinfo, struct lscow_error *err);

/* The name of a device on top of another, as in /sys/block. */
struct lscow_holder {
	char name[256];
	dev_t dev;
};
/* Fills holders, a vector of struct lscow_holder; none where sysfs is absent. */
int lscow_holders_load(dev_t dev, struct lscow_vector *holders, struct lscow_error *err);

/*
 * Adds to devices, a vector of dev_t, all that is made of the block devices that are
 * there already: their partitions, and what device-mapper and the like make of them.
 */
int lscow_devices_above(struct lscow_vector *devices, struct lscow_error *err);
/* Adds to devices, a vector of dev_t, the loop devices of a file. */
int lscow_loops_load(dev_t file_dev, ino_t file_ino, struct lscow_vector *devices,
		     struct lscow_error *err);

/*
 * Decodes how many writes and discards were done, from a line of
 * Documentation/block/stat.rst; 0 where it is not one.
 */
uint64_t lscow_writes_decode(const char *line);
/* The same of a device; 0 where sysfs is absent. */
uint64_t lscow_writes_load(dev_t dev);

#endif
