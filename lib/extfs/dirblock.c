/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Directory blocks, decoded without I/O (fs/ext4/ext4.h, struct ext4_dir_entry_2). */

#include "extfs/dirblock.h"

#include <string.h>

#include "base/bytes.h"

#define ENTRY_BYTES 8 /* without the name */
#define TAIL_BYTES 12
#define TAIL_FILE_TYPE 0xDE
#define MAX_REC_LEN 65535 /* EXT4_MAX_REC_LEN */

/* A record of a whole 64 KiB block does not fit its 16 bits. */
static size_t record_bytes(const struct lscow_dirblock *block, const uint8_t *entry)
{
	size_t length = lscow_load_le16(entry + 4);

	if (block->nr_bytes > MAX_REC_LEN && (length == 0 || length == MAX_REC_LEN))
		return block->nr_bytes;
	return length;
}

static bool is_sane_name(const uint8_t *name, size_t name_bytes, bool is_encrypted)
{
	return name_bytes > 0 &&
	       (is_encrypted ||
		(!memchr(name, '/', name_bytes) && !memchr(name, '\0', name_bytes)));
}

int lscow_dirblock_next(struct lscow_dirblock *block, struct lscow_dirent *entry)
{
	while (block->offset_bytes < block->nr_bytes) {
		const uint8_t *bytes = block->bytes + block->offset_bytes;
		size_t left_bytes = block->nr_bytes - block->offset_bytes;
		size_t length_bytes;

		if (left_bytes < ENTRY_BYTES)
			return -1;
		length_bytes = record_bytes(block, bytes);
		if (length_bytes < TAIL_BYTES || length_bytes % 4 != 0 ||
		    length_bytes > left_bytes)
			return -1;
		*entry = (struct lscow_dirent){
			.ino = lscow_load_le32(bytes),
			.name_bytes = bytes[6],
			.name = bytes + ENTRY_BYTES,
			.offset_bytes = block->offset_bytes,
		};
		if (entry->ino != 0 && (entry->name_bytes > length_bytes - ENTRY_BYTES ||
					!is_sane_name(entry->name, entry->name_bytes,
					      block->is_encrypted)))
			return -1;
		block->offset_bytes += length_bytes;
		if (entry->ino != 0)
			return 0;
	}
	return 1;
}

bool lscow_dirent_is_dot(const struct lscow_dirent *entry)
{
	return (entry->name_bytes == 1 && entry->name[0] == '.') ||
	       (entry->name_bytes == 2 && entry->name[0] == '.' && entry->name[1] == '.');
}

/*
 * Whether the records lead to the tail. In the root and the interior nodes of
 * an htree one record spans the tail's place, where old bytes may look like one.
 */
static bool leads_to_tail(const uint8_t *bytes, size_t nr_bytes)
{
	const struct lscow_dirblock block = { .bytes = bytes, .nr_bytes = nr_bytes };
	size_t at = 0;

	while (at < nr_bytes - TAIL_BYTES) {
		size_t length_bytes = record_bytes(&block, bytes + at);

		if (length_bytes < TAIL_BYTES || length_bytes > nr_bytes - at)
			return false;
		at += length_bytes;
	}
	return at == nr_bytes - TAIL_BYTES;
}

bool lscow_dirblock_get_checksum(const uint8_t *bytes, size_t nr_bytes,
				 uint32_t *checksum, size_t *covered_bytes)
{
	const uint8_t *tail = bytes + nr_bytes - TAIL_BYTES;

	if (!leads_to_tail(bytes, nr_bytes) || lscow_load_le32(tail) != 0 || lscow_load_le16(tail + 4) != TAIL_BYTES ||
	    tail[6] != 0 || tail[7] != TAIL_FILE_TYPE)
		return false;
	*checksum = lscow_load_le32(tail + ENTRY_BYTES);
	*covered_bytes = nr_bytes - TAIL_BYTES;
	return true;
}
