/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of extfs/walk.c: which inodes are visited, what ends a walk. */

#include "support/unit.h"

#include <stdio.h>

#include "extfs/walk.h"
#include "support/filesystem.h"
#include "support/memory-device.h"

static struct lscow_device *device;
static struct lscow_extfs *fs;
static struct lscow_error err;

/* What a walk is told, and what it came across. */
struct journey {
	uint32_t skipped_ino;
	uint32_t failing_ino;
	bool steps_over;
	bool steps_over_group;
	bool is_done;
	unsigned int nr_visits;
	uint64_t nr_blocks; /* of their maps */
	unsigned int nr_failures;
	unsigned int nr_group_failures;
};

static bool is_done(void *data)
{
	const struct journey *journey = data;

	return journey->is_done;
}

static bool skips(void *data, uint32_t ino)
{
	const struct journey *journey = data;

	return ino < 11 || ino == journey->skipped_ino;
}

static int visit(void *data, const struct lscow_inode *inode, const struct lscow_map *map,
		 struct lscow_error *e)
{
	struct journey *journey = data;

	if (inode->ino == journey->failing_ino)
		return lscow_error_set(e, LSCOW_E_INCOMPLETE, "no way");
	journey->nr_visits++;
	for (size_t i = 0; i < map->runs.nr; i++)
		journey->nr_blocks += LSCOW_ITEMS(&map->runs, struct lscow_run)[i].nr_blocks;
	return 0;
}

static int step_over(void *data, int rc, const struct lscow_error *e)
{
	struct journey *journey = data;

	ck_assert_int_eq(e->code, rc);
	journey->nr_failures++;
	return journey->steps_over ? 0 : rc;
}

static int step_over_group(void *data, int rc, const struct lscow_error *e)
{
	struct journey *journey = data;

	ck_assert_int_eq(e->code, rc);
	journey->nr_group_failures++;
	return journey->steps_over_group ? 0 : rc;
}

static int mark(void *data, struct lscow_rings *rings, struct lscow_error *e)
{
	(void)data;
	(void)e;
	lscow_rings_mark(rings, 0);
	return 0;
}

static const struct lscow_walk_ops ops = {
	.is_done = is_done, .mark = mark, .skips = skips, .visit = visit, .step_over = step_over,
	.step_over_group = step_over_group,
};

/* The inodes 11 to 14: lost+found, a, b and c, of 12, 1, 5 and 1 blocks. */
static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXT4, "write small a\nwrite large b\nwrite small c\n");
}

static void setup(void)
{
	device = filesystem_load("disk");
	unit_assert_ok("open", lscow_extfs_open(device, &fs, &err), &err);
}

static void teardown(void)
{
	lscow_extfs_close(fs);
	lscow_device_close(device);
}

static int walk(struct journey *journey, uint64_t *nr_inodes)
{
	struct lscow_walk walk = {
		.fs = fs, .ops = &ops, .data = journey,
	};
	int rc;

	ck_assert_uint_eq(fs->nr_groups, 1);
	rc = lscow_walk_run(&walk, &err);
	*nr_inodes = walk.nr_inodes;
	return rc;
}

static const struct {
	const char *label;
	struct journey journey;
	int code;
	uint64_t nr_inodes;
	unsigned int nr_visits;
	uint64_t nr_blocks;
	unsigned int nr_failures;
	unsigned int nr_group_failures;
} walks[] = {
	{ .label = "all", .nr_inodes = 14, .nr_visits = 4, .nr_blocks = 19 },
	{ .label = "but one", .journey = { .skipped_ino = 13 }, .nr_inodes = 14,
	  .nr_visits = 3, .nr_blocks = 14 },
	{ .label = "done before it begins", .journey = { .is_done = true } },
	{ .label = "a failure", .journey = { .failing_ino = 12 }, .code = LSCOW_E_INCOMPLETE,
	  .nr_inodes = 12, .nr_visits = 1, .nr_blocks = 12, .nr_failures = 1,
	  .nr_group_failures = 1 },
	{ .label = "stepped over", .journey = { .failing_ino = 12, .steps_over = true },
	  .nr_inodes = 14, .nr_visits = 3, .nr_blocks = 18, .nr_failures = 1 },
	{ .label = "the group is stepped over",
	  .journey = { .failing_ino = 12, .steps_over_group = true }, .nr_inodes = 12,
	  .nr_visits = 1, .nr_blocks = 12, .nr_failures = 1, .nr_group_failures = 1 },
};

START_TEST(test_walk)
{
	struct journey journey = walks[_i].journey;
	uint64_t nr_inodes;

	ck_assert_int_eq(walk(&journey, &nr_inodes), walks[_i].code);
	ck_assert_msg(nr_inodes == walks[_i].nr_inodes, "%s: %ju inodes", walks[_i].label,
		      (uintmax_t)nr_inodes);
	ck_assert_msg(journey.nr_visits == walks[_i].nr_visits, "%s: %u visits",
		      walks[_i].label, journey.nr_visits);
	ck_assert_msg(journey.nr_blocks == walks[_i].nr_blocks, "%s: %ju blocks",
		      walks[_i].label, (uintmax_t)journey.nr_blocks);
	ck_assert_uint_eq(journey.nr_failures, walks[_i].nr_failures);
	ck_assert_uint_eq(journey.nr_group_failures, walks[_i].nr_group_failures);
}
END_TEST

START_TEST(test_damaged_inode)
{
	struct journey journey = { .steps_over = true };
	uint64_t table = ext2fs_inode_table_loc(fs->handle, 0);
	uint64_t nr_inodes;

	memory_device_get_bytes(device)[table * FILESYSTEM_BLOCK_BYTES +
					12 * FILESYSTEM_INODE_BYTES + 4] ^= 1;
	unit_assert_ok("stepped over", walk(&journey, &nr_inodes), &err);
	ck_assert_uint_eq(journey.nr_visits, 3);
	ck_assert_uint_eq(journey.nr_failures, 1);
	journey = (struct journey){ .is_done = false };
	unit_assert_error("damaged", walk(&journey, &nr_inodes), &err, LSCOW_E_INCOMPLETE,
			  "disk: inode 13: wrong checksum");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tcase = tcase_create("walk");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_walk, 0, (int)UNIT_COUNT(walks));
	tcase_add_test(tcase, test_damaged_inode);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
