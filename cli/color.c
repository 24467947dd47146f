/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Colours of the status output. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "color.h"

const char *const color_mode_names[] = { "auto", "always", "never", NULL };

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

static bool is_color_terminal(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

bool color_is_wanted(enum color_mode mode)
{
	if (mode == COLOR_AUTO)
		return !is_set("NO_COLOR") && is_color_terminal();
	return mode == COLOR_ALWAYS;
}

const char *color_begin(enum lscow_kind kind)
{
	switch (kind) {
	case LSCOW_ADDED:
		return "\033[32m";
	case LSCOW_DELETED:
		return "\033[31m";
	case LSCOW_MODIFIED:
		return "\033[33m";
	case LSCOW_METADATA:
		return "\033[36m";
	case LSCOW_RENAMED:
		return "\033[34m";
	case LSCOW_LINKED:
		return "\033[35m";
	}
	return "";
}

const char *color_end(void)
{
	return "\033[0m";
}
