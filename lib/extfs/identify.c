/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names whatever else lies on a device, through libblkid. */

#include "extfs/identify.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <blkid/blkid.h>

#include "base/units.h"

/* Every signature that matters lies in the first or the last part of a device. */
#define PROBE_BYTES (UINT64_C(1) << 20)

static int copy_part(struct lscow_device *device, int fd, uint64_t offset_bytes,
		     size_t length_bytes, struct lscow_error *err)
{
	uint8_t *buffer = malloc(length_bytes);
	int rc;

	if (!buffer)
		return lscow_error_no_memory(err, device->name);
	rc = lscow_device_read(device, offset_bytes, buffer, length_bytes, err);
	if (rc == 0 && pwrite(fd, buffer, length_bytes, (off_t)offset_bytes) !=
			       (ssize_t)length_bytes)
		rc = lscow_error_set(err, LSCOW_E_FAILED,
				     "%s: cannot copy its signatures to memory",
				     device->name);
	free(buffer);
	return rc;
}

/* libblkid reads file descriptors only, and a device may be a stack of them. */
static int copy_signatures(struct lscow_device *device, int fd, struct lscow_error *err)
{
	uint64_t size = device->size_bytes;
	uint64_t part = lscow_min_u64(size, PROBE_BYTES);
	int rc;

	if (ftruncate(fd, (off_t)size) != 0)
		return lscow_error_set(err, LSCOW_E_FAILED,
				       "%s: cannot copy its signatures to memory",
				       device->name);
	rc = copy_part(device, fd, 0, (size_t)part, err);
	if (rc == 0 && size > part)
		rc = copy_part(device, fd, size - part, (size_t)part, err);
	return rc;
}

static int probe(const struct lscow_device *device, int fd, struct lscow_error *err)
{
	blkid_probe pr = blkid_new_probe();
	const char *type = NULL;

	if (!pr)
		return lscow_error_no_memory(err, device->name);
	if (blkid_probe_set_device(pr, fd, 0, 0) == 0) {
		blkid_probe_enable_superblocks(pr, 1);
		blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE);
		blkid_probe_enable_partitions(pr, 1);
		if (blkid_do_probe(pr) == 0 &&
		    blkid_probe_lookup_value(pr, "TYPE", &type, NULL) != 0 &&
		    blkid_probe_lookup_value(pr, "PTTYPE", &type, NULL) == 0)
			type = "a partition table";
	}
	lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			"%s: found %s, expected an ext2/3/4 filesystem", device->name,
			type ? type : "no known filesystem");
	blkid_free_probe(pr);
	return LSCOW_E_UNKNOWABLE;
}

int lscow_identify_other(struct lscow_device *device, struct lscow_error *err)
{
	int fd = memfd_create("lscow-identify", MFD_CLOEXEC);
	int rc;

	if (fd < 0)
		return lscow_error_no_memory(err, device->name);
	rc = copy_signatures(device, fd, err);
	if (rc == 0)
		rc = probe(device, fd, err);
	close(fd);
	return rc;
}
