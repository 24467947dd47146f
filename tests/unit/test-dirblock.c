/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Directory blocks: entries, where their checksum stands, and damage. */

#include "support/unit.h"

#include <stdio.h>

#include "extfs/dirblock.h"
#include "support/store-image.h"

#define BLOCK_BYTES 1024u
#define LARGE_BLOCK_BYTES 65536u
#define MOST_ENTRIES 6

/* A record as a row of a table says it; the last one has length 0. */
struct record {
	uint32_t ino;
	uint16_t length;
	const char *name;
	uint8_t name_bytes; /* 0: as the name has them */
};

static void put_record(uint8_t *p, const struct record *record)
{
	size_t name_bytes = strlen(record->name);

	store_put_le32(p, record->ino);
	p[4] = (uint8_t)record->length;
	p[5] = (uint8_t)(record->length >> 8);
	p[6] = record->name_bytes ? record->name_bytes : (uint8_t)name_bytes;
	p[7] = 1;
	memcpy(p + 8, record->name, name_bytes);
}

/* Blocks exactly as long as they say, so that a sanitizer sees every overrun. */
static uint8_t *make_block(const struct record *records, size_t nr_bytes)
{
	uint8_t *bytes = calloc(1, nr_bytes);
	size_t at = 0;

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < MOST_ENTRIES && records[i].name; i++) {
		put_record(bytes + at, &records[i]);
		at += records[i].length;
	}
	return bytes;
}

static const struct {
	const char *label;
	struct record records[MOST_ENTRIES];
	size_t nr_bytes; /* of the block; 0: BLOCK_BYTES */
	const char *expected; /* "INO NAME " for each entry */
	int end;
	size_t end_offset_bytes;
} blocks[] = {
	{ .label = "a first block",
	  .records = { { 2, 12, ".", 0 }, { 2, 12, "..", 0 }, { 11, 1000, "lost+found", 0 } },
	  .expected = "2 . 2 .. 11 lost+found ", .end = 1, .end_offset_bytes = 1024 },
	{ .label = "unused records",
	  .records = { { 0, 12, "", 0 }, { 12, 16, "name", 0 }, { 0, 996, "gone", 0 } },
	  .expected = "12 name ", .end = 1, .end_offset_bytes = 1024 },
	{ .label = "an unused record with a name that is none",
	  .records = { { 0, 16, "a/b", 250 }, { 12, 1008, "b", 0 } },
	  .expected = "12 b ", .end = 1, .end_offset_bytes = 1024 },
	{ .label = "an interior node of an htree", .records = { { 0, 1024, "", 0 } },
	  .expected = "", .end = 1, .end_offset_bytes = 1024 },
	{ .label = "a name that fills its record", .records = { { 12, 12, "four", 0 },
								{ 13, 1012, "b", 0 } },
	  .expected = "12 four 13 b ", .end = 1, .end_offset_bytes = 1024 },
	{ .label = "the highest number", .records = { { UINT32_MAX, 1024, "a", 0 } },
	  .expected = "4294967295 a ", .end = 1, .end_offset_bytes = 1024 },
	{ .label = "length 0", .records = { { 12, 12, "a", 0 }, { 13, 0, "b", 0 } },
	  .expected = "12 a ", .end = -1, .end_offset_bytes = 12 },
	{ .label = "length 8", .records = { { 12, 8, "", 0 } }, .expected = "", .end = -1 },
	{ .label = "length not a multiple of 4", .records = { { 12, 13, "a", 0 } },
	  .expected = "", .end = -1 },
	{ .label = "length past the end", .records = { { 12, 12, "a", 0 },
						       { 13, 1016, "b", 0 } },
	  .expected = "12 a ", .end = -1, .end_offset_bytes = 12 },
	{ .label = "an unused record past the end", .records = { { 0, 1028, "", 0 } },
	  .expected = "", .end = -1 },
	{ .label = "the largest length in a small block",
	  .records = { { 12, 65535, "a", 0 } }, .expected = "", .end = -1 },
	{ .label = "4 bytes left over", .records = { { 12, 1020, "a", 0 } },
	  .expected = "12 a ", .end = -1, .end_offset_bytes = 1020 },
	{ .label = "name beyond its record", .records = { { 12, 12, "four", 5 } },
	  .expected = "", .end = -1 },
	{ .label = "name beyond the block",
	  .records = { { 12, 1012, "a", 0 }, { 13, 12, "b", 255 } },
	  .expected = "12 a ", .end = -1, .end_offset_bytes = 1012 },
	{ .label = "no name", .records = { { 12, 12, "", 0 } }, .expected = "", .end = -1 },
	{ .label = "name with a slash", .records = { { 12, 1024, "a/b", 0 } },
	  .expected = "", .end = -1 },
	{ .label = "name with a NUL", .records = { { 12, 1024, "ab", 3 } },
	  .expected = "", .end = -1 },
	{ .label = "64 KiB: 0xFFFF is the whole block", .nr_bytes = LARGE_BLOCK_BYTES,
	  .records = { { 12, 65535, "a", 0 } },
	  .expected = "12 a ", .end = 1, .end_offset_bytes = LARGE_BLOCK_BYTES },
	{ .label = "64 KiB: 0 is the whole block", .nr_bytes = LARGE_BLOCK_BYTES,
	  .records = { { 0, 0, "", 0 } },
	  .expected = "", .end = 1, .end_offset_bytes = LARGE_BLOCK_BYTES },
	{ .label = "64 KiB: a record and the rest", .nr_bytes = LARGE_BLOCK_BYTES,
	  .records = { { 12, 12, "a", 0 }, { 13, 65524, "b", 0 } },
	  .expected = "12 a 13 b ", .end = 1, .end_offset_bytes = LARGE_BLOCK_BYTES },
	{ .label = "64 KiB: the whole block behind a record", .nr_bytes = LARGE_BLOCK_BYTES,
	  .records = { { 12, 12, "a", 0 }, { 13, 65535, "b", 0 } },
	  .expected = "12 a ", .end = -1, .end_offset_bytes = 12 },
};

START_TEST(test_next)
{
	size_t nr_bytes = blocks[_i].nr_bytes ? blocks[_i].nr_bytes : BLOCK_BYTES;
	uint8_t *bytes = make_block(blocks[_i].records, nr_bytes);
	struct lscow_dirblock place = { .bytes = bytes, .nr_bytes = nr_bytes };
	struct lscow_dirent entry;
	char found[256] = "";
	int end;

	while ((end = lscow_dirblock_next(&place, &entry)) == 0)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%u %.*s ",
			 entry.ino, (int)entry.name_bytes, (const char *)entry.name);
	ck_assert_msg(!strcmp(found, blocks[_i].expected), "%s: \"%s\", expected \"%s\"",
		      blocks[_i].label, found, blocks[_i].expected);
	ck_assert_msg(end == blocks[_i].end, "%s: %d at the end", blocks[_i].label, end);
	ck_assert_msg(place.offset_bytes == blocks[_i].end_offset_bytes, "%s: ends at %zu",
		      blocks[_i].label, place.offset_bytes);
	free(bytes);
}
END_TEST

static const struct {
	const char *label;
	const char *name;
	bool is_dot;
} names[] = {
	{ .label = "itself", .name = ".", .is_dot = true },
	{ .label = "parent", .name = "..", .is_dot = true },
	{ .label = "three dots", .name = "..." },
	{ .label = "hidden", .name = ".a" },
	{ .label = "one letter", .name = "a" },
	{ .label = "ends in a dot", .name = "a." },
};

START_TEST(test_is_dot)
{
	struct lscow_dirent entry = {
		.name = (const uint8_t *)names[_i].name,
		.name_bytes = (uint8_t)strlen(names[_i].name),
	};

	ck_assert_msg(lscow_dirent_is_dot(&entry) == names[_i].is_dot, "%s",
		      names[_i].label);
}
END_TEST

/* Records, and what stands in the last 12 bytes. */
static const struct {
	const char *label;
	struct record records[MOST_ENTRIES];
	size_t nr_bytes; /* of the block; 0: BLOCK_BYTES */
	uint32_t tail_ino;
	uint8_t tail_length;
	uint8_t tail_name_bytes;
	uint8_t tail_type;
	bool has_checksum;
} tails[] = {
	{ .label = "a leaf", .records = { { 12, 12, "a", 0 }, { 13, 1000, "b", 0 } },
	  .tail_length = 12, .tail_type = 0xDE, .has_checksum = true },
	{ .label = "a leaf of 64 KiB", .nr_bytes = LARGE_BLOCK_BYTES,
	  .records = { { 12, 12, "a", 0 }, { 13, 65512, "b", 0 } },
	  .tail_length = 12, .tail_type = 0xDE, .has_checksum = true },
	{ .label = "the root of an htree with old bytes that look like a tail",
	  .records = { { 2, 12, ".", 0 }, { 2, 1012, "..", 0 } },
	  .tail_length = 12, .tail_type = 0xDE },
	{ .label = "an interior node with such bytes", .records = { { 0, 1024, "", 0 } },
	  .tail_length = 12, .tail_type = 0xDE },
	{ .label = "an interior node of 64 KiB with such bytes",
	  .nr_bytes = LARGE_BLOCK_BYTES, .records = { { 0, 65535, "", 0 } },
	  .tail_length = 12, .tail_type = 0xDE },
	{ .label = "a leaf without one", .records = { { 12, 1012, "a", 0 } },
	  .tail_ino = 13, .tail_length = 12, .tail_name_bytes = 1, .tail_type = 1 },
	{ .label = "another type", .records = { { 12, 1012, "a", 0 } }, .tail_length = 12,
	  .tail_type = 0xDD },
	{ .label = "with an inode", .records = { { 12, 1012, "a", 0 } }, .tail_ino = 1,
	  .tail_length = 12, .tail_type = 0xDE },
	{ .label = "with a name", .records = { { 12, 1012, "a", 0 } }, .tail_length = 12,
	  .tail_name_bytes = 1, .tail_type = 0xDE },
	{ .label = "another length", .records = { { 12, 1012, "a", 0 } }, .tail_length = 16,
	  .tail_type = 0xDE },
	{ .label = "records that lead past it",
	  .records = { { 12, 1004, "a", 0 }, { 13, 12, "b", 0 } },
	  .tail_ino = 0, .tail_length = 12, .tail_type = 0xDE },
	{ .label = "a record of length 0", .records = { { 12, 0, "a", 0 } },
	  .tail_length = 12, .tail_type = 0xDE },
	{ .label = "a record past the end", .records = { { 12, 2000, "a", 0 } },
	  .tail_length = 12, .tail_type = 0xDE },
};

START_TEST(test_checksum)
{
	size_t nr_bytes = tails[_i].nr_bytes ? tails[_i].nr_bytes : BLOCK_BYTES;
	/* Only the tail is written behind such a record. */
	struct record records[2] = { tails[_i].records[0], { 0, 0, NULL, 0 } };
	uint8_t *bytes = make_block(records[0].length < nr_bytes ? tails[_i].records : records,
				    nr_bytes);
	uint8_t *tail = bytes + nr_bytes - 12;
	uint32_t checksum = 0;
	size_t covered_bytes = 0;

	store_put_le32(tail, tails[_i].tail_ino);
	tail[4] = tails[_i].tail_length;
	tail[6] = tails[_i].tail_name_bytes;
	tail[7] = tails[_i].tail_type;
	store_put_le32(tail + 8, 0x12345678);
	ck_assert_msg(lscow_dirblock_get_checksum(bytes, nr_bytes, &checksum,
						  &covered_bytes) == tails[_i].has_checksum,
		      "%s", tails[_i].label);
	ck_assert_uint_eq(checksum, tails[_i].has_checksum ? 0x12345678 : 0);
	ck_assert_uint_eq(covered_bytes, tails[_i].has_checksum ? nr_bytes - 12 : 0);
	free(bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dirblock");
	TCase *tcase = tcase_create("dirblock");

	tcase_add_loop_test(tcase, test_next, 0, (int)UNIT_COUNT(blocks));
	tcase_add_loop_test(tcase, test_is_dot, 0, (int)UNIT_COUNT(names));
	tcase_add_loop_test(tcase, test_checksum, 0, (int)UNIT_COUNT(tails));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
