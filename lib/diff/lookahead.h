/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Announces changed blocks ahead of those who read them in ascending order. */

#ifndef LSCOW_DIFF_LOOKAHEAD_H
#define LSCOW_DIFF_LOOKAHEAD_H

#include "diff/views.h"

/* Which of the changed blocks without gaps between them are announced. */
enum lscow_lookahead_extent {
	LSCOW_LOOKAHEAD_ALL,
	LSCOW_LOOKAHEAD_FIRST, /* where one difference settles it */
};

struct lscow_lookahead {
	const struct lscow_views *views; /* borrowed */
	enum lscow_side side;            /* in which they have the class */
	enum lscow_block_class class;
	enum lscow_lookahead_extent extent;
	size_t at_run;        /* of the changed blocks */
	uint64_t at_block;    /* in that run, from its start */
	uint64_t nr_ahead;    /* announced, and not read yet */
};

/* Announces, in both views, the first of the changed blocks that have a class in one. */
void lscow_lookahead_start(const struct lscow_views *views, enum lscow_side side,
			   enum lscow_block_class class,
			   enum lscow_lookahead_extent extent,
			   struct lscow_lookahead *lookahead);
/* Tells that about so many of them were read since, and announces the next. */
void lscow_lookahead_move(struct lscow_lookahead *lookahead, uint64_t nr_blocks);

#endif
