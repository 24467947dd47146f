/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The rsync format: a list for rsync --from0 --files-from. */

#include "message.h"
#include "out-files.h"

/* rsync drops lines that begin with # or ;, also with --from0: hence the "./". */
int out_rsync(FILE *stream, const struct files_report *report)
{
	size_t nr_transfers;
	const struct lscow_transfer *transfers =
		lscow_files_get_transfers(report->files, &nr_transfers);

	for (size_t i = 0; i < nr_transfers; i++)
		fprintf(stream, "./%s%c", transfers[i].path, '\0');
	return EXIT_DONE;
}
