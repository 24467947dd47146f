/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The metadata snapshot of a thin pool, taken and given back. */

#ifndef LSCOW_SOURCE_THIN_HOLD_H
#define LSCOW_SOURCE_THIN_HOLD_H

#include "base/warnings.h"
#include "source/held-signals.h"

/*
 * Where the locks and marks are. A metadata snapshot outlives a restart of the
 * machine, so its mark must, too. The same for all that are installed: they
 * share the machine's pools.
 */
#define LSCOW_STATE_FOLDER "/var/lib/lscow"

struct lscow_thin_hold {
	const char *pool_name; /* borrowed */
	int folder_fd;
	int lock_fd; /* locked: one run at a time works on a pool */
	struct lscow_held_signals signals;
};

/*
 * The block of the metadata snapshot in a thin-pool's status parameters; 0
 * where it has none. False where these are not the parameters of a working
 * pool (Documentation/admin-guide/device-mapper/thin-provisioning.rst).
 */
bool lscow_thin_held_root_decode(const char *params, uint64_t *held_root);

/*
 * Waits for other runs, then lets the pool take a metadata snapshot. A mark in
 * folder stands for it until lscow_thin_hold_end(): one that a killed run left
 * behind is released first, with a warning. One that has no mark is another
 * program's: LSCOW_E_UNKNOWABLE. Signals that would end the program are held
 * back meanwhile. hold is filled only on success.
 */
int lscow_thin_hold_begin(const char *folder, const char *pool_name,
			  struct lscow_thin_hold *hold, struct lscow_warnings *warnings,
			  struct lscow_error *err);
/* Releases the metadata snapshot; hold is ended also where that fails. */
int lscow_thin_hold_end(struct lscow_thin_hold *hold, struct lscow_error *err);

#endif
