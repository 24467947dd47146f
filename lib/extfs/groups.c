/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the fixed blocks of all groups lie apart, and whether other blocks do. */

#include "extfs/groups.h"

#include "base/units.h"
#include "extfs/fixed.h"

/* A stretch of fixed blocks, without gaps: an item of fs->fixed. */
struct fixed_stretch {
	uint64_t start_block;
	uint64_t nr_blocks;
};

/* For lscow_fixed_each, whose function gives nothing back. */
struct collection {
	struct lscow_vector runs; /* of struct lscow_fixed_run */
	struct lscow_error *err;
	int rc;
};

static void collect_run(void *data, const struct lscow_fixed_run *run)
{
	struct collection *collection = data;

	if (collection->rc == 0)
		collection->rc = lscow_vector_push(&collection->runs, run, collection->err);
}

static int compare_runs(const void *left, const void *right)
{
	const struct lscow_fixed_run *a = left, *b = right;

	return a->start_block < b->start_block ? -1 : a->start_block > b->start_block;
}

/* What stands in a group's descriptor is wrong, rather than what has its place by number. */
static bool is_by_descriptor(const struct lscow_fixed_run *run)
{
	return run->class == LSCOW_BLOCK_BLOCK_BITMAP ||
	       run->class == LSCOW_BLOCK_INODE_BITMAP ||
	       run->class == LSCOW_BLOCK_INODE_TABLE;
}

static int damaged_overlap(const struct lscow_extfs *fs, const struct lscow_fixed_run *first,
			   const struct lscow_fixed_run *second, struct lscow_error *err)
{
	const struct lscow_fixed_run *wrong = is_by_descriptor(second) ? second : first;
	const struct lscow_fixed_run *other = wrong == first ? second : first;

	return lscow_extfs_damaged(fs, err, "group %u: %s at block %llu, expected it apart "
				   "from group %u: %s at block %llu",
				   wrong->group, lscow_block_class_name(wrong->class),
				   (unsigned long long)wrong->start_block, other->group,
				   lscow_block_class_name(other->class),
				   (unsigned long long)other->start_block);
}

/* Adds a run, which begins behind all others, to the stretches. */
static int add_stretch(struct lscow_vector *stretches, const struct lscow_fixed_run *run,
		       struct lscow_error *err)
{
	struct fixed_stretch stretch = { run->start_block, run->nr_blocks };
	struct fixed_stretch *last;

	if (stretches->nr > 0) {
		last = &LSCOW_ITEMS(stretches, struct fixed_stretch)[stretches->nr - 1];
		if (last->start_block + last->nr_blocks == run->start_block) {
			last->nr_blocks += run->nr_blocks;
			return 0;
		}
	}
	return lscow_vector_push(stretches, &stretch, err);
}

int lscow_groups_check(struct lscow_extfs *fs, struct lscow_error *err)
{
	struct collection collection = { .runs = LSCOW_VECTOR(struct lscow_fixed_run),
					 .err = err };
	const struct lscow_fixed_run *runs;

	fs->fixed = LSCOW_VECTOR(struct fixed_stretch);
	lscow_fixed_each(fs, collect_run, &collection);
	lscow_vector_sort(&collection.runs, compare_runs);
	runs = collection.runs.items;
	for (size_t i = 0; collection.rc == 0 && i < collection.runs.nr; i++) {
		if (i > 0 && runs[i].start_block < runs[i - 1].start_block + runs[i - 1].nr_blocks)
			collection.rc = damaged_overlap(fs, &runs[i - 1], &runs[i], err);
		else
			collection.rc = add_stretch(&fs->fixed, &runs[i], err);
	}
	lscow_vector_free(&collection.runs);
	return collection.rc;
}

/* For lscow_fixed_each: the first of some blocks that has a fixed purpose. */
struct place_search {
	uint64_t start_block;
	uint64_t nr_blocks;
	struct lscow_fixed_run found; /* without blocks: none */
};

static void take_overlap(void *data, const struct lscow_fixed_run *run)
{
	struct place_search *search = data;

	if (search->found.nr_blocks == 0 &&
	    run->start_block < search->start_block + search->nr_blocks &&
	    search->start_block < run->start_block + run->nr_blocks)
		search->found = *run;
}

static int damaged_owned(const struct lscow_extfs *fs, uint32_t ino, uint64_t start_block,
			 uint64_t nr_blocks, struct lscow_error *err)
{
	struct place_search search = { .start_block = start_block, .nr_blocks = nr_blocks };

	lscow_fixed_each(fs, take_overlap, &search);
	return lscow_extfs_damaged(fs, err, "inode %u: block %llu is its own, expected it for "
				   "group %u: %s", ino,
				   (unsigned long long)lscow_max_u64(start_block,
								     search.found.start_block),
				   search.found.group,
				   lscow_block_class_name(search.found.class));
}

int lscow_groups_check_owned(const struct lscow_extfs *fs, uint32_t ino,
			     uint64_t start_block, uint64_t nr_blocks,
			     struct lscow_error *err)
{
	const struct fixed_stretch *stretches = fs->fixed.items;
	size_t next;

	if (fs->fixed.nr == 0 || ino == EXT2_RESIZE_INO || ino == EXT2_BAD_INO)
		return 0;
	next = lscow_u64_find_first(stretches, fs->fixed.nr, sizeof(*stretches), start_block);
	if (next > 0 && stretches[next - 1].start_block + stretches[next - 1].nr_blocks >
				start_block)
		return damaged_owned(fs, ino, start_block, nr_blocks, err);
	if (next < fs->fixed.nr && stretches[next].start_block < start_block + nr_blocks)
		return damaged_owned(fs, ino, start_block, nr_blocks, err);
	return 0;
}
