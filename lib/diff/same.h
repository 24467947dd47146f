/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Finds blocks that were written with the bytes that they had. */

#ifndef LSCOW_DIFF_SAME_H
#define LSCOW_DIFF_SAME_H

#include "diff/views.h"

/*
 * Marks blocks without a class whose bytes are equal in both views. A store
 * keeps whole chunks, so most of the neighbours of a changed block are such
 * blocks of files that did not change. They need no owner: what they belong to
 * can differ only through other blocks.
 */
int lscow_same_mark(const struct lscow_views *views, struct lscow_error *err);

#endif
