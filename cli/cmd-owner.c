/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* lscow owner: which files own these blocks. */

#include <string.h>

#include "command.h"
#include "message.h"
#include "numbers.h"
#include "options.h"
#include "out-owner.h"
#include "out.h"
#include "sandbox.h"

static const char command[] = "owner";

static const char help[] =
	"Usage: lscow owner IMAGE [OPTION]... N...\n"
	"Tell what is in blocks of a filesystem, and which files they belong to.\n"
	"\n"
	"IMAGE is a device or an image. N is a number, or a range FIRST-LAST; '-' reads\n"
	"them from standard input.\n"
	"\n"
	"Input:\n"
	"  --bytes               N are bytes of IMAGE, not blocks of the filesystem\n"
	"  --sectors             N are sectors (512 bytes) of IMAGE\n"
	OPTIONS_PLACE_HELP
	"\n"
	"Output:\n"
	"  --format FORMAT       status (default) or json\n"
	"  --partial             print what is known when something is not\n"
	OPTIONS_COMMON_HELP
	"\n"
	"Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not a filesystem that can be\n"
	"read, 4 a block in use has no owner, or damage in the way.\n";

struct owner_format {
	const char *name;
	int (*write)(FILE *stream, const struct owner_report *report);
};

static const struct owner_format formats[] = {
	{ .name = "status", .write = out_owner_status },
	{ .name = "json", .write = out_owner_json },
};

enum {
	OPTION_FORMAT = OPTION_OWN,
	OPTION_BYTES,
	OPTION_SECTORS,
	OPTION_PARTIAL,
};

static const struct option table[] = {
	{ "offset", required_argument, NULL, OPTION_OFFSET },
	{ "partition", required_argument, NULL, OPTION_PARTITION },
	{ "progress", no_argument, NULL, OPTION_PROGRESS },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX },
	{ "help", no_argument, NULL, 'h' },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "bytes", no_argument, NULL, OPTION_BYTES },
	{ "sectors", no_argument, NULL, OPTION_SECTORS },
	{ "partial", no_argument, NULL, OPTION_PARTIAL },
	{ NULL, 0, NULL, 0 },
};

struct owner_command {
	struct shared_options shared;
	const char *word; /* the name of the format */
	const struct owner_format *format;
	const char *path;
	bool bytes;
	bool sectors;
	bool partial;
	struct numbers numbers;
};

static int take_option(struct owner_command *owner, int value)
{
	switch (value) {
	case OPTION_FORMAT:
		return options_set_once(&owner->word, "--format", optarg);
	case OPTION_BYTES:
		owner->bytes = true;
		return EXIT_DONE;
	case OPTION_SECTORS:
		owner->sectors = true;
		return EXIT_DONE;
	case OPTION_PARTIAL:
		owner->partial = true;
		return EXIT_DONE;
	default:
		return options_take(&owner->shared, value, optarg);
	}
}

static int read_format(struct owner_command *owner)
{
	owner->format = options_choose_format(owner->word, formats,
						sizeof(formats) / sizeof(formats[0]),
						sizeof(formats[0]));
	return owner->format ? EXIT_DONE : EXIT_USAGE;
}

/* IMAGE, and behind it the numbers. */
static int read_arguments(struct owner_command *owner, int argc, char **argv)
{
	bool has_input = false;
	int code = EXIT_DONE;

	if (optind == argc)
		return message_usage(command, "no image given");
	owner->path = argv[optind];
	if (*owner->path == '\0')
		return message_usage(command, "the name of the image is empty");
	if (optind + 1 == argc)
		return message_usage(command, "no numbers given");
	for (int i = optind + 1; i < argc && code == EXIT_DONE; i++) {
		bool is_input = strcmp(argv[i], "-") == 0;

		if (is_input && has_input)
			return message_usage(command, "'-' is given twice");
		has_input |= is_input;
		code = is_input ? numbers_read(&owner->numbers, stdin)
				: numbers_add(&owner->numbers, argv[i]);
	}
	return code;
}

static int finish_options(struct owner_command *owner, int argc, char **argv)
{
	int code = options_check_progress(&owner->shared, command);

	if (code == EXIT_DONE)
		code = options_read_place(&owner->shared, command);
	if (code == EXIT_DONE)
		code = read_format(owner);
	if (code == EXIT_DONE && owner->bytes && owner->sectors)
		code = message_usage(command, "--bytes does not go with --sectors");
	return code != EXIT_DONE ? code : read_arguments(owner, argc, argv);
}

static int parse_options(struct owner_command *owner, int argc, char **argv)
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
		code = take_option(owner, value);
		if (code != EXIT_DONE)
			return code;
	}
	code = finish_options(owner, argc, argv);
	return code == EXIT_DONE ? OPTIONS_RUN : code;
}

static int print_owners(const struct owner_command *command_line,
			const struct owner_report *report)
{
	struct out out;
	int code = out_open(&out);

	if (code == EXIT_DONE)
		code = command_line->format->write(out.stream, report);
	if (code == EXIT_DONE)
		code = out_print(&out);
	out_close(&out);
	return code;
}

static enum lscow_unit unit_of(const struct owner_command *owner)
{
	if (owner->bytes)
		return LSCOW_UNIT_BYTES;
	return owner->sectors ? LSCOW_UNIT_SECTORS : LSCOW_UNIT_BLOCKS;
}

/* Opens the image, then finds what is in it. */
static int find_owners(const struct owner_command *command_line,
		       struct lscow_sandbox *sandbox, struct lscow_owner_options *options,
		       struct lscow_owner **owner, struct lscow_error *err)
{
	int result = lscow_image_open(options->path, options->offset_bytes, options->partition,
				      sandbox, &options->image, err);

	if (result == LSCOW_OK)
		result = sandbox_enter(&command_line->shared, sandbox, err);
	return result == LSCOW_OK ? lscow_owner_run(options, owner, err) : result;
}

static int run_owner(const struct owner_command *command_line, struct lscow_sandbox *sandbox)
{
	struct progress progress;
	struct lscow_owner_options options = {
		.path = command_line->path,
		.offset_bytes = command_line->shared.spec.offset_bytes,
		.partition = command_line->shared.spec.partition,
		.unit = unit_of(command_line),
		.numbers = command_line->numbers.items,
		.nr_numbers = command_line->numbers.nr,
		.partial = command_line->partial,
		.progress = progress_report,
		.progress_data = &progress,
	};
	struct owner_report report = { .options = &options };
	struct lscow_owner *owner = NULL;
	struct lscow_error err;
	int result;
	int code = EXIT_DONE;

	progress_start(&progress, options_progress_mode(&command_line->shared));
	result = find_owners(command_line, sandbox, &options, &owner, &err);
	progress_clear(&progress);
	report.owner = owner;
	report.incomplete = result == LSCOW_OK ? NULL : err.message;
	if (owner)
		code = print_owners(command_line, &report);
	if (code == EXIT_DONE && result != LSCOW_OK)
		code = message_library(&err);
	lscow_owner_free(owner);
	lscow_image_close(options.image);
	return code;
}

int cmd_owner(int argc, char **argv)
{
	struct owner_command owner = { .bytes = false };
	struct lscow_sandbox *sandbox = NULL;
	int code = parse_options(&owner, argc, argv);

	if (code == OPTIONS_RUN) {
		code = sandbox_open(&owner.shared, &sandbox);
		if (code == EXIT_DONE)
			code = run_owner(&owner, sandbox);
	}
	lscow_sandbox_free(sandbox);
	numbers_free(&owner.numbers);
	return code;
}
