/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* lscow status: the snapshots of this machine. */

#include "command.h"
#include "message.h"
#include "options.h"
#include "out-snapshots.h"
#include "out.h"

static const char command[] = "status";

static const char help[] =
	"Usage: lscow status [OPTION]... [VG[/LV]]...\n"
	"List the snapshots on this machine: how full they are, how much has changed\n"
	"since, and the exception stores that no snapshot uses.\n"
	"\n"
	"With VG or VG/LV only those of these groups, origins and snapshots.\n"
	"\n"
	"  --format FORMAT       table (default) or json\n"
	"  -h, --help            print this help\n"
	"\n"
	"Exit codes: 0 done, 1 failed (also where there is no device-mapper, or no right\n"
	"to use it), 2 wrong usage, or a name that nothing has.\n";

struct status_format {
	const char *name;
	int (*write)(FILE *stream, const struct snapshots_report *report);
};

static const struct status_format formats[] = {
	{ .name = "table", .write = out_snapshots_table },
	{ .name = "json", .write = out_snapshots_json },
};

enum {
	OPTION_FORMAT = OPTION_OWN,
};

static const struct option table[] = {
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct status_options {
	const char *word; /* the name of the format */
	const struct status_format *format;
	char **names; /* of groups and volumes */
	size_t nr_names;
};

static int read_format(struct status_options *options)
{
	options->format = options_choose_format(options->word, formats,
						sizeof(formats) / sizeof(formats[0]),
						sizeof(formats[0]));
	return options->format ? EXIT_DONE : EXIT_USAGE;
}

static int parse_options(struct status_options *options, int argc, char **argv)
{
	int value;
	int code;

	options_begin();
	while ((value = options_next(command, argc, argv, table)) != -1) {
		if (value == 'h')
			return out_print_text(help);
		if (value == '?')
			return EXIT_USAGE;
		if (value == '0')
			return message_usage(command, "unknown option '-0'");
		code = options_set_once(&options->word, "--format", optarg);
		if (code != EXIT_DONE)
			return code;
	}
	options->names = argv + optind;
	options->nr_names = (size_t)(argc - optind);
	code = read_format(options);
	return code == EXIT_DONE ? OPTIONS_RUN : code;
}

static int print_snapshots(const struct status_options *options,
			   const struct lscow_snapshots *snapshots)
{
	struct snapshots_report report = { .snapshots = snapshots, .now = time(NULL) };
	struct out out;
	int code = out_open(&out);

	if (code == EXIT_DONE)
		code = options->format->write(out.stream, &report);
	if (code == EXIT_DONE)
		code = out_print(&out);
	out_close(&out);
	return code;
}

/* Whether the state alone says why nothing is known of the store. */
static bool is_told_by_state(const struct lscow_snapshot *snapshot)
{
	return snapshot->state != LSCOW_STATE_LIVE && snapshot->state != LSCOW_STATE_STALE;
}

/* What the table has no column for: a store that cannot be read. */
static void tell_problems(const struct lscow_snapshots *snapshots)
{
	size_t nr;
	const struct lscow_snapshot *items = lscow_snapshots_get(snapshots, &nr);

	for (size_t i = 0; i < nr; i++)
		if (items[i].problem && !is_told_by_state(&items[i]))
			message_error(EXIT_DONE, "%s: %s", items[i].name, items[i].problem);
}

static int run_status(const struct status_options *options)
{
	struct lscow_snapshots *snapshots = NULL;
	struct lscow_error err;
	int code;

	if (lscow_snapshots_load((const char *const *)options->names, options->nr_names,
				 &snapshots, &err) != LSCOW_OK)
		return message_library(&err);
	code = print_snapshots(options, snapshots);
	if (code == EXIT_DONE && options->format->write == out_snapshots_table)
		tell_problems(snapshots);
	lscow_snapshots_free(snapshots);
	return code;
}

int cmd_status(int argc, char **argv)
{
	struct status_options options = { 0 };
	int code = parse_options(&options, argc, argv);

	return code == OPTIONS_RUN ? run_status(&options) : code;
}
