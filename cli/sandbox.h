/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The sandbox in which filesystems are read, unless --no-sandbox is given. */

#ifndef LSCOW_CLI_SANDBOX_H
#define LSCOW_CLI_SANDBOX_H

#include "options.h"

/* *sandbox is NULL with --no-sandbox. Returns an exit code. */
int sandbox_open(const struct shared_options *options, struct lscow_sandbox **sandbox);

/*
 * Enters it, once all is open. Where there is none on this machine, only --progress
 * says so. Returns 0, or a code with err filled.
 */
int sandbox_enter(const struct shared_options *options, struct lscow_sandbox *sandbox,
		  struct lscow_error *err);

#endif
