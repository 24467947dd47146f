/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The machine's devices and mounts at one moment, to look things up in. */

#ifndef LSCOW_SOURCE_MACHINE_H
#define LSCOW_SOURCE_MACHINE_H

#include "source/dm.h"
#include "source/in-use.h"

#define LSCOW_DEVICE_PATH_BYTES 256u

struct lscow_machine {
	struct lscow_vector nodes; /* of struct lscow_dm_node */
	char *mountinfo;
};

/* To be closed in every case; see lscow_dm_list_nodes() for errors. */
int lscow_machine_open(struct lscow_machine *machine, struct lscow_error *err);
void lscow_machine_close(struct lscow_machine *machine);

/*
 * The device that is meant by vg/lv, a device node, or a name or uuid of the
 * device-mapper, or NULL. Borrowed, as by the functions below.
 */
const struct lscow_dm_node *lscow_machine_find(const struct lscow_machine *machine,
					       const char *argument);
/* NULL where that is no device of the device-mapper. */
const struct lscow_dm_node *lscow_machine_get(const struct lscow_machine *machine,
					      dev_t dev);
/* The device through which an origin is written, snapshot-origin or -merge, or NULL. */
const struct lscow_dm_node *
lscow_machine_get_origin(const struct lscow_machine *machine, dev_t origin);
/* A snapshot or merge that uses a store, or NULL. */
const struct lscow_dm_node *lscow_machine_get_user(const struct lscow_machine *machine,
						   dev_t store);
/*
 * A path that leads to a device. LSCOW_E_FAILED where /dev has none, or where
 * the path that should do leads elsewhere.
 */
int lscow_machine_find_path(const struct lscow_machine *machine, dev_t dev,
			    char path[LSCOW_DEVICE_PATH_BYTES], struct lscow_error *err);

#endif
