/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What the user should know of an input, on standard error. */

#include "message.h"
#include "warnings.h"

void warnings_print(const struct lscow_input *input)
{
	size_t nr_warnings;
	const char *const *warnings;

	if (!input)
		return;
	warnings = lscow_input_get_warnings(input, &nr_warnings);
	for (size_t i = 0; i < nr_warnings; i++)
		message_error(EXIT_DONE, "warning: %s", warnings[i]);
}
