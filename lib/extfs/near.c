/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Many single blocks in the order of the device, neighbours read at once. */

#include "extfs/near.h"

#include <stdlib.h>

#include "device/read-plan.h"

/* How much is read at once. */
#define READ_BYTES (UINT64_C(1) << 20)

static const void *get_item(const struct lscow_near_list *list, size_t index)
{
	return (const char *)list->items + index * list->item_bytes;
}

static uint64_t get_block(const struct lscow_near_list *list, size_t index)
{
	return *(const uint64_t *)get_item(list, index);
}

int lscow_near_compare(const void *left, const void *right)
{
	return lscow_u64_compare(left, right);
}

void lscow_near_announce(struct lscow_extfs *fs, const struct lscow_near_list *list)
{
	uint32_t block_bytes = fs->sb.block_bytes;
	struct lscow_read_plan plan;

	lscow_read_plan_open(fs->device, &plan);
	for (size_t i = 0; i < list->nr_items; i++)
		lscow_read_plan_add(&plan, get_block(list, i) * block_bytes, block_bytes);
	lscow_read_plan_announce(&plan);
	lscow_read_plan_close(&plan);
}

/* How many from here on one read can take in. */
static size_t count_near(const struct lscow_near_list *list, size_t first,
			 uint32_t block_bytes)
{
	uint64_t most_gap_blocks = LSCOW_READ_GAP_BYTES / block_bytes + 1;
	size_t end = first + 1;

	while (end < list->nr_items &&
	       get_block(list, end) - get_block(list, end - 1) <= most_gap_blocks &&
	       get_block(list, end) - get_block(list, first) < READ_BYTES / block_bytes)
		end++;
	return end - first;
}

/* A reading of one list. */
struct reading {
	struct lscow_extfs *fs;
	const struct lscow_near_list *list;
	const struct lscow_near_ops *ops;
	void *data;
	uint8_t *buffer;
};

static int step_over(const struct reading *reading, int rc, const struct lscow_error *err)
{
	return reading->ops->step_over ? reading->ops->step_over(reading->data, rc, err) : rc;
}

/* Where a read of several failed, the fault may lie in a gap, or in one of them. */
static int read_one(const struct reading *reading, size_t index, struct lscow_error *err)
{
	int rc = lscow_extfs_read_blocks(reading->fs, reading->list->kind,
					 get_block(reading->list, index), 1,
					 reading->buffer, err);

	if (rc != 0)
		return step_over(reading, rc, err);
	return reading->ops->take(reading->data, get_item(reading->list, index),
				  reading->buffer, err);
}

/* Reads nr_near of them at once. */
static int read_some(const struct reading *reading, size_t first, size_t nr_near,
		     struct lscow_error *err)
{
	const struct lscow_near_list *list = reading->list;
	uint64_t first_block = get_block(list, first);
	uint64_t nr_blocks = get_block(list, first + nr_near - 1) - first_block + 1;
	int rc = lscow_extfs_read_blocks(reading->fs, list->kind, first_block, nr_blocks,
					 reading->buffer, err);
	bool is_read = rc == 0;

	if (!is_read && nr_blocks == 1)
		return step_over(reading, rc, err);
	rc = 0;
	for (size_t i = first; rc == 0 && i < first + nr_near; i++)
		rc = !is_read ? read_one(reading, i, err)
			      : reading->ops->take(reading->data, get_item(list, i),
						   reading->buffer +
							   (get_block(list, i) - first_block) *
								   reading->fs->sb.block_bytes,
						   err);
	return rc;
}

int lscow_near_read(struct lscow_extfs *fs, const struct lscow_near_list *list,
		    const struct lscow_near_ops *ops, void *data, struct lscow_error *err)
{
	struct reading reading = { .fs = fs, .list = list, .ops = ops, .data = data };
	size_t nr_near;
	int rc = 0;

	if (list->nr_items == 0)
		return 0;
	reading.buffer = malloc(READ_BYTES);
	if (!reading.buffer)
		return lscow_error_no_memory(err, "blocks");
	for (size_t at = 0; rc == 0 && at < list->nr_items; at += nr_near) {
		nr_near = count_near(list, at, fs->sb.block_bytes);
		rc = read_some(&reading, at, nr_near, err);
	}
	free(reading.buffer);
	return rc;
}
