/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the list for rsync has names that are encrypted. */

#include <stdlib.h>
#include <string.h>

#include "changes/compose.h"
#include "extfs/inode.h"

static int compare_strings(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int add_if_encrypted(struct lscow_composition *c, enum lscow_side side, uint32_t ino,
			    const char *path, struct lscow_vector *paths,
			    struct lscow_error *err)
{
	struct lscow_inode inode;
	int rc = lscow_inode_load(c->inodes->views->fs[side], ino, c->inodes->raws[side],
				  &inode, err);

	if (rc != 0 || !(inode.flags & EXT4_ENCRYPT_FL))
		return rc;
	return lscow_vector_push(paths, &path, err);
}

/* The paths of encrypted directories, sorted; all that are above others are among them. */
static int collect_encrypted(struct lscow_composition *c, enum lscow_side side,
			     struct lscow_vector *paths, struct lscow_error *err)
{
	const struct lscow_dirpath *node;
	int rc = 0;

	if (!c->inodes->views->fs[side]->has_encrypted_names)
		return 0;
	for (node = c->dirpaths[side].nodes; rc == 0 && node; node = node->hh.next)
		if (node->ino == EXT2_ROOT_INO)
			rc = add_if_encrypted(c, side, node->ino, ".", paths, err);
		else if (node->path)
			rc = add_if_encrypted(c, side, node->ino, node->path, paths, err);
	lscow_vector_sort(paths, compare_strings);
	return rc;
}

static bool has_path(const struct lscow_vector *paths, const char *path)
{
	return bsearch(&path, paths->items, paths->nr, sizeof(path), compare_strings);
}

/* The topmost encrypted directory above the path; NULL: there is none. */
static int find_encrypted_above(struct lscow_composition *c, const struct lscow_vector *paths,
				const char *path, const char **above, struct lscow_error *err)
{
	int rc = 0;

	*above = NULL;
	if (strcmp(path, ".") == 0)
		return 0;
	if (has_path(paths, ".")) {
		*above = ".";
		return 0;
	}
	for (size_t i = 0; rc == 0 && !*above && path[i] != '\0'; i++) {
		if (path[i] != '/')
			continue;
		rc = lscow_strings_add(&c->items.strings, path, i, above, err);
		if (rc == 0 && !has_path(paths, *above))
			*above = NULL;
	}
	return rc;
}

static int check_transfers(struct lscow_composition *c,
			   const struct lscow_vector paths[LSCOW_NR_SIDES],
			   struct lscow_error *err)
{
	const struct lscow_transfer *transfers = c->files->transfers.items;
	const char *above;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->files->transfers.nr; i++) {
		enum lscow_side side = transfers[i].missing ? LSCOW_SIDE_OLD : LSCOW_SIDE_NEW;

		if (paths[side].nr == 0)
			continue;
		rc = find_encrypted_above(c, &paths[side], transfers[i].path, &above, err);
		if (rc == 0 && above)
			rc = lscow_error_set(
				err, LSCOW_E_UNKNOWABLE,
				"%s: %s: the names in this directory are encrypted, and rsync "
				"needs them as the key shows them: do a full rsync of it (found "
				"the name %s)", c->inodes->views->fs[side]->device->name, above,
				transfers[i].path);
	}
	return rc;
}

int lscow_compose_check_encrypted(struct lscow_composition *c, struct lscow_error *err)
{
	struct lscow_vector paths[LSCOW_NR_SIDES];
	int rc = 0;

	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		paths[side] = LSCOW_VECTOR(const char *);
		if (rc == 0)
			rc = collect_encrypted(c, side, &paths[side], err);
	}
	if (rc == 0)
		rc = check_transfers(c, paths, err);
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_vector_free(&paths[side]);
	return rc;
}
