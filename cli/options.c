/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The options that commands share: what to compare, progress, help. */

#include <stdio.h>
#include <string.h>

#include "message.h"
#include "options.h"
#include "parse.h"

static const char short_options[] = ":0h";

void options_begin(void)
{
	optind = 0; /* a fresh start, as glibc and musl have it */
	opterr = 0;
}

static int refuse_option(const char *command, char **argv)
{
	if (optopt == 0)
		message_usage(command, "unknown option '%s'", argv[optind - 1]);
	else if (optopt < OPTION_ORIGIN && !strchr(short_options, optopt))
		message_usage(command, "unknown option '-%c'", optopt);
	else
		message_usage(command, "option '%s' takes no value", argv[optind - 1]);
	return '?';
}

int options_next(const char *command, int argc, char **argv,
		 const struct option *table)
{
	int value = getopt_long(argc, argv, short_options, table, NULL);

	if (value == ':') {
		message_usage(command, "option '%s' needs a value", argv[optind - 1]);
		return '?';
	}
	return value == '?' ? refuse_option(command, argv) : value;
}

int options_set_once(const char **slot, const char *name, const char *argument)
{
	if (*slot)
		return message_error(EXIT_USAGE, "option '%s' is given twice", name);
	if (*argument == '\0')
		return message_error(EXIT_USAGE, "option '%s' is empty", name);
	*slot = argument;
	return EXIT_DONE;
}

int options_take(struct shared_options *options, int value, const char *argument)
{
	struct lscow_input_spec *spec = &options->spec;

	switch (value) {
	case OPTION_ORIGIN:
		return options_set_once(&spec->origin_path, "--origin", argument);
	case OPTION_COW:
		return options_set_once(&spec->cow_path, "--cow", argument);
	case OPTION_OLD:
		return options_set_once(&spec->old_path, "--old", argument);
	case OPTION_NEW:
		return options_set_once(&spec->new_path, "--new", argument);
	case OPTION_CHANGES:
		return options_set_once(&spec->changes, "--changes", argument);
	case OPTION_OFFSET:
		return options_set_once(&options->offset, "--offset", argument);
	case OPTION_PARTITION:
		return options_set_once(&options->partition, "--partition", argument);
	case OPTION_PROGRESS:
		options->progress = true;
		return EXIT_DONE;
	case OPTION_NO_SANDBOX:
		options->no_sandbox = true;
		return EXIT_DONE;
	default:
		options->quiet = true;
		return EXIT_DONE;
	}
}

static int check_two_views(const char *command, const struct lscow_input_spec *spec)
{
	if (!spec->new_path)
		return message_usage(command, "%s needs --new",
				     spec->old_path ? "--old" : "--changes");
	if (!spec->old_path && spec->changes)
		return message_error(EXIT_USAGE,
				     "--new and --changes without --old are not supported "
				     "by this version; give --old as well");
	if (!spec->old_path)
		return message_usage(command, "--new needs --old");
	return EXIT_DONE;
}

/* SNAPSHOT and NEWER. */
static int take_snapshots(struct lscow_input_spec *spec, const char *command, int argc,
			  char **argv)
{
	if (argc - optind > 2)
		return message_usage(command, "unexpected argument '%s'", argv[optind + 2]);
	for (int i = optind; i < argc; i++)
		if (argv[i][0] == '\0')
			return message_usage(command, "the name of a snapshot is empty");
	spec->snapshot = optind < argc ? argv[optind] : NULL;
	spec->newer = optind + 1 < argc ? argv[optind + 1] : NULL;
	return EXIT_DONE;
}

static int check_form(const char *command, const struct lscow_input_spec *spec,
		      bool cow_alone)
{
	bool store = spec->origin_path || spec->cow_path;
	bool views = spec->old_path || spec->new_path || spec->changes;

	if (spec->snapshot && (store || views))
		return message_usage(command, "a snapshot ('%s') does not go with --origin, "
				     "--cow, --old, --new and --changes", spec->snapshot);
	if (spec->snapshot)
		return EXIT_DONE;
	if (store && views)
		return message_usage(command, "--origin and --cow do not go with "
					      "--old, --new and --changes");
	if (views)
		return check_two_views(command, spec);
	if (!store)
		return message_usage(command, "nothing to %s: give a snapshot, %s, or --old and --new",
				     cow_alone ? "read" : "compare",
				     cow_alone ? "--cow" : "--origin and --cow");
	if (!spec->cow_path)
		return message_usage(command, "--origin needs --cow");
	if (!spec->origin_path && !cow_alone)
		return message_usage(command, "--cow needs --origin");
	return EXIT_DONE;
}

int options_read_place(struct shared_options *options, const char *command)
{
	const char *wrong = NULL;

	if (options->offset && options->partition)
		return message_usage(command, "--offset does not go with --partition");
	if (options->offset)
		wrong = parse_size(options->offset, &options->spec.offset_bytes);
	if (wrong)
		return message_error(EXIT_USAGE, "--offset '%s' %s", options->offset,
				     wrong);
	if (options->partition)
		wrong = parse_partition(options->partition, &options->spec.partition);
	if (wrong)
		return message_error(EXIT_USAGE, "--partition '%s' %s", options->partition,
				     wrong);
	return EXIT_DONE;
}

const void *options_choose_format(const char *word, const void *formats, size_t nr_formats,
				  size_t format_bytes)
{
	char names[128] = "";
	size_t length = 0;

	if (!word)
		return formats;
	for (size_t i = 0; i < nr_formats; i++) {
		const void *format = (const char *)formats + i * format_bytes;
		const char *name = *(const char *const *)format;

		if (strcmp(word, name) == 0)
			return format;
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
					   i > 0 ? ", " : "", name);
	}
	message_error(EXIT_USAGE, "--format: unknown format '%s'; formats: %s", word, names);
	return NULL;
}

int options_check_progress(const struct shared_options *options, const char *command)
{
	if (options->progress && options->quiet)
		return message_usage(command, "--progress does not go with --quiet");
	return EXIT_DONE;
}

int options_finish(struct shared_options *options, const char *command, int argc,
		   char **argv, bool cow_alone)
{
	int code = take_snapshots(&options->spec, command, argc, argv);

	if (code == EXIT_DONE)
		code = options_check_progress(options, command);
	if (code == EXIT_DONE)
		code = options_read_place(options, command);
	if (code != EXIT_DONE)
		return code;
	return check_form(command, &options->spec, cow_alone);
}

enum progress_mode options_progress_mode(const struct shared_options *options)
{
	if (options->quiet)
		return PROGRESS_NEVER;
	return options->progress ? PROGRESS_ALWAYS : PROGRESS_AUTO;
}
