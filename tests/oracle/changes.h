/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The expected rows: what a list of the changes between two trees must say. */
#ifndef ORACLE_CHANGES_H
#define ORACLE_CHANGES_H

#include "tree.h"

struct change {
	const char *kind;	/* "added", "deleted", ... */
	const struct node *old; /* NULL when added */
	const struct node *now; /* NULL when deleted */
	bool shows_old_path;
	bool content;
	bool metadata;
};

struct changes {
	struct change *rows; /* sorted by path bytes */
	size_t nr;
	size_t room;
};

/* The path a row stands for: the new one, or the old one of a deletion. */
const char *change_get_path(const struct change *change);

/* The rows borrow their nodes from both trees. */
void changes_find(struct changes *changes, const struct tree *old, const struct tree *now,
		  bool expand);
void changes_free(struct changes *changes);

#endif
