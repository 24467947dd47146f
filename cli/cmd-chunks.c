/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* lscow chunks: the changed byte ranges of a device. */

#include "command.h"
#include "message.h"
#include "options.h"
#include "out-chunks.h"
#include "out.h"
#include "sandbox.h"
#include "warnings.h"

static const char command[] = "chunks";

static const char help[] =
	"Usage: lscow chunks SNAPSHOT [NEWER] [OPTION]...\n"
	"       lscow chunks [--origin DEV] --cow STORE [OPTION]...\n"
	"       lscow chunks --old DEV --new DEV [--changes FORMAT:FILE] [OPTION]...\n"
	"List the byte ranges of the device that may have changed.\n"
	"\n"
	OPTIONS_SHARED_HELP
	"\n"
	"Output:\n"
	"  --format FORMAT       ranges (default: OFFSET LENGTH in bytes) or json\n"
	"  --summary             only the totals, and what the store's header says\n"
	OPTIONS_COMMON_HELP
	"\n"
	"Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the changes cannot be known\n"
	"(do a full scan).\n";

struct chunks_format {
	const char *name;
	int (*write)(FILE *stream, const struct chunks_report *report);
};

static const struct chunks_format formats[] = {
	{ .name = "ranges", .write = out_chunks_ranges },
	{ .name = "json", .write = out_chunks_json },
};

enum {
	OPTION_FORMAT = OPTION_OWN,
	OPTION_SUMMARY,
};

static const struct option table[] = {
	OPTIONS_SHARED,
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "summary", no_argument, NULL, OPTION_SUMMARY },
	{ NULL, 0, NULL, 0 },
};

struct chunks_options {
	struct shared_options shared;
	const char *word; /* the name of the format */
	const struct chunks_format *format;
	bool summary;
};

static int take_option(struct chunks_options *options, int value)
{
	switch (value) {
	case OPTION_FORMAT:
		return options_set_once(&options->word, "--format", optarg);
	case OPTION_SUMMARY:
		options->summary = true;
		return EXIT_DONE;
	default:
		return options_take(&options->shared, value, optarg);
	}
}

static int read_format(struct chunks_options *options)
{
	options->format = options_choose_format(options->word, formats,
						sizeof(formats) / sizeof(formats[0]),
						sizeof(formats[0]));
	return options->format ? EXIT_DONE : EXIT_USAGE;
}

static int parse_options(struct chunks_options *options, int argc, char **argv)
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
		code = take_option(options, value);
		if (code != EXIT_DONE)
			return code;
	}
	code = options_finish(&options->shared, command, argc, argv, true);
	if (code == EXIT_DONE)
		code = read_format(options);
	return code == EXIT_DONE ? OPTIONS_RUN : code;
}

static int print_chunks(const struct chunks_options *options,
			const struct lscow_input *input)
{
	struct chunks_report report = {
		.spec = &options->shared.spec,
		.input = input,
		.summary = options->summary,
	};
	struct out out;
	int code = out_open(&out);

	if (code == EXIT_DONE)
		code = options->format->write(out.stream, &report);
	if (code == EXIT_DONE)
		code = out_print(&out);
	out_close(&out);
	return code;
}

static int open_input(const struct chunks_options *options, struct lscow_input **input,
		      struct lscow_error *err)
{
	const struct shared_options *shared = &options->shared;
	struct progress progress;
	int result = lscow_input_prepare(&shared->spec, input, err);

	if (result != LSCOW_OK)
		return result;
	result = sandbox_enter(shared, shared->spec.sandbox, err);
	if (result != LSCOW_OK)
		return result;
	progress_start(&progress, options_progress_mode(shared));
	result = lscow_input_load(*input, progress_report, &progress, err);
	progress_clear(&progress);
	return result;
}

static int run_chunks(struct chunks_options *options)
{
	struct lscow_input *input = NULL;
	struct lscow_error err;
	int result;
	int code = sandbox_open(&options->shared, &options->shared.spec.sandbox);

	if (code != EXIT_DONE)
		return code;
	result = open_input(options, &input, &err);
	if (result == LSCOW_OK) {
		warnings_print(input);
		result = lscow_input_recheck(input, &err);
	}
	code = result == LSCOW_OK ? print_chunks(options, input) : message_library(&err);
	lscow_input_close(input);
	lscow_sandbox_free(options->shared.spec.sandbox);
	return code;
}

int cmd_chunks(int argc, char **argv)
{
	struct chunks_options options = { 0 };
	int code = parse_options(&options, argc, argv);

	return code == OPTIONS_RUN ? run_chunks(&options) : code;
}
