/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The tally of --stats, for people. */

#include <inttypes.h>

#include "kind.h"
#include "stats.h"

static void write_row(FILE *stream, const char *name, uint64_t number)
{
	fprintf(stream, "  %-20s %12" PRIu64 "\n", name, number);
}

static void write_changes(FILE *stream, const struct lscow_summary *summary)
{
	uint64_t total = 0;

	fputs("changes\n", stream);
	for (const char *letter = KIND_LETTERS; *letter; letter++) {
		uint64_t number = summary->nr_changes[(unsigned char)*letter];

		write_row(stream, kind_name((enum lscow_kind)*letter), number);
		total += number;
	}
	write_row(stream, "total", total);
}

static void write_blocks(FILE *stream, const struct lscow_summary *summary)
{
	fputs("changed blocks\n", stream);
	for (int i = 0; i < LSCOW_NR_BLOCK_CLASSES; i++)
		if (summary->nr_blocks[i] != 0)
			write_row(stream,
				  lscow_block_class_name((enum lscow_block_class)i),
				  summary->nr_blocks[i]);
	write_row(stream, "total", summary->total_blocks);
}

static void write_cache(FILE *stream, const struct lscow_summary *summary)
{
	fputs(summary->names_cache_full ? "names cache (full: not all is stored)\n"
					: "names cache\n", stream);
	write_row(stream, "names used", summary->cached_names);
	write_row(stream, "stale", summary->stale_hints);
	write_row(stream, "stored", summary->stored_hints);
}

static void write_reads(FILE *stream, const struct lscow_summary *summary)
{
	uint64_t total = 0;

	fputs("bytes read\n", stream);
	for (int i = 0; i < LSCOW_NR_READ_KINDS; i++) {
		write_row(stream, lscow_read_kind_name((enum lscow_read_kind)i),
			  summary->read_bytes[i]);
		total += summary->read_bytes[i];
	}
	write_row(stream, "total", total);
}

static void write_steps(FILE *stream, const struct lscow_summary *summary)
{
	fputs("milliseconds\n", stream);
	for (int i = 0; i < LSCOW_NR_STEPS; i++)
		write_row(stream, lscow_step_name((enum lscow_step)i),
			  (summary->step_microseconds[i] + 500) / 1000);
}

void stats_write(FILE *stream, const struct lscow_summary *summary, bool has_cache)
{
	write_changes(stream, summary);
	write_blocks(stream, summary);
	fputs("read in search\n", stream);
	write_row(stream, "inodes", summary->scanned_inodes);
	write_row(stream, "directories", summary->searched_directories);
	write_reads(stream, summary);
	write_steps(stream, summary);
	if (has_cache)
		write_cache(stream, summary);
}
