/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names of volumes as LVM and as the device-mapper have them. */

#ifndef LSCOW_SOURCE_DM_NAMES_H
#define LSCOW_SOURCE_DM_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* DM_NAME_LEN and DM_UUID_LEN of include/uapi/linux/dm-ioctl.h, with the NUL. */
#define LSCOW_DM_NAME_BYTES 128u
#define LSCOW_DM_UUID_BYTES 129u

/* A device-mapper name of LVM's, taken apart: "vg-lv-layer" with "--" for "-". */
struct lscow_lvm_name {
	char vg[LSCOW_DM_NAME_BYTES];
	char lv[LSCOW_DM_NAME_BYTES];
	char layer[LSCOW_DM_NAME_BYTES]; /* "real", "cow", "tpool", ... or empty */
};

/* False where the name is not of that form. */
bool lscow_lvm_name_split(const char *dm_name, struct lscow_lvm_name *split);
/*
 * The device-mapper name that stands for "vg/lv", "/dev/vg/lv",
 * "/dev/mapper/NAME" or "NAME". False where the argument is none of these, or
 * where the name is too long.
 */
bool lscow_dm_name_decode(const char *argument, char dm_name[LSCOW_DM_NAME_BYTES]);
/* Whether a uuid is that of a store which LVM made: "LVM-" + 64 + "-cow". */
bool lscow_lvm_uuid_is_store(const char *uuid);
/* Whether LVM made the device, so that its name can be taken apart. */
bool lscow_lvm_uuid_is_known(const char *uuid);

#endif
