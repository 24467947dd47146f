/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Where in a disk the filesystem lies: at an offset, or in a partition. */

#ifndef LSCOW_SOURCE_PLACE_H
#define LSCOW_SOURCE_PLACE_H

#include "device/device.h"

struct lscow_place {
	uint64_t offset_bytes;
	uint64_t length_bytes;
};

/*
 * Refuses (LSCOW_E_USAGE) an offset that is no multiple of a sector, and an
 * offset and a partition (0 is none of either) at once.
 */
int lscow_place_check(uint64_t offset_bytes, uint32_t partition, struct lscow_error *err);

/* What was asked for, and the table to look it up in. */
struct lscow_place_search;

/*
 * Takes what passed lscow_place_check(), and for a partition opens the path that is
 * the device's name once more; reads nothing of it.
 */
int lscow_place_search_open(const struct lscow_device *device, uint64_t offset_bytes,
			    uint32_t partition, struct lscow_place_search **search,
			    struct lscow_error *err);
/*
 * Finds it: all of the device, what follows an offset, or a partition by its number
 * in the table. LSCOW_E_USAGE for an offset or a partition that the device does not
 * have, LSCOW_E_UNKNOWABLE for one that it has only a part of.
 */
int lscow_place_find(const struct lscow_device *device,
		     const struct lscow_place_search *search, struct lscow_place *place,
		     struct lscow_error *err);
void lscow_place_search_close(struct lscow_place_search *search);

/* Opens the place in a device; *slice is left alone where that is all of it. */
int lscow_place_open(struct lscow_device *device, const struct lscow_place *place,
		     struct lscow_device **slice, struct lscow_error *err);

#endif
