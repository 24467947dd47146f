/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Directories: reading and verifying their blocks, listing their entries. */

#include "extfs/directory.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "extfs/crc32c.h"
#include "extfs/nokey.h"

/* In the root of an htree, behind "." and ".." (fs/ext4/namei.c, struct dx_root). */
#define HASH_VERSION_OFFSET_BYTES 28
/* Before the first entry of an inline directory the number of its parent stands. */
#define INLINE_PARENT_BYTES 4

int lscow_directory_verify_block(struct lscow_extfs *fs, const struct lscow_inode *inode,
				 uint64_t block, uint8_t *buffer,
				 struct lscow_error *err)
{
	uint32_t checksum;
	size_t covered_bytes;
	uint32_t seed;

	if (!lscow_extfs_has_checksums(fs))
		return 0;
	if (lscow_dirblock_get_checksum(buffer, fs->sb.block_bytes, &checksum,
					&covered_bytes)) {
		seed = lscow_extfs_inode_seed(fs, inode->ino, inode->generation);
		if (lscow_crc32c(seed, buffer, covered_bytes) == checksum)
			return 0;
	} else if (ext2fs_dir_block_csum_verify(fs->handle, inode->ino,
						(struct ext2_dir_entry *)(void *)buffer)) {
		return 0; /* the root or an interior node of an htree */
	}
	return lscow_extfs_damaged(fs, err, "directory inode %u: block %llu: wrong checksum",
				   inode->ino, (unsigned long long)block);
}

int lscow_directory_check_size(const struct lscow_extfs *fs, const struct lscow_inode *inode,
			       const struct lscow_map *map, struct lscow_error *err)
{
	uint64_t size_bytes = inode->size_bytes;
	const struct lscow_run *last;
	uint64_t end_block;

	if (map->runs.nr == 0)
		return 0;
	/* The upper half was once something else (fs/ext4/ext4.h, ext4_isize). */
	if (!(fs->sb.incompat & EXT4_FEATURE_INCOMPAT_LARGEDIR))
		size_bytes &= UINT32_MAX;
	last = &LSCOW_ITEMS(&map->runs, struct lscow_run)[map->runs.nr - 1];
	end_block = last->logical_block + last->nr_blocks;
	if (end_block <= size_bytes / fs->sb.block_bytes)
		return 0;
	return lscow_extfs_damaged(fs, err, "directory inode %u: size %llu, expected at least "
				   "the %llu of its blocks", inode->ino,
				   (unsigned long long)size_bytes,
				   (unsigned long long)(end_block * fs->sb.block_bytes));
}

int lscow_directory_check_start(const struct lscow_extfs *fs, const struct lscow_inode *inode,
				uint64_t block, const uint8_t *buffer,
				struct lscow_error *err)
{
	struct lscow_dirblock place = { .bytes = buffer, .nr_bytes = fs->sb.block_bytes };
	struct lscow_dirent entry;

	for (unsigned int nr_dots = 1; nr_dots <= 2; nr_dots++) {
		if (lscow_dirblock_next(&place, &entry) != 0 ||
		    entry.name_bytes != nr_dots || !lscow_dirent_is_dot(&entry))
			return lscow_extfs_damaged(fs, err, "directory inode %u: block %llu: "
						   "entry %u is not \"%.*s\"", inode->ino,
						   (unsigned long long)block, nr_dots,
						   (int)nr_dots, "..");
		if (nr_dots == 1 && entry.ino != inode->ino)
			return lscow_extfs_damaged(fs, err, "directory inode %u: block %llu: "
						   "\".\" is inode %u, expected itself",
						   inode->ino, (unsigned long long)block,
						   entry.ino);
	}
	return 0;
}

int lscow_directory_read_block(struct lscow_extfs *fs, const struct lscow_inode *inode,
			       uint64_t block, uint8_t *buffer, struct lscow_error *err)
{
	int rc = lscow_extfs_read_blocks(fs, LSCOW_READ_DIRECTORY, block, 1, buffer, err);

	if (rc == 0)
		rc = lscow_directory_verify_block(fs, inode, block, buffer, err);
	return rc;
}

/* ---- names ------------------------------------------------------------------ */

/* Only these versions are on disk; whether they take letters as signed is a flag. */
static enum lscow_names hashed_names(const struct lscow_extfs *fs, unsigned int version)
{
	if (version > EXT2_HASH_TEA)
		return LSCOW_NAMES_ENCRYPTED;
	if (fs->handle->super->s_flags & EXT2_FLAGS_UNSIGNED_HASH)
		version += EXT2_HASH_LEGACY_UNSIGNED;
	return (enum lscow_names)(LSCOW_NAMES_HASHED + version);
}

/* Without an htree the kernel hashes where it could be one (fs/ext4/dir.c, is_dx_dir). */
static enum lscow_names names_without_htree(const struct lscow_extfs *fs,
					    const struct lscow_inode *inode)
{
	if (!(inode->flags & EXT4_ENCRYPT_FL))
		return LSCOW_NAMES_PLAIN;
	if ((fs->sb.compat & EXT2_FEATURE_COMPAT_DIR_INDEX) &&
	    (lscow_inode_is_inline(inode) ||
	     inode->size_bytes / fs->sb.block_bytes == 1))
		return hashed_names(fs, fs->handle->super->s_def_hash_version);
	return LSCOW_NAMES_ENCRYPTED;
}

static int load_htree_names(struct lscow_extfs *fs, struct lscow_inode *inode,
			    const struct lscow_map *map, struct lscow_error *err)
{
	const struct lscow_run *first = map->runs.items;
	uint8_t *buffer;
	int rc;

	if (map->runs.nr == 0 || first->logical_block != 0)
		return 0;
	buffer = malloc(fs->sb.block_bytes);
	if (!buffer)
		return lscow_error_no_memory(err, "a directory block");
	rc = lscow_directory_read_block(fs, inode, first->physical_block, buffer, err);
	if (rc == 0)
		inode->names = hashed_names(fs, buffer[HASH_VERSION_OFFSET_BYTES]);
	free(buffer);
	return rc;
}

int lscow_directory_load_names(struct lscow_extfs *fs, struct lscow_inode *inode,
			       const struct lscow_map *map, struct lscow_error *err)
{
	inode->names = names_without_htree(fs, inode);
	if (inode->names == LSCOW_NAMES_PLAIN)
		return 0;
	fs->has_encrypted_names = true;
	if (!(fs->sb.compat & EXT2_FEATURE_COMPAT_DIR_INDEX) ||
	    !(inode->flags & EXT2_INDEX_FL) || lscow_inode_is_inline(inode))
		return 0;
	return load_htree_names(fs, inode, map, err);
}

/* ---- entries ---------------------------------------------------------------- */

/* Entries of a directory that stand together, and where that is. */
struct entries {
	uint32_t directory_ino;
	enum lscow_names names;
	uint64_t block; /* LSCOW_INLINE_BLOCK: in the inode */
	const uint8_t *bytes;
	size_t nr_bytes;
};

static int damaged_entry(const struct lscow_extfs *fs, const struct entries *entries,
			 size_t offset_bytes, const char *what, struct lscow_error *err)
{
	if (entries->block == LSCOW_INLINE_BLOCK)
		return lscow_extfs_damaged(fs, err, "directory inode %u: inline, byte %zu of %zu: "
					   "%s", entries->directory_ino, offset_bytes,
					   entries->nr_bytes, what);
	return lscow_extfs_damaged(fs, err, "directory inode %u: block %llu, byte %zu: %s",
				   entries->directory_ino, (unsigned long long)entries->block,
				   offset_bytes, what);
}

static int damaged_number(const struct lscow_extfs *fs, const struct entries *entries,
			  const struct lscow_dirent *entry, struct lscow_error *err)
{
	char what[64];

	snprintf(what, sizeof(what), "inode %u, expected 1 to %u", entry->ino,
		 fs->sb.nr_inodes);
	return damaged_entry(fs, entries, entry->offset_bytes, what, err);
}

/* Puts the name as it is shown, in the given room, in the place of the encrypted one. */
static int show_name(const struct lscow_extfs *fs, const struct entries *entries,
		     struct lscow_dirent *entry, char shown[LSCOW_NOKEY_ROOM],
		     struct lscow_error *err)
{
	uint32_t hashes[2];
	char what[64];

	if (entry->name_bytes < LSCOW_NOKEY_LEAST_BYTES) {
		snprintf(what, sizeof(what), "encrypted name of %u bytes, expected at least %u",
			 entry->name_bytes, LSCOW_NOKEY_LEAST_BYTES);
		return damaged_entry(fs, entries, entry->offset_bytes, what, err);
	}
	lscow_nokey_hash(fs, entries->names, entry->name, entry->name_bytes, hashes);
	entry->name_bytes = lscow_nokey_encode(entry->name, entry->name_bytes, hashes, shown);
	entry->name = (const uint8_t *)shown;
	return 0;
}

static int parse(struct lscow_extfs *fs, const struct entries *entries, lscow_dirent_fn *fn,
		 void *data, struct lscow_error *err)
{
	struct lscow_dirblock place = {
		.bytes = entries->bytes, .nr_bytes = entries->nr_bytes,
		.is_encrypted = entries->names != LSCOW_NAMES_PLAIN,
	};
	char shown[LSCOW_NOKEY_ROOM];
	struct lscow_dirent entry;
	int found;
	int rc;

	while ((found = lscow_dirblock_next(&place, &entry)) == 0) {
		if (lscow_dirent_is_dot(&entry))
			continue;
		if (entry.ino > fs->sb.nr_inodes)
			return damaged_number(fs, entries, &entry, err);
		if (fs->watch.fn)
			fs->watch.fn(fs->watch.data, entries->directory_ino, entries->block,
				     entry.ino);
		rc = place.is_encrypted ? show_name(fs, entries, &entry, shown, err) : 0;
		if (rc == 0)
			rc = fn(data, &entry, err);
		if (rc != 0)
			return rc;
	}
	if (found < 0)
		return damaged_entry(fs, entries, place.offset_bytes, "bad entry", err);
	return 0;
}

int lscow_directory_parse_block(struct lscow_extfs *fs, const struct lscow_inode *inode,
				uint64_t block, const uint8_t *buffer, lscow_dirent_fn *fn,
				void *data, struct lscow_error *err)
{
	const struct entries entries = { inode->ino, inode->names, block, buffer,
					 fs->sb.block_bytes };

	return parse(fs, &entries, fn, data, err);
}

/* No entry reaches from i_block into the xattr: these are two places. */
int lscow_directory_parse_inline(struct lscow_extfs *fs, const struct lscow_inode *inode,
				 lscow_dirent_fn *fn, void *data, struct lscow_error *err)
{
	struct entries entries = { .directory_ino = inode->ino,
				   .names = names_without_htree(fs, inode),
				   .block = LSCOW_INLINE_BLOCK };
	struct lscow_inline content;
	int rc = lscow_inline_load(fs, inode, &content, err);

	if (rc != 0)
		return rc;
	fs->has_encrypted_names |= entries.names != LSCOW_NAMES_PLAIN;
	entries.bytes = content.head + INLINE_PARENT_BYTES;
	entries.nr_bytes = content.head_bytes - INLINE_PARENT_BYTES;
	rc = parse(fs, &entries, fn, data, err);
	if (rc != 0)
		return rc;
	entries.bytes = content.tail;
	entries.nr_bytes = content.tail_bytes;
	return parse(fs, &entries, fn, data, err);
}

static int iterate_map(struct lscow_extfs *fs, const struct lscow_inode *inode,
		       const struct lscow_map *map, uint8_t *buffer, lscow_dirent_fn *fn,
		       void *data, struct lscow_error *err)
{
	const struct lscow_run *runs = map->runs.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < map->runs.nr; i++)
		for (uint64_t j = 0; rc == 0 && j < runs[i].nr_blocks; j++) {
			uint64_t block = runs[i].physical_block + j;

			rc = lscow_directory_read_block(fs, inode, block, buffer, err);
			if (rc == 0 && runs[i].logical_block + j == 0)
				rc = lscow_directory_check_start(fs, inode, block, buffer, err);
			if (rc == 0)
				rc = lscow_directory_parse_block(fs, inode, block, buffer, fn,
								 data, err);
		}
	return rc;
}

int lscow_directory_iterate(struct lscow_extfs *fs, const struct lscow_inode *inode,
			    lscow_dirent_fn *fn, void *data, struct lscow_error *err)
{
	struct lscow_inode directory = *inode;
	struct lscow_map map = LSCOW_MAP;
	uint8_t *buffer;
	int rc;

	if (lscow_inode_is_inline(inode))
		return lscow_directory_parse_inline(fs, inode, fn, data, err);
	buffer = malloc(fs->sb.block_bytes);
	if (!buffer)
		return lscow_error_no_memory(err, "a directory block");
	rc = lscow_map_load(fs, inode, &map, err);
	if (rc == 0)
		rc = lscow_directory_check_size(fs, inode, &map, err);
	if (rc == 0)
		rc = lscow_directory_load_names(fs, &directory, &map, err);
	if (rc == 0)
		rc = iterate_map(fs, &directory, &map, buffer, fn, data, err);
	lscow_map_free(&map);
	free(buffer);
	return rc;
}

static int parent_in_block(struct lscow_extfs *fs, const struct lscow_inode *inode,
			   const uint8_t *buffer, uint32_t *parent_ino,
			   struct lscow_error *err)
{
	struct lscow_dirblock place = { .bytes = buffer, .nr_bytes = fs->sb.block_bytes };
	struct lscow_dirent entry;

	while (lscow_dirblock_next(&place, &entry) == 0) {
		if (entry.name_bytes != 2 || !lscow_dirent_is_dot(&entry))
			continue;
		*parent_ino = entry.ino;
		return 0;
	}
	return lscow_extfs_damaged(fs, err, "directory inode %u: no \"..\" in its first block",
				   inode->ino);
}

static int inline_parent(struct lscow_extfs *fs, const struct lscow_inode *inode,
			 uint32_t *parent_ino, struct lscow_error *err)
{
	struct lscow_inline content;
	int rc = lscow_inline_load(fs, inode, &content, err);

	if (rc == 0)
		*parent_ino = lscow_load_le32(content.head);
	return rc;
}

int lscow_directory_load_parent(struct lscow_extfs *fs, const struct lscow_inode *inode,
				uint32_t *parent_ino, struct lscow_error *err)
{
	struct lscow_map map = LSCOW_MAP;
	const struct lscow_run *first;
	uint8_t *buffer;
	int rc;

	if (lscow_inode_is_inline(inode))
		return inline_parent(fs, inode, parent_ino, err);
	buffer = malloc(fs->sb.block_bytes);
	if (!buffer)
		return lscow_error_no_memory(err, "a directory block");
	rc = lscow_map_load(fs, inode, &map, err);
	first = map.runs.items;
	if (rc == 0 && (map.runs.nr == 0 || first->logical_block != 0))
		rc = lscow_extfs_damaged(fs, err, "directory inode %u: no first block",
					 inode->ino);
	if (rc == 0)
		rc = lscow_directory_read_block(fs, inode, first->physical_block, buffer, err);
	if (rc == 0)
		rc = parent_in_block(fs, inode, buffer, parent_ino, err);
	lscow_map_free(&map);
	free(buffer);
	return rc;
}
