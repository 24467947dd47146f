/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The formats in which the changed ranges of a device are written. */

#ifndef LSCOW_CLI_OUT_CHUNKS_H
#define LSCOW_CLI_OUT_CHUNKS_H

#include <stdio.h>

#include "lscow.h"

/* What there is to write. Everything is borrowed. */
struct chunks_report {
	const struct lscow_input_spec *spec;
	const struct lscow_input *input;
	bool summary; /* the ranges themselves are not wanted */
};

/* As the writers in out-files.h. */
int out_chunks_ranges(FILE *stream, const struct chunks_report *report);
int out_chunks_json(FILE *stream, const struct chunks_report *report);

#endif
