/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Files in a folder of their own, for tests that need paths. */

#ifndef LSCOW_TESTS_TEMP_DIR_H
#define LSCOW_TESTS_TEMP_DIR_H

#include <stddef.h>
#include <stdint.h>

/* All of these abort where they cannot do it. One folder at a time. */
void temp_dir_make(void);
void temp_dir_remove(void);

/* The path of name in the folder. Valid until temp_dir_remove(). */
const char *temp_dir_path(const char *name);
/* Writes a file of that name and returns its path. */
const char *temp_dir_write(const char *name, const void *bytes, size_t length_bytes);
/* How many file descriptors this process has open. */
size_t temp_dir_count_open_files(void);

#endif
