/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names whatever else lies on a device, through libblkid. */

#ifndef LSCOW_EXTFS_IDENTIFY_H
#define LSCOW_EXTFS_IDENTIFY_H

#include "device/device.h"

/*
 * Always fails, with LSCOW_E_UNKNOWABLE and a message that names what libblkid
 * sees on the device (or that there is nothing), or with an I/O error.
 */
int lscow_identify_other(struct lscow_device *device, struct lscow_error *err);

#endif
