/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names that are gone, and that a directory without regard to case still finds. */

#include "changes/folded.h"

#include <string.h>

#include "extfs/inode.h"

/* A path, and where its last name begins. */
struct folded_name {
	const struct ext2fs_nls_table *encoding;
	const char *path;
	size_t directory_bytes;
};

void lscow_folded_open(struct lscow_folded *folded)
{
	folded->names = LSCOW_VECTOR(struct folded_name);
}

void lscow_folded_close(struct lscow_folded *folded)
{
	lscow_vector_free(&folded->names);
}

static const struct ext2fs_nls_table *get_encoding(const struct lscow_inodes *inodes)
{
	return inodes->views->fs[LSCOW_SIDE_NEW]->handle->encoding;
}

/* False where the name is no text of the encoding: that is found by its bytes only. */
static bool split(const struct ext2fs_nls_table *encoding, const char *path,
		  struct folded_name *name)
{
	const char *slash = strrchr(path, '/');
	size_t directory_bytes = slash ? (size_t)(slash - path) + 1 : 0;
	char text[EXT2_NAME_LEN + 1];
	size_t nr_bytes = strlen(path + directory_bytes);
	char *wrong;

	if (nr_bytes > EXT2_NAME_LEN)
		return false;
	memcpy(text, path + directory_bytes, nr_bytes + 1);
	*name = (struct folded_name){ encoding, path, directory_bytes };
	return ext2fs_check_encoded_name(encoding, text, nr_bytes, &wrong) == 0;
}

static int compare_names(const void *left, const void *right)
{
	const struct folded_name *a = left, *b = right;
	const char *a_name = a->path + a->directory_bytes;
	const char *b_name = b->path + b->directory_bytes;
	int order;

	if (a->directory_bytes != b->directory_bytes)
		return a->directory_bytes < b->directory_bytes ? -1 : 1;
	order = memcmp(a->path, b->path, a->directory_bytes);
	if (order != 0)
		return order;
	return ext2fs_casefold_cmp(a->encoding, (const unsigned char *)a_name, strlen(a_name),
				   (const unsigned char *)b_name, strlen(b_name));
}

static int is_folding(const struct lscow_inodes *inodes, uint32_t ino, bool *folds,
		      struct lscow_error *err)
{
	struct lscow_inode inode;
	int rc = lscow_inode_load(inodes->views->fs[LSCOW_SIDE_NEW], ino,
				  inodes->raws[LSCOW_SIDE_NEW], &inode, err);

	*folds = rc == 0 && (inode.flags & EXT4_CASEFOLD_FL);
	return rc;
}

int lscow_folded_build(struct lscow_folded *folded, const struct lscow_inodes *inodes,
		       const struct lscow_items *items, struct lscow_error *err)
{
	const struct ext2fs_nls_table *encoding = get_encoding(inodes);
	const struct lscow_vector *news = &items->lists[LSCOW_SIDE_NEW];
	const struct lscow_item *item = news->items;
	uint32_t directory_ino = 0;
	struct folded_name name;
	bool folds = false;
	int rc = 0;

	for (size_t i = 0; encoding && rc == 0 && i < news->nr; i++, item++) {
		if (item->entry->directory_ino != directory_ino)
			rc = is_folding(inodes, item->entry->directory_ino, &folds, err);
		directory_ino = item->entry->directory_ino;
		if (rc == 0 && folds && split(encoding, item->path, &name))
			rc = lscow_vector_push(&folded->names, &name, err);
	}
	lscow_vector_sort(&folded->names, compare_names);
	return rc;
}

const char *lscow_folded_find(const struct lscow_folded *folded,
			      const struct lscow_inodes *inodes, const char *path)
{
	const struct folded_name *names = folded->names.items;
	size_t start = 0, end = folded->names.nr;
	struct folded_name name;

	if (end == 0 || !split(get_encoding(inodes), path, &name))
		return NULL;
	while (start < end) {
		size_t middle = start + (end - start) / 2;
		int order = compare_names(&name, &names[middle]);

		if (order == 0)
			return names[middle].path;
		if (order < 0)
			end = middle;
		else
			start = middle + 1;
	}
	return NULL;
}
