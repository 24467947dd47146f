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

/* The name of a file device is its path; other kinds are no block devices. */
int lscow_open_check_not_mounted(const struct lscow_device *device,
				 struct lscow_error *err)
{
	struct lscow_mount mount;
	struct stat status;
	char *mountinfo;
	int ret;

	if (!device || stat(device->name, &status) || !S_ISBLK(status.st_mode))
		return 0;
	ret = lscow_mountinfo_load(&mountinfo, err);
	if (ret)
		return ret;
	lscow_mount_find(mountinfo, status.st_rdev, &mount);
	free(mountinfo);
	if (mount.mode != LSCOW_MOUNTED_READ_WRITE)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: mounted read-write on %s, and without a journal, expected "
			       "a filesystem at rest; unmount it, or take a snapshot",
			       device->name, mount.place);
}
