/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A filesystem's device as it would be after its journal was replayed. */

#include "extfs/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

struct replay_device {
	struct lscow_device base;
	struct lscow_device *lower;
	struct lscow_replay replay;
};

/* ---- the journal ------------------------------------------------------------ */

static int read_log(struct lscow_extfs *fs, const struct lscow_map *map,
		    struct lscow_replay *replay, struct lscow_error *err)
{
	const struct lscow_log log = {
		.device = fs->device, .map = map, .block_bytes = fs->sb.block_bytes,
		/* It may tell of a filesystem that has just grown. */
		.nr_device_blocks = fs->device->size_bytes / fs->sb.block_bytes,
	};

	replay->block_bytes = fs->sb.block_bytes;
	return lscow_log_read(&log, &replay->blocks, replay->marks, err);
}

int lscow_replay_find(struct lscow_extfs *fs, struct lscow_replay *replay,
		      struct lscow_error *err)
{
	uint32_t ino = fs->handle->super->s_journal_inum;
	struct lscow_map map = LSCOW_MAP;
	struct lscow_inode inode;
	uint8_t *raw;
	int rc;

	if (!lscow_superblock_has_journal(&fs->sb))
		return lscow_extfs_damaged(fs, err, "superblock: feature needs_recovery without "
					   "a journal");
	if (ino == 0)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: superblock: the journal needs to be replayed "
				       "(feature needs_recovery), and is on another device, "
				       "expected one in the filesystem; mount the filesystem "
				       "once, or a copy of it", fs->device->name);
	raw = malloc(fs->sb.inode_bytes);
	if (!raw)
		return lscow_error_no_memory(err, "the journal");
	rc = lscow_inode_load(fs, ino, raw, &inode, err);
	if (rc == 0)
		rc = lscow_map_load(fs, &inode, &map, err);
	if (rc == 0)
		rc = read_log(fs, &map, replay, err);
	lscow_map_free(&map);
	free(raw);
	return rc;
}

/* ---- the device ------------------------------------------------------------------ */

/* A stretch that one read fills. */
struct piece {
	uint64_t offset_bytes; /* in lower */
	uint64_t length_bytes;
	size_t nr_magic_bytes; /* at its beginning, to be put back */
	size_t first_magic_byte;
};

static struct piece find_piece(const struct lscow_replay *replay, uint64_t offset_bytes,
			       uint64_t length_bytes)
{
	uint64_t block = offset_bytes / replay->block_bytes;
	uint64_t within_bytes = offset_bytes % replay->block_bytes;
	size_t index = lscow_u64_find_first(replay->blocks.items, replay->blocks.nr,
					    replay->blocks.item_bytes, block);
	const struct lscow_logged_block *logged = NULL;
	struct piece piece = { .offset_bytes = offset_bytes, .length_bytes = length_bytes };

	if (index < replay->blocks.nr)
		logged = &LSCOW_ITEMS(&replay->blocks, struct lscow_logged_block)[index];
	if (!logged)
		return piece;
	if (logged->block != block) {
		piece.length_bytes = lscow_min_u64(length_bytes, logged->block *
						   replay->block_bytes - offset_bytes);
		return piece;
	}
	piece.offset_bytes = logged->device_block * replay->block_bytes + within_bytes;
	piece.length_bytes = lscow_min_u64(length_bytes, replay->block_bytes - within_bytes);
	if (logged->is_escaped && within_bytes < strlen(LSCOW_LOG_MAGIC_BYTES)) {
		piece.first_magic_byte = (size_t)within_bytes;
		piece.nr_magic_bytes = (size_t)lscow_min_u64(
			piece.length_bytes, strlen(LSCOW_LOG_MAGIC_BYTES) - within_bytes);
	}
	return piece;
}

static int replay_read(struct lscow_device *device, uint64_t offset_bytes, void *buffer,
		       size_t length_bytes, struct lscow_error *err)
{
	struct replay_device *replay = (struct replay_device *)device;
	uint8_t *out = buffer;

	while (length_bytes > 0) {
		struct piece piece = find_piece(&replay->replay, offset_bytes, length_bytes);
		int rc = lscow_device_read(replay->lower, piece.offset_bytes, out,
					   (size_t)piece.length_bytes, err);

		if (rc != 0)
			return rc;
		memcpy(out, &LSCOW_LOG_MAGIC_BYTES[piece.first_magic_byte],
		       piece.nr_magic_bytes);
		out += piece.length_bytes;
		offset_bytes += piece.length_bytes;
		length_bytes -= (size_t)piece.length_bytes;
	}
	return 0;
}

static void replay_will_read(struct lscow_device *device, uint64_t offset_bytes,
			     uint64_t length_bytes)
{
	struct replay_device *replay = (struct replay_device *)device;

	while (length_bytes > 0) {
		struct piece piece = find_piece(&replay->replay, offset_bytes, length_bytes);

		lscow_device_will_read(replay->lower, piece.offset_bytes, piece.length_bytes);
		offset_bytes += piece.length_bytes;
		length_bytes -= piece.length_bytes;
	}
}

static void replay_close(struct lscow_device *device)
{
	struct replay_device *replay = (struct replay_device *)device;

	lscow_vector_free(&replay->replay.blocks);
	free(replay);
}

static const struct lscow_device_ops replay_ops = {
	.read = replay_read,
	.will_read = replay_will_read,
	.close = replay_close,
};

int lscow_replay_device_open(struct lscow_device *lower, struct lscow_replay *replay,
			     struct lscow_device **device, struct lscow_error *err)
{
	struct replay_device *replayed = calloc(1, sizeof(*replayed));

	if (!replayed)
		return lscow_error_no_memory(err, lower->name);
	replayed->base.ops = &replay_ops;
	replayed->base.size_bytes = lower->size_bytes;
	replayed->base.name = strdup(lower->name);
	if (!replayed->base.name) {
		free(replayed);
		return lscow_error_no_memory(err, lower->name);
	}
	replayed->lower = lower;
	replayed->replay = *replay;
	replay->blocks = LSCOW_VECTOR(struct lscow_logged_block);
	*device = &replayed->base;
	return 0;
}

const struct lscow_vector *lscow_replay_device_get_blocks(const struct lscow_device *device)
{
	return &((const struct replay_device *)device)->replay.blocks;
}

int lscow_replay_device_recheck(const struct lscow_device *device, struct lscow_error *err)
{
	const struct replay_device *replayed = (const struct replay_device *)device;
	bool is_moved;
	int rc = lscow_log_check_marks(replayed->lower, replayed->replay.block_bytes,
				       replayed->replay.marks, &is_moved, err);

	if (rc != 0 || !is_moved)
		return rc;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: its journal changed while it was read, expected a "
			       "filesystem at rest; it is mounted somewhere", device->name);
}
