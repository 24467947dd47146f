/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Prints the files whose set of names differs between two trees, which rsync -H does not tell. */
#define _GNU_SOURCE
#include "tree.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* For each inode the path that sorts first among its names. */
struct leaders {
	const struct node **nodes; /* sorted by identity, then path */
	size_t nr;
};

static int compare_identities(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a;
	const struct node *y = *(const struct node *const *)b;
	int order = identity_compare(&x->id, &y->id);

	return order != 0 ? order : strcmp(x->path, y->path);
}

static void leaders_find(struct leaders *leaders, const struct tree *tree)
{
	leaders->nodes = calloc(tree->nr, sizeof(*leaders->nodes));
	leaders->nr = 0;
	if (leaders->nodes == NULL)
		err(2, "memory");
	for (size_t i = 0; i < tree->nr; i++)
		if (S_ISREG(tree->nodes[i].id.type))
			leaders->nodes[leaders->nr++] = &tree->nodes[i];
	qsort(leaders->nodes, leaders->nr, sizeof(*leaders->nodes), compare_identities);
}

static const char *leaders_get(const struct leaders *leaders, const struct node *node)
{
	size_t low = 0, high = leaders->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (identity_compare(&leaders->nodes[middle]->id, &node->id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return leaders->nodes[low]->path;
}

static void print_name(const char *path)
{
	for (const unsigned char *p = (const unsigned char *)path; *p != '\0'; p++) {
		if (*p < 0x20 || *p >= 0x7f || *p == '\\')
			printf("\\%03o", *p);
		else
			putchar(*p);
	}
}

static void print_difference(const char *path, const char *a, const char *b)
{
	printf("link ");
	print_name(path);
	printf(": of ");
	print_name(a);
	printf(", should be of ");
	print_name(b);
	putchar('\n');
}

/* Two trees have the same links if every file has the same first name. */
static size_t compare_links(const struct tree *wanted, const struct tree *actual)
{
	struct leaders wanted_leaders, actual_leaders;
	size_t nr = 0;

	leaders_find(&wanted_leaders, wanted);
	leaders_find(&actual_leaders, actual);
	for (size_t i = 0; i < wanted->nr; i++) {
		const struct node *a = &wanted->nodes[i];
		const struct node *b = tree_get(actual, a->path);
		const char *first, *other;

		if (!S_ISREG(a->id.type) || b == NULL || !S_ISREG(b->id.type))
			continue;
		first = leaders_get(&wanted_leaders, a);
		other = leaders_get(&actual_leaders, b);
		if (strcmp(first, other) != 0) {
			print_difference(a->path, other, first);
			nr++;
		}
	}
	free(wanted_leaders.nodes);
	free(actual_leaders.nodes);
	return nr;
}

int main(int argc, char **argv)
{
	struct tree wanted, actual;
	size_t nr;

	if (argc != 3) {
		fprintf(stderr, "usage: same-links WANTED ACTUAL\n");
		return 2;
	}
	tree_load(&wanted, argv[1]);
	tree_load(&actual, argv[2]);
	nr = compare_links(&wanted, &actual);
	tree_free(&wanted);
	tree_free(&actual);
	return nr > 0;
}
