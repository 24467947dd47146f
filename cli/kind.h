/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Letters and words for kinds of change and types of file. */

#ifndef LSCOW_CLI_KIND_H
#define LSCOW_CLI_KIND_H

#include "lscow.h"

/* Every letter, in the order in which tallies show them. */
#define KIND_LETTERS "ADMmRH"

/* "added", "deleted", ... Static storage. */
const char *kind_name(enum lscow_kind kind);

/* "file", "directory", ... Static storage. */
const char *kind_type_name(enum lscow_file_type type);

#endif
