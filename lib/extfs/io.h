/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A libext2fs io_manager over any device stack. */

#ifndef LSCOW_EXTFS_IO_H
#define LSCOW_EXTFS_IO_H

#include <ext2fs/ext2fs.h>

#include "device/device.h"

/* Links a libext2fs channel to a device; lives as long as the channel. */
struct lscow_extfs_io {
	struct lscow_device *device;
	struct lscow_error error; /* of the last read that failed */
	uint64_t *read_bytes;     /* what libext2fs reads is added to it */
};

/* Bytes that hold the text of lscow_extfs_io_options(). */
#define LSCOW_EXTFS_IO_OPTIONS_BYTES 64

/* Writes the io_options that tie the next ext2fs_open2() to io. */
void lscow_extfs_io_options(struct lscow_extfs_io *io, char *options,
			    size_t options_bytes);

io_manager lscow_extfs_io_manager(void);

#endif
