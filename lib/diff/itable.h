/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Finds the inodes that differ in the changed blocks of the inode tables. */

#ifndef LSCOW_DIFF_ITABLE_H
#define LSCOW_DIFF_ITABLE_H

#include "diff/inodes.h"

/* Examines every inode whose bytes differ between the views. */
int lscow_itable_diff(struct lscow_inodes *inodes, lscow_progress_fn *progress,
		      void *progress_data, struct lscow_error *err);

#endif
