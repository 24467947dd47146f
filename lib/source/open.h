/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Opening the device or the image that somebody named. */

#ifndef LSCOW_SOURCE_OPEN_H
#define LSCOW_SOURCE_OPEN_H

#include "device/device.h"

/*
 * Opens a file, or a block device with O_DIRECT and a cache: the page cache of a
 * device that device-mapper holds open keeps what was read from it long ago, and
 * what is written through another node of the same volume does not go through it.
 */
int lscow_open_device(const char *path, struct lscow_device **device,
		      struct lscow_error *err);
/* Puts the cache before a device of lscow_file_device_open() that needs one. */
int lscow_open_cache(struct lscow_device **device, struct lscow_error *err);

/*
 * Refuses (LSCOW_E_UNKNOWABLE) a block device that is mounted read-write, or of
 * which something is that is made of it, as a partition is, and a file of which a
 * loop device is. NULL, and what is neither, passes.
 */
int lscow_open_check_not_mounted(const struct lscow_device *device,
				 struct lscow_error *err);

#endif
