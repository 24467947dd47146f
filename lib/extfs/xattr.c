/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Extended attributes of an inode (fs/ext4/xattr.h). */

#include "extfs/xattr.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "extfs/groups.h"

#define XATTR_MAGIC 0xEA020000u
#define IBODY_HEADER_BYTES 4
#define BLOCK_HEADER_BYTES 32
#define ENTRY_BYTES 16 /* without the name */
#define REFCOUNT_OFFSET 4
#define NR_BLOCKS_OFFSET 8
#define MOST_VALUE_BYTES (UINT32_C(1) << 24) /* EXT4_XATTR_SIZE_MAX */
/* Of "system.data" (EXT4_XATTR_INDEX_SYSTEM). */
#define SYSTEM_INDEX 7
#define INLINE_NAME "data"
#define INLINE_NAME_BYTES 4

/* A region of entries growing up and values growing down. */
struct xattr_region {
	const struct lscow_extfs *fs;
	uint32_t ino;
	const char *place;
	const uint8_t *bytes;      /* value offsets count from here */
	size_t nr_bytes;
	size_t first_entry_offset; /* of the first entry */
};

static int damaged_entry(const struct xattr_region *region, size_t offset,
			 struct lscow_error *err)
{
	return lscow_extfs_damaged(region->fs, err, "inode %u: xattr entry at byte %zu of the "
				   "%s runs past its %zu bytes", region->ino, offset,
				   region->place, region->nr_bytes);
}

/* A value that is the content of another inode. */
static int check_value_inode(const struct xattr_region *region, const struct lscow_xattr *xattr,
			     struct lscow_error *err)
{
	const struct lscow_extfs *fs = region->fs;

	if (!(fs->sb.incompat & EXT4_FEATURE_INCOMPAT_EA_INODE))
		return lscow_extfs_damaged(fs, err, "inode %u: xattr value in inode %u "
					   "without the feature ea_inode", region->ino,
					   xattr->value_ino);
	if (xattr->value_ino > fs->sb.nr_inodes)
		return lscow_extfs_damaged(fs, err, "inode %u: xattr value in inode %u, "
					   "expected up to %u", region->ino, xattr->value_ino,
					   fs->sb.nr_inodes);
	if (xattr->value_bytes > MOST_VALUE_BYTES)
		return lscow_extfs_damaged(fs, err, "inode %u: xattr value of %u bytes, expected "
					   "up to %u", region->ino, xattr->value_bytes,
					   MOST_VALUE_BYTES);
	return 0;
}

static int decode_entry(const struct xattr_region *region, size_t offset,
			struct lscow_xattr *xattr, struct lscow_error *err)
{
	const uint8_t *entry = region->bytes + offset;
	uint32_t value_offset;

	if (region->nr_bytes - offset < ENTRY_BYTES ||
	    region->nr_bytes - offset - ENTRY_BYTES < entry[0])
		return damaged_entry(region, offset, err);
	*xattr = (struct lscow_xattr){
		.name_bytes = entry[0],
		.name_index = entry[1],
		.name = entry + ENTRY_BYTES,
		.value_bytes = lscow_load_le32(entry + 8),
		.value_ino = lscow_load_le32(entry + 4),
		.hash = lscow_load_le32(entry + 12),
	};
	if (xattr->value_ino != 0)
		return check_value_inode(region, xattr, err);
	value_offset = xattr->value_bytes > 0 ? lscow_load_le16(entry + 2) : 0;
	if (value_offset > region->nr_bytes ||
	    xattr->value_bytes > region->nr_bytes - value_offset)
		return damaged_entry(region, offset, err);
	xattr->value = region->bytes + value_offset;
	return 0;
}

/* The entry at *offset, which moves on behind it: 0, or 1 at the end. */
static int next_entry(const struct xattr_region *region, size_t *offset,
		      struct lscow_xattr *xattr, struct lscow_error *err)
{
	int rc;

	if (region->nr_bytes < 4 || *offset > region->nr_bytes - 4)
		return damaged_entry(region, *offset, err);
	if (lscow_load_le32(region->bytes + *offset) == 0)
		return 1;
	rc = decode_entry(region, *offset, xattr, err);
	if (rc == 0)
		*offset += (ENTRY_BYTES + (size_t)xattr->name_bytes + 3) / 4 * 4;
	return rc;
}

static bool is_inline_content(const struct lscow_xattr *xattr)
{
	return xattr->name_index == SYSTEM_INDEX && xattr->name_bytes == INLINE_NAME_BYTES &&
	       memcmp(xattr->name, INLINE_NAME, INLINE_NAME_BYTES) == 0;
}

static int load_region(const struct xattr_region *region, struct lscow_xattrs *xattrs,
		       struct lscow_error *err)
{
	size_t offset = region->first_entry_offset;
	struct lscow_xattr xattr;
	int rc;

	while ((rc = next_entry(region, &offset, &xattr, err)) == 0) {
		if (is_inline_content(&xattr))
			continue;
		rc = lscow_vector_push(&xattrs->items, &xattr, err);
		if (rc != 0)
			break;
	}
	return rc < 0 ? rc : 0;
}

/* Where the inode itself keeps attributes, if it does. */
static bool get_inode_body(const struct lscow_extfs *fs, const struct lscow_inode *inode,
			   struct xattr_region *region)
{
	*region = (struct xattr_region){ .fs = fs, .ino = inode->ino, .place = "inode" };
	if (inode->xattr_area_bytes < IBODY_HEADER_BYTES ||
	    lscow_load_le32(inode->xattr_area) != XATTR_MAGIC)
		return false;
	region->bytes = inode->xattr_area + IBODY_HEADER_BYTES;
	region->nr_bytes = inode->xattr_area_bytes - IBODY_HEADER_BYTES;
	return true;
}

static int load_inode_body(struct lscow_extfs *fs, const struct lscow_inode *inode,
			   struct lscow_xattrs *xattrs, struct lscow_error *err)
{
	struct xattr_region region;

	return get_inode_body(fs, inode, &region) ? load_region(&region, xattrs, err) : 0;
}

static int load_block(struct lscow_extfs *fs, uint32_t ino, uint64_t block,
		      struct lscow_xattrs *xattrs, struct lscow_error *err)
{
	struct xattr_region region = {
		.fs = fs, .ino = ino, .place = "xattr block",
		.nr_bytes = fs->sb.block_bytes, .first_entry_offset = BLOCK_HEADER_BYTES,
	};
	int rc;

	if (!lscow_extfs_has_blocks(fs, block, 1))
		return lscow_extfs_damaged(fs, err, "inode %u: xattr block at %llu, expected "
					   "below %llu", ino, (unsigned long long)block,
					   (unsigned long long)fs->sb.nr_blocks);
	rc = lscow_groups_check_owned(fs, ino, block, 1, err);
	if (rc != 0)
		return rc;
	xattrs->block = malloc(fs->sb.block_bytes);
	if (!xattrs->block)
		return lscow_error_no_memory(err, "an xattr block");
	rc = lscow_extfs_read_blocks(fs, LSCOW_READ_XATTR, block, 1, xattrs->block, err);
	if (rc != 0)
		return rc;
	if (lscow_load_le32(xattrs->block) != XATTR_MAGIC ||
	    lscow_load_le32(xattrs->block + NR_BLOCKS_OFFSET) != 1)
		return lscow_extfs_damaged(fs, err, "inode %u: block %llu is not an xattr block",
					   ino, (unsigned long long)block);
	if (!ext2fs_ext_attr_block_csum_verify(fs->handle, ino, block,
					       (struct ext2_ext_attr_header *)
					       (void *)xattrs->block))
		return lscow_extfs_damaged(fs, err, "inode %u: xattr block %llu: wrong checksum",
					   ino, (unsigned long long)block);
	region.bytes = xattrs->block;
	return load_region(&region, xattrs, err);
}

int lscow_xattr_compare_names(const void *left, const void *right)
{
	const struct lscow_xattr *a = left, *b = right;

	if (a->name_index != b->name_index)
		return a->name_index < b->name_index ? -1 : 1;
	if (a->name_bytes != b->name_bytes)
		return a->name_bytes < b->name_bytes ? -1 : 1;
	return memcmp(a->name, b->name, a->name_bytes);
}

int lscow_xattrs_load(struct lscow_extfs *fs, const struct lscow_inode *inode,
		      struct lscow_xattrs *xattrs, struct lscow_error *err)
{
	int rc;

	*xattrs = (struct lscow_xattrs){ .items = LSCOW_VECTOR(struct lscow_xattr) };
	rc = load_inode_body(fs, inode, xattrs, err);
	if (rc == 0 && inode->xattr_block != 0)
		rc = load_block(fs, inode->ino, inode->xattr_block, xattrs, err);
	if (rc != 0)
		lscow_xattrs_free(xattrs);
	else
		lscow_vector_sort(&xattrs->items, lscow_xattr_compare_names);
	return rc;
}

int lscow_xattrs_load_block(struct lscow_extfs *fs, uint32_t ino, uint64_t block,
			    struct lscow_xattrs *xattrs, struct lscow_error *err)
{
	int rc;

	*xattrs = (struct lscow_xattrs){ .items = LSCOW_VECTOR(struct lscow_xattr) };
	rc = load_block(fs, ino, block, xattrs, err);
	if (rc != 0)
		lscow_xattrs_free(xattrs);
	else
		lscow_vector_sort(&xattrs->items, lscow_xattr_compare_names);
	return rc;
}

int lscow_xattrs_find_inline(struct lscow_extfs *fs, const struct lscow_inode *inode,
			     struct lscow_xattr *xattr, struct lscow_error *err)
{
	struct xattr_region region;
	size_t offset = 0;
	int rc;

	if (!get_inode_body(fs, inode, &region))
		return 1;
	while ((rc = next_entry(&region, &offset, xattr, err)) == 0)
		if (is_inline_content(xattr))
			break;
	return rc;
}

static bool has_same_value(const struct lscow_xattr *a, const struct lscow_xattr *b)
{
	if (a->value_bytes != b->value_bytes || a->value_ino != b->value_ino)
		return false;
	return a->value_ino != 0 ? a->hash == b->hash
				 : memcmp(a->value, b->value, a->value_bytes) == 0;
}

bool lscow_xattrs_are_equal(const struct lscow_xattrs *a, const struct lscow_xattrs *b)
{
	const struct lscow_xattr *left = a->items.items, *right = b->items.items;

	if (a->items.nr != b->items.nr)
		return false;
	for (size_t i = 0; i < a->items.nr; i++)
		if (lscow_xattr_compare_names(&left[i], &right[i]) != 0 ||
		    !has_same_value(&left[i], &right[i]))
			return false;
	return true;
}

uint32_t lscow_xattrs_get_refcount(const struct lscow_xattrs *xattrs)
{
	return xattrs->block ? lscow_load_le32(xattrs->block + REFCOUNT_OFFSET) : 0;
}

void lscow_xattrs_free(struct lscow_xattrs *xattrs)
{
	lscow_vector_free(&xattrs->items);
	free(xattrs->block);
	xattrs->block = NULL;
}
