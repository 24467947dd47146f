/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* When the devices of a snapshot cannot be trusted, and what helps then. */

#ifndef LSCOW_SOURCE_REFUSE_H
#define LSCOW_SOURCE_REFUSE_H

#include "source/machine.h"

/*
 * Each returns 0, or LSCOW_E_UNKNOWABLE with a message that tells the command
 * which helps.
 */

/* Whether a read of the device would come back: it has a table and is not suspended. */
int lscow_refuse_unreadable(const struct lscow_dm_node *node, struct lscow_error *err);
/* Whether it is a snapshot, thick or thin, that is live and not written to. */
int lscow_refuse_snapshot(const struct lscow_machine *machine,
			  const struct lscow_dm_node *node, struct lscow_error *err);
/*
 * Whether an origin, thick or thin, is at rest: nobody has it open but for a
 * read-only mount, and nr_own times the caller. snapshot is for the advice.
 */
int lscow_refuse_origin(const struct lscow_machine *machine,
			const struct lscow_dm_node *origin,
			const struct lscow_dm_node *snapshot, int nr_own,
			struct lscow_error *err);

#endif
