/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Directory blocks, decoded without I/O (fs/ext4/ext4.h, struct ext4_dir_entry_2). */

#ifndef LSCOW_EXTFS_DIRBLOCK_H
#define LSCOW_EXTFS_DIRBLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One entry; the name is borrowed from the block and not NUL-ended. */
struct lscow_dirent {
	uint32_t ino;
	uint8_t name_bytes;
	const uint8_t *name;
	size_t offset_bytes; /* within the block */
};

/* A place in a directory block. Start from { .bytes, .nr_bytes, .is_encrypted }. */
struct lscow_dirblock {
	const uint8_t *bytes;
	size_t nr_bytes; /* a filesystem block */
	size_t offset_bytes;
	bool is_encrypted; /* names are any bytes */
};

/*
 * Gives the next entry in use, "." and ".." included: 0 with *entry filled, 1
 * at the end of the block, -1 where the entry at offset_bytes is damaged (its
 * length, or a name with '/' or NUL that is not encrypted).
 */
int lscow_dirblock_next(struct lscow_dirblock *block, struct lscow_dirent *entry);

/* "." or ".." */
bool lscow_dirent_is_dot(const struct lscow_dirent *entry);

/*
 * Whether the block ends with a checksum; *checksum gets it and *covered_bytes
 * how much of the block it is over. Interior htree blocks have none there.
 */
bool lscow_dirblock_get_checksum(const uint8_t *bytes, size_t nr_bytes,
				 uint32_t *checksum, size_t *covered_bytes);

#endif
