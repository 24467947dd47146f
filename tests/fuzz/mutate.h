/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Changes inputs of the fuzz target image, in fields of the metadata. */

#ifndef LSCOW_TESTS_FUZZ_MUTATE_H
#define LSCOW_TESTS_FUZZ_MUTATE_H

#include "fuzz/patches.h"

/* Adds, drops or changes patches; the same seed does the same. */
void fuzz_mutate(struct fuzz_patches *patches, unsigned int seed);

#endif
