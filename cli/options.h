/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The options that commands share: what to compare, progress, help. */

#ifndef LSCOW_CLI_OPTIONS_H
#define LSCOW_CLI_OPTIONS_H

#include <getopt.h>

#include "lscow.h"
#include "progress.h"

/* Parsers of a command line return this, or the exit code to end with. */
enum { OPTIONS_RUN = -1 };

/* Values of long options; those of one command begin at OPTION_OWN. */
enum option_value {
	OPTION_ORIGIN = 256,
	OPTION_COW,
	OPTION_OLD,
	OPTION_NEW,
	OPTION_CHANGES,
	OPTION_OFFSET,
	OPTION_PARTITION,
	OPTION_PROGRESS,
	OPTION_QUIET,
	OPTION_NO_SANDBOX,
	OPTION_OWN,
};

/* Entries for the option table of a command. */
#define OPTIONS_SHARED                                              \
	{ "origin", required_argument, NULL, OPTION_ORIGIN },       \
	{ "cow", required_argument, NULL, OPTION_COW },             \
	{ "old", required_argument, NULL, OPTION_OLD },             \
	{ "new", required_argument, NULL, OPTION_NEW },             \
	{ "changes", required_argument, NULL, OPTION_CHANGES },     \
	{ "offset", required_argument, NULL, OPTION_OFFSET },       \
	{ "partition", required_argument, NULL, OPTION_PARTITION }, \
	{ "progress", no_argument, NULL, OPTION_PROGRESS },         \
	{ "quiet", no_argument, NULL, OPTION_QUIET },               \
	{ "no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX },     \
	{ "help", no_argument, NULL, 'h' }

/* The help text of those that find the filesystem in a disk. */
#define OPTIONS_PLACE_HELP                                                       \
	"  --offset BYTES        where the filesystem begins; K, M, G may follow\n" \
	"  --partition N         the partition of a disk that it is in (GPT, MBR)\n"

/* The help text of these options. */
#define OPTIONS_SHARED_HELP                                                      \
	"Input:\n"                                                               \
	"  SNAPSHOT              a snapshot (vg/lv, or its device), to be compared\n" \
	"                        with its origin, which is at rest\n"           \
	"  NEWER                 another snapshot of that origin, to be compared with\n" \
	"  --origin DEV          the origin of a snapshot, a device or a file\n" \
	"  --cow STORE           its exception store\n"                          \
	"  --old DEV             the older of two views\n"                       \
	"  --new DEV             the newer of two views\n"                       \
	"  --changes FORMAT:FILE where the two views may differ; without it they\n" \
	"                        are compared block by block\n"                  \
	OPTIONS_PLACE_HELP

#define OPTIONS_COMMON_HELP                                                    \
	"  --progress            show progress even without a terminal\n"        \
	"  --quiet               never show progress\n"                          \
	"  --no-sandbox          keep all rights while reading\n"                \
	"  -h, --help            print this help\n"

/* What the shared options said. */
struct shared_options {
	struct lscow_input_spec spec;
	const char *offset; /* the texts, until options_read_place reads them */
	const char *partition;
	bool progress;
	bool quiet;
	bool no_sandbox;
};

/* Starts reading the options of a command. */
void options_begin(void);

/*
 * The next option: its value, -1 at the end, '?' after a message about one
 * that is unknown or lacks its argument. optarg has the argument.
 */
int options_next(const char *command, int argc, char **argv,
		 const struct option *table);

/* Takes an option of OPTIONS_SHARED but help. Returns 0, or EXIT_USAGE. */
int options_take(struct shared_options *options, int value, const char *argument);

/* Sets *slot, or says that the option was given before. Returns 0 or EXIT_USAGE. */
int options_set_once(const char **slot, const char *name, const char *argument);

/*
 * The one of a command's formats that --format names; the first where word is
 * NULL. formats are any structures that begin with their name, a const char *.
 * NULL after a message about a format that is unknown.
 */
const void *options_choose_format(const char *word, const void *formats, size_t nr_formats,
				  size_t format_bytes);

/* Refuses --progress with --quiet. Returns 0, or EXIT_USAGE after a message. */
int options_check_progress(const struct shared_options *options, const char *command);

/* Reads --offset and --partition into spec. Returns 0, or EXIT_USAGE after a message. */
int options_read_place(struct shared_options *options, const char *command);

/*
 * Takes the snapshots, which are no options, reads the place and checks that the
 * input is one of the supported forms. cow_alone says that a store without its
 * origin is enough. Returns 0, or EXIT_USAGE after a message.
 */
int options_finish(struct shared_options *options, const char *command, int argc,
		   char **argv, bool cow_alone);

enum progress_mode options_progress_mode(const struct shared_options *options);

#endif
