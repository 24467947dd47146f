/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The devices of the device-mapper, as the kernel has them now. */

#ifndef LSCOW_SOURCE_DM_H
#define LSCOW_SOURCE_DM_H

#include "base/vector.h"
#include "source/dm-names.h"
#include "source/dm-table.h"

struct lscow_dm_node {
	char name[LSCOW_DM_NAME_BYTES];
	char uuid[LSCOW_DM_UUID_BYTES]; /* empty where it has none */
	char shown[2 * LSCOW_DM_NAME_BYTES]; /* vg/lv for a volume, otherwise the name */
	dev_t dev;
	int nr_openers;
	bool is_suspended;
	bool has_table;              /* a live one */
	struct lscow_dm_table table; /* LSCOW_DM_OTHER where it has several lines */
	struct lscow_dm_status status; /* of snapshots, merges and thin volumes */
};

/*
 * Fills nodes, an empty vector of struct lscow_dm_node, in the kernel's order.
 * One that goes away meanwhile is left out. LSCOW_E_FAILED where there is no
 * device-mapper, or no right to ask it.
 */
int lscow_dm_list_nodes(struct lscow_vector *nodes, struct lscow_error *err);

/* The one line of a device's table or status. Free with lscow_dm_line_free(). */
struct lscow_dm_line {
	char *type;   /* "thin-pool", "snapshot", ... */
	char *params; /* what follows it */
};

/*
 * The line of the named device, the status flushed so that it is of now.
 * LSCOW_E_FAILED where there is no such device, it has not one line, or
 * device-mapper cannot be asked. *line is set only on success.
 */
int lscow_dm_get_table(const char *name, struct lscow_dm_line *line,
		       struct lscow_error *err);
int lscow_dm_get_status(const char *name, struct lscow_dm_line *line,
			struct lscow_error *err);
void lscow_dm_line_free(struct lscow_dm_line *line);
/* Sends a message to sector 0, as `dmsetup message NAME 0 MESSAGE`. */
int lscow_dm_message(const char *name, const char *message, struct lscow_error *err);

#endif
