/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The options of lscow files. */

#include <stdlib.h>
#include <string.h>

#include "files-options.h"
#include "message.h"
#include "out.h"
#include "parse.h"

static const char command[] = "files";

/* As lscow.h has it. */
#define LEAST_CACHE_BYTES (UINT64_C(1) << 20)

static const char help[] =
	"Usage: lscow files SNAPSHOT [NEWER] [OPTION]...\n"
	"       lscow files --origin DEV --cow STORE [OPTION]...\n"
	"       lscow files --old DEV --new DEV [--changes FORMAT:FILE] [OPTION]...\n"
	"List the files that changed.\n"
	"\n"
	OPTIONS_SHARED_HELP
	"\n"
	"Output:\n"
	"  --format FORMAT       status (default), paths, rsync or json\n"
	"  -0, --null            raw names, each ended by a NUL byte\n"
	"  --side new|old        paths and rsync: what to copy to get that side\n"
	"  --only LETTERS        only these kinds of change, of ADMmRH\n"
	"  --under PATH          only what lies at or below PATH\n"
	"  --expand              a row for each file below a renamed directory\n"
	"  --ranges              json: the changed bytes of each file\n"
	"  --quick               print nothing; exit 0 if unchanged, 10 if changed\n"
	"  --names-cache FILE    keep there from run to run where names were found\n"
	"  --names-cache-size SIZE how large it may grow: K, M, G may follow (1G)\n"
	"  --stats               tell on standard error what the changed blocks were\n"
	"  --partial             print what is known when something is not\n"
	"  --color WHEN          colour the letters of status: auto, always, never\n"
	OPTIONS_COMMON_HELP
	"\n"
	"Letters: A added, D deleted, M modified, m only metadata modified,\n"
	"R renamed, H one more hard link.\n"
	"\n"
	"Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the changes cannot be known\n"
	"(do a full scan), 4 incomplete, 10 changed (--quick).\n";

static const struct files_format formats[] = {
	{ .name = "status", .write = out_status, .takes_null = true },
	{ .name = "paths", .write = out_paths, .takes_null = true,
	  .takes_side = true, .expands = true },
	{ .name = "rsync", .write = out_rsync, .takes_null = true,
	  .takes_side = true, .expands = true, .transfers = true },
	{ .name = "json", .write = out_json, .takes_ranges = true },
};

enum {
	OPTION_FORMAT = OPTION_OWN,
	OPTION_SIDE,
	OPTION_ONLY,
	OPTION_UNDER,
	OPTION_EXPAND,
	OPTION_RANGES,
	OPTION_QUICK,
	OPTION_NAMES_CACHE,
	OPTION_NAMES_CACHE_SIZE,
	OPTION_STATS,
	OPTION_PARTIAL,
	OPTION_COLOR,
};

static const struct option table[] = {
	OPTIONS_SHARED,
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "null", no_argument, NULL, '0' },
	{ "side", required_argument, NULL, OPTION_SIDE },
	{ "only", required_argument, NULL, OPTION_ONLY },
	{ "under", required_argument, NULL, OPTION_UNDER },
	{ "expand", no_argument, NULL, OPTION_EXPAND },
	{ "ranges", no_argument, NULL, OPTION_RANGES },
	{ "quick", no_argument, NULL, OPTION_QUICK },
	{ "names-cache", required_argument, NULL, OPTION_NAMES_CACHE },
	{ "names-cache-size", required_argument, NULL, OPTION_NAMES_CACHE_SIZE },
	{ "stats", no_argument, NULL, OPTION_STATS },
	{ "partial", no_argument, NULL, OPTION_PARTIAL },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ NULL, 0, NULL, 0 },
};

/* The values of options as they stand on the command line. */
struct words {
	const char *format;
	const char *side;
	const char *only;
	const char *under;
	const char *cache;
	const char *cache_size;
	const char *color;
};

/* Sets the flag that an option without a value stands for. */
static void take_flag(struct files_options *options, int value)
{
	switch (value) {
	case '0':
		options->null_ended = true;
		break;
	case OPTION_EXPAND:
		options->expand = true;
		break;
	case OPTION_RANGES:
		options->ranges = true;
		break;
	case OPTION_QUICK:
		options->quick = true;
		break;
	case OPTION_STATS:
		options->stats = true;
		break;
	case OPTION_PARTIAL:
		options->partial = true;
		break;
	}
}

static int take_option(struct files_options *options, struct words *words, int value)
{
	switch (value) {
	case OPTION_FORMAT:
		return options_set_once(&words->format, "--format", optarg);
	case OPTION_SIDE:
		return options_set_once(&words->side, "--side", optarg);
	case OPTION_ONLY:
		return options_set_once(&words->only, "--only", optarg);
	case OPTION_UNDER:
		return options_set_once(&words->under, "--under", optarg);
	case OPTION_NAMES_CACHE:
		return options_set_once(&words->cache, "--names-cache", optarg);
	case OPTION_NAMES_CACHE_SIZE:
		return options_set_once(&words->cache_size, "--names-cache-size", optarg);
	case OPTION_COLOR: /* the last one counts: aliases set it */
		words->color = optarg;
		return EXIT_DONE;
	default:
		if (value >= OPTION_ORIGIN && value < OPTION_OWN)
			return options_take(&options->shared, value, optarg);
		take_flag(options, value);
		return EXIT_DONE;
	}
}

static int read_format(struct files_options *options, const char *word)
{
	options->format = options_choose_format(word, formats,
						sizeof(formats) / sizeof(formats[0]),
						sizeof(formats[0]));
	return options->format ? EXIT_DONE : EXIT_USAGE;
}

static int read_side(struct files_options *options, const char *word)
{
	static const char *const names[] = { "new", "old", NULL };
	int index = word ? parse_word(word, names) : 0;

	if (index < 0)
		return message_error(EXIT_USAGE, "--side: '%s' is neither new nor old",
				     word);
	options->side = index == 0 ? LSCOW_SIDE_NEW : LSCOW_SIDE_OLD;
	return EXIT_DONE;
}

static int read_color(struct files_options *options, const char *word)
{
	int index = word ? parse_word(word, color_mode_names) : COLOR_AUTO;

	if (index < 0)
		return message_error(EXIT_USAGE,
				     "--color: '%s' is none of auto, always, never", word);
	options->color = (enum color_mode)index;
	return EXIT_DONE;
}

static int read_under(struct files_options *options, const char *word)
{
	const char *wrong;

	if (!word)
		return EXIT_DONE;
	wrong = parse_inner_path(word, &options->under);
	if (wrong)
		return message_error(EXIT_USAGE, "--under '%s' %s", word, wrong);
	if (!options->under)
		return message_no_memory();
	if (*options->under == '\0') { /* the root: all of it */
		free(options->under);
		options->under = NULL;
	}
	return EXIT_DONE;
}

static int read_cache(struct files_options *options, const struct words *words)
{
	const char *wrong = NULL;

	if (words->cache_size)
		wrong = parse_size(words->cache_size, &options->names_cache_bytes);
	if (wrong)
		return message_error(EXIT_USAGE, "--names-cache-size '%s' %s",
				     words->cache_size, wrong);
	if (words->cache_size && !words->cache)
		return message_usage(command, "--names-cache-size needs --names-cache");
	if (words->cache_size && options->names_cache_bytes < LEAST_CACHE_BYTES)
		return message_error(EXIT_USAGE, "--names-cache-size '%s' is less than 1M",
				     words->cache_size);
	options->names_cache = words->cache;
	return EXIT_DONE;
}

static int read_words(struct files_options *options, const struct words *words)
{
	const char *wrong = words->only ? parse_letters(words->only) : NULL;
	int code = read_format(options, words->format);

	if (code == EXIT_DONE)
		code = read_side(options, words->side);
	if (code == EXIT_DONE)
		code = read_color(options, words->color);
	if (code == EXIT_DONE && wrong)
		code = message_error(EXIT_USAGE, "--only '%s' %s", words->only, wrong);
	if (code == EXIT_DONE)
		code = read_cache(options, words);
	options->only = words->only;
	return code != EXIT_DONE ? code : read_under(options, words->under);
}

/* Refuses options that would have no effect, rather than ignore a wish. */
static int check_together(const struct files_options *options,
			  const struct words *words)
{
	const struct files_format *format = options->format;
	const char *bad = NULL;

	if (options->quick) {
		if (words->format || words->side || options->null_ended ||
		    options->ranges || options->expand)
			return message_usage(command, "--quick prints nothing: "
					     "it does not go with options for output");
		return EXIT_DONE;
	}
	if (options->null_ended && !format->takes_null)
		bad = "--null";
	else if (words->side && !format->takes_side)
		bad = "--side";
	else if (options->ranges && !format->takes_ranges)
		bad = "--ranges";
	if (bad)
		return message_usage(command, "%s does not go with --format %s", bad,
				     format->name);
	return EXIT_DONE;
}

static int read_options(struct files_options *options, struct words *words, int argc,
			char **argv)
{
	int value;

	options_begin();
	while ((value = options_next(command, argc, argv, table)) != -1) {
		int code = EXIT_USAGE;

		if (value == 'h')
			return out_print_text(help);
		if (value != '?')
			code = take_option(options, words, value);
		if (code != EXIT_DONE)
			return code;
	}
	return OPTIONS_RUN;
}

int files_options_parse(struct files_options *options, int argc, char **argv)
{
	struct words words = { 0 };
	int code;

	*options = (struct files_options){ 0 };
	code = read_options(options, &words, argc, argv);
	if (code != OPTIONS_RUN)
		return code;
	code = options_finish(&options->shared, command, argc, argv, false);
	if (code == EXIT_DONE)
		code = read_words(options, &words);
	if (code == EXIT_DONE)
		code = check_together(options, &words);
	return code == EXIT_DONE ? OPTIONS_RUN : code;
}

void files_options_free(struct files_options *options)
{
	free(options->under);
	*options = (struct files_options){ 0 };
}
