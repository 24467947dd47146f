/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What the user should know of an input, on standard error. */

#ifndef LSCOW_CLI_WARNINGS_H
#define LSCOW_CLI_WARNINGS_H

#include "lscow.h"

/* Prints "lscow: warning: MESSAGE" for each; does nothing where input is NULL. */
void warnings_print(const struct lscow_input *input);

#endif
