/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The options of lscow files. */

#ifndef LSCOW_CLI_FILES_OPTIONS_H
#define LSCOW_CLI_FILES_OPTIONS_H

#include "color.h"
#include "options.h"
#include "out-files.h"

/* A format, and which options have a meaning with it. */
struct files_format {
	const char *name;
	int (*write)(FILE *stream, const struct files_report *report);
	bool takes_null;
	bool takes_side;
	bool takes_ranges;
	bool expands;   /* needs a row for each path */
	bool transfers; /* needs the list for rsync */
};

struct files_options {
	struct shared_options shared;
	const struct files_format *format;
	enum lscow_side side;
	enum color_mode color;
	const char *only;
	char *under; /* owned; NULL for all */
	const char *names_cache; /* NULL: none */
	uint64_t names_cache_bytes;
	bool null_ended;
	bool expand;
	bool ranges;
	bool quick;
	bool stats;
	bool partial;
};

/*
 * Reads and checks the command line; argv[0] is the command. Returns
 * OPTIONS_RUN, or the exit code after a message or the help. To be freed in
 * every case.
 */
int files_options_parse(struct files_options *options, int argc, char **argv);
void files_options_free(struct files_options *options);

#endif
