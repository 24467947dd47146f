/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The tally of --stats, for people. */

#ifndef LSCOW_CLI_STATS_H
#define LSCOW_CLI_STATS_H

#include <stdio.h>

#include "lscow.h"

/*
 * Writes a table of what changed, of what the changed blocks were and, if there
 * is one, of what the names cache did.
 */
void stats_write(FILE *stream, const struct lscow_summary *summary, bool has_cache);

#endif
