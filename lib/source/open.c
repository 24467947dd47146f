/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Opening the device or the image that somebody named. */

#include "source/open.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "source/in-use.h"

int lscow_open_cache(struct lscow_device **device, struct lscow_error *err)
{
	if (!lscow_file_device_is_direct(*device))
		return 0;
	return lscow_cache_device_open(*device, device, err);
}

int lscow_open_device(const char *path, struct lscow_device **out, struct lscow_error *err)
{
	struct lscow_device *device;
	int ret = lscow_file_device_open(path, true, &device, err);

	if (ret)
		return ret;
	ret = lscow_open_cache(&device, err);
	if (ret)
		lscow_device_close(device);
	else
		*out = device;
	return ret;
}

/* Whether a mount of one of these block devices is read-write. */
static bool find_mount(const char *mountinfo, const struct lscow_vector *devices,
		       struct lscow_mount *mount)
{
	for (size_t i = 0; i < devices->nr; i++) {
		lscow_mount_find(mountinfo, LSCOW_ITEMS(devices, dev_t)[i], mount);
		if (mount->mode == LSCOW_MOUNTED_READ_WRITE)
			return true;
	}
	return false;
}

/* The block device that the file is, or those that are made of it, and all above. */
static int find_devices(const struct stat *status, struct lscow_vector *devices,
			struct lscow_error *err)
{
	dev_t dev = status->st_rdev;
	int ret = S_ISBLK(status->st_mode)
			  ? lscow_vector_push(devices, &dev, err)
			  : lscow_loops_load(status->st_dev, status->st_ino, devices, err);

	return ret ? ret : lscow_devices_above(devices, err);
}

static int check_mounts(const struct lscow_device *device,
			const struct lscow_vector *devices, struct lscow_error *err)
{
	struct lscow_mount mount;
	char *mountinfo;
	bool is_mounted;
	int ret = lscow_mountinfo_load(&mountinfo, err);

	if (ret)
		return ret;
	is_mounted = find_mount(mountinfo, devices, &mount);
	free(mountinfo);
	if (!is_mounted)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: mounted read-write on %s, expected a filesystem at rest; "
			       "unmount it, or take a snapshot", device->name, mount.place);
}

/* The name of a file device is its path; other kinds are no files. */
int lscow_open_check_not_mounted(const struct lscow_device *device,
				 struct lscow_error *err)
{
	struct lscow_vector devices = LSCOW_VECTOR(dev_t);
	struct stat status;
	int ret;

	if (!device || stat(device->name, &status))
		return 0;
	ret = find_devices(&status, &devices, err);
	if (!ret && devices.nr > 0)
		ret = check_mounts(device, &devices, err);
	lscow_vector_free(&devices);
	return ret;
}
