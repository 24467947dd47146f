/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The steps from an input to the changed files, in order. */

#include "lscow.h"

#include <time.h>

#include "base/units.h"
#include "changes/compose.h"
#include "diff/entries.h"
#include "diff/free.h"
#include "diff/geometry.h"
#include "diff/inodes.h"
#include "diff/itable.h"
#include "diff/same.h"
#include "diff/unexplained.h"
#include "extfs/log.h"
#include "names/watch.h"
#include "source/input.h"

/* The largest page of a machine on which mke2fs may have run. */
#define MOST_PAGE_BYTES (UINT64_C(64) << 10)

/* Everything that is open during a run. */
struct pipeline {
	const struct lscow_input *input;
	const struct lscow_files_options *options;
	struct lscow_views views;
	struct lscow_blocks blocks;
	struct lscow_inodes inodes;
	struct lscow_entries entries;
	struct lscow_names_cache *cache; /* NULL: none */
	struct lscow_names_watch watch;
	struct lscow_files *files;
	struct lscow_error damage; /* the first that was stepped over */
	struct timespec step_start;
};

/* ---- what --stats tells of a run ------------------------------------------- */

static void start_clock(struct pipeline *p)
{
	clock_gettime(CLOCK_MONOTONIC, &p->step_start);
}

/* All since the last step ended was this one. */
static void end_step(struct pipeline *p, enum lscow_step step)
{
	struct timespec start = p->step_start;
	int64_t microseconds;

	start_clock(p);
	microseconds = (int64_t)(p->step_start.tv_sec - start.tv_sec) * 1000000 +
		       (p->step_start.tv_nsec - start.tv_nsec) / 1000;
	p->files->summary.step_microseconds[step] += (uint64_t)microseconds;
}

static void count_reads(struct pipeline *p)
{
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		for (int kind = 0; p->views.fs[side] && kind < LSCOW_NR_READ_KINDS; kind++)
			p->files->summary.read_bytes[kind] +=
				p->views.fs[side]->read_bytes[kind];
}

const char *lscow_step_name(enum lscow_step step)
{
	static const char *const names[LSCOW_NR_STEPS] = {
		[LSCOW_STEP_OPEN] = "open",
		[LSCOW_STEP_INODE_TABLES] = "inode_tables",
		[LSCOW_STEP_BLOCKS] = "blocks",
		[LSCOW_STEP_OWNERS] = "owners",
		[LSCOW_STEP_DIRECTORIES] = "directories",
		[LSCOW_STEP_NAMES] = "names",
	};

	return (unsigned int)step < LSCOW_NR_STEPS ? names[step] : "unknown";
}

/* ---- steps -------------------------------------------------------------------- */

/* The rsync list for the way back is the list for the way there, swapped. */
static bool is_reversed(const struct lscow_files_options *options)
{
	return options->want_transfers && options->side == LSCOW_SIDE_OLD;
}

/*
 * An origin that grew after its snapshot has no record of writes beyond the
 * snapshot's end, and a store does not tell where that was: the end of the old
 * filesystem must do. mke2fs itself leaves a rest that is too small for a page, a
 * cluster, or a group. Behind a partition other things may follow.
 */
static int check_not_grown(const struct lscow_extfs *old_fs,
			   const struct lscow_device *origin, struct lscow_error *err)
{
	const struct lscow_superblock *sb = &old_fs->sb;
	uint64_t rest_bytes = origin->size_bytes - sb->nr_blocks * sb->block_bytes;
	uint64_t group_bytes = (uint64_t)sb->blocks_per_group * sb->block_bytes;
	bool ends_with_group =
		(sb->nr_blocks - sb->first_data_block) % sb->blocks_per_group == 0;

	if (rest_bytes < lscow_max_u64(MOST_PAGE_BYTES, sb->cluster_bytes) ||
	    (ends_with_group && rest_bytes < group_bytes))
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: found %llu bytes, expected the %llu of the filesystem in "
			       "its snapshot: an origin that grew after the snapshot keeps no "
			       "record of the changes behind its old end; do a full scan",
			       origin->name,
			       (unsigned long long)origin->size_bytes,
			       (unsigned long long)(sb->nr_blocks * sb->block_bytes));
}

static int open_view(struct lscow_device *device, const char *which,
		     struct lscow_extfs **fs, struct lscow_error *err)
{
	int rc = lscow_extfs_open(device, fs, err);

	if (rc != 0)
		lscow_error_prefix(err, "%s view", which);
	return rc;
}

/* A journal tells of a filesystem that is in motion, but not of one that has just stopped. */
static bool may_be_in_motion(const struct lscow_extfs *fs)
{
	return !lscow_superblock_has_journal(&fs->sb) || lscow_extfs_get_replayed(fs);
}

static void warn_of_replay(struct pipeline *p, const struct lscow_extfs *fs)
{
	if (fs && lscow_extfs_get_replayed(fs))
		lscow_warnings_add(&p->files->warnings, "%s: not unmounted, or not frozen: read "
				   "as after a replay of its journal (%zu blocks)",
				   fs->device->name, lscow_extfs_get_replayed(fs)->nr);
}

/* When a view was last mounted read-write, in seconds since 1970; 0: never. */
static int64_t get_mount_seconds(const struct lscow_extfs *fs)
{
	const struct ext2_super_block *super = fs->handle->super;

	return (int64_t)super->s_mtime_hi << 32 | super->s_mtime;
}

/*
 * The old view of an origin is the one that the snapshot began with, unless it was
 * written to. A mount of it shows where its origin was not mounted again since.
 */
static void warn_of_mount(struct pipeline *p, const struct lscow_extfs *old_fs,
			  const struct lscow_extfs *new_fs)
{
	if (get_mount_seconds(old_fs) > get_mount_seconds(new_fs))
		lscow_warnings_add(&p->files->warnings, "%s: its snapshot was mounted read-write "
				   "after it was taken: what it holds now is the old state",
				   new_fs->device->name);
}

static int open_views(struct pipeline *p, struct lscow_error *err)
{
	struct lscow_device *old_device = lscow_input_get_old_view(p->input);
	struct lscow_device *new_device = lscow_input_get_new_view(p->input);
	struct lscow_extfs *old_fs = NULL, *new_fs = NULL;
	int rc;

	if (!old_device || !new_device)
		return lscow_error_set(err, LSCOW_E_USAGE, "an exception store alone has no "
				       "files: its origin is needed too");
	rc = open_view(old_device, "old", &old_fs, err);
	if (rc == 0 && lscow_input_has_origin(p->input) &&
	    lscow_input_get_offset_bytes(p->input) == 0)
		rc = check_not_grown(old_fs, new_device, err);
	if (rc == 0)
		rc = open_view(new_device, "new", &new_fs, err);
	if (rc == 0 && (may_be_in_motion(old_fs) || may_be_in_motion(new_fs)))
		rc = lscow_input_check_not_mounted(p->input, err);
	if (rc == 0)
		rc = lscow_superblock_check_same(&old_fs->sb, old_device, &new_fs->sb,
						 new_device, err);
	if (rc == 0 && lscow_input_has_origin(p->input))
		warn_of_mount(p, old_fs, new_fs);
	warn_of_replay(p, old_fs);
	warn_of_replay(p, new_fs);
	p->views.fs[LSCOW_SIDE_OLD] = is_reversed(p->options) ? new_fs : old_fs;
	p->views.fs[LSCOW_SIDE_NEW] = is_reversed(p->options) ? old_fs : new_fs;
	return rc;
}

/* What a journal has comes in one view from there, whatever is in its place in both. */
static int add_replayed(const struct pipeline *p, const struct lscow_extfs *fs,
			struct lscow_ranges *ranges, struct lscow_error *err)
{
	const struct lscow_vector *replayed = lscow_extfs_get_replayed(fs);
	uint64_t offset_bytes = lscow_input_get_offset_bytes(p->input);
	uint32_t block_bytes = fs->sb.block_bytes;
	int rc = 0;

	for (size_t i = 0; rc == 0 && replayed && i < replayed->nr; i++)
		rc = lscow_ranges_add(ranges, offset_bytes + block_bytes *
				      LSCOW_ITEMS(replayed, struct lscow_logged_block)[i].block,
				      block_bytes, err);
	return rc;
}

static int find_changed(const struct pipeline *p, struct lscow_ranges *ranges,
			struct lscow_error *err)
{
	size_t nr_ranges;
	const struct lscow_range *of_input = lscow_input_get_ranges(p->input, &nr_ranges);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < nr_ranges; i++)
		rc = lscow_ranges_add(ranges, of_input[i].offset_bytes,
				      of_input[i].length_bytes, err);
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = add_replayed(p, p->views.fs[side], ranges, err);
	lscow_ranges_normalise(ranges);
	return rc;
}

static int open_blocks(struct pipeline *p, struct lscow_error *err)
{
	const struct lscow_superblock *sb = &p->views.fs[LSCOW_SIDE_NEW]->sb;
	struct lscow_ranges changed = LSCOW_RANGES;
	const struct lscow_range *ranges;
	size_t nr_ranges;
	int rc = find_changed(p, &changed, err);

	ranges = lscow_ranges_get(&changed, &nr_ranges);
	p->views.blocks = &p->blocks;
	if (rc == 0)
		rc = lscow_blocks_open(ranges, nr_ranges,
				       lscow_input_get_offset_bytes(p->input),
				       sb->block_bytes, sb->nr_blocks, &p->blocks, err);
	lscow_ranges_free(&changed);
	return rc;
}

/* Steps 1 to 4: every changed block gets its owner, every owner is compared. */
static int explain_blocks(struct pipeline *p, struct lscow_error *err)
{
	lscow_progress_fn *progress = p->options->progress;
	void *progress_data = p->options->progress_data;
	int rc;

	rc = lscow_geometry_check_feed(&p->views, err);
	if (rc != 0)
		return rc;
	lscow_geometry_mark(&p->views);
	rc = lscow_inodes_mark_hidden(&p->inodes, err);
	if (rc == 0)
		rc = lscow_itable_diff(&p->inodes, progress, progress_data, err);
	end_step(p, LSCOW_STEP_INODE_TABLES);
	if (rc == 0) {
		lscow_geometry_mark_slack(&p->views);
		rc = lscow_free_mark(&p->views, err);
	}
	if (rc == 0)
		rc = lscow_same_mark(&p->views, err);
	end_step(p, LSCOW_STEP_BLOCKS);
	if (rc == 0)
		rc = lscow_unexplained_search(&p->inodes, &p->files->summary.scanned_inodes,
					      progress, progress_data, err);
	end_step(p, LSCOW_STEP_OWNERS);
	return rc;
}

static int first_unknown(void *data, uint64_t block, struct lscow_error *err)
{
	(void)err;
	*(uint64_t *)data = block;
	return 1;
}

/* Step 8: what is left without an owner makes the result incomplete. */
static int check_tally(struct pipeline *p, struct lscow_error *err)
{
	const struct lscow_summary *summary = &p->files->summary;
	uint64_t block = UINT64_MAX, old_block = UINT64_MAX;

	if (!lscow_blocks_any_unknown(&p->blocks))
		return 0;
	lscow_blocks_each_unknown(&p->blocks, LSCOW_SIDE_NEW, first_unknown, &block, err);
	lscow_blocks_each_unknown(&p->blocks, LSCOW_SIDE_OLD, first_unknown, &old_block, err);
	return lscow_error_set(err, LSCOW_E_INCOMPLETE,
			       "%s: block %llu changed and no inode owns it, expected an owner "
			       "for each (%llu such blocks)",
			       p->views.fs[LSCOW_SIDE_NEW]->device->name,
			       (unsigned long long)lscow_min_u64(block, old_block),
			       (unsigned long long)summary->nr_blocks[LSCOW_BLOCK_UNKNOWN]);
}

/* A named file that is certainly another now settles whether anything changed. */
static bool has_certain_change(const struct pipeline *p)
{
	const struct lscow_inode_record *record;

	for (record = p->inodes.records; record; record = record->hh.next)
		if (lscow_record_is_same(record) &&
		    (record->is_content_changed || record->is_metadata_changed))
			return true;
	return false;
}

/* Steps 5 to 7: from owners to rows. */
static int find_rows(struct pipeline *p, struct lscow_error *err)
{
	int rc = lscow_entries_diff(&p->inodes, &p->entries, err);

	lscow_names_watch_compared(&p->watch);
	end_step(p, LSCOW_STEP_DIRECTORIES);
	if (rc == 0)
		rc = lscow_compose(&p->inodes, &p->entries, p->options, &p->watch, p->files,
				   err);
	return rc;
}

/* Whether all was accounted for; if not, the first reason. */
static int settle(struct pipeline *p, struct lscow_error *err)
{
	int rc = 0;

	if (p->damage.code != 0)
		rc = lscow_error_set(err, p->damage.code, "%s", p->damage.message);
	if (rc == 0)
		rc = check_tally(p, err);
	p->files->summary.complete = rc == 0;
	return rc;
}

static int run_steps(struct pipeline *p, struct lscow_error *err)
{
	bool is_partial = p->options->partial;
	int rc;

	p->inodes.damage = is_partial ? &p->damage : NULL;
	rc = explain_blocks(p, err);
	lscow_blocks_tally(&p->blocks, &p->files->summary);
	if (rc == 0 && !is_partial)
		rc = settle(p, err);
	if (rc != 0)
		return rc;
	if (p->options->quick && !p->options->under && !p->options->only &&
	    has_certain_change(p)) {
		p->files->summary.changed = true;
		return settle(p, err);
	}
	rc = find_rows(p, err);
	lscow_result_finish(p->files);
	if (rc == 0)
		return settle(p, err);
	p->files->summary.complete = false;
	return rc;
}

static int open_cache(struct pipeline *p, struct lscow_error *err)
{
	bool is_swapped = is_reversed(p->options);
	int rc = 0;

	if (!p->cache && p->options->names_cache)
		rc = lscow_names_cache_prepare(p->options->names_cache,
					       p->options->names_cache_bytes, NULL, &p->cache,
					       err);
	if (p->cache)
		lscow_names_cache_attach(p->cache, p->views.fs[LSCOW_SIDE_NEW]->sb.uuid,
					 &p->files->warnings);
	lscow_names_watch_start(p->cache,
				p->views.fs[is_swapped ? LSCOW_SIDE_NEW : LSCOW_SIDE_OLD],
				p->views.fs[is_swapped ? LSCOW_SIDE_OLD : LSCOW_SIDE_NEW],
				&p->watch);
	return rc;
}

static int open_all(struct pipeline *p, struct lscow_error *err)
{
	int rc = lscow_result_new(p->options, &p->files, err);

	if (rc == 0)
		rc = open_views(p, err);
	if (rc == 0)
		rc = open_cache(p, err);
	if (rc == 0)
		rc = open_blocks(p, err);
	if (rc == 0)
		rc = lscow_inodes_open(&p->views, p->options->want_ranges, &p->inodes, err);
	if (rc == 0)
		lscow_superblock_describe(&p->views.fs[LSCOW_SIDE_NEW]->sb,
					  &p->files->filesystem);
	if (p->files)
		end_step(p, LSCOW_STEP_OPEN);
	return rc;
}

static int recheck_all(const struct pipeline *p, struct lscow_error *err)
{
	int rc = lscow_input_recheck(p->input, err);

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		if (p->views.fs[side])
			rc = lscow_extfs_recheck(p->views.fs[side], err);
	return rc;
}

/* What was lost or changed meanwhile explains a failure, and voids a success. */
static int recheck(const struct pipeline *p, int rc, struct lscow_error *err)
{
	struct lscow_error lost;
	int lost_rc = recheck_all(p, &lost);

	if (lost_rc == 0 || (rc != 0 && lost_rc != LSCOW_E_UNKNOWABLE))
		return rc;
	return lscow_error_set(err, lost_rc, "%s", lost.message);
}

int lscow_files_run(const struct lscow_input *input,
		    const struct lscow_files_options *options,
		    struct lscow_files **files, struct lscow_error *err)
{
	struct pipeline p = {
		.input = input, .options = options, .cache = options->prepared_names_cache,
	};
	int rc;

	start_clock(&p);
	lscow_entries_open(&p.entries);
	rc = open_all(&p, err);
	if (rc == 0)
		rc = run_steps(&p, err);
	rc = recheck(&p, rc, err);
	lscow_names_watch_stop(&p.watch);
	lscow_names_cache_close(p.cache, p.files ? &p.files->summary : NULL);
	if (p.files) {
		end_step(&p, LSCOW_STEP_NAMES);
		count_reads(&p);
	}
	lscow_entries_close(&p.entries);
	lscow_inodes_close(&p.inodes);
	lscow_blocks_close(&p.blocks);
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_extfs_close(p.views.fs[side]);
	if (rc == 0 || (rc == LSCOW_E_INCOMPLETE && options->partial)) {
		*files = p.files;
	} else {
		lscow_files_free(p.files);
	}
	return rc;
}
