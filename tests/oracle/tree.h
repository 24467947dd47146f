/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A mounted tree read completely into memory: every path with everything that can change. */
#ifndef ORACLE_TREE_H
#define ORACLE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Number, generation and type say whether two inodes are the same one. */
struct identity {
	uint64_t ino;
	uint32_t generation;
	mode_t type;
};

struct digest {
	uint64_t a;
	uint64_t b;
};

struct node {
	char *path; /* "." is the root, everything else has no "./" */
	struct identity id;
	struct identity parent; /* all zero for the root */
	mode_t permissions;
	uid_t uid;
	gid_t gid;
	int64_t mtime_sec;
	long mtime_nsec;
	uint64_t size; /* of regular files; 0 for every other type */
	dev_t rdev;
	uint32_t flags;
	uint32_t project;
	struct digest content; /* file bytes or link target */
	struct digest xattrs;
};

struct tree {
	struct node *nodes; /* sorted by path bytes */
	size_t nr;
	size_t room;
};

int identity_compare(const struct identity *a, const struct identity *b);
bool node_content_equals(const struct node *a, const struct node *b);
bool node_metadata_equals(const struct node *a, const struct node *b);

/* Reads everything below ROOT; prints the path and exits with 2 when something cannot be read. */
void tree_load(struct tree *tree, const char *root);
void tree_free(struct tree *tree);

/* The node at PATH, or NULL; borrowed from TREE. */
const struct node *tree_get(const struct tree *tree, const char *path);

#endif
