/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The inodes whose xattrs refer to inodes that own blocks. */

#include <stdlib.h>

#include "extfs/walk.h"
#include "extfs/xattr.h"
#include "owner/find.h"

/* An inode, and one that holds the value of an xattr of it. */
struct user {
	uint32_t value_ino;
	uint32_t ino;
};

/* For the walk. */
struct user_search {
	struct lscow_owner_find *find;
	struct lscow_vector users; /* of struct user */
};

static int compare_inos(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static int compare_users(const void *left, const void *right)
{
	const struct user *a = left, *b = right;

	if (a->value_ino != b->value_ino)
		return a->value_ino < b->value_ino ? -1 : 1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

int lscow_owner_note_value(struct lscow_owner_find *find, const struct lscow_inode *inode,
			   struct lscow_error *err)
{
	/* What nothing refers to any more is about to be deleted. */
	if (lscow_inode_state_of(inode, true) != LSCOW_INODE_VALUE ||
	    inode->nr_value_uses == 0)
		return 0;
	return lscow_vector_push(&find->values, &inode->ino, err);
}

/* ---- the walk -------------------------------------------------------------- */

/* Only a look at all inodes finds all users. */
static bool is_done(void *data)
{
	(void)data;
	return false;
}

static bool skips(void *data, uint32_t ino)
{
	const struct user_search *search = data;

	return lscow_extfs_is_hidden_inode(search->find->fs, ino);
}

static int mark(void *data, struct lscow_rings *rings, struct lscow_error *err)
{
	const struct user_search *search = data;
	const struct lscow_vector *values = &search->find->values;

	(void)err;
	for (size_t i = 0; i < values->nr; i++)
		lscow_rings_mark(rings, lscow_extfs_group_of_inode(
						search->find->fs,
						LSCOW_ITEMS(values, uint32_t)[i]));
	return 0;
}

static int add_users(struct user_search *search, const struct lscow_inode *inode,
		     const struct lscow_xattrs *xattrs, struct lscow_error *err)
{
	const struct lscow_vector *values = &search->find->values;
	const struct lscow_xattr *items = xattrs->items.items;
	bool is_user = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < xattrs->items.nr; i++) {
		struct user user = { .value_ino = items[i].value_ino, .ino = inode->ino };

		if (user.value_ino == 0 ||
		    !bsearch(&user.value_ino, values->items, values->nr, sizeof(uint32_t),
			     compare_inos))
			continue;
		is_user = true;
		rc = lscow_vector_push(&search->users, &user, err);
	}
	if (rc == 0 && is_user)
		rc = lscow_named_inodes_add(search->find->named, inode, err);
	return rc;
}

static int visit(void *data, const struct lscow_inode *inode, const struct lscow_map *map,
		 struct lscow_error *err)
{
	struct user_search *search = data;
	struct lscow_xattrs xattrs;
	int rc = lscow_xattrs_load(search->find->fs, inode, &xattrs, err);

	(void)map;
	if (rc != 0)
		return rc;
	rc = add_users(search, inode, &xattrs, err);
	lscow_xattrs_free(&xattrs);
	return rc;
}

static int step_over(void *data, int rc, const struct lscow_error *err)
{
	const struct user_search *search = data;

	return lscow_owner_step_over(search->find, rc, err);
}

static const struct lscow_walk_ops walk_ops = {
	.is_done = is_done,
	.mark = mark,
	.skips = skips,
	.visit = visit,
	.step_over = step_over,
	.step_over_group = step_over,
};

static int walk_inodes(struct user_search *search, struct lscow_error *err)
{
	struct lscow_walk walk = {
		.fs = search->find->fs, .ops = &walk_ops, .data = search,
		.progress = search->find->options->progress,
		.progress_data = search->find->options->progress_data,
	};
	int rc = lscow_walk_run(&walk, err);

	search->find->nr_scanned += walk.nr_inodes;
	return rc;
}

/* ---- the claims ------------------------------------------------------------ */

/* The users of one value, which are sorted. */
static const struct user *find_users(const struct user_search *search, uint32_t value_ino,
				     size_t *nr_users)
{
	const struct user *users = search->users.items;
	size_t low = 0, high = search->users.nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (users[middle].value_ino < value_ino)
			low = middle + 1;
		else
			high = middle;
	}
	*nr_users = 0;
	while (low + *nr_users < search->users.nr &&
	       users[low + *nr_users].value_ino == value_ino)
		++*nr_users;
	return users ? users + low : NULL;
}

/* Adds a claim to the new list, or those of the users in its place. */
static int take_claim(const struct user_search *search, const struct lscow_claim *claim,
		      struct lscow_vector *claims, struct lscow_error *err)
{
	const struct user *users;
	size_t nr_users;
	int rc = 0;

	users = find_users(search, claim->ino, &nr_users);
	if (nr_users == 0)
		return lscow_vector_push(claims, claim, err);
	for (size_t i = 0; rc == 0 && i < nr_users && i < LSCOW_MOST_CLAIMS; i++) {
		struct lscow_claim of_user = { .index = claim->index, .ino = users[i].ino };

		rc = lscow_vector_push(claims, &of_user, err);
	}
	return rc;
}

static int replace_claims(const struct user_search *search, struct lscow_error *err)
{
	struct lscow_vector *old_claims = &search->find->asked->claims;
	struct lscow_vector claims = LSCOW_VECTOR(struct lscow_claim);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < old_claims->nr; i++)
		rc = take_claim(search, &LSCOW_ITEMS(old_claims, struct lscow_claim)[i], &claims,
				err);
	if (rc != 0) {
		lscow_vector_free(&claims);
		return rc;
	}
	lscow_vector_free(old_claims);
	*old_claims = claims;
	return 0;
}

/* What no xattr refers to has no owner. */
static int check_users(const struct user_search *search, struct lscow_error *err)
{
	const struct lscow_vector *values = &search->find->values;
	size_t nr_users;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < values->nr; i++) {
		uint32_t ino = LSCOW_ITEMS(values, uint32_t)[i];

		find_users(search, ino, &nr_users);
		if (nr_users > 0)
			continue;
		rc = lscow_extfs_damaged(search->find->fs, err, "inode %u holds the value of an "
					 "xattr, and no xattr refers to it", ino);
		rc = lscow_owner_step_over(search->find, rc, err);
	}
	return rc;
}

int lscow_owner_find_users(struct lscow_owner_find *find, struct lscow_error *err)
{
	struct user_search search = { .find = find, .users = LSCOW_VECTOR(struct user) };
	int rc;

	if (find->values.nr == 0)
		return 0;
	lscow_vector_sort(&find->values, compare_inos);
	rc = walk_inodes(&search, err);
	lscow_vector_sort(&search.users, compare_users);
	if (rc == 0)
		rc = replace_claims(&search, err);
	if (rc == 0)
		rc = check_users(&search, err);
	lscow_vector_free(&search.users);
	return rc;
}
