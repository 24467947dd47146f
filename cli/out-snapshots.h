/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The formats in which the snapshots of a machine are written. */

#ifndef LSCOW_CLI_OUT_SNAPSHOTS_H
#define LSCOW_CLI_OUT_SNAPSHOTS_H

#include <stdio.h>
#include <time.h>

#include "lscow.h"

/* What there is to write. Borrowed. */
struct snapshots_report {
	const struct lscow_snapshots *snapshots;
	time_t now; /* ages count up to here */
};

/* Each returns 0, or an exit code after a message. */
int out_snapshots_table(FILE *stream, const struct snapshots_report *report);
int out_snapshots_json(FILE *stream, const struct snapshots_report *report);

#endif
