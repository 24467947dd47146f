/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Hints, checked against the directories of one view. */

#ifndef LSCOW_NAMES_HINT_CHECK_H
#define LSCOW_NAMES_HINT_CHECK_H

#include "base/strings.h"
#include "base/vector.h"
#include "extfs/extfs.h"
#include "names/hint.h"
#include "names/search.h"

struct lscow_checked_hint {
	struct lscow_hint hint;
	bool is_true;
};

/* A directory, and what its ".." says. */
struct lscow_checked_parent {
	uint32_t ino;
	uint32_t parent_ino; /* 0: not known */
};

/* What is asked (hints, parents) and what is answered. */
struct lscow_hint_check {
	struct lscow_extfs *fs; /* borrowed */
	struct lscow_vector hints;   /* of struct lscow_checked_hint */
	struct lscow_vector parents; /* of struct lscow_checked_parent, by ino after a run */
	struct lscow_vector found;   /* of struct lscow_found_name, by ino after a run */
	struct lscow_strings strings; /* the names */
};

void lscow_hint_check_open(struct lscow_extfs *fs, struct lscow_hint_check *check);
void lscow_hint_check_close(struct lscow_hint_check *check);

int lscow_hint_check_add(struct lscow_hint_check *check, const struct lscow_hint *hint,
			 struct lscow_error *err);
/* Asks for the ".." of a directory. */
int lscow_hint_check_want_parent(struct lscow_hint_check *check, uint32_t ino,
				 struct lscow_error *err);
/*
 * Reads the inodes and then the blocks of all directories in question, each in
 * the order of the device. A hint is true where its directory is one and in use,
 * has the block (or is inline), and that is sound and has an entry for the inode;
 * each of these entries is a name that was found. What cannot be read or is damaged
 * makes hints false, and is no failure. Fails only for lack of memory.
 */
int lscow_hint_check_run(struct lscow_hint_check *check, struct lscow_error *err);

#endif
