/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What an input specification asks for, and whether that makes sense. */

#ifndef LSCOW_SOURCE_INPUT_SPEC_H
#define LSCOW_SOURCE_INPUT_SPEC_H

#include "base/error.h"
#include "source/feed.h"

enum lscow_input_form {
	LSCOW_INPUT_STORE,        /* cow alone */
	LSCOW_INPUT_ORIGIN_STORE, /* origin and cow */
	LSCOW_INPUT_COMPARE,      /* old and new */
	LSCOW_INPUT_FEED,         /* old and new, and a feed */
	LSCOW_INPUT_SNAPSHOT,     /* a snapshot, and its origin or another one */
};

/* A specification that was understood. */
struct lscow_input_plan {
	enum lscow_input_form form;
	const struct lscow_feed_format *feed_format; /* NULL where there is no feed */
	const char *feed_path; /* borrowed from the specification */
};

/*
 * Tells the form of a specification. LSCOW_E_USAGE for a combination that
 * means nothing, an unknown feed format, a place that lscow_place_check()
 * refuses, and where two of the paths lead to the same file or block device.
 */
int lscow_input_spec_check(const struct lscow_input_spec *spec,
			   struct lscow_input_plan *plan, struct lscow_error *err);

#endif
