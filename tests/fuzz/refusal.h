/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What may come of a hostile input besides success, for all fuzz targets. */

#ifndef LSCOW_TESTS_FUZZ_REFUSAL_H
#define LSCOW_TESTS_FUZZ_REFUSAL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lscow.h"

static inline void fuzz_give_up(const char *what, const char *more)
{
	fprintf(stderr, "%s: %s\n", what, more);
	abort();
}

/*
 * That the code is 0, or says that the input is to blame, with one line. Memory is
 * there, and devices in memory never fail: whatever fails for lack of it asked for
 * more than the input is worth.
 */
static inline void fuzz_check_code(int code, const struct lscow_error *err)
{
	if (code == 0)
		return;
	if (code != LSCOW_E_UNKNOWABLE && code != LSCOW_E_INCOMPLETE)
		fuzz_give_up("unexpected code", err->message);
	if (err->code != code || err->message[0] == '\0' || strchr(err->message, '\n'))
		fuzz_give_up("not one line with a code", err->message);
}

#endif
