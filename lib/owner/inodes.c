/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The inodes that own blocks, and every path of each. */

#include "owner/inodes.h"

#include <stdlib.h>
#include <string.h>

#include "extfs/hidden.h"
#include "names/dirpaths.h"
#include "names/search.h"

/* A path that was found, not yet in its place. */
struct found_path {
	uint32_t ino;
	const char *path;
};

/* What is open while names are looked for. */
struct naming {
	struct lscow_named_inodes *named;
	struct lscow_dirpaths dirpaths;
	struct lscow_name_search search;
	struct lscow_vector found; /* of struct found_path */
	lscow_owner_step_fn *step_over;
	void *data;
};

void lscow_named_inodes_open(struct lscow_extfs *fs, struct lscow_named_inodes *named)
{
	*named = (struct lscow_named_inodes){
		.fs = fs, .inodes = LSCOW_VECTOR(struct lscow_named_inode),
		.paths = LSCOW_VECTOR(const char *), .strings = LSCOW_STRINGS,
	};
}

void lscow_named_inodes_close(struct lscow_named_inodes *named)
{
	lscow_vector_free(&named->inodes);
	lscow_vector_free(&named->paths);
	lscow_strings_free(&named->strings);
}

int lscow_named_inodes_add(struct lscow_named_inodes *named,
			   const struct lscow_inode *inode, struct lscow_error *err)
{
	bool is_hidden = lscow_extfs_is_hidden_inode(named->fs, inode->ino);
	enum lscow_inode_state state = lscow_inode_state_of(inode, true);
	struct lscow_named_inode item = {
		.ino = inode->ino,
		.nr_links = inode->nr_links,
		.type = lscow_inode_type(inode),
		.size_bytes = inode->size_bytes,
		.system = is_hidden ? lscow_hidden_name(named->fs, inode->ino) : NULL,
		.is_deleted = !is_hidden && state == LSCOW_INODE_ORPHAN,
	};

	if (!is_hidden && state == LSCOW_INODE_VALUE)
		item.system = "xattr value";
	return lscow_vector_push(&named->inodes, &item, err);
}

static int compare_inodes(const void *left, const void *right)
{
	const struct lscow_named_inode *a = left, *b = right;

	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

static void sort_inodes(struct lscow_named_inodes *named)
{
	struct lscow_named_inode *inodes;
	size_t nr_kept = 0;

	lscow_vector_sort(&named->inodes, compare_inodes);
	inodes = named->inodes.items;
	for (size_t i = 0; i < named->inodes.nr; i++)
		if (nr_kept == 0 || inodes[nr_kept - 1].ino != inodes[i].ino)
			inodes[nr_kept++] = inodes[i];
	named->inodes.nr = nr_kept;
}

const struct lscow_named_inode *
lscow_named_inodes_find(const struct lscow_named_inodes *named, uint32_t ino)
{
	struct lscow_named_inode key = { .ino = ino };

	return named->inodes.nr == 0 ? NULL
				     : bsearch(&key, named->inodes.items, named->inodes.nr,
					       sizeof(key), compare_inodes);
}

static bool has_names(const struct lscow_named_inode *inode)
{
	return !inode->system && !inode->is_deleted;
}

/* Directories are found upwards, files by a search through directories. */
static int want_names(struct naming *naming, struct lscow_error *err)
{
	const struct lscow_vector *inodes = &naming->named->inodes;
	const struct lscow_named_inode *items = inodes->items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < inodes->nr; i++) {
		if (!has_names(&items[i]))
			continue;
		if (items[i].type == LSCOW_TYPE_DIRECTORY)
			rc = lscow_dirpaths_want(&naming->dirpaths, items[i].ino, err);
		else
			rc = lscow_name_search_want(&naming->search, items[i].ino,
						    items[i].nr_links, err);
	}
	return rc;
}

static int step_over(const struct naming *naming, int rc, const struct lscow_error *err)
{
	return rc == 0 ? 0 : naming->step_over(naming->data, rc, err);
}

static int search_names(struct naming *naming, const struct lscow_owner_options *options,
			struct lscow_error *err)
{
	const struct lscow_found_name *names;
	struct lscow_error damage = { .code = 0 };
	int rc;

	naming->search.damage = options->partial ? &damage : NULL;
	rc = lscow_name_search_run(&naming->search, options->progress,
				   options->progress_data, err);
	if (rc == 0)
		rc = lscow_name_search_check(&naming->search, err);
	/* What stood in the way is the reason where names are missing. */
	if (damage.code != 0)
		step_over(naming, damage.code, &damage);
	rc = step_over(naming, rc, err);
	naming->named->nr_directories = naming->search.nr_directories;
	names = naming->search.found.items;
	for (size_t i = 0; rc == 0 && i < naming->search.found.nr; i++)
		rc = lscow_dirpaths_want(&naming->dirpaths, names[i].directory_ino, err);
	if (rc == 0)
		rc = step_over(naming, lscow_dirpaths_resolve(&naming->dirpaths, err), err);
	return rc;
}

/* name is NULL for the directory itself. */
static int add_path(struct naming *naming, uint32_t ino, uint32_t directory_ino,
		    const char *name, struct lscow_error *err)
{
	struct lscow_strings *strings = &naming->named->strings;
	struct found_path found = { .ino = ino };
	const char *directory;
	int rc = lscow_dirpaths_get(&naming->dirpaths, directory_ino, &directory, err);

	if (rc != 0)
		return step_over(naming, rc, err);
	if (name)
		rc = lscow_strings_add_path(strings, directory, name, &found.path, err);
	else
		rc = lscow_strings_add(strings, directory, strlen(directory), &found.path, err);
	return rc != 0 ? rc : lscow_vector_push(&naming->found, &found, err);
}

static int add_paths(struct naming *naming, struct lscow_error *err)
{
	const struct lscow_vector *inodes = &naming->named->inodes;
	const struct lscow_named_inode *items = inodes->items;
	const struct lscow_found_name *names = naming->search.found.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < inodes->nr; i++)
		if (has_names(&items[i]) && items[i].type == LSCOW_TYPE_DIRECTORY)
			rc = add_path(naming, items[i].ino, items[i].ino, NULL, err);
	for (size_t i = 0; rc == 0 && i < naming->search.found.nr; i++)
		rc = add_path(naming, names[i].ino, names[i].directory_ino, names[i].name, err);
	return rc;
}

static int compare_paths(const void *left, const void *right)
{
	const struct found_path *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* Both are sorted by inode, and each path's inode is there. */
static int take_paths(struct naming *naming, struct lscow_error *err)
{
	struct lscow_named_inodes *named = naming->named;
	struct lscow_named_inode *inode = named->inodes.items;
	const struct found_path *found;
	int rc = 0;

	lscow_vector_sort(&naming->found, compare_paths);
	found = naming->found.items;
	for (size_t i = 0; rc == 0 && i < naming->found.nr; i++) {
		while (inode->ino != found[i].ino)
			inode++;
		if (inode->nr_paths++ == 0)
			inode->first_path = named->paths.nr;
		rc = lscow_vector_push(&named->paths, &found[i].path, err);
	}
	return rc;
}

int lscow_named_inodes_name(struct lscow_named_inodes *named,
			    const struct lscow_owner_options *options,
			    lscow_owner_step_fn *step_over_fn, void *data,
			    struct lscow_error *err)
{
	struct naming naming = {
		.named = named, .found = LSCOW_VECTOR(struct found_path),
		.step_over = step_over_fn, .data = data,
	};
	int rc;

	sort_inodes(named);
	rc = lscow_dirpaths_open(named->fs, &naming.dirpaths, err);
	if (rc != 0)
		return rc;
	lscow_name_search_open(named->fs, &naming.search);
	rc = want_names(&naming, err);
	if (rc == 0)
		rc = search_names(&naming, options, err);
	if (rc == 0)
		rc = add_paths(&naming, err);
	if (rc == 0)
		rc = take_paths(&naming, err);
	lscow_vector_free(&naming.found);
	lscow_name_search_close(&naming.search);
	lscow_dirpaths_close(&naming.dirpaths);
	return rc;
}
