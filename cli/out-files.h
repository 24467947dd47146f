/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The formats in which the changed files are written. */

#ifndef LSCOW_CLI_OUT_FILES_H
#define LSCOW_CLI_OUT_FILES_H

#include <stdio.h>

#include "lscow.h"

/* What there is to write, and how. Everything is borrowed. */
struct files_report {
	const struct lscow_input_spec *spec;
	const struct lscow_input *input;
	const struct lscow_files *files;
	const char *incomplete; /* why something is missing; NULL when all is there */
	enum lscow_side side;
	const char *under; /* what --under said; NULL for all */
	bool null_ended;
	bool color;
	bool ranges;
};

/*
 * Each writes to the stream and returns 0, or an exit code after a message.
 * That the stream took it all is for the caller to check.
 */
int out_status(FILE *stream, const struct files_report *report);
int out_paths(FILE *stream, const struct files_report *report);
int out_rsync(FILE *stream, const struct files_report *report);
int out_json(FILE *stream, const struct files_report *report);

#endif
