/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The device or image that lscow_owner_run() looks into, opened. */

#ifndef LSCOW_OWNER_IMAGE_H
#define LSCOW_OWNER_IMAGE_H

#include "source/place.h"

struct lscow_image {
	struct lscow_device *device;
	struct lscow_place_search *search;
	struct lscow_sandbox *sandbox; /* borrowed, or NULL */
};

/* As lscow_open_check_not_mounted() for the device. */
int lscow_image_check_not_mounted(const struct lscow_image *image, struct lscow_error *err);

#endif
