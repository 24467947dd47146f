/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Writes first inputs for a fuzz target, those that no file of seeds has: make-seeds TARGET FOLDER */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/bases.h"
#include "fuzz/patches.h"
#include "support/store-image.h"

#define SEED_BYTES ((size_t)64 << 10)
#define CHUNK_BYTES 4096u
#define NR_CHUNKS 5u
/* So much of a journal lies in one piece, and is enough for a few transactions. */
#define JOURNAL_BLOCKS 12u
#define JOURNAL_HEAD "\xC0\x3B\x39\x98\0\0\0\4" /* of its superblock */

static const char *folder;

static void write_seed(const char *name, const void *bytes, size_t nr_bytes)
{
	char path[4096];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	stream = fopen(path, "we");
	if (!stream || fwrite(bytes, 1, nr_bytes, stream) != nr_bytes || fclose(stream))
		err(1, "%s", path);
}

static void make_stores(void)
{
	struct store_image image = store_image_new(CHUNK_BYTES, NR_CHUNKS);

	write_seed("empty", image.bytes, image.length_bytes);
	store_image_put(&image, 0, 0, 7, 2);
	store_image_put(&image, 0, 1, 8, 3);
	store_image_put(&image, 0, 2, 100, 4);
	write_seed("three", image.bytes, image.length_bytes);
	image.bytes[4] = 0;
	write_seed("invalid", image.bytes, image.length_bytes);
	store_image_free(&image);
}

/* A base, and so many of its bytes at a place. */
static void write_part(const struct fuzz_base *base, unsigned int number, const char *what,
		       const uint64_t (*parts)[2], size_t nr_parts)
{
	uint8_t *bytes = malloc(SEED_BYTES);
	size_t used = 1;
	char name[64];

	if (!bytes)
		abort();
	bytes[0] = (uint8_t)number;
	for (size_t i = 0; i < nr_parts && parts[i][1] <= SEED_BYTES - used; i++) {
		memcpy(bytes + used, base->bytes + parts[i][0], parts[i][1]);
		used += parts[i][1];
	}
	snprintf(name, sizeof(name), "%s-%s", base->name, what);
	write_seed(name, bytes, used);
	free(bytes);
}

static void make_directories(void)
{
	for (unsigned int i = 0; i < FUZZ_NR_BASES; i++) {
		const struct fuzz_base *base = fuzz_base_get(i);
		const uint64_t parts[][2] = {
			{ base->directory_block * base->block_bytes,
			  base->nr_directory_blocks * base->block_bytes },
		};

		write_part(base, i, "directory", parts, 1);
	}
}

/* Inodes of all kinds, with the blocks of their map and of their xattrs behind them. */
static void make_inodes(void)
{
	static const uint32_t nr_inos = 32;

	for (unsigned int i = 0; i < FUZZ_NR_BASES; i++) {
		const struct fuzz_base *base = fuzz_base_get(i);

		for (uint32_t ino = 11; ino <= nr_inos; ino++) {
			uint64_t offset_bytes = base->file_offset_bytes +
						(ino - base->file_ino) *
							(uint64_t)base->inode_bytes;
			const uint64_t parts[][2] = {
				{ offset_bytes, base->inode_bytes },
				{ base->directory_block * base->block_bytes,
				  base->block_bytes },
			};
			char what[32];

			if (offset_bytes + base->inode_bytes > base->nr_bytes ||
			    (base->bytes[offset_bytes] | base->bytes[offset_bytes + 1]) == 0)
				continue;
			snprintf(what, sizeof(what), "inode-%u", ino);
			write_part(base, i, what, parts, ino % 2 + 1);
		}
	}
}

/* What commands of debugfs do to a base, as patches. */
static void write_change(unsigned int number, const char *what, const char *commands)
{
	const struct fuzz_base *base = fuzz_base_get(number);
	uint8_t *changed = fuzz_base_change(base, commands);
	struct fuzz_patches *patches = calloc(1, sizeof(*patches));
	uint8_t *bytes = malloc(SEED_BYTES);
	char name[64];

	if (!patches || !bytes)
		abort();
	patches->base = (uint8_t)number;
	for (size_t at = 0; at < base->nr_bytes; at++) {
		size_t end = at, nr_same = 0;

		if (changed[at] == base->bytes[at])
			continue;
		/* Small gaps cost less than the head of one more patch. */
		for (size_t i = at; i < base->nr_bytes && i - at < FUZZ_MOST_PATCH_BYTES &&
				    nr_same < 8; i++) {
			nr_same = changed[i] == base->bytes[i] ? nr_same + 1 : 0;
			end = nr_same == 0 ? i + 1 : end;
		}
		if (!fuzz_patches_add(patches, FUZZ_PATCH_NEW, (uint32_t)at, changed + at,
				      end - at))
			break;
		at = end;
	}
	snprintf(name, sizeof(name), "%s-%s", base->name, what);
	write_seed(name, bytes, fuzz_patches_encode(patches, bytes, SEED_BYTES));
	free(bytes);
	free(patches);
	free(changed);
}

static const struct {
	const char *name;
	const char *commands;
} changes[] = {
	{ "nothing", "" },
	{ "added", "write small dir/new\n" },
	{ "removed", "rm dir/a\n" },
	{ "renamed", "ln dir/sub moved\nunlink dir/sub\n" },
	{ "linked", "ln linked dir/linked3\nsif linked links_count 39\n" },
	{ "larger", "sif dir/a size 2000\n" },
	{ "tagged", "ea_set tagged user.color red\nea_set dir/a user.more yes\n" },
	{ "folder", "mkdir fresh\nwrite other fresh/one\nsif dir mtime 1772330500\n" },
	{ "punched", "punch scratch 2 4\n" },
	{ "swapped", "ln dir/a b\nunlink dir/a\nln sym dir/a\nunlink sym\n" },
};

/* For LSCOW_FUZZ_BASES. */
static void make_bases(void)
{
	for (unsigned int i = 0; i < FUZZ_NR_BASES; i++)
		fuzz_base_get(i);
}

static void make_images(void)
{
	for (unsigned int i = 0; i < FUZZ_NR_BASES; i++)
		for (size_t j = 0; j < sizeof(changes) / sizeof(changes[0]); j++)
			write_change(i, changes[j].name, changes[j].commands);
}

/* A journal with transactions, cut to its beginning: fs/jbd2, big-endian. */
static void write_journal(const char *name, const char *commands)
{
	const struct fuzz_base *base = fuzz_base_get(FUZZ_BASE_EXT3);
	uint8_t *changed = fuzz_base_change(base, commands);
	size_t nr_bytes = (size_t)JOURNAL_BLOCKS * base->block_bytes, at = 0;

	while (at + nr_bytes <= base->nr_bytes &&
	       memcmp(changed + at, JOURNAL_HEAD, sizeof(JOURNAL_HEAD) - 1) != 0)
		at += base->block_bytes;
	if (at + nr_bytes > base->nr_bytes)
		errx(1, "%s: no journal", name);
	memcpy(changed + at + 0x10, "\0\0\0\x0C", 4); /* blocks */
	write_seed(name, changed + at, nr_bytes);
	free(changed);
}

static void make_journals(void)
{
	write_journal("empty", "");
	write_journal("one", "jo\njw -b 100 small\njc\n");
	write_journal("two", "jo\njw -b 100,101 small\njw -b 102 small\njc\n");
	write_journal("checksums", "jo -c -v 3\njw -b 100 small\njw -b 101 other\njc\n");
	write_journal("checksums-2", "jo -c -v 2\njw -b 100 small\njc\n");
	write_journal("revoked", "jo\njw -b 100 small\njw -r 100\njc\n");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *target;
		void (*make)(void);
	} targets[] = {
		{ "bases", make_bases }, { "directory", make_directories }, { "image", make_images },
		{ "inode", make_inodes }, { "journal", make_journals },
		{ "store", make_stores },
	};

	if (argc != 3)
		errx(2, "usage: make-seeds TARGET FOLDER");
	folder = argv[2];
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (strcmp(argv[1], targets[i].target) == 0)
			targets[i].make();
	return 0;
}
