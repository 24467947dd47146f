/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What became of each inode that the changed blocks concern. */

/* Out of memory must come back as an error, not as exit(). */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(record) ((record)->ino = 0)

#include "diff/inodes.h"

#include <stdlib.h>
#include <string.h>

#include "diff/claims.h"
#include "diff/content.h"
#include "diff/metadata.h"
#include "diff/value-uses.h"
#include "extfs/hidden.h"

/* One inode as read from one view. */
struct loaded_inode {
	enum lscow_inode_state state;
	struct lscow_inode inode; /* unless it is free */
	struct lscow_map map;
};

int lscow_inodes_open(const struct lscow_views *views, bool want_ranges,
		      struct lscow_inodes *inodes, struct lscow_error *err)
{
	int rc = 0;

	*inodes = (struct lscow_inodes){ .views = views, .want_ranges = want_ranges,
					 .values = LSCOW_VECTOR(uint32_t) };
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		inodes->xattr_uses[side] = LSCOW_VECTOR(uint64_t);
		inodes->value_uses[side] = lscow_value_uses();
	}
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		rc = lscow_bitmap_open(views->fs[side], LSCOW_INODE_BITMAP,
				       &inodes->bitmaps[side], err);
		if (rc != 0)
			break;
		inodes->raws[side] = malloc(views->fs[side]->sb.inode_bytes);
		if (!inodes->raws[side])
			rc = lscow_error_no_memory(err, "inodes");
	}
	if (rc != 0)
		lscow_inodes_close(inodes);
	return rc;
}

void lscow_inodes_close(struct lscow_inodes *inodes)
{
	struct lscow_inode_record *record, *next;

	HASH_ITER(hh, inodes->records, record, next) {
		HASH_DEL(inodes->records, record);
		lscow_ranges_free(&record->ranges);
		free(record);
	}
	for (int side = 0; side < LSCOW_NR_SIDES; side++) {
		lscow_bitmap_close(&inodes->bitmaps[side]);
		lscow_vector_free(&inodes->xattr_uses[side]);
		lscow_vector_free(&inodes->value_uses[side]);
		free(inodes->raws[side]);
		inodes->raws[side] = NULL;
	}
	lscow_vector_free(&inodes->values);
}

bool lscow_record_is_live(const struct lscow_inode_record *record, enum lscow_side side)
{
	return record->sides[side].state == LSCOW_INODE_LIVE;
}

bool lscow_record_is_same(const struct lscow_inode_record *record)
{
	const struct lscow_inode_side *old_side = &record->sides[LSCOW_SIDE_OLD];
	const struct lscow_inode_side *new_side = &record->sides[LSCOW_SIDE_NEW];

	return old_side->state == LSCOW_INODE_LIVE && new_side->state == LSCOW_INODE_LIVE &&
	       old_side->generation == new_side->generation &&
	       old_side->type == new_side->type;
}

bool lscow_record_is_directory(const struct lscow_inode_record *record,
			       enum lscow_side side)
{
	return lscow_record_is_live(record, side) &&
	       record->sides[side].type == LSCOW_TYPE_DIRECTORY;
}

bool lscow_record_is_replaced(const struct lscow_inode_record *record)
{
	return lscow_record_is_live(record, LSCOW_SIDE_OLD) &&
	       lscow_record_is_live(record, LSCOW_SIDE_NEW) && !lscow_record_is_same(record);
}

struct lscow_inode_record *lscow_inodes_find(const struct lscow_inodes *inodes,
					     uint32_t ino)
{
	struct lscow_inode_record *record;

	HASH_FIND(hh, inodes->records, &ino, sizeof(ino), record);
	return record;
}

/* An inode that its bitmap calls free must not look like one in use. */
static int check_free(struct lscow_inodes *inodes, enum lscow_side side, uint32_t ino,
		      struct lscow_error *err)
{
	struct lscow_extfs *fs = inodes->views->fs[side];
	struct lscow_inode inode;

	if (lscow_inode_verify(fs, ino, inodes->raws[side], NULL) != 0 ||
	    lscow_inode_decode(fs, ino, inodes->raws[side], &inode, NULL) != 0 ||
	    lscow_inode_is_deleted(&inode))
		return 0;
	return lscow_extfs_damaged(fs, err, "inode %u: has %u links, but the inode bitmap "
				   "says that it is free", ino, inode.nr_links);
}

/* Decodes what inodes->raws[side] holds, unless it is free. */
static int decode_used(struct lscow_inodes *inodes, enum lscow_side side, uint32_t ino,
		       struct loaded_inode *loaded, struct lscow_error *err)
{
	struct lscow_extfs *fs = inodes->views->fs[side];
	bool is_used;
	int rc;

	rc = lscow_bitmap_test(&inodes->bitmaps[side], ino, &is_used, err);
	loaded->state = LSCOW_INODE_FREE;
	if (rc != 0)
		return rc;
	if (!is_used)
		return check_free(inodes, side, ino, err);
	rc = lscow_inode_verify(fs, ino, inodes->raws[side], err);
	if (rc == 0)
		rc = lscow_inode_decode(fs, ino, inodes->raws[side], &loaded->inode, err);
	if (rc == 0)
		loaded->state = lscow_inode_state_of(&loaded->inode, is_used);
	return rc;
}

/* An inode that differs in a block which is not among the changed ones. */
static int check_listed(const struct lscow_inodes *inodes, uint32_t ino,
			struct lscow_error *err)
{
	const struct lscow_views *views = inodes->views;
	const struct lscow_extfs *fs = views->fs[LSCOW_SIDE_NEW];
	uint64_t block = lscow_inode_get_block(fs, ino);

	if (memcmp(inodes->raws[0], inodes->raws[1], fs->sb.inode_bytes) == 0 ||
	    lscow_blocks_overlap(views->blocks, block, 1))
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: inode %u in block %llu differs from %s, expected the block "
			       "among the changed ones: the list of changes is not of these "
			       "views, or incomplete", fs->device->name, ino,
			       (unsigned long long)block,
			       views->fs[LSCOW_SIDE_OLD]->device->name);
}

/* The filesystem's own inodes are no files, whatever they say. */
static int decode_side(struct lscow_inodes *inodes, enum lscow_side side, uint32_t ino,
		       struct loaded_inode *loaded, struct lscow_error *err)
{
	loaded->state = LSCOW_INODE_FREE;
	if (lscow_extfs_is_hidden_inode(inodes->views->fs[side], ino))
		return 0;
	return decode_used(inodes, side, ino, loaded, err);
}

static int load_raws(struct lscow_inodes *inodes, uint32_t ino, struct lscow_error *err)
{
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = lscow_inode_load_raw(inodes->views->fs[side], ino, inodes->raws[side],
					  err);
	return rc != 0 ? rc : check_listed(inodes, ino, err);
}

static void fill_side(struct lscow_inode_side *record_side,
		      const struct loaded_inode *loaded)
{
	record_side->state = loaded->state;
	if (loaded->state == LSCOW_INODE_FREE)
		return;
	record_side->type = lscow_inode_type(&loaded->inode);
	record_side->generation = loaded->inode.generation;
	record_side->nr_links = loaded->inode.nr_links;
	record_side->size_bytes = loaded->inode.size_bytes;
}

/* Makes the record from what the two sides say. */
static int add_record(struct lscow_inodes *inodes, uint32_t ino,
		      const struct loaded_inode *loaded, struct lscow_inode_record **out,
		      struct lscow_error *err)
{
	struct lscow_inode_record *record = calloc(1, sizeof(*record));

	if (!record)
		return lscow_error_no_memory(err, "inodes");
	record->ino = ino;
	record->ranges = LSCOW_RANGES;
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		fill_side(&record->sides[side], &loaded[side]);
	HASH_ADD(hh, inodes->records, ino, sizeof(record->ino), record);
	if (record->ino == 0) { /* uthash_nonfatal_oom */
		free(record);
		return lscow_error_no_memory(err, "inodes");
	}
	*out = record;
	return 0;
}

int lscow_inodes_get(struct lscow_inodes *inodes, uint32_t ino,
		     struct lscow_inode_record **record, struct lscow_error *err)
{
	struct loaded_inode loaded[LSCOW_NR_SIDES];
	int rc;

	*record = lscow_inodes_find(inodes, ino);
	if (*record)
		return 0;
	rc = load_raws(inodes, ino, err);
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
		rc = decode_side(inodes, side, ino, &loaded[side], err);
	if (rc == 0)
		rc = add_record(inodes, ino, loaded, record, err);
	return rc;
}

/* Loads an inode's map in one view and gives what it owns there its class. */
static int explain_side(struct lscow_inodes *inodes, enum lscow_side side,
			struct loaded_inode *loaded, struct lscow_error *err)
{
	const struct lscow_views *views = inodes->views;
	int rc;

	if (loaded->state == LSCOW_INODE_FREE)
		return 0;
	rc = lscow_map_load(views->fs[side], &loaded->inode, &loaded->map, err);
	if (rc == 0)
		rc = lscow_claims_mark_inode(views, side, &loaded->inode, &loaded->map, err);
	if (rc == 0)
		rc = lscow_value_uses_add(views->fs[side], &loaded->inode,
					  &inodes->value_uses[side], err);
	if (rc != 0 || loaded->inode.xattr_block == 0 ||
	    !lscow_blocks_overlap(views->blocks, loaded->inode.xattr_block, 1))
		return rc;
	return lscow_vector_push(&inodes->xattr_uses[side], &loaded->inode.xattr_block, err);
}

static int compare_loaded(const struct lscow_views *views,
			  const struct loaded_inode *loaded,
			  struct lscow_replacement *replacement,
			  struct lscow_ranges *ranges, struct lscow_error *err)
{
	const struct loaded_inode *old_inode = &loaded[LSCOW_SIDE_OLD];
	const struct loaded_inode *new_inode = &loaded[LSCOW_SIDE_NEW];
	struct lscow_content old_content = { &old_inode->inode, &old_inode->map };
	struct lscow_content new_content = { &new_inode->inode, &new_inode->map };
	int rc;

	rc = lscow_content_compare(views, &old_content, &new_content,
				   &replacement->is_content_changed, ranges, err);
	if (rc == 0)
		rc = lscow_metadata_compare(views, &old_inode->inode, &new_inode->inode,
					    &replacement->is_metadata_changed, err);
	return rc;
}

static int compare_same(struct lscow_inodes *inodes, struct lscow_inode_record *record,
			const struct loaded_inode *loaded, struct lscow_error *err)
{
	struct lscow_replacement change = { 0 };
	int rc;

	if (!lscow_record_is_same(record))
		return 0;
	rc = compare_loaded(inodes->views, loaded, &change,
			    inodes->want_ranges ? &record->ranges : NULL, err);
	record->is_content_changed = change.is_content_changed;
	record->is_metadata_changed = change.is_metadata_changed;
	lscow_ranges_normalise(&record->ranges);
	return rc;
}

/* Whether it holds the value of an xattr in either view. */
static bool is_value(const struct lscow_inode_record *record)
{
	return record->sides[LSCOW_SIDE_OLD].state == LSCOW_INODE_VALUE ||
	       record->sides[LSCOW_SIDE_NEW].state == LSCOW_INODE_VALUE;
}

/* Works on what inodes->raws hold. */
static int examine(struct lscow_inodes *inodes, uint32_t ino, struct lscow_error *err)
{
	struct loaded_inode loaded[LSCOW_NR_SIDES] = { { .map = LSCOW_MAP },
						       { .map = LSCOW_MAP } };
	struct lscow_inode_record *record = lscow_inodes_find(inodes, ino);
	int rc = 0;

	if (record && record->is_examined)
		return 0;
	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		rc = decode_side(inodes, side, ino, &loaded[side], err);
		if (rc == 0)
			rc = explain_side(inodes, side, &loaded[side], err);
	}
	if (rc == 0 && !record)
		rc = add_record(inodes, ino, loaded, &record, err);
	if (rc == 0)
		rc = compare_same(inodes, record, loaded, err);
	if (rc == 0 && is_value(record))
		rc = lscow_vector_push(&inodes->values, &ino, err);
	if (rc == 0)
		record->is_examined = true;
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_map_free(&loaded[side].map);
	return rc;
}

int lscow_inodes_examine(struct lscow_inodes *inodes, uint32_t ino,
			 struct lscow_error *err)
{
	int rc = load_raws(inodes, ino, err);

	return rc != 0 ? rc : examine(inodes, ino, err);
}

int lscow_inodes_examine_raw(struct lscow_inodes *inodes, uint32_t ino,
			     const uint8_t *const raws[LSCOW_NR_SIDES],
			     struct lscow_error *err)
{
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		memcpy(inodes->raws[side], raws[side],
		       inodes->views->fs[side]->sb.inode_bytes);
	return examine(inodes, ino, err);
}

int lscow_inodes_step_over(struct lscow_inodes *inodes, int rc,
			   const struct lscow_error *err)
{
	if (rc != LSCOW_E_INCOMPLETE || !inodes->damage)
		return rc;
	if (inodes->damage->code == 0)
		*inodes->damage = *err;
	return 0;
}

int lscow_inodes_compare(struct lscow_inodes *inodes, uint32_t old_ino, uint32_t new_ino,
			 struct lscow_replacement *replacement,
			 struct lscow_ranges *ranges, struct lscow_error *err)
{
	const struct lscow_views *views = inodes->views;
	uint32_t inos[LSCOW_NR_SIDES] = {
		[LSCOW_SIDE_OLD] = old_ino,
		[LSCOW_SIDE_NEW] = new_ino,
	};
	struct loaded_inode loaded[LSCOW_NR_SIDES] = { { .map = LSCOW_MAP },
						       { .map = LSCOW_MAP } };
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		rc = lscow_inode_load(views->fs[side], inos[side], inodes->raws[side],
				      &loaded[side].inode, err);
		if (rc == 0)
			rc = lscow_map_load(views->fs[side], &loaded[side].inode,
					    &loaded[side].map, err);
	}
	if (rc == 0)
		rc = compare_loaded(views, loaded, replacement, ranges, err);
	for (int side = 0; side < LSCOW_NR_SIDES; side++)
		lscow_map_free(&loaded[side].map);
	return rc;
}

/* For lscow_hidden_each: where the blocks of hidden inodes are marked. */
struct hidden_mark {
	struct lscow_inodes *inodes;
	enum lscow_side side;
	struct lscow_map map;
};

static int mark_hidden_inode(void *data, uint32_t ino, struct lscow_error *err)
{
	struct hidden_mark *mark = data;
	struct lscow_inodes *inodes = mark->inodes;
	struct lscow_extfs *fs = inodes->views->fs[mark->side];
	enum lscow_block_class class = lscow_hidden_class(fs, ino);
	struct loaded_inode loaded;
	int rc;

	rc = lscow_inode_load_raw(fs, ino, inodes->raws[mark->side], err);
	if (rc == 0)
		rc = decode_used(inodes, mark->side, ino, &loaded, err);
	if (rc != 0 || loaded.state == LSCOW_INODE_FREE)
		return rc;
	rc = lscow_hidden_load_map(fs, &loaded.inode, &mark->map, err);
	if (rc == 0)
		lscow_claims_mark_hidden(inodes->views, mark->side, &mark->map, class);
	return rc;
}

int lscow_inodes_mark_hidden(struct lscow_inodes *inodes, struct lscow_error *err)
{
	struct hidden_mark mark = { .inodes = inodes, .map = LSCOW_MAP };
	int rc = 0;

	for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++) {
		mark.side = side;
		rc = lscow_hidden_each(inodes->views->fs[side], mark_hidden_inode, &mark,
				       err);
	}
	lscow_map_free(&mark.map);
	return rc;
}
