/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Compares two trees path by path and pairs the names that inodes lost and gained. */
#include "changes.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* All names of one inode in one tree, sorted by path. */
struct names {
	const struct node **nodes;
	size_t nr;
};

/* Names that an inode lost or gained and that no row speaks of yet. */
struct open_names {
	const struct node **nodes;
	size_t nr;
};

struct finder {
	const struct tree *old;
	const struct tree *now;
	struct changes *out;
	bool expand;
};

const char *change_get_path(const struct change *change)
{
	return change->now != NULL ? change->now->path : change->old->path;
}

static void *allocate(size_t nr, size_t size)
{
	void *p = calloc(nr + 1, size);

	if (p == NULL)
		err(2, "memory");
	return p;
}

static struct change *add_row(struct finder *f, const char *kind, const struct node *old,
			      const struct node *now)
{
	struct changes *out = f->out;
	struct change *row;

	if (out->nr == out->room) {
		out->room = out->room > 0 ? 2 * out->room : 256;
		out->rows = realloc(out->rows, out->room * sizeof(*out->rows));
		if (out->rows == NULL)
			err(2, "memory");
	}
	row = &out->rows[out->nr++];
	*row = (struct change){.kind = kind, .old = old, .now = now};
	row->content = old == NULL || now == NULL || !node_content_equals(old, now);
	row->metadata = old == NULL || now == NULL || !node_metadata_equals(old, now);
	return row;
}

/* A row for a path whose name did not change, if the inode there looks different. */
static struct change *add_row_if_differs(struct finder *f, const struct node *old,
					 const struct node *now)
{
	if (!node_content_equals(old, now))
		return add_row(f, "modified", old, now);
	if (!node_metadata_equals(old, now))
		return add_row(f, "metadata", old, now);
	return NULL;
}

static void compare_common_paths(struct finder *f)
{
	for (size_t i = 0; i < f->now->nr; i++) {
		const struct node *now = &f->now->nodes[i];
		const struct node *old = tree_get(f->old, now->path);

		if (old != NULL)
			add_row_if_differs(f, old, now);
	}
}

static const char *get_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static size_t get_parent_len(const char *path)
{
	return (size_t)(get_basename(path) - path);
}

static bool same_place(const struct node *old, const struct node *now)
{
	return identity_compare(&old->parent, &now->parent) == 0 &&
	       strcmp(get_basename(old->path), get_basename(now->path)) == 0;
}

/* Whether the row of a directory above explains a name that kept its place in its parent: the
 * parent is the same inode under another path, and nothing had the new path before. */
static bool parent_is_covered(const struct finder *f, const struct node *old,
			      const struct node *now)
{
	size_t old_len = get_parent_len(old->path);
	size_t now_len = get_parent_len(now->path);
	bool existed;
	char *path;

	if (now_len == 0 ||
	    (old_len == now_len && memcmp(old->path, now->path, now_len) == 0))
		return false;
	path = allocate(now_len, 1);
	memcpy(path, now->path, now_len - 1);
	existed = tree_get(f->old, path) != NULL;
	free(path);
	return !existed;
}

static void emit_pair(struct finder *f, const struct node *old, const struct node *now)
{
	struct change *row;

	if (!f->expand && same_place(old, now) && parent_is_covered(f, old, now))
		row = add_row_if_differs(f, old, now);
	else
		row = add_row(f, "renamed", old, now);
	if (row != NULL)
		row->shows_old_path = true;
}

static void take(struct open_names *names, size_t i)
{
	names->nr--;
	memmove(names->nodes + i, names->nodes + i + 1, (names->nr - i) * sizeof(*names->nodes));
}

static void pair_same_places(struct finder *f, struct open_names *gone, struct open_names *come)
{
	for (size_t c = 0; c < come->nr;) {
		size_t g = 0;

		while (g < gone->nr && !same_place(gone->nodes[g], come->nodes[c]))
			g++;
		if (g == gone->nr) {
			c++;
			continue;
		}
		emit_pair(f, gone->nodes[g], come->nodes[c]);
		take(gone, g);
		take(come, c);
	}
}

/* The old names that are no longer names of the inode: first the absent, then the taken paths. */
static struct open_names list_gone(struct finder *f, const struct names *old)
{
	struct open_names gone = {.nodes = allocate(old->nr, sizeof(*gone.nodes))};

	for (size_t i = 0; i < old->nr; i++)
		if (tree_get(f->now, old->nodes[i]->path) == NULL)
			gone.nodes[gone.nr++] = old->nodes[i];
	for (size_t i = 0; i < old->nr; i++) {
		const struct node *there = tree_get(f->now, old->nodes[i]->path);

		if (there != NULL && identity_compare(&there->id, &old->nodes[i]->id) != 0)
			gone.nodes[gone.nr++] = old->nodes[i];
	}
	return gone;
}

static struct open_names list_come(struct finder *f, const struct names *now)
{
	struct open_names come = {.nodes = allocate(now->nr, sizeof(*come.nodes))};

	for (size_t i = 0; i < now->nr; i++)
		if (tree_get(f->old, now->nodes[i]->path) == NULL)
			come.nodes[come.nr++] = now->nodes[i];
	return come;
}

static void pair_names(struct finder *f, const struct names *old, const struct names *now)
{
	struct open_names gone = list_gone(f, old);
	struct open_names come = list_come(f, now);
	size_t nr;

	pair_same_places(f, &gone, &come);
	nr = gone.nr < come.nr ? gone.nr : come.nr;
	for (size_t i = 0; i < nr; i++)
		emit_pair(f, gone.nodes[i], come.nodes[i]);
	for (size_t i = nr; i < come.nr; i++)
		add_row(f, "linked", old->nodes[0], come.nodes[i]);
	for (size_t i = nr; i < gone.nr; i++)
		if (tree_get(f->now, gone.nodes[i]->path) == NULL)
			add_row(f, "deleted", gone.nodes[i], NULL);
	free(gone.nodes);
	free(come.nodes);
}

static void add_created(struct finder *f, const struct names *now)
{
	struct open_names come = list_come(f, now);

	for (size_t i = 0; i < come.nr; i++)
		add_row(f, "added", NULL, come.nodes[i]);
	free(come.nodes);
}

static void add_removed(struct finder *f, const struct names *old)
{
	for (size_t i = 0; i < old->nr; i++)
		if (tree_get(f->now, old->nodes[i]->path) == NULL)
			add_row(f, "deleted", old->nodes[i], NULL);
}

static int compare_identities(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a;
	const struct node *y = *(const struct node *const *)b;
	int order = identity_compare(&x->id, &y->id);

	return order != 0 ? order : strcmp(x->path, y->path);
}

static const struct node **sort_by_identity(const struct tree *tree)
{
	const struct node **sorted = allocate(tree->nr, sizeof(*sorted));

	for (size_t i = 0; i < tree->nr; i++)
		sorted[i] = &tree->nodes[i];
	qsort(sorted, tree->nr, sizeof(*sorted), compare_identities);
	return sorted;
}

/* The names of the inode at the head of the LEFT sorted nodes. */
static struct names head_names(const struct node **sorted, size_t left)
{
	struct names names = {.nodes = sorted};

	while (names.nr < left && identity_compare(&sorted[names.nr]->id, &sorted[0]->id) == 0)
		names.nr++;
	return names;
}

static int compare_heads(const struct names *old, const struct names *now)
{
	if (old->nr == 0 || now->nr == 0)
		return old->nr == 0 ? 1 : -1;
	return identity_compare(&old->nodes[0]->id, &now->nodes[0]->id);
}

static void compare_inodes(struct finder *f)
{
	const struct node **old = sort_by_identity(f->old);
	const struct node **now = sort_by_identity(f->now);
	size_t o = 0, n = 0;

	while (o < f->old->nr || n < f->now->nr) {
		struct names old_names = head_names(old + o, f->old->nr - o);
		struct names now_names = head_names(now + n, f->now->nr - n);
		int order = compare_heads(&old_names, &now_names);

		if (order < 0)
			add_removed(f, &old_names);
		else if (order > 0)
			add_created(f, &now_names);
		else
			pair_names(f, &old_names, &now_names);
		o += order <= 0 ? old_names.nr : 0;
		n += order >= 0 ? now_names.nr : 0;
	}
	free(old);
	free(now);
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp(change_get_path(a), change_get_path(b));
}

static void check_unique(const struct changes *changes)
{
	for (size_t i = 1; i < changes->nr; i++)
		if (compare_rows(&changes->rows[i - 1], &changes->rows[i]) == 0)
			errx(2, "%s: two rows for one path", change_get_path(&changes->rows[i]));
}

void changes_find(struct changes *changes, const struct tree *old, const struct tree *now,
		  bool expand)
{
	struct finder f = {.old = old, .now = now, .out = changes, .expand = expand};

	memset(changes, 0, sizeof(*changes));
	compare_common_paths(&f);
	compare_inodes(&f);
	if (changes->nr > 0)
		qsort(changes->rows, changes->nr, sizeof(*changes->rows), compare_rows);
	check_unique(changes);
}

void changes_free(struct changes *changes)
{
	free(changes->rows);
	memset(changes, 0, sizeof(*changes));
}
