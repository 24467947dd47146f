/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The inodes that own blocks, and every path of each. */

#ifndef LSCOW_OWNER_INODES_H
#define LSCOW_OWNER_INODES_H

#include "base/strings.h"
#include "base/vector.h"
#include "extfs/inode.h"

struct lscow_named_inode {
	uint32_t ino;
	uint32_t nr_links;
	enum lscow_file_type type;
	uint64_t size_bytes;
	const char *system; /* of the filesystem's own, which have no name; or NULL */
	bool is_deleted;    /* in use, but without a name */
	size_t first_path;  /* in paths */
	size_t nr_paths;
};

struct lscow_named_inodes {
	struct lscow_extfs *fs; /* borrowed */
	struct lscow_vector inodes; /* of struct lscow_named_inode; sorted by _name() */
	struct lscow_vector paths;  /* of const char *, by inode and bytes */
	struct lscow_strings strings;
	uint64_t nr_directories; /* read in search of names */
};

/*
 * What to do with a failure: gives 0 where what comes after it can go on, and rc
 * otherwise.
 */
typedef int lscow_owner_step_fn(void *data, int rc, const struct lscow_error *err);

void lscow_named_inodes_open(struct lscow_extfs *fs, struct lscow_named_inodes *named);
void lscow_named_inodes_close(struct lscow_named_inodes *named);

/* Adds an inode that is in use; it may be added more than once. */
int lscow_named_inodes_add(struct lscow_named_inodes *named,
			   const struct lscow_inode *inode, struct lscow_error *err);
/* Finds all paths of all that were added, in one search. */
int lscow_named_inodes_name(struct lscow_named_inodes *named,
			    const struct lscow_owner_options *options,
			    lscow_owner_step_fn *step_over, void *data,
			    struct lscow_error *err);
/* One that was added, once all have their names. */
const struct lscow_named_inode *
lscow_named_inodes_find(const struct lscow_named_inodes *named, uint32_t ino);

#endif
