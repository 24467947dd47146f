/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the names that came and went agree with the links of each inode. */

#ifndef LSCOW_CHANGES_COUNTS_H
#define LSCOW_CHANGES_COUNTS_H

#include "diff/inodes.h"

/*
 * The names of an inode that did not change are as many in both views. Where links
 * less names differ between the views (LSCOW_E_INCOMPLETE), an entry was not
 * seen, or one view is damaged. Takes nr_entries of all records to be counted.
 */
int lscow_counts_check(struct lscow_inodes *inodes, struct lscow_error *err);

#endif
