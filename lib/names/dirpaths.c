/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The pathnames of directories in one view, found upwards through "..". */

/* Out of memory must come back as an error, not as exit(). */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(node) ((node)->ino = 0)

#include "names/dirpaths.h"

#include <stdlib.h>
#include <string.h>

#include "extfs/announce.h"
#include "extfs/directory.h"

/* Longer paths than this are refused; deep trees need memory for each level's. */
#define MOST_PATH_BYTES (1 << 20)
/* So much of a large directory is read ahead. */
#define MOST_AHEAD_BLOCKS 64

int lscow_dirpaths_open(struct lscow_extfs *fs, struct lscow_dirpaths *dirpaths,
			struct lscow_error *err)
{
	int rc;

	*dirpaths = (struct lscow_dirpaths){
		.fs = fs, .pending = LSCOW_VECTOR(struct lscow_dirpath *),
		.strings = LSCOW_STRINGS,
	};
	dirpaths->raw = malloc(fs->sb.inode_bytes);
	if (!dirpaths->raw)
		return lscow_error_no_memory(err, "directories");
	rc = lscow_dirpaths_learn(dirpaths, EXT2_ROOT_INO, EXT2_ROOT_INO, ".", err);
	if (rc != 0)
		lscow_dirpaths_close(dirpaths);
	return rc;
}

void lscow_dirpaths_close(struct lscow_dirpaths *dirpaths)
{
	struct lscow_dirpath *node, *next;

	HASH_ITER(hh, dirpaths->nodes, node, next) {
		HASH_DEL(dirpaths->nodes, node);
		free(node);
	}
	lscow_vector_free(&dirpaths->pending);
	lscow_strings_free(&dirpaths->strings);
	free(dirpaths->raw);
	dirpaths->raw = NULL;
}

static struct lscow_dirpath *find_node(const struct lscow_dirpaths *dirpaths, uint32_t ino)
{
	struct lscow_dirpath *node;

	HASH_FIND(hh, dirpaths->nodes, &ino, sizeof(ino), node);
	return node;
}

const struct lscow_dirpath *lscow_dirpaths_find(const struct lscow_dirpaths *dirpaths,
						uint32_t ino)
{
	return find_node(dirpaths, ino);
}

static int get_node(struct lscow_dirpaths *dirpaths, uint32_t ino,
		    struct lscow_dirpath **out, struct lscow_error *err)
{
	struct lscow_dirpath *node = find_node(dirpaths, ino);

	if (!node) {
		node = calloc(1, sizeof(*node));
		if (!node)
			return lscow_error_no_memory(err, "directories");
		node->ino = ino;
		HASH_ADD(hh, dirpaths->nodes, ino, sizeof(node->ino), node);
		if (node->ino == 0) { /* uthash_nonfatal_oom */
			free(node);
			return lscow_error_no_memory(err, "directories");
		}
	}
	*out = node;
	return 0;
}

int lscow_dirpaths_want(struct lscow_dirpaths *dirpaths, uint32_t ino,
			struct lscow_error *err)
{
	struct lscow_dirpath *node = find_node(dirpaths, ino);
	int rc;

	if (node)
		return 0;
	rc = get_node(dirpaths, ino, &node, err);
	return rc != 0 ? rc : lscow_vector_push(&dirpaths->pending, &node, err);
}

int lscow_dirpaths_learn(struct lscow_dirpaths *dirpaths, uint32_t ino,
			 uint32_t parent_ino, const char *name, struct lscow_error *err)
{
	struct lscow_dirpath *node;
	int rc = get_node(dirpaths, ino, &node, err);

	if (rc != 0 || node->name)
		return rc;
	rc = lscow_strings_add(&dirpaths->strings, name, strlen(name), &node->name, err);
	node->parent_ino = parent_ino;
	return rc;
}

static int compare_parents(const void *left, const void *right)
{
	const struct lscow_dirpath *a = *(struct lscow_dirpath *const *)left;
	const struct lscow_dirpath *b = *(struct lscow_dirpath *const *)right;

	return a->parent_ino < b->parent_ino ? -1 : a->parent_ino > b->parent_ino;
}

static int load_parent(struct lscow_dirpaths *dirpaths, struct lscow_dirpath *node,
		       struct lscow_error *err)
{
	struct lscow_inode inode;
	int rc;

	rc = lscow_inode_load(dirpaths->fs, node->ino, dirpaths->raw, &inode, err);
	if (rc == 0 && lscow_inode_type(&inode) != LSCOW_TYPE_DIRECTORY)
		rc = lscow_extfs_damaged(dirpaths->fs, err, "inode %u is not a directory, "
					 "expected one with children", node->ino);
	if (rc == 0)
		rc = lscow_directory_load_parent(dirpaths->fs, &inode, &node->parent_ino, err);
	return rc;
}

/* Looks for the names of some children in their parent. */
struct name_search {
	struct lscow_dirpaths *dirpaths;
	uint32_t parent_ino;
	size_t nr_left;
};

static int take_name(void *data, const struct lscow_dirent *entry,
		     struct lscow_error *err)
{
	struct name_search *search = data;
	struct lscow_dirpath *node = find_node(search->dirpaths, entry->ino);
	int rc;

	if (!node || node->name || node->parent_ino != search->parent_ino)
		return 0;
	rc = lscow_strings_add(&search->dirpaths->strings, entry->name, entry->name_bytes,
			       &node->name, err);
	if (rc != 0)
		return rc;
	return --search->nr_left == 0 ? 1 : 0;
}

static int find_children(struct lscow_dirpaths *dirpaths, uint32_t parent_ino,
			 size_t nr_children, struct lscow_error *err)
{
	struct name_search search = { .dirpaths = dirpaths, .parent_ino = parent_ino,
				      .nr_left = nr_children };
	struct lscow_inode inode;
	int rc;

	rc = lscow_inode_load(dirpaths->fs, parent_ino, dirpaths->raw, &inode, err);
	if (rc == 0)
		rc = lscow_directory_iterate(dirpaths->fs, &inode, take_name, &search, err);
	if (rc < 0)
		return rc;
	if (search.nr_left > 0)
		return lscow_extfs_damaged(dirpaths->fs, err, "directory inode %u: %zu of its "
					   "subdirectories have no name in it", parent_ino,
					   search.nr_left);
	return 0;
}

/* Of a list of nodes the next few, whose reads are announced together. */
struct batch {
	struct lscow_dirpath **nodes;
	size_t nr_nodes;
	uint32_t inos[LSCOW_ANNOUNCE_INODES];
	size_t nr_inos;
};

/* Takes nodes whose names are not known, and of them each child or each parent once. */
static void fill_batch(struct batch *batch, struct lscow_dirpath **nodes, size_t nr_nodes,
		       bool is_of_parents)
{
	size_t i;

	batch->nodes = nodes;
	batch->nr_inos = 0;
	for (i = 0; i < nr_nodes; i++) {
		uint32_t ino = is_of_parents ? nodes[i]->parent_ino : nodes[i]->ino;

		if (nodes[i]->name ||
		    (batch->nr_inos > 0 && batch->inos[batch->nr_inos - 1] == ino))
			continue;
		if (batch->nr_inos == LSCOW_ANNOUNCE_INODES)
			break;
		batch->inos[batch->nr_inos++] = ino;
	}
	batch->nr_nodes = i;
}

static int load_parents(struct lscow_dirpaths *dirpaths, struct lscow_vector *children,
			struct batch *batch, struct lscow_error *err)
{
	struct lscow_dirpath **nodes = children->items;
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < children->nr; at += batch->nr_nodes) {
		fill_batch(batch, nodes + at, children->nr - at, false);
		lscow_announce_content(dirpaths->fs, batch->inos, batch->nr_inos, 1);
		for (size_t i = 0; rc == 0 && i < batch->nr_nodes; i++)
			rc = batch->nodes[i]->name
			     ? 0 : load_parent(dirpaths, batch->nodes[i], err);
	}
	return rc;
}

/* The children of one batch, which are sorted by parent; each parent is in one only. */
static int name_children(struct lscow_dirpaths *dirpaths, const struct batch *batch,
			 struct lscow_error *err)
{
	struct lscow_dirpath **nodes = batch->nodes;
	size_t next;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < batch->nr_nodes; i = next) {
		size_t nr_unnamed = 0;

		for (next = i; next < batch->nr_nodes &&
			       nodes[next]->parent_ino == nodes[i]->parent_ino; next++)
			nr_unnamed += !nodes[next]->name;
		if (nr_unnamed > 0)
			rc = find_children(dirpaths, nodes[i]->parent_ino, nr_unnamed, err);
		if (rc == 0)
			rc = lscow_dirpaths_want(dirpaths, nodes[i]->parent_ino, err);
	}
	return rc;
}

/* One level: names for the children, the parents become wanted. */
static int resolve_level(struct lscow_dirpaths *dirpaths, struct lscow_vector *children,
			 struct lscow_error *err)
{
	struct lscow_dirpath **nodes = children->items;
	struct batch batch;
	int rc = load_parents(dirpaths, children, &batch, err);

	lscow_vector_sort(children, compare_parents);
	for (size_t at = 0; rc == 0 && at < children->nr; at += batch.nr_nodes) {
		fill_batch(&batch, nodes + at, children->nr - at, true);
		lscow_announce_content(dirpaths->fs, batch.inos, batch.nr_inos,
				       MOST_AHEAD_BLOCKS);
		rc = name_children(dirpaths, &batch, err);
	}
	return rc;
}

/* A directory that was learned may have a parent that nobody asked for. */
static int want_learned_parents(struct lscow_dirpaths *dirpaths, struct lscow_error *err)
{
	struct lscow_dirpath *node;
	int rc = 0;

	for (node = dirpaths->nodes; rc == 0 && node; node = node->hh.next)
		if (node->name)
			rc = lscow_dirpaths_want(dirpaths, node->parent_ino, err);
	return rc;
}

int lscow_dirpaths_resolve(struct lscow_dirpaths *dirpaths, struct lscow_error *err)
{
	struct lscow_vector children;
	int rc = want_learned_parents(dirpaths, err);

	while (rc == 0 && dirpaths->pending.nr > 0) {
		children = dirpaths->pending;
		dirpaths->pending = LSCOW_VECTOR(struct lscow_dirpath *);
		rc = resolve_level(dirpaths, &children, err);
		lscow_vector_free(&children);
	}
	return rc;
}

/* The nearest ancestor with a path, marking the way; NULL where there is a loop. */
static struct lscow_dirpath *climb(const struct lscow_dirpaths *dirpaths,
				   struct lscow_dirpath *node, struct lscow_vector *way,
				   struct lscow_error *err, int *rc)
{
	while (*rc == 0 && node && !node->path && node->ino != EXT2_ROOT_INO) {
		if (node->is_being_built || !node->name) {
			*rc = lscow_extfs_damaged(dirpaths->fs, err, "directory inode %u is "
						  "not below the root", node->ino);
			break;
		}
		node->is_being_built = true;
		*rc = lscow_vector_push(way, &node, err);
		node = find_node(dirpaths, node->parent_ino);
	}
	if (*rc == 0 && !node)
		*rc = lscow_extfs_damaged(dirpaths->fs, err, "a directory's parent is not "
					  "known");
	return node;
}

int lscow_dirpaths_get(struct lscow_dirpaths *dirpaths, uint32_t ino, const char **path,
		       struct lscow_error *err)
{
	struct lscow_vector way = LSCOW_VECTOR(struct lscow_dirpath *);
	struct lscow_dirpath *top;
	const char *at;
	int rc = 0;

	top = climb(dirpaths, find_node(dirpaths, ino), &way, err, &rc);
	at = rc == 0 && top->path ? top->path : ".";
	while (rc == 0 && way.nr > 0) {
		struct lscow_dirpath *node =
			LSCOW_ITEMS(&way, struct lscow_dirpath *)[--way.nr];

		rc = lscow_strings_add_path(&dirpaths->strings, at, node->name, &at, err);
		if (rc == 0 && strlen(at) > MOST_PATH_BYTES)
			rc = lscow_extfs_damaged(dirpaths->fs, err, "directory inode %u: path "
						 "longer than %d bytes", node->ino,
						 MOST_PATH_BYTES);
		if (rc == 0)
			node->path = at;
		node->is_being_built = false;
	}
	lscow_vector_free(&way);
	*path = at;
	return rc;
}
