/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Snapshots as a table, and below it the stores that were left behind. */

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>

#include "human.h"
#include "message.h"
#include "out-snapshots.h"

/* Room for what is made for a cell; names are borrowed. */
enum { CELL_BYTES = 32 };

/* One column: its name, and what it has for a snapshot. "" where that is unknown. */
struct column {
	const char *name;
	const char *(*get)(const struct lscow_snapshot *snapshot, time_t now,
			   char cell[CELL_BYTES]);
	bool is_number;
};

static const char *get_name(const struct lscow_snapshot *snapshot, time_t now,
			    char cell[CELL_BYTES])
{
	(void)now;
	(void)cell;
	return snapshot->name;
}

static const char *get_origin(const struct lscow_snapshot *snapshot, time_t now,
			      char cell[CELL_BYTES])
{
	(void)now;
	(void)cell;
	return snapshot->origin ? snapshot->origin : "";
}

static const char *get_chunk(const struct lscow_snapshot *snapshot, time_t now,
			     char cell[CELL_BYTES])
{
	(void)now;
	return snapshot->chunk_bytes ? human_size(snapshot->chunk_bytes, cell) : "";
}

static const char *get_used(const struct lscow_snapshot *snapshot, time_t now,
			    char cell[CELL_BYTES])
{
	(void)now;
	return snapshot->has_usage ? human_size(snapshot->used_bytes, cell) : "";
}

static const char *get_total(const struct lscow_snapshot *snapshot, time_t now,
			     char cell[CELL_BYTES])
{
	(void)now;
	return snapshot->total_bytes ? human_size(snapshot->total_bytes, cell) : "";
}

/* Rounded up, so that 100% is full and 0% is empty. */
static const char *get_percent(const struct lscow_snapshot *snapshot, time_t now,
			       char cell[CELL_BYTES])
{
	uint64_t total_bytes = snapshot->total_bytes;
	double percent;

	(void)now;
	if (!snapshot->has_usage || total_bytes == 0)
		return "";
	percent = 100.0 * (double)snapshot->used_bytes / (double)total_bytes;
	snprintf(cell, CELL_BYTES, "%d%%", (int)percent + (percent > (double)(int)percent));
	return cell;
}

static const char *get_exceptions(const struct lscow_snapshot *snapshot, time_t now,
				  char cell[CELL_BYTES])
{
	(void)now;
	if (!snapshot->has_exceptions)
		return "";
	snprintf(cell, CELL_BYTES, "%" PRIu64, snapshot->nr_exceptions);
	return cell;
}

static const char *get_changed(const struct lscow_snapshot *snapshot, time_t now,
			       char cell[CELL_BYTES])
{
	(void)now;
	return snapshot->has_exceptions ? human_size(snapshot->changed_bytes, cell) : "";
}

static const char *get_state(const struct lscow_snapshot *snapshot, time_t now,
			     char cell[CELL_BYTES])
{
	(void)now;
	(void)cell;
	return lscow_snapshot_state_name(snapshot->state);
}

/* A clock that was set back makes no age. */
static const char *get_age(const struct lscow_snapshot *snapshot, time_t now,
			   char cell[CELL_BYTES])
{
	if (snapshot->created <= 0 || snapshot->created > now)
		return "";
	return human_age((uint64_t)(now - snapshot->created), cell);
}

static const char *get_command(const struct lscow_snapshot *snapshot, time_t now,
			       char cell[CELL_BYTES])
{
	(void)now;
	(void)cell;
	return snapshot->remove_command ? snapshot->remove_command : "";
}

static const struct column snapshot_columns[] = {
	{ "SNAPSHOT", get_name, false },
	{ "ORIGIN", get_origin, false },
	{ "CHUNK", get_chunk, true },
	{ "USED", get_used, true },
	{ "SIZE", get_total, true },
	{ "USE%", get_percent, true },
	{ "EXCEPTIONS", get_exceptions, true },
	{ "CHANGED", get_changed, true },
	{ "STATE", get_state, false },
	{ "AGE", get_age, true },
};

static const struct column stale_columns[] = {
	{ "STALE STORE", get_name, false },
	{ "CHUNK", get_chunk, true },
	{ "SIZE", get_total, true },
	{ "EXCEPTIONS", get_exceptions, true },
	{ "HOLDS", get_changed, true },
	{ "REMOVE WITH", get_command, false },
};

/* One of the two tables while it is made. */
struct table {
	struct libscols_table *scols;
	const struct column *columns;
	size_t nr_columns;
};

static int open_table(struct table *table, FILE *stream)
{
	table->scols = scols_new_table();
	if (!table->scols || scols_table_set_stream(table->scols, stream) != 0)
		return message_no_memory();
	for (size_t i = 0; i < table->nr_columns; i++)
		if (!scols_table_new_column(table->scols, table->columns[i].name, 0,
					    table->columns[i].is_number ? SCOLS_FL_RIGHT : 0))
			return message_no_memory();
	return EXIT_DONE;
}

static int add_line(struct table *table, const struct lscow_snapshot *snapshot, time_t now)
{
	struct libscols_line *line = scols_table_new_line(table->scols, NULL);

	for (size_t i = 0; line && i < table->nr_columns; i++) {
		char cell[CELL_BYTES];

		if (scols_line_set_data(line, i, table->columns[i].get(snapshot, now, cell)))
			line = NULL;
	}
	return line ? EXIT_DONE : message_no_memory();
}

/* Writes those that are stale, or those that are not. */
static int write_table(FILE *stream, const struct snapshots_report *report, bool stale,
		       struct table *table)
{
	size_t nr;
	const struct lscow_snapshot *snapshots = lscow_snapshots_get(report->snapshots, &nr);
	int code = open_table(table, stream);

	for (size_t i = 0; i < nr && code == EXIT_DONE; i++)
		if ((snapshots[i].type == LSCOW_SNAPSHOT_STALE) == stale)
			code = add_line(table, &snapshots[i], report->now);
	if (code == EXIT_DONE && scols_print_table(table->scols) != 0)
		code = message_no_memory();
	scols_unref_table(table->scols);
	return code;
}

static size_t count_stale(const struct snapshots_report *report, size_t *nr)
{
	const struct lscow_snapshot *snapshots = lscow_snapshots_get(report->snapshots, nr);
	size_t nr_stale = 0;

	for (size_t i = 0; i < *nr; i++)
		nr_stale += snapshots[i].type == LSCOW_SNAPSHOT_STALE;
	return nr_stale;
}

static const char caution[] =
	"No snapshot uses these stores, and what changed since they were left is not in\n"
	"them: a snapshot that is activated from one again is wrong. Look with lvs before\n"
	"you remove one.\n";

int out_snapshots_table(FILE *stream, const struct snapshots_report *report)
{
	struct table snapshots = {
		.columns = snapshot_columns,
		.nr_columns = sizeof(snapshot_columns) / sizeof(snapshot_columns[0]),
	};
	struct table stale = {
		.columns = stale_columns,
		.nr_columns = sizeof(stale_columns) / sizeof(stale_columns[0]),
	};
	size_t nr;
	size_t nr_stale = count_stale(report, &nr);
	int code = EXIT_DONE;

	if (nr > nr_stale)
		code = write_table(stream, report, false, &snapshots);
	if (code != EXIT_DONE || nr_stale == 0)
		return code;
	if (nr > nr_stale)
		fputc('\n', stream);
	code = write_table(stream, report, true, &stale);
	fputs(caution, stream);
	return code;
}
