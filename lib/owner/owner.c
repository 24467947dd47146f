/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* From numbers to owners with paths: the steps, and the result. */

#include "lscow.h"

#include <stdlib.h>

#include "owner/find.h"
#include "owner/image.h"
#include "owner/numbers.h"

struct lscow_owner {
	struct lscow_filesystem filesystem;
	struct lscow_owner_summary summary;
	uint64_t offset_bytes;
	struct lscow_vector rows; /* of struct lscow_owned_block, as asked */
	struct lscow_owner_inode *inodes; /* one for each claim */
	struct lscow_named_inodes named; /* has the paths; its fs is gone */
};

/* What is open during a run. */
struct owner_run {
	const struct lscow_owner_options *options;
	struct lscow_image *image; /* that of the options, or our own */
	struct lscow_device *slice; /* NULL where the filesystem has all of the device */
	struct lscow_extfs *fs;
	struct lscow_asked asked;
	struct lscow_owner_find find;
	struct lscow_owner *owner;
};

static int open_place(struct owner_run *run, struct lscow_error *err)
{
	const struct lscow_owner_options *options = run->options;
	struct lscow_place place;
	int rc = 0;

	run->image = options->image;
	if (!run->image)
		rc = lscow_image_open(options->path, options->offset_bytes, options->partition,
				      NULL, &run->image, err);
	if (rc == 0)
		rc = lscow_place_find(run->image->device, run->image->search, &place, err);
	if (rc == 0)
		rc = lscow_place_open(run->image->device, &place, &run->slice, err);
	if (rc == 0)
		run->owner->offset_bytes = place.offset_bytes;
	return rc;
}

/* Without a journal, or with one in use, the mount tells whether it is at rest. */
static int open_filesystem(struct owner_run *run, struct lscow_error *err)
{
	int rc = lscow_extfs_open(run->slice ? run->slice : run->image->device, &run->fs, err);

	if (rc == 0 && (!lscow_superblock_has_journal(&run->fs->sb) ||
			lscow_extfs_get_replayed(run->fs)))
		rc = lscow_image_check_not_mounted(run->image, err);
	if (rc == 0)
		lscow_superblock_describe(&run->fs->sb, &run->owner->filesystem);
	return rc;
}

static int find_owners(struct owner_run *run, struct lscow_error *err)
{
	struct lscow_owner *owner = run->owner;
	int rc = lscow_numbers_to_rows(run->options, &run->fs->sb, owner->offset_bytes,
				       &owner->rows, err);

	if (rc == 0)
		rc = lscow_asked_open(&owner->rows, &run->asked, err);
	if (rc != 0)
		return rc;
	lscow_named_inodes_open(run->fs, &owner->named);
	run->find = (struct lscow_owner_find){
		.fs = run->fs, .options = run->options, .asked = &run->asked,
		.named = &owner->named,
	};
	rc = lscow_owner_find(&run->find, err);
	owner->summary.scanned_inodes = run->find.nr_scanned;
	if (rc == 0)
		rc = lscow_named_inodes_name(&owner->named, run->options,
					     lscow_owner_step_over, &run->find, err);
	owner->summary.searched_directories = owner->named.nr_directories;
	return rc != 0 ? rc : lscow_extfs_recheck(run->fs, err);
}

static void describe_inode(const struct lscow_named_inodes *named,
			   const struct lscow_claim *claim, struct lscow_owner_inode *out)
{
	const struct lscow_named_inode *inode = lscow_named_inodes_find(named, claim->ino);
	const char *const *paths = named->paths.items;

	*out = (struct lscow_owner_inode){
		.ino = claim->ino,
		.has_offset = claim->has_offset,
		.offset_bytes = claim->offset_bytes,
	};
	if (!inode) /* memory was short, and that was stepped over */
		return;
	out->type = inode->type;
	out->size_bytes = inode->size_bytes;
	out->system = inode->system;
	out->is_deleted = inode->is_deleted;
	out->paths = inode->nr_paths > 0 ? paths + inode->first_path : NULL;
	out->nr_paths = inode->nr_paths;
}

/* Where the claims on each block begin; nr_blocks + 1 items, to be freed. */
static size_t *find_first_claims(const struct lscow_asked *asked)
{
	const struct lscow_claim *claims = asked->claims.items;
	size_t *firsts = malloc((asked->blocks.nr + 1) * sizeof(*firsts));
	size_t at = 0;

	for (size_t i = 0; firsts && i <= asked->blocks.nr; i++) {
		while (at < asked->claims.nr && claims[at].index < i)
			at++;
		firsts[i] = at;
	}
	return firsts;
}

static void fill_row(const struct owner_run *run, const size_t *firsts,
		     struct lscow_owned_block *row)
{
	const struct lscow_asked_block *block;
	size_t index;

	if (row->class == LSCOW_BLOCK_OUTSIDE)
		return;
	index = lscow_asked_find(&run->asked, row->block);
	block = &LSCOW_ITEMS(&run->asked.blocks, struct lscow_asked_block)[index];
	row->class = block->class;
	row->first_ino = block->first_ino;
	row->nr_inos = block->nr_inos;
	row->nr_inodes = firsts[index + 1] - firsts[index];
	row->inodes = row->nr_inodes > 0 ? run->owner->inodes + firsts[index] : NULL;
}

static int fill_rows(struct owner_run *run, struct lscow_error *err)
{
	struct lscow_owner *owner = run->owner;
	const struct lscow_vector *claims = &run->asked.claims;
	struct lscow_owned_block *rows = owner->rows.items;
	size_t *firsts = find_first_claims(&run->asked);

	owner->inodes = calloc(claims->nr + 1, sizeof(*owner->inodes));
	if (!firsts || !owner->inodes) {
		free(firsts);
		return lscow_error_no_memory(err, "the result");
	}
	for (size_t i = 0; i < claims->nr; i++)
		describe_inode(&owner->named, &LSCOW_ITEMS(claims, struct lscow_claim)[i],
			       &owner->inodes[i]);
	for (size_t i = 0; i < owner->rows.nr; i++) {
		fill_row(run, firsts, &rows[i]);
		owner->summary.nr_blocks[rows[i].class]++;
		owner->summary.total_blocks++;
	}
	free(firsts);
	return 0;
}

static int run_steps(struct owner_run *run, struct lscow_error *err)
{
	int rc = open_place(run, err);

	if (rc == 0)
		rc = open_filesystem(run, err);
	if (rc == 0)
		rc = find_owners(run, err);
	if (rc == 0)
		rc = fill_rows(run, err);
	return rc;
}

int lscow_owner_run(const struct lscow_owner_options *options, struct lscow_owner **out,
		    struct lscow_error *err)
{
	struct owner_run run = { .options = options };
	struct lscow_error unwanted;
	int rc;

	if (!err)
		err = &unwanted;
	run.owner = calloc(1, sizeof(*run.owner));
	if (!run.owner)
		return lscow_error_no_memory(err, "the result");
	run.owner->rows = LSCOW_VECTOR(struct lscow_owned_block);
	rc = run_steps(&run, err);
	lscow_asked_close(&run.asked);
	lscow_extfs_close(run.fs);
	lscow_device_close(run.slice);
	if (run.image != options->image)
		lscow_image_close(run.image);
	if (rc != 0) {
		lscow_owner_free(run.owner);
		return rc;
	}
	*out = run.owner;
	run.owner->summary.complete = run.find.damage.code == 0;
	if (!run.owner->summary.complete)
		*err = run.find.damage;
	return run.find.damage.code;
}

void lscow_owner_free(struct lscow_owner *owner)
{
	if (!owner)
		return;
	lscow_vector_free(&owner->rows);
	lscow_named_inodes_close(&owner->named);
	free(owner->inodes);
	free(owner);
}

const struct lscow_owned_block *lscow_owner_get_blocks(const struct lscow_owner *owner,
						       size_t *nr_blocks)
{
	*nr_blocks = owner->rows.nr;
	return owner->rows.items;
}

const struct lscow_filesystem *
lscow_owner_get_filesystem(const struct lscow_owner *owner)
{
	return &owner->filesystem;
}

const struct lscow_owner_summary *lscow_owner_get_summary(const struct lscow_owner *owner)
{
	return &owner->summary;
}

uint64_t lscow_owner_get_offset_bytes(const struct lscow_owner *owner)
{
	return owner->offset_bytes;
}
