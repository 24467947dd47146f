/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* thin_delta of thin-provisioning-tools: where it is, whether it is right, its run. */

#ifndef LSCOW_SOURCE_THIN_TOOL_H
#define LSCOW_SOURCE_THIN_TOOL_H

#include <limits.h>

#include "source/thin-xml.h"

struct lscow_thin_tool {
	char path[PATH_MAX];
};

/* One comparison of two volumes, through the pool's metadata snapshot. */
struct lscow_thin_tool_call {
	const char *metadata_path; /* the pool's metadata device */
	uint64_t old_id;
	uint64_t new_id;
	int kept_fd;      /* as in struct lscow_child */
	int interrupt_fd;
};

/* Whether this is the answer to --version of a thin_delta that tells every change. */
bool lscow_thin_tool_is_right(const char *version);
/*
 * Looks for thin_delta in folders, a list that ends with NULL (NULL: where
 * system programs are; PATH counts for nothing), and asks for its version.
 * LSCOW_E_FAILED where it is not installed, LSCOW_E_UNKNOWABLE where it is one
 * that leaves out changes.
 */
int lscow_thin_tool_find(const char *const *folders, struct lscow_thin_tool *tool,
			 struct lscow_error *err);
/*
 * Adds the blocks that differ to ranges. LSCOW_E_FAILED where thin_delta fails,
 * LSCOW_E_UNKNOWABLE where its answer is none, or not of these volumes. After a
 * failure ranges is not whole.
 */
int lscow_thin_tool_run(const struct lscow_thin_tool *tool,
			const struct lscow_thin_tool_call *call,
			struct lscow_ranges *ranges, struct lscow_thin_delta *delta,
			struct lscow_error *err);

#endif
