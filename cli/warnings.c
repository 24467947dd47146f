/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What the user should know although nothing failed, on standard error. */

#include "message.h"
#include "warnings.h"

static void print_all(const char *const *warnings, size_t nr_warnings)
{
	for (size_t i = 0; i < nr_warnings; i++)
		message_error(EXIT_DONE, "warning: %s", warnings[i]);
}

void warnings_print(const struct lscow_input *input)
{
	size_t nr_warnings;
	const char *const *warnings;

	if (!input)
		return;
	warnings = lscow_input_get_warnings(input, &nr_warnings);
	print_all(warnings, nr_warnings);
}

void warnings_print_files(const struct lscow_files *files)
{
	size_t nr_warnings;
	const char *const *warnings;

	if (!files)
		return;
	warnings = lscow_files_get_warnings(files, &nr_warnings);
	print_all(warnings, nr_warnings);
}
