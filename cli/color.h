/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Colours of the status output. */

#ifndef LSCOW_CLI_COLOR_H
#define LSCOW_CLI_COLOR_H

#include <stdbool.h>

#include "lscow.h"

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* The words for the modes, in their order; NULL-ended. */
extern const char *const color_mode_names[];

/*
 * Whether to colour standard output. Auto asks for a terminal that is not
 * dumb, and for an empty or unset NO_COLOR.
 */
bool color_is_wanted(enum color_mode mode);

/* The sequence that begins the colour of a kind, and the one that ends it. */
const char *color_begin(enum lscow_kind kind);
const char *color_end(void);

#endif
