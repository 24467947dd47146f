/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The device or image that lscow_owner_run() looks into, opened. */

#include "owner/image.h"

#include <stdlib.h>

#include "sandbox/sandbox.h"
#include "source/open.h"

/* A lscow_task_fn. */
static int check_task(const void *data, struct lscow_error *err)
{
	const struct lscow_image *image = data;

	return lscow_open_check_not_mounted(image->device, err);
}

int lscow_image_open(const char *path, uint64_t offset_bytes, uint32_t partition,
		     struct lscow_sandbox *sandbox, struct lscow_image **out,
		     struct lscow_error *err)
{
	struct lscow_image *image;
	int rc = lscow_place_check(offset_bytes, partition, err);

	if (rc != 0)
		return rc;
	image = calloc(1, sizeof(*image));
	if (!image)
		return lscow_error_no_memory(err, path);
	image->sandbox = sandbox;
	rc = lscow_open_device(path, &image->device, err);
	if (rc == 0)
		rc = lscow_place_search_open(image->device, offset_bytes, partition,
					     &image->search, err);
	if (rc != 0) {
		lscow_image_close(image);
		return rc;
	}
	lscow_sandbox_add_task(sandbox, check_task, image);
	*out = image;
	return 0;
}

void lscow_image_close(struct lscow_image *image)
{
	if (!image)
		return;
	lscow_place_search_close(image->search);
	lscow_device_close(image->device);
	free(image);
}

int lscow_image_check_not_mounted(const struct lscow_image *image, struct lscow_error *err)
{
	return lscow_sandbox_run_task(image->sandbox, check_task, image, err);
}
