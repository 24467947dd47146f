/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Stands for lib/source/open.c in fuzz targets: paths lead to devices in memory. */

#ifndef LSCOW_TESTS_FUZZ_MEMORY_OPEN_H
#define LSCOW_TESTS_FUZZ_MEMORY_OPEN_H

#include <stddef.h>
#include <stdint.h>

#include "lscow.h"

/* The paths of the two views. */
#define FUZZ_OLD_PATH "fuzz:old"
#define FUZZ_NEW_PATH "fuzz:new"

/* What is found there from now on, of the same size. Borrowed. */
void fuzz_memory_set(enum lscow_side side, uint8_t *bytes, size_t nr_bytes);

#endif
