/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What a process of our own needs: a socket to its parent, and nothing else open. */

#ifndef LSCOW_SANDBOX_PROCESS_H
#define LSCOW_SANDBOX_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

/* All of it, or false where the other side is not there any more. */
bool lscow_process_send(int fd, const void *bytes, size_t nr_bytes);
bool lscow_process_receive(int fd, void *bytes, size_t nr_bytes);

/* Leaves only this one open, and those up to STDERR_FILENO as ways to nowhere. */
void lscow_process_close_files(int kept_fd);

#endif
