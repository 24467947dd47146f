/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The system calls that are allowed in the sandbox (seccomp(2), through libseccomp). */

#ifndef LSCOW_SANDBOX_FILTER_H
#define LSCOW_SANDBOX_FILTER_H

/*
 * From here on every other call kills this process (SIGSYS), and no privileges can
 * be gained (PR_SET_NO_NEW_PRIVS). Returns NULL, or why there is no such filter: then
 * nothing was given up. Static storage.
 */
const char *lscow_filter_load(void);

#endif
