/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The formats in which the owners of blocks are written. */

#ifndef LSCOW_CLI_OUT_OWNER_H
#define LSCOW_CLI_OUT_OWNER_H

#include <stdio.h>

#include "lscow.h"

/* What there is to write. Everything is borrowed. */
struct owner_report {
	const struct lscow_owner_options *options;
	const struct lscow_owner *owner;
	const char *incomplete; /* why something is missing; NULL when all is there */
};

/* Each returns 0, or an exit code after a message. */
int out_owner_status(FILE *stream, const struct owner_report *report);
int out_owner_json(FILE *stream, const struct owner_report *report);

#endif
