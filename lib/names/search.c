/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The search for every name of given files, nearest directories first. */

/* Out of memory must come back as an error, not as exit(). */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(wanted) ((wanted)->ino = 0)

#include "names/search.h"

#include <stdlib.h>

#include "extfs/directory.h"
#include "extfs/scan.h"

/* A block of a directory that is to be read. */
struct directory_block {
	uint64_t block;
	uint32_t ino;
	uint32_t generation;
};

/* How much is read at once, and which gap is read rather than skipped. */
#define READ_BYTES (UINT64_C(1) << 20)
#define MOST_GAP_BYTES (UINT64_C(64) << 10)

/* The directories of one group. */
struct group_search {
	struct lscow_name_search *search;
	struct lscow_map map;
	struct lscow_vector blocks; /* of struct directory_block */
	uint32_t directory_ino; /* being parsed */
	uint8_t *buffer; /* READ_BYTES */
};

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
	wanted->nr_left = nr_links;
	HASH_ADD(hh, search->wanted, ino, sizeof(wanted->ino), wanted);
	if (wanted->ino == 0) { /* uthash_nonfatal_oom */
		free(wanted);
		return lscow_error_no_memory(err, "wanted names");
	}
	search->nr_left++;
	return 0;
}

static int take_entry(void *data, const struct lscow_dirent *entry,
		      struct lscow_error *err)
{
	struct group_search *group = data;
	struct lscow_name_search *search = group->search;
	struct lscow_wanted *wanted = find_wanted(search, entry->ino);
	struct lscow_found_name found = {
		.ino = entry->ino,
		.directory_ino = group->directory_ino,
	};
	int rc;

	if (!wanted || wanted->nr_left == 0)
		return 0;
	rc = lscow_strings_add(&search->strings, entry->name, entry->name_bytes,
			       &found.name, err);
	if (rc == 0)
		rc = lscow_vector_push(&search->found, &found, err);
	if (rc == 0 && --wanted->nr_left == 0)
		search->nr_left--;
	return rc;
}

/* Notes the blocks of each directory in an inode table. */
static int add_directory(void *data, uint32_t ino, uint8_t *raw, struct lscow_error *err)
{
	struct group_search *group = data;
	struct lscow_extfs *fs = group->search->fs;
	struct directory_block place;
	struct lscow_inode inode;
	const struct lscow_run *runs;
	int rc;

	rc = lscow_inode_decode(fs, ino, raw, &inode, err);
	if (rc != 0 || lscow_inode_type(&inode) != LSCOW_TYPE_DIRECTORY ||
	    lscow_inode_state_of(&inode, true) != LSCOW_INODE_LIVE)
		return rc;
	rc = lscow_inode_verify(fs, ino, raw, err);
	if (rc == 0)
		rc = lscow_map_load(fs, &inode, &group->map, err);
	runs = group->map.runs.items;
	for (size_t i = 0; rc == 0 && i < group->map.runs.nr; i++)
		for (uint64_t j = 0; rc == 0 && j < runs[i].nr_blocks; j++) {
			place = (struct directory_block){ runs[i].physical_block + j, ino,
							  inode.generation };
			rc = lscow_vector_push(&group->blocks, &place, err);
		}
	group->search->nr_directories++;
	return rc;
}

static int compare_blocks(const void *left, const void *right)
{
	const struct directory_block *a = left, *b = right;

	return a->block < b->block ? -1 : a->block > b->block;
}

/* Verifies and parses one block of a directory. */
static int parse_block(struct group_search *group, const struct directory_block *place,
		       uint8_t *bytes, struct lscow_error *err)
{
	struct lscow_extfs *fs = group->search->fs;
	struct lscow_inode inode = { .ino = place->ino, .generation = place->generation };
	int rc;

	group->directory_ino = place->ino;
	rc = lscow_directory_verify_block(fs, &inode, place->block, bytes, err);
	if (rc == 0)
		rc = lscow_directory_parse_block(fs, place->ino, place->block, bytes,
						 take_entry, group, err);
	return rc;
}

/* How many of the sorted blocks from the first on one read can take in. */
static size_t count_near(const struct group_search *group,
			 const struct directory_block *places, size_t nr_places)
{
	uint32_t block_bytes = group->search->fs->sb.block_bytes;
	size_t nr_near = 1;

	while (nr_near < nr_places &&
	       places[nr_near].block - places[nr_near - 1].block <=
		       MOST_GAP_BYTES / block_bytes + 1 &&
	       places[nr_near].block - places[0].block < READ_BYTES / block_bytes)
		nr_near++;
	return nr_near;
}

static int read_near(struct group_search *group, const struct directory_block *places,
		     size_t nr_places, struct lscow_error *err)
{
	struct lscow_extfs *fs = group->search->fs;
	uint64_t first_block = places[0].block;
	uint64_t nr_blocks = places[nr_places - 1].block - first_block + 1;
	int rc = lscow_extfs_read_blocks(fs, first_block, nr_blocks, group->buffer, err);

	for (size_t i = 0; rc == 0 && group->search->nr_left > 0 && i < nr_places; i++)
		rc = parse_block(group, &places[i],
				 group->buffer +
					 (places[i].block - first_block) * fs->sb.block_bytes,
				 err);
	return rc;
}

static int read_blocks(struct group_search *group, struct lscow_error *err)
{
	const struct directory_block *places;
	size_t nr_near;
	int rc = 0;

	lscow_vector_sort(&group->blocks, compare_blocks);
	places = group->blocks.items;
	for (size_t i = 0; rc == 0 && group->search->nr_left > 0 && i < group->blocks.nr;
	     i += nr_near) {
		nr_near = count_near(group, places + i, group->blocks.nr - i);
		rc = read_near(group, places + i, nr_near, err);
	}
	return rc;
}

static int search_group(struct group_search *group, struct lscow_scan *scan,
			uint32_t number, struct lscow_error *err)
{
	int rc;

	lscow_vector_clear(&group->blocks);
	rc = lscow_scan_group(scan, number, add_directory, group, err);
	return rc != 0 ? rc : read_blocks(group, err);
}

static int search_groups(struct lscow_name_search *search, const uint32_t *order,
			 lscow_progress_fn *progress, void *progress_data,
			 struct lscow_error *err)
{
	struct group_search group = {
		.search = search, .map = LSCOW_MAP,
		.blocks = LSCOW_VECTOR(struct directory_block),
	};
	struct lscow_scan scan;
	int rc = lscow_scan_open(search->fs, &scan, err);

	if (rc != 0)
		return rc;
	group.buffer = malloc(READ_BYTES);
	if (!group.buffer)
		rc = lscow_error_no_memory(err, "directories");
	/* A group is said to have no directories: then it is searched only in need. */
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0;
		     rc == 0 && search->nr_left > 0 && i < search->fs->nr_groups; i++) {
			bool is_empty =
				ext2fs_bg_used_dirs_count(search->fs->handle, order[i]) == 0;

			if (progress)
				progress(progress_data, "names", i, search->fs->nr_groups);
			if (is_empty == (pass == 1))
				rc = search_group(&group, &scan, order[i], err);
		}
	free(group.buffer);
	lscow_map_free(&group.map);
	lscow_vector_free(&group.blocks);
	lscow_scan_close(&scan);
	return rc;
}

static int order_groups(const struct lscow_name_search *search, uint32_t *order,
			struct lscow_error *err)
{
	uint8_t *is_marked = calloc(search->fs->nr_groups, 1);
	const struct lscow_wanted *wanted;
	int rc;

	if (!is_marked)
		return lscow_error_no_memory(err, "the order of groups");
	for (wanted = search->wanted; wanted; wanted = wanted->hh.next)
		is_marked[lscow_extfs_group_of_inode(search->fs, wanted->ino)] = 1;
	rc = lscow_scan_order(search->fs, is_marked, order, err);
	free(is_marked);
	return rc;
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
	uint32_t *order;
	int rc;

	if (search->nr_left == 0)
		return 0;
	order = malloc(search->fs->nr_groups * sizeof(*order));
	if (!order)
		return lscow_error_no_memory(err, "the order of groups");
	rc = order_groups(search, order, err);
	if (rc == 0)
		rc = search_groups(search, order, progress, progress_data, err);
	if (rc == 0)
		rc = report_missing(search, err);
	free(order);
	return rc;
}
