/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the attributes of a file differ between the views. */

#include "diff/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "diff/content.h"
#include "extfs/value.h"

/* The type, in the upper bits of the mode, is content. */
static bool has_same_fields(const struct lscow_inode *a, const struct lscow_inode *b)
{
	return (a->mode & 07777) == (b->mode & 07777) && a->uid == b->uid && a->gid == b->gid &&
	       a->project == b->project && a->mtime_seconds == b->mtime_seconds &&
	       a->mtime_nanoseconds == b->mtime_nanoseconds &&
	       (a->flags & LSCOW_INODE_USER_FLAGS) == (b->flags & LSCOW_INODE_USER_FLAGS);
}

/* The value of an attribute in one view. */
struct value_side {
	struct lscow_inode inode;
	struct lscow_map map;
	uint8_t *raw; /* of its own inode, if it has one */
};

/* Whether there are attributes, so that the values of some may be in other inodes. */
static bool may_have_value_inodes(const struct lscow_views *views,
				  const struct lscow_inode *inode)
{
	return lscow_value_has_inodes(views->fs[LSCOW_SIDE_NEW]) &&
	       (inode->xattr_block != 0 || inode->xattr_area_bytes > 0);
}

/* Whether all attributes are surely kept the same without a look at them. */
static bool has_same_xattr_bytes(const struct lscow_views *views,
				 const struct lscow_inode *a, const struct lscow_inode *b)
{
	if (a->xattr_block != b->xattr_block ||
	    a->xattr_area_bytes != b->xattr_area_bytes)
		return false;
	if (a->xattr_block != 0 && lscow_blocks_overlap(views->blocks, a->xattr_block, 1))
		return false;
	return a->xattr_area_bytes == 0 ||
	       memcmp(a->xattr_area, b->xattr_area, a->xattr_area_bytes) == 0;
}

static int load_value(struct lscow_extfs *fs, uint32_t user_ino,
		      const struct lscow_xattr *xattr, struct value_side *side,
		      struct lscow_bytes *bytes, struct lscow_error *err)
{
	*bytes = (struct lscow_bytes){ .size_bytes = xattr->value_bytes };
	if (xattr->value_ino == 0) {
		bytes->in_memory.head = xattr->value;
		bytes->in_memory.head_bytes = xattr->value_bytes;
		return 0;
	}
	side->raw = malloc(fs->sb.inode_bytes);
	if (!side->raw)
		return lscow_error_no_memory(err, "an xattr value");
	bytes->map = &side->map;
	return lscow_value_load(fs, user_ino, xattr, side->raw, &side->inode, &side->map, err);
}

/* Two attributes of one name, wherever each view keeps the value. */
static int compare_values(const struct lscow_views *views, const uint32_t user_inos[],
			  const struct lscow_xattr *const xattrs[], bool *is_changed,
			  struct lscow_error *err)
{
	struct value_side sides[LSCOW_NR_SIDES] = { { .map = LSCOW_MAP }, { .map = LSCOW_MAP } };
	struct lscow_bytes bytes[LSCOW_NR_SIDES];
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = load_value(views->fs[side], user_inos[side], xattrs[side], &sides[side],
				&bytes[side], err);
	if (rc == 0)
		rc = lscow_bytes_compare(views, bytes, is_changed, NULL, err);
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		lscow_map_free(&sides[side].map);
		free(sides[side].raw);
	}
	return rc;
}

static int compare_pair(const struct lscow_views *views, const uint32_t user_inos[],
			const struct lscow_xattr *const xattrs[], bool *is_changed,
			struct lscow_error *err)
{
	const struct lscow_xattr *a = xattrs[0], *b = xattrs[1];

	*is_changed = lscow_xattr_compare_names(a, b) != 0 || a->value_bytes != b->value_bytes;
	if (*is_changed)
		return 0;
	if (a->value_ino != 0 || b->value_ino != 0)
		return compare_values(views, user_inos, xattrs, is_changed, err);
	*is_changed = memcmp(a->value, b->value, a->value_bytes) != 0;
	return 0;
}

static int compare_loaded(const struct lscow_views *views, const uint32_t user_inos[],
			  const struct lscow_xattrs loaded[], bool *is_changed,
			  struct lscow_error *err)
{
	const struct lscow_xattr *xattrs[LSCOW_NR_SIDES];
	int rc = 0;

	*is_changed = loaded[0].items.nr != loaded[1].items.nr;
	for (size_t i = 0; rc == 0 && !*is_changed && i < loaded[0].items.nr; i++) {
		for (int side = 0; side < LSCOW_NR_SIDES; side++)
			xattrs[side] = &LSCOW_ITEMS(&loaded[side].items, struct lscow_xattr)[i];
		rc = compare_pair(views, user_inos, xattrs, is_changed, err);
	}
	return rc;
}

static int compare_xattrs(const struct lscow_views *views,
			  const struct lscow_inode *const inodes[], bool *is_changed,
			  struct lscow_error *err)
{
	const uint32_t user_inos[LSCOW_NR_SIDES] = { inodes[0]->ino, inodes[1]->ino };
	struct lscow_xattrs loaded[LSCOW_NR_SIDES];
	int nr_loaded = 0;
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		rc = lscow_xattrs_load(views->fs[side], inodes[side], &loaded[side], err);
		nr_loaded += rc == 0;
	}
	if (rc == 0)
		rc = compare_loaded(views, user_inos, loaded, is_changed, err);
	for (int side = 0; side < nr_loaded; side++)
		lscow_xattrs_free(&loaded[side]);
	return rc;
}

int lscow_metadata_compare(const struct lscow_views *views,
			   const struct lscow_inode *old_inode,
			   const struct lscow_inode *new_inode, bool *is_changed,
			   struct lscow_error *err)
{
	const struct lscow_inode *const inodes[LSCOW_NR_SIDES] = {
		[LSCOW_SIDE_OLD] = old_inode,
		[LSCOW_SIDE_NEW] = new_inode,
	};

	*is_changed = !has_same_fields(old_inode, new_inode);
	if (*is_changed || (has_same_xattr_bytes(views, old_inode, new_inode) &&
			    !may_have_value_inodes(views, new_inode)))
		return 0;
	return compare_xattrs(views, inodes, is_changed, err);
}
