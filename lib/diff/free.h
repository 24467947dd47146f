/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Gives the changed blocks that no file owns their class. */

#ifndef LSCOW_DIFF_FREE_H
#define LSCOW_DIFF_FREE_H

#include "diff/views.h"

/* Marks, in each view, blocks without a class that are free in its bitmaps. */
int lscow_free_mark(const struct lscow_views *views, struct lscow_error *err);

#endif
