/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Inodes that a group's descriptor says were never used. */

#ifndef LSCOW_EXTFS_UNUSED_H
#define LSCOW_EXTFS_UNUSED_H

#include "extfs/bitmap.h"

/*
 * Damage where an inode that lies behind those in use of its group looks like one
 * in use, or where the inode bitmap (borrowed) says that it is. raw holds its
 * bytes, and is written to and restored meanwhile. Bytes of before mkfs, in a
 * table that was not zeroed yet, are let through.
 */
int lscow_unused_check(struct lscow_extfs *fs, struct lscow_bitmap *bitmap, uint32_t ino,
		       uint8_t *raw, struct lscow_error *err);

#endif
