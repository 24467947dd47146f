/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The order in which a search visits groups. */

#include "support/unit.h"

#include <string.h>

#include "extfs/rings.h"

#define MOST_GROUPS 16

static struct ext2_super_block super;
static struct struct_ext2_filsys handle = { .super = &super };
static struct lscow_extfs fs = { .handle = &handle };
static struct lscow_rings rings;
static struct lscow_error err;

static void open_rings(uint32_t nr_groups, int log_flex)
{
	memset(&super, 0, sizeof(super));
	if (log_flex >= 0) {
		super.s_feature_incompat = EXT4_FEATURE_INCOMPAT_FLEX_BG;
		super.s_log_groups_per_flex = (uint8_t)log_flex;
	}
	fs.nr_groups = nr_groups;
	unit_assert_ok("open", lscow_rings_open(&fs, &rings, &err), &err);
}

/* Marks are letters: 'a' is group 0. */
static void mark(const char *letters)
{
	for (; *letters; letters++)
		lscow_rings_mark(&rings, (uint32_t)(*letters - 'a'));
}

/* The groups of a ring, as letters. */
static const char *get_ring(void)
{
	static char letters[MOST_GROUPS + 1];

	for (uint32_t i = 0; i < rings.nr_groups; i++)
		letters[i] = (char)('a' + rings.groups[i]);
	letters[rings.nr_groups] = '\0';
	return letters;
}

static const struct {
	const char *label;
	uint32_t nr_groups;
	int log_flex; /* -1: without flexible groups */
	const char *marks;
	const char *rings; /* each and a space */
} searches[] = {
	{ "nothing marked", 8, -1, "", "abcdefgh " },
	{ "one group", 1, -1, "a", "a " },
	{ "the first", 8, -1, "a", "a b c de fgh " },
	{ "the last", 8, -1, "h", "h g f de abc " },
	{ "in between", 8, -1, "d", "d ce bf agh " },
	{ "two", 8, -1, "bg", "bg acfh de " },
	{ "all", 4, -1, "abcd", "abcd " },
	{ "flexible groups", 8, 1, "f", "f e cdgh ab " },
	{ "two in one flexible group", 12, 2, "fg", "fg eh abcdijkl " },
	{ "one flexible group larger than all", 8, 31, "c", "c abdefgh " },
	{ "the last flexible group is cut", 10, 2, "j", "j i efgh abcd " },
};

START_TEST(test_rings)
{
	char found[4 * MOST_GROUPS] = "";

	open_rings(searches[_i].nr_groups, searches[_i].log_flex);
	for (mark(searches[_i].marks); lscow_rings_next(&rings); mark(searches[_i].marks)) {
		strcat(found, get_ring());
		strcat(found, " ");
	}
	ck_assert_msg(!strcmp(found, searches[_i].rings), "%s: %s", searches[_i].label, found);
	lscow_rings_close(&rings);
}
END_TEST

/* What was found near the first mark leaves the second alone. */
START_TEST(test_marks_are_forgotten)
{
	open_rings(MOST_GROUPS, -1);
	mark("bo");
	ck_assert(lscow_rings_next(&rings));
	ck_assert_str_eq(get_ring(), "bo");
	mark("o");
	ck_assert(lscow_rings_next(&rings));
	ck_assert_str_eq(get_ring(), "np");
	lscow_rings_close(&rings);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rings");
	TCase *tcase = tcase_create("rings");

	tcase_add_loop_test(tcase, test_rings, 0, (int)UNIT_COUNT(searches));
	tcase_add_test(tcase, test_marks_are_forgotten);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
