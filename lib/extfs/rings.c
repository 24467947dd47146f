/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The order of a search: groups near the marked ones first, in widening rings. */

#include "extfs/rings.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

int lscow_rings_open(const struct lscow_extfs *fs, struct lscow_rings *rings,
		     struct lscow_error *err)
{
	*rings = (struct lscow_rings){ .fs = fs };
	if (ext2fs_has_feature_flex_bg(fs->handle->super))
		rings->log_flex = lscow_min_u64(fs->handle->super->s_log_groups_per_flex, 31);
	rings->is_marked = calloc(fs->nr_groups, 1);
	rings->is_visited = calloc(fs->nr_groups, 1);
	rings->groups = calloc(fs->nr_groups, sizeof(*rings->groups));
	if (rings->is_marked && rings->is_visited && rings->groups)
		return 0;
	lscow_rings_close(rings);
	return lscow_error_no_memory(err, "the order of groups");
}

void lscow_rings_close(struct lscow_rings *rings)
{
	free(rings->is_marked);
	free(rings->is_visited);
	free(rings->groups);
	*rings = (struct lscow_rings){ .fs = NULL };
}

void lscow_rings_mark(struct lscow_rings *rings, uint32_t group)
{
	rings->is_marked[group] = 1;
}

static void take_group(struct lscow_rings *rings, uint32_t group)
{
	if (rings->is_visited[group])
		return;
	rings->is_visited[group] = 1;
	rings->groups[rings->nr_groups++] = group;
}

static void take_marked(struct lscow_rings *rings)
{
	for (uint32_t group = 0; group < rings->fs->nr_groups; group++)
		if (rings->is_marked[group])
			take_group(rings, group);
}

/* All groups up to so many flexible groups from a marked one. */
static void take_near(struct lscow_rings *rings, uint64_t nr_flex)
{
	uint32_t nr_groups = rings->fs->nr_groups;
	uint64_t end = 0; /* what lies before it is taken */

	for (uint32_t group = 0; group < nr_groups; group++) {
		uint64_t flex = group >> rings->log_flex;
		uint64_t first = flex > nr_flex ? (flex - nr_flex) << rings->log_flex : 0;

		if (!rings->is_marked[group])
			continue;
		for (first = lscow_max_u64(first, end);
		     first < nr_groups && first >> rings->log_flex <= flex + nr_flex; first++)
			take_group(rings, (uint32_t)first);
		end = first;
	}
}

static void take_all(struct lscow_rings *rings)
{
	for (uint32_t group = 0; group < rings->fs->nr_groups; group++)
		take_group(rings, group);
}

/* How many flexible groups a ring reaches from its marks. */
static uint64_t reach_of(unsigned int ring)
{
	return ring < 2 ? 0 : UINT64_C(1) << lscow_min_u64(ring - 2, 32);
}

bool lscow_rings_next(struct lscow_rings *rings)
{
	bool is_last = false;

	rings->nr_groups = 0;
	while (rings->nr_groups == 0 && !is_last) {
		is_last = reach_of(rings->ring) > rings->fs->nr_groups;
		if (rings->ring == 0)
			take_marked(rings);
		else if (is_last)
			take_all(rings);
		else
			take_near(rings, reach_of(rings->ring));
		rings->ring++;
	}
	memset(rings->is_marked, 0, rings->fs->nr_groups);
	return rings->nr_groups > 0;
}
