/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The search for every name of given files, nearest directories first. */

/* Out of memory must come back as an error, not as exit(). */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(wanted) ((wanted)->ino = 0)

#include "names/search.h"

#include <stdlib.h>

#include "extfs/rings.h"
#include "names/sweep.h"

#define LEAST_FILTER_BITS (UINT32_C(1) << 12)
#define MOST_FILTER_BITS (UINT32_C(1) << 28)

void lscow_name_search_open(struct lscow_extfs *fs, struct lscow_name_search *search)
{
	*search = (struct lscow_name_search){
		.fs = fs, .found = LSCOW_VECTOR(struct lscow_found_name),
		.strings = LSCOW_STRINGS,
	};
}

void lscow_name_search_close(struct lscow_name_search *search)
{
	struct lscow_wanted *wanted, *next;

	HASH_ITER(hh, search->wanted, wanted, next) {
		HASH_DEL(search->wanted, wanted);
		free(wanted);
	}
	free(search->filter);
	search->filter = NULL;
	lscow_vector_free(&search->found);
	lscow_strings_free(&search->strings);
}

static struct lscow_wanted *find_wanted(const struct lscow_name_search *search,
					uint32_t ino)
{
	struct lscow_wanted *wanted;

	HASH_FIND(hh, search->wanted, &ino, sizeof(ino), wanted);
	return wanted;
}

int lscow_name_search_want(struct lscow_name_search *search, uint32_t ino,
			   uint32_t nr_links, struct lscow_error *err)
{
	struct lscow_wanted *wanted;

	if (nr_links == 0 || find_wanted(search, ino))
		return 0;
	wanted = calloc(1, sizeof(*wanted));
	if (!wanted)
		return lscow_error_no_memory(err, "wanted names");
	wanted->ino = ino;
	wanted->nr_links = nr_links;
	wanted->nr_left = nr_links;
	HASH_ADD(hh, search->wanted, ino, sizeof(wanted->ino), wanted);
	if (wanted->ino == 0) { /* uthash_nonfatal_oom */
		free(wanted);
		return lscow_error_no_memory(err, "wanted names");
	}
	search->nr_left++;
	return 0;
}

/* Most entries are of no interest: a look at one bit tells so for nearly all. */
static int make_filter(struct lscow_name_search *search, struct lscow_error *err)
{
	struct lscow_wanted *wanted;
	uint32_t nr_bits = LEAST_FILTER_BITS;

	while (nr_bits < MOST_FILTER_BITS && nr_bits / 32 < HASH_COUNT(search->wanted))
		nr_bits *= 2;
	search->filter_mask = nr_bits - 1;
	free(search->filter);
	search->filter = calloc(nr_bits / 64, sizeof(*search->filter));
	if (!search->filter)
		return lscow_error_no_memory(err, "wanted names");
	for (wanted = search->wanted; wanted; wanted = wanted->hh.next) {
		uint32_t bit = wanted->ino & search->filter_mask;

		/* What has all its names already came from the names cache. */
		wanted->is_searched = wanted->nr_left > 0;
		search->filter[bit / 64] |= UINT64_C(1) << bit % 64;
	}
	return 0;
}

static bool passes_filter(const struct lscow_name_search *search, uint32_t ino)
{
	uint32_t bit = ino & search->filter_mask;

	return search->filter[bit / 64] >> bit % 64 & 1;
}

static int take_entry(void *data, uint32_t directory_ino, const struct lscow_dirent *entry,
		      struct lscow_error *err)
{
	struct lscow_name_search *search = data;
	struct lscow_found_name found = {
		.ino = entry->ino,
		.directory_ino = directory_ino,
	};
	struct lscow_wanted *wanted;
	int rc;

	if (!passes_filter(search, entry->ino))
		return 0;
	wanted = find_wanted(search, entry->ino);
	if (!wanted || !wanted->is_searched)
		return 0;
	rc = lscow_strings_add(&search->strings, entry->name, entry->name_bytes,
			       &found.name, err);
	if (rc == 0)
		rc = lscow_vector_push(&search->found, &found, err);
	if (rc != 0)
		return rc;
	if (wanted->nr_left == 0)
		search->nr_excessive += wanted->nr_excess++ == 0;
	else if (--wanted->nr_left == 0)
		search->nr_left--;
	return 0;
}

static bool is_done(void *data)
{
	const struct lscow_name_search *search = data;

	return search->nr_left == 0;
}

static void mark_groups(const struct lscow_name_search *search, struct lscow_rings *rings)
{
	const struct lscow_wanted *wanted;

	for (wanted = search->wanted; wanted; wanted = wanted->hh.next)
		if (wanted->nr_left > 0)
			lscow_rings_mark(rings,
					 lscow_extfs_group_of_inode(search->fs, wanted->ino));
}

/* Keeps the groups of a ring that are said to have directories, or to have none. */
static void filter_ring(struct lscow_rings *rings, bool has_directories)
{
	uint32_t nr_kept = 0;

	for (uint32_t i = 0; i < rings->nr_groups; i++)
		if ((ext2fs_bg_used_dirs_count(rings->fs->handle, rings->groups[i]) > 0) ==
		    has_directories)
			rings->groups[nr_kept++] = rings->groups[i];
	rings->nr_groups = nr_kept;
}

static int search_rings(struct lscow_name_search *search, struct lscow_sweep *sweep,
			bool has_directories, struct lscow_error *err)
{
	struct lscow_rings rings;
	int rc = lscow_rings_open(search->fs, &rings, err);

	if (rc != 0)
		return rc;
	while (rc == 0) {
		mark_groups(search, &rings);
		if (!lscow_rings_next(&rings))
			break;
		filter_ring(&rings, has_directories);
		rc = lscow_sweep_groups(sweep, rings.groups, rings.nr_groups, err);
	}
	lscow_rings_close(&rings);
	return rc;
}

int lscow_name_search_check(const struct lscow_name_search *search,
			    struct lscow_error *err)
{
	const struct lscow_wanted *wanted;

	for (wanted = search->wanted; wanted; wanted = wanted->hh.next)
		if (wanted->nr_excess > 0)
			break;
	if (!wanted)
		return 0;
	return lscow_extfs_damaged(search->fs, err, "inode %u: found %u names, expected %u as "
				   "it has links (%zu such inodes)", wanted->ino,
				   wanted->nr_links + wanted->nr_excess, wanted->nr_links,
				   search->nr_excessive);
}

static int report_missing(const struct lscow_name_search *search, struct lscow_error *err)
{
	const struct lscow_wanted *wanted;

	for (wanted = search->wanted; wanted; wanted = wanted->hh.next)
		if (wanted->nr_left > 0)
			break;
	if (!wanted)
		return 0;
	return lscow_extfs_damaged(search->fs, err, "inode %u: %u of its names are in no "
				   "directory (%zu such inodes)", wanted->ino,
				   wanted->nr_left, search->nr_left);
}

int lscow_name_search_run(struct lscow_name_search *search, lscow_progress_fn *progress,
			  void *progress_data, struct lscow_error *err)
{
	static const struct lscow_sweep_ops ops = { .take = take_entry, .is_done = is_done };
	struct lscow_sweep sweep;
	int rc;

	if (search->nr_left == 0)
		return 0;
	rc = make_filter(search, err);
	if (rc == 0)
		rc = lscow_sweep_open(search->fs, &ops, search, &sweep, err);
	if (rc != 0)
		return rc;
	sweep.damage = search->damage;
	sweep.progress = progress;
	sweep.progress_data = progress_data;
	rc = search_rings(search, &sweep, true, err);
	/* A group that is said to have no directories is searched only in need. */
	if (rc == 0)
		rc = search_rings(search, &sweep, false, err);
	if (rc == 0)
		rc = report_missing(search, err);
	search->nr_directories += sweep.nr_directories;
	lscow_sweep_close(&sweep);
	return rc == 1 ? 0 : rc;
}
