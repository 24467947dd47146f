/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Where in a disk the filesystem lies: at an offset, or in a partition. */

#include "source/place.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <blkid/blkid.h>

#include "base/units.h"

struct lscow_place_search {
	uint64_t offset_bytes;
	uint32_t partition; /* 0: none */
	int fd;             /* with a partition, otherwise -1 */
	blkid_probe probe;  /* with a partition, otherwise NULL */
};

int lscow_place_check(uint64_t offset_bytes, uint32_t partition, struct lscow_error *err)
{
	if (offset_bytes % LSCOW_SECTOR_BYTES)
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "offset of %" PRIu64 " bytes, expected a multiple of %u",
				       offset_bytes, LSCOW_SECTOR_BYTES);
	if (offset_bytes && partition)
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "an offset and a partition are given, expected one of "
				       "them");
	return 0;
}

static int find_rest(const struct lscow_device *device, uint64_t offset_bytes,
		     struct lscow_place *place, struct lscow_error *err)
{
	if (offset_bytes != 0 && offset_bytes >= device->size_bytes)
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "%s: offset of %" PRIu64 " bytes lies beyond the "
				       "device's %" PRIu64 " bytes", device->name,
				       offset_bytes, device->size_bytes);
	*place = (struct lscow_place){
		.offset_bytes = offset_bytes,
		.length_bytes = device->size_bytes - offset_bytes,
	};
	return 0;
}

/* libblkid counts in sectors of 512 bytes, whatever the device's own are. */
static int take_partition(const struct lscow_device *device, uint32_t number,
			  blkid_partition partition, struct lscow_place *place,
			  struct lscow_error *err)
{
	uint64_t start_sector = (uint64_t)blkid_partition_get_start(partition);
	uint64_t nr_sectors = (uint64_t)blkid_partition_get_size(partition);
	uint64_t size_sectors = device->size_bytes / LSCOW_SECTOR_BYTES;

	if (blkid_partition_is_extended(partition))
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "%s: partition %" PRIu32 " is an extended one, expected "
				       "one of those in it", device->name, number);
	if (start_sector > size_sectors || nr_sectors > size_sectors - start_sector)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: partition %" PRIu32 " has %" PRIu64 " sectors from %"
				       PRIu64 " on, expected all within the device's %" PRIu64,
				       device->name, number, nr_sectors, start_sector,
				       size_sectors);
	*place = (struct lscow_place){
		.offset_bytes = start_sector * LSCOW_SECTOR_BYTES,
		.length_bytes = nr_sectors * LSCOW_SECTOR_BYTES,
	};
	return 0;
}

static int find_in_table(const struct lscow_device *device, blkid_probe probe,
			 uint32_t number, struct lscow_place *place,
			 struct lscow_error *err)
{
	blkid_partlist list = blkid_probe_get_partitions(probe);
	blkid_partition partition;

	if (!list)
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "%s: found no partition table, expected one with "
				       "partition %" PRIu32, device->name, number);
	partition = number > INT32_MAX ? NULL
				       : blkid_partlist_get_partition_by_partno(list,
										(int)number);
	if (!partition)
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "%s: found %d partitions, expected one with the number %"
				       PRIu32, device->name, blkid_partlist_numof_partitions(list),
				       number);
	return take_partition(device, number, partition, place, err);
}

static int open_table(const struct lscow_device *device, struct lscow_place_search *search,
		      struct lscow_error *err)
{
	search->fd = open(device->name, O_RDONLY | O_CLOEXEC);
	if (search->fd < 0)
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: %m", device->name);
	search->probe = blkid_new_probe();
	if (!search->probe)
		return lscow_error_no_memory(err, device->name);
	if (blkid_probe_set_device(search->probe, search->fd, 0, 0))
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot read its partition "
				       "table", device->name);
	return 0;
}

int lscow_place_search_open(const struct lscow_device *device, uint64_t offset_bytes,
			    uint32_t partition, struct lscow_place_search **out,
			    struct lscow_error *err)
{
	struct lscow_place_search *search = calloc(1, sizeof(*search));
	int ret;

	if (!search)
		return lscow_error_no_memory(err, device->name);
	*search = (struct lscow_place_search){
		.offset_bytes = offset_bytes, .partition = partition, .fd = -1,
	};
	ret = partition ? open_table(device, search, err) : 0;
	if (ret)
		lscow_place_search_close(search);
	else
		*out = search;
	return ret;
}

void lscow_place_search_close(struct lscow_place_search *search)
{
	if (!search)
		return;
	blkid_free_probe(search->probe);
	if (search->fd >= 0)
		close(search->fd);
	free(search);
}

int lscow_place_find(const struct lscow_device *device,
		     const struct lscow_place_search *search, struct lscow_place *place,
		     struct lscow_error *err)
{
	if (search->partition)
		return find_in_table(device, search->probe, search->partition, place, err);
	return find_rest(device, search->offset_bytes, place, err);
}

int lscow_place_open(struct lscow_device *device, const struct lscow_place *place,
		     struct lscow_device **slice, struct lscow_error *err)
{
	if (place->offset_bytes == 0 && place->length_bytes == device->size_bytes)
		return 0;
	return lscow_slice_device_open(device, place->offset_bytes, place->length_bytes,
				       slice, err);
}
