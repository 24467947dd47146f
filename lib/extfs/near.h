/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Many single blocks in the order of the device, neighbours read at once. */

#ifndef LSCOW_EXTFS_NEAR_H
#define LSCOW_EXTFS_NEAR_H

#include "extfs/extfs.h"

/*
 * The blocks to be read: any structure that begins with the number of a block.
 * They are in ascending order; one may stand there several times.
 */
struct lscow_near_list {
	const void *items; /* each of item_bytes, and aligned as a uint64_t */
	size_t nr_items;
	size_t item_bytes;
	enum lscow_read_kind kind;
};

struct lscow_near_ops {
	/* Gets a block. A result other than 0 ends the reading and is returned. */
	int (*take)(void *data, const void *item, uint8_t *bytes, struct lscow_error *err);
	/* Gets a read that failed: 0 to go on behind it, or rc. NULL: it ends it. */
	int (*step_over)(void *data, int rc, const struct lscow_error *err);
};

/* Orders items by their block, for lscow_vector_sort(). */
int lscow_near_compare(const void *left, const void *right);
/* Announces all of them. */
void lscow_near_announce(struct lscow_extfs *fs, const struct lscow_near_list *list);
int lscow_near_read(struct lscow_extfs *fs, const struct lscow_near_list *list,
		    const struct lscow_near_ops *ops, void *data, struct lscow_error *err);

#endif
