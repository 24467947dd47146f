/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Changed blocks: projected from ranges, marked with classes, counted. */

#include "support/unit.h"

#include <stdio.h>

#include "diff/blocks.h"

#define MOST_RANGES 4
#define FS_BLOCKS 100u

static struct lscow_blocks blocks;
static struct lscow_error err;

static void setup(void)
{
	blocks = (struct lscow_blocks){ .nr_blocks = 0 };
}

static void teardown(void)
{
	lscow_blocks_close(&blocks);
}

static void open_blocks(const struct lscow_range *ranges, uint64_t offset_bytes)
{
	size_t nr = 0;

	while (nr < MOST_RANGES && ranges[nr].length_bytes)
		nr++;
	unit_assert_ok("open", lscow_blocks_open(ranges, nr, offset_bytes, 1024, FS_BLOCKS,
						 &blocks, &err), &err);
}

/* Blocks 10 to 14, 20, and 98 to 99. */
static void open_example(void)
{
	static const struct lscow_range ranges[MOST_RANGES] = {
		{ 10240, 5120 }, { 20480, 1024 }, { 98 * 1024, 2048 },
	};

	open_blocks(ranges, 0);
}

static const struct {
	const char *label;
	struct lscow_range ranges[MOST_RANGES];
	uint64_t offset_bytes;
	const char *expected; /* "START+NR " for each run */
	uint64_t nr_outside;
} projections[] = {
	{ .label = "nothing", .expected = "" },
	{ .label = "a block", .ranges = { { 1024, 1024 } }, .expected = "1+1 " },
	{ .label = "a byte", .ranges = { { 1024, 1 } }, .expected = "1+1 " },
	{ .label = "over a boundary", .ranges = { { 2047, 2 } }, .expected = "1+2 " },
	{ .label = "two ranges in a block", .ranges = { { 1024, 10 }, { 1044, 10 } },
	  .expected = "1+1 " },
	{ .label = "ranges that share a block", .ranges = { { 1024, 1025 }, { 2060, 1000 } },
	  .expected = "1+2 " },
	{ .label = "neighbours", .ranges = { { 1024, 1000 }, { 2048, 1000 } },
	  .expected = "1+2 " },
	{ .label = "apart", .ranges = { { 1024, 1024 }, { 3072, 1024 } },
	  .expected = "1+1 3+1 " },
	{ .label = "all", .ranges = { { 0, 102400 } }, .expected = "0+100 " },
	{ .label = "over the end", .ranges = { { 101376, 3000 } }, .expected = "99+1 ",
	  .nr_outside = 2 },
	{ .label = "behind the end", .ranges = { { 102400, 1 } }, .expected = "",
	  .nr_outside = 1 },
	{ .label = "over the beginning", .ranges = { { 1000, 2000 } }, .offset_bytes = 2048,
	  .expected = "0+1 ", .nr_outside = 2 },
	{ .label = "before the beginning", .ranges = { { 0, 1024 } }, .offset_bytes = 2048,
	  .expected = "", .nr_outside = 1 },
	{ .label = "at the beginning", .ranges = { { 512, 512 } }, .offset_bytes = 512,
	  .expected = "0+1 " },
	{ .label = "a far range", .ranges = { { UINT64_MAX - 1024, 1024 } }, .expected = "",
	  .nr_outside = 2 },
};

START_TEST(test_open)
{
	const struct lscow_block_run *runs;
	char found[256] = "";
	uint64_t nr = 0;

	open_blocks(projections[_i].ranges, projections[_i].offset_bytes);
	runs = blocks.runs.items;
	for (size_t i = 0; i < blocks.runs.nr; i++) {
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%ju+%ju ",
			 (uintmax_t)runs[i].start_block, (uintmax_t)runs[i].nr_blocks);
		ck_assert_uint_eq(runs[i].first_index, nr);
		nr += runs[i].nr_blocks;
	}
	ck_assert_msg(!strcmp(found, projections[_i].expected), "%s: %s",
		      projections[_i].label, found);
	ck_assert_uint_eq(blocks.nr_blocks, nr);
	ck_assert_msg(blocks.nr_outside == projections[_i].nr_outside, "%s: %ju outside",
		      projections[_i].label, (uintmax_t)blocks.nr_outside);
	ck_assert(lscow_blocks_any_unknown(&blocks) == (nr > 0));
}
END_TEST

static const struct {
	const char *label;
	uint64_t start_block;
	uint64_t end_block;
	uint64_t found_block;
	uint64_t nr_found; /* 0: none */
} nexts[] = {
	{ .label = "from the start", .end_block = 100, .found_block = 10, .nr_found = 5 },
	{ .label = "from a run's middle", .start_block = 12, .end_block = 100,
	  .found_block = 12, .nr_found = 3 },
	{ .label = "cut at the end", .start_block = 0, .end_block = 11, .found_block = 10,
	  .nr_found = 1 },
	{ .label = "behind a run", .start_block = 15, .end_block = 100, .found_block = 20,
	  .nr_found = 1 },
	{ .label = "the gap", .start_block = 15, .end_block = 20 },
	{ .label = "the end", .start_block = 99, .end_block = 100, .found_block = 99,
	  .nr_found = 1 },
	{ .label = "behind the end", .start_block = 100, .end_block = UINT64_MAX },
	{ .label = "nothing wanted", .start_block = 10, .end_block = 10 },
};

START_TEST(test_next)
{
	uint64_t block = nexts[_i].start_block;
	uint64_t nr = 0;
	bool found;

	open_example();
	found = lscow_blocks_next(&blocks, &block, nexts[_i].end_block, &nr);
	ck_assert_msg(found == (nexts[_i].nr_found > 0), "%s", nexts[_i].label);
	ck_assert_msg(lscow_blocks_overlap(&blocks, nexts[_i].start_block,
					   nexts[_i].end_block - nexts[_i].start_block) ==
		      found, "%s: overlap", nexts[_i].label);
	if (found) {
		ck_assert_uint_eq(block, nexts[_i].found_block);
		ck_assert_uint_eq(nr, nexts[_i].nr_found);
	}
}
END_TEST

START_TEST(test_mark)
{
	open_example();
	ck_assert_uint_eq(blocks.nr_unknown[LSCOW_SIDE_OLD], 8);
	lscow_blocks_mark(&blocks, LSCOW_SIDE_OLD, 0, 12, LSCOW_BLOCK_DATA);
	ck_assert_uint_eq(blocks.nr_unknown[LSCOW_SIDE_OLD], 6);
	ck_assert_uint_eq(blocks.nr_unknown[LSCOW_SIDE_NEW], 8);
	/* The first class stays. */
	lscow_blocks_mark(&blocks, LSCOW_SIDE_OLD, 11, 10, LSCOW_BLOCK_MAP);
	ck_assert_uint_eq(blocks.nr_unknown[LSCOW_SIDE_OLD], 2);
	ck_assert_int_eq(lscow_blocks_get_class(&blocks, LSCOW_SIDE_OLD, 11),
			 LSCOW_BLOCK_DATA);
	ck_assert_int_eq(lscow_blocks_get_class(&blocks, LSCOW_SIDE_OLD, 12), LSCOW_BLOCK_MAP);
	ck_assert_int_eq(lscow_blocks_get_class(&blocks, LSCOW_SIDE_OLD, 20), LSCOW_BLOCK_MAP);
	ck_assert_int_eq(lscow_blocks_get_class(&blocks, LSCOW_SIDE_OLD, 98),
			 LSCOW_BLOCK_UNKNOWN);
	ck_assert_int_eq(lscow_blocks_get_class(&blocks, LSCOW_SIDE_NEW, 11),
			 LSCOW_BLOCK_UNKNOWN);
	ck_assert_int_eq(lscow_blocks_get_class(&blocks, LSCOW_SIDE_OLD, 15),
			 LSCOW_BLOCK_UNKNOWN);
}
END_TEST

START_TEST(test_has_unknown)
{
	open_example();
	lscow_blocks_mark(&blocks, LSCOW_SIDE_OLD, 10, 5, LSCOW_BLOCK_DATA);
	ck_assert(lscow_blocks_has_unknown(&blocks, 10, 5));
	lscow_blocks_mark(&blocks, LSCOW_SIDE_NEW, 10, 4, LSCOW_BLOCK_DATA);
	ck_assert(!lscow_blocks_has_unknown(&blocks, 10, 4));
	ck_assert(lscow_blocks_has_unknown(&blocks, 10, 5));
	ck_assert(!lscow_blocks_has_unknown(&blocks, 15, 5));
	lscow_blocks_mark(&blocks, LSCOW_SIDE_NEW, 0, 100, LSCOW_BLOCK_FREE);
	ck_assert(lscow_blocks_any_unknown(&blocks));
	lscow_blocks_mark(&blocks, LSCOW_SIDE_OLD, 0, 100, LSCOW_BLOCK_FREE);
	ck_assert(!lscow_blocks_any_unknown(&blocks));
	ck_assert_uint_eq(blocks.nr_unknown[LSCOW_SIDE_OLD], 0);
}
END_TEST

static int add_block(void *data, uint64_t block, struct lscow_error *e)
{
	char *text = data;

	(void)e;
	sprintf(text + strlen(text), "%ju ", (uintmax_t)block);
	return block == 98 ? 9 : 0;
}

START_TEST(test_each_unknown)
{
	char found[256] = "";

	open_example();
	lscow_blocks_mark(&blocks, LSCOW_SIDE_NEW, 11, 2, LSCOW_BLOCK_DATA);
	ck_assert_int_eq(lscow_blocks_each_unknown(&blocks, LSCOW_SIDE_NEW, add_block, found,
						   &err), 9);
	ck_assert_str_eq(found, "10 13 14 20 98 ");
}
END_TEST

static const struct {
	const char *label;
	enum lscow_block_class old_class;
	enum lscow_block_class new_class;
	enum lscow_block_class expected;
} tallies[] = {
	{ .label = "kept", .old_class = LSCOW_BLOCK_DATA, .new_class = LSCOW_BLOCK_DATA,
	  .expected = LSCOW_BLOCK_DATA },
	{ .label = "reused", .old_class = LSCOW_BLOCK_DATA,
	  .new_class = LSCOW_BLOCK_DIRECTORY, .expected = LSCOW_BLOCK_DIRECTORY },
	{ .label = "freed", .old_class = LSCOW_BLOCK_MAP, .new_class = LSCOW_BLOCK_FREE,
	  .expected = LSCOW_BLOCK_MAP },
	{ .label = "allocated", .old_class = LSCOW_BLOCK_FREE, .new_class = LSCOW_BLOCK_XATTR,
	  .expected = LSCOW_BLOCK_XATTR },
	{ .label = "free", .old_class = LSCOW_BLOCK_FREE, .new_class = LSCOW_BLOCK_FREE,
	  .expected = LSCOW_BLOCK_FREE },
	{ .label = "slack now", .old_class = LSCOW_BLOCK_DATA, .new_class = LSCOW_BLOCK_SLACK,
	  .expected = LSCOW_BLOCK_DATA },
	{ .label = "slack before", .old_class = LSCOW_BLOCK_SLACK,
	  .new_class = LSCOW_BLOCK_FREE, .expected = LSCOW_BLOCK_SLACK },
	{ .label = "unknown before", .new_class = LSCOW_BLOCK_DATA,
	  .expected = LSCOW_BLOCK_UNKNOWN },
	{ .label = "unknown now", .old_class = LSCOW_BLOCK_FREE,
	  .expected = LSCOW_BLOCK_UNKNOWN },
	{ .label = "the same bytes", .old_class = LSCOW_BLOCK_SAME,
	  .new_class = LSCOW_BLOCK_SAME, .expected = LSCOW_BLOCK_SAME },
};

START_TEST(test_tally)
{
	static const struct lscow_range ranges[MOST_RANGES] = {
		{ 1024, 1024 }, { 102400, 2048 },
	};
	struct lscow_summary summary = { .total_blocks = 0 };

	open_blocks(ranges, 0);
	if (tallies[_i].old_class)
		lscow_blocks_mark(&blocks, LSCOW_SIDE_OLD, 1, 1, tallies[_i].old_class);
	if (tallies[_i].new_class)
		lscow_blocks_mark(&blocks, LSCOW_SIDE_NEW, 1, 1, tallies[_i].new_class);
	lscow_blocks_tally(&blocks, &summary);
	ck_assert_msg(summary.nr_blocks[tallies[_i].expected] == 1, "%s", tallies[_i].label);
	ck_assert_uint_eq(summary.nr_blocks[LSCOW_BLOCK_OUTSIDE], 2);
	ck_assert_uint_eq(summary.total_blocks, 3);
}
END_TEST

START_TEST(test_class_names)
{
	for (int a = 0; a < LSCOW_NR_BLOCK_CLASSES; a++) {
		ck_assert_ptr_nonnull(lscow_block_class_name((enum lscow_block_class)a));
		for (int b = 0; b < a; b++)
			ck_assert_str_ne(lscow_block_class_name((enum lscow_block_class)a),
					 lscow_block_class_name((enum lscow_block_class)b));
	}
	ck_assert_str_eq(lscow_block_class_name(LSCOW_BLOCK_BLOCK_BITMAP), "block_bitmap");
	ck_assert_str_eq(lscow_block_class_name(LSCOW_NR_BLOCK_CLASSES), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blocks");
	TCase *tcase = tcase_create("blocks");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_open, 0, (int)UNIT_COUNT(projections));
	tcase_add_loop_test(tcase, test_next, 0, (int)UNIT_COUNT(nexts));
	tcase_add_test(tcase, test_mark);
	tcase_add_test(tcase, test_has_unknown);
	tcase_add_test(tcase, test_each_unknown);
	tcase_add_loop_test(tcase, test_tally, 0, (int)UNIT_COUNT(tallies));
	tcase_add_test(tcase, test_class_names);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
