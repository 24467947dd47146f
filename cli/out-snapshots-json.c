/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Snapshots as JSON: a header, a row for each, a summary. */

#include <string.h>

#include "json.h"
#include "message.h"
#include "out-snapshots.h"

/* A number that is not known is null, so that no key is ever missing. */
static int set_known(json_t *row, const char *key, bool is_known, uint64_t value)
{
	return is_known ? json_set_number(row, key, value) : json_set(row, key, json_null());
}

static int set_name_or_null(json_t *row, const char *key, const char *name)
{
	return name ? json_set_name(row, key, name) : json_set(row, key, json_null());
}

static int write_row(FILE *stream, const struct lscow_snapshot *snapshot)
{
	bool is_stale = snapshot->type == LSCOW_SNAPSHOT_STALE;
	json_t *row = json_line_new(is_stale ? "stale_store" : "snapshot");
	int failed = 0;

	failed |= json_set_name(row, "name", snapshot->name);
	failed |= json_set_name(row, "device", snapshot->dm_name);
	failed |= json_set_string(row, "kind", lscow_snapshot_type_name(snapshot->type));
	failed |= json_set_string(row, "state", lscow_snapshot_state_name(snapshot->state));
	failed |= set_name_or_null(row, "origin", snapshot->origin);
	failed |= set_known(row, "size", !is_stale, snapshot->size_bytes);
	failed |= set_known(row, "chunk_size", snapshot->chunk_bytes != 0,
			    snapshot->chunk_bytes);
	failed |= set_known(row, "used", snapshot->has_usage, snapshot->used_bytes);
	failed |= set_known(row, "total", snapshot->total_bytes != 0, snapshot->total_bytes);
	failed |= set_known(row, "exceptions", snapshot->has_exceptions,
			    snapshot->nr_exceptions);
	failed |= set_known(row, "changed", snapshot->has_exceptions,
			    snapshot->changed_bytes);
	failed |= set_known(row, "created", snapshot->created > 0,
			    (uint64_t)snapshot->created);
	if (snapshot->problem)
		failed |= json_set_message(row, "problem", snapshot->problem);
	if (snapshot->remove_command)
		failed |= json_set_message(row, "remove", snapshot->remove_command);
	return json_write_line(stream, row, failed);
}

static int write_header(FILE *stream)
{
	return json_write_line(stream, json_schema_new(), 0);
}

static int write_summary(FILE *stream, size_t nr_snapshots, size_t nr_stale)
{
	json_t *row = json_line_new("summary");
	int failed = 0;

	failed |= json_set_bool(row, "complete", true);
	failed |= json_set_number(row, "snapshots", nr_snapshots);
	failed |= json_set_number(row, "stale_stores", nr_stale);
	return json_write_line(stream, row, failed);
}

int out_snapshots_json(FILE *stream, const struct snapshots_report *report)
{
	size_t nr;
	size_t nr_stale = 0;
	const struct lscow_snapshot *snapshots = lscow_snapshots_get(report->snapshots, &nr);
	int code = write_header(stream);

	for (size_t i = 0; i < nr && code == EXIT_DONE; i++) {
		nr_stale += snapshots[i].type == LSCOW_SNAPSHOT_STALE;
		code = write_row(stream, &snapshots[i]);
	}
	return code != EXIT_DONE ? code : write_summary(stream, nr - nr_stale, nr_stale);
}
