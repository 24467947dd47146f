/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What the user should know although nothing failed, on standard error. */

#ifndef LSCOW_CLI_WARNINGS_H
#define LSCOW_CLI_WARNINGS_H

#include "lscow.h"

/* Prints "lscow: warning: MESSAGE" for each; does nothing where input is NULL. */
void warnings_print(const struct lscow_input *input);
/* The same for what a run found out. */
void warnings_print_files(const struct lscow_files *files);

#endif
