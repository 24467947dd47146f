/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* lscow files: the changed files. */

#include "command.h"
#include "files-options.h"
#include "message.h"
#include "out.h"
#include "sandbox.h"
#include "stats.h"
#include "warnings.h"

/* One run: what it was told, what it opened. */
struct run {
	struct files_options *options;
	struct progress progress;
	struct lscow_names_cache *cache; /* until it is handed over */
	struct lscow_input *input;
	struct lscow_files *files;
	struct lscow_error err;
};

static int open_input(struct run *run)
{
	const struct files_options *options = run->options;
	const struct shared_options *shared = &options->shared;
	int result = lscow_input_prepare(&shared->spec, &run->input, &run->err);

	if (result == LSCOW_OK && options->names_cache)
		result = lscow_names_cache_prepare(options->names_cache,
						   options->names_cache_bytes,
						   shared->spec.sandbox, &run->cache,
						   &run->err);
	if (result == LSCOW_OK)
		result = sandbox_enter(shared, shared->spec.sandbox, &run->err);
	if (result == LSCOW_OK)
		result = lscow_input_load(run->input, progress_report, &run->progress,
					  &run->err);
	return result;
}

static int find_files(struct run *run)
{
	const struct files_options *options = run->options;
	struct lscow_files_options wanted = {
		.expand = options->expand || options->format->expands,
		.want_ranges = options->ranges,
		.quick = options->quick,
		.want_transfers = options->format->transfers,
		.partial = options->partial,
		.side = options->side,
		.under = options->under,
		.only = options->only,
		.progress = progress_report,
		.progress_data = &run->progress,
		.prepared_names_cache = run->cache,
	};

	run->cache = NULL;
	return lscow_files_run(run->input, &wanted, &run->files, &run->err);
}

static int print_files(struct run *run, bool incomplete)
{
	const struct files_options *options = run->options;
	struct files_report report = {
		.spec = &options->shared.spec,
		.input = run->input,
		.files = run->files,
		.incomplete = incomplete ? run->err.message : NULL,
		.side = options->side,
		.under = options->under,
		.null_ended = options->null_ended,
		.color = color_is_wanted(options->color),
		.ranges = options->ranges,
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

/* The last word: the code of a run that was printed, or had nothing to print. */
static int end_run(struct run *run, bool incomplete)
{
	const struct lscow_summary *summary = lscow_files_get_summary(run->files);

	if (run->options->stats)
		stats_write(stderr, summary, run->options->names_cache != NULL);
	if (incomplete)
		return message_library(&run->err);
	return run->options->quick && summary->changed ? EXIT_CHANGED : EXIT_DONE;
}

static int run_files(struct run *run)
{
	int result = open_input(run);
	bool incomplete;

	if (result == LSCOW_OK)
		result = find_files(run);
	progress_clear(&run->progress);
	warnings_print(run->input);
	warnings_print_files(run->files);
	incomplete = result == LSCOW_E_INCOMPLETE && run->files;
	if (result != LSCOW_OK && !incomplete)
		return message_library(&run->err);
	if (!run->options->quick) {
		int code = print_files(run, incomplete);

		if (code != EXIT_DONE)
			return code;
	}
	return end_run(run, incomplete);
}

int cmd_files(int argc, char **argv)
{
	struct files_options options;
	struct run run = { .options = &options };
	int code = files_options_parse(&options, argc, argv);

	if (code == OPTIONS_RUN) {
		progress_start(&run.progress,
			       options_progress_mode(&options.shared));
		code = sandbox_open(&options.shared, &options.shared.spec.sandbox);
		if (code == EXIT_DONE)
			code = run_files(&run);
	}
	lscow_files_free(run.files);
	lscow_names_cache_close(run.cache, NULL);
	lscow_input_close(run.input);
	lscow_sandbox_free(options.shared.spec.sandbox);
	files_options_free(&options);
	return code;
}
