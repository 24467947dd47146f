/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The order of a search: groups near the marked ones first, in widening rings. */

#ifndef LSCOW_EXTFS_RINGS_H
#define LSCOW_EXTFS_RINGS_H

#include "extfs/extfs.h"

/*
 * Ring 0 is the marked groups themselves, ring 1 the rest of their flexible
 * groups, and each further ring reaches twice as far as the one before, until
 * the last takes all that is left. Marks are set anew for each ring: what was
 * found needs no more.
 */
struct lscow_rings {
	const struct lscow_extfs *fs; /* borrowed */
	uint8_t *is_marked;           /* by group */
	uint8_t *is_visited;          /* by group */
	uint32_t *groups;             /* of the ring, ascending */
	uint32_t nr_groups;
	unsigned int log_flex; /* groups of a flexible group, as a power of two */
	unsigned int ring;     /* the next one's number */
};

int lscow_rings_open(const struct lscow_extfs *fs, struct lscow_rings *rings,
		     struct lscow_error *err);
void lscow_rings_close(struct lscow_rings *rings);

void lscow_rings_mark(struct lscow_rings *rings, uint32_t group);
/*
 * Fills groups and nr_groups with those of the next ring that has any which no
 * ring had before, and forgets the marks. False where none are left.
 */
bool lscow_rings_next(struct lscow_rings *rings);

#endif
