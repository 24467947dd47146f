/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Sizes and times, short, for people. */

#ifndef LSCOW_CLI_HUMAN_H
#define LSCOW_CLI_HUMAN_H

#include <stdint.h>

enum { HUMAN_BYTES = 24 };

/* 512, 4K, 1.5M, 20G: powers of 1024, one decimal below 10 where it is not 0. */
const char *human_size(uint64_t bytes, char text[HUMAN_BYTES]);

/* 40s, 12m, 3h 20m, 5d 3h: the two largest units; rounded down. */
const char *human_age(uint64_t seconds, char text[HUMAN_BYTES]);

#endif
