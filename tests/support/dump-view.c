/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Writes an origin as it was, overlay(ORIGIN, STORE), or an image with its journal replayed. */

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "device/device.h"
#include "extfs/extfs.h"
#include "source/store.h"

#define COPY_BYTES ((size_t)1 << 20)

static int copy(struct lscow_device *device, struct lscow_error *err)
{
	static unsigned char buffer[COPY_BYTES];
	uint64_t offset_bytes = 0;

	while (offset_bytes < device->size_bytes) {
		size_t length_bytes = (size_t)lscow_min_u64(COPY_BYTES,
							    device->size_bytes - offset_bytes);
		int ret = lscow_device_read(device, offset_bytes, buffer, length_bytes, err);

		if (ret)
			return ret;
		if (fwrite(buffer, 1, length_bytes, stdout) != length_bytes)
			return lscow_error_set(err, LSCOW_E_FAILED, "cannot write: %m");
		offset_bytes += length_bytes;
	}
	if (fflush(stdout))
		return lscow_error_set(err, LSCOW_E_FAILED, "cannot write: %m");
	return 0;
}

static int dump_overlay(struct lscow_device *origin, struct lscow_device *store_device,
			const struct lscow_store *store, struct lscow_error *err)
{
	struct lscow_device *overlay;
	int ret = lscow_store_check_origin(store, store_device, origin, err);

	if (!ret)
		ret = lscow_overlay_device_open(origin, store_device, store->info.chunk_bytes,
						LSCOW_ITEMS(&store->exceptions,
							    struct lscow_exception),
						store->exceptions.nr, &overlay, err);
	if (ret)
		return ret;
	ret = copy(overlay, err);
	lscow_device_close(overlay);
	return ret;
}

static int dump_view(const char *origin_path, const char *store_path,
		     struct lscow_error *err)
{
	struct lscow_device *origin;
	struct lscow_device *store_device;
	struct lscow_store store;
	int ret = lscow_file_device_open(origin_path, false, &origin, err);

	if (ret)
		return ret;
	ret = lscow_store_open(store_path, &store_device, &store, err);
	if (!ret) {
		ret = dump_overlay(origin, store_device, &store, err);
		lscow_store_free(&store);
		lscow_device_close(store_device);
	}
	lscow_device_close(origin);
	return ret;
}

static int dump_replayed(const char *path, struct lscow_error *err)
{
	struct lscow_device *device;
	struct lscow_extfs *fs;
	int ret = lscow_file_device_open(path, false, &device, err);

	if (ret)
		return ret;
	ret = lscow_extfs_open(device, &fs, err);
	if (!ret) {
		ret = copy(fs->device, err);
		lscow_extfs_close(fs);
	}
	lscow_device_close(device);
	return ret;
}

/* Exits with the codes of lscow: 1 failed, 2 usage, 3 unknowable. */
int main(int argc, char **argv)
{
	struct lscow_error err;
	int ret;

	if (argc != 3) {
		fprintf(stderr, "usage: dump-view ORIGIN STORE\n"
				"       dump-view --replayed IMAGE\n");
		return 2;
	}
	ret = strcmp(argv[1], "--replayed") == 0 ? dump_replayed(argv[2], &err)
						 : dump_view(argv[1], argv[2], &err);
	if (ret)
		fprintf(stderr, "dump-view: %s\n", err.message);
	return -ret;
}
