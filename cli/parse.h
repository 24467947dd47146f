/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Strict readers of what stands on the command line. */

#ifndef LSCOW_CLI_PARSE_H
#define LSCOW_CLI_PARSE_H

#include <stdint.h>

#include "lscow.h"

/*
 * Readers return NULL, or what is wrong with the text: a phrase that follows
 * the text in a message, such as "is not a number". Static storage. The value
 * is set only on success.
 */

/* Decimal digits, and K, M or G for a power of 1024 after them or nothing. */
const char *parse_size(const char *text, uint64_t *bytes);

/* The number of a partition: decimal digits, from 1 on. */
const char *parse_partition(const char *text, uint32_t *partition);

/* A number, or FIRST-LAST where the last is no less than the first. */
const char *parse_numbers(const char *text, struct lscow_numbers *numbers);

/* Letters of kinds of change, at least one. */
const char *parse_letters(const char *text);

/*
 * A path inside the filesystem without what does not matter: "." components,
 * leading, trailing and doubled slashes. *path is newly allocated, the root
 * is "". Paths with ".." are refused. *path is NULL when memory ran out.
 */
const char *parse_inner_path(const char *text, char **path);

/* The index of text in a NULL-ended list of words, or -1. */
int parse_word(const char *text, const char *const *words);

#endif
