/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The metadata snapshot of a thin pool, taken and given back. */

#include "source/thin-hold.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/decimal.h"
#include "source/dm.h"

/* What a run that was killed has left behind. */
enum hold_mark {
	HOLD_NO_MARK,
	HOLD_MARK_ANY,  /* killed before it could note the block */
	HOLD_MARK_BLOCK,
};

/* ---- the pool ----------------------------------------------------------- */

/* Moves behind a word and the space that follows it. */
static const char *skip_word(const char *text)
{
	text += strcspn(text, " ");
	return text + strspn(text, " ");
}

bool lscow_thin_held_root_decode(const char *params, uint64_t *held_root)
{
	/* transaction used/total used/total held-root ... */
	const char *word = skip_word(skip_word(skip_word(params)));

	if (*params < '0' || *params > '9')
		return false; /* "Fail", "Error" */
	if (word[0] == '-' && word[1] == ' ') {
		*held_root = 0;
		return true;
	}
	/* Block 0 is the superblock's. */
	return lscow_take_decimal(&word, held_root) && *word == ' ' && *held_root > 0;
}

static int get_held_root(const char *pool_name, uint64_t *held_root,
			 struct lscow_error *err)
{
	struct lscow_dm_line line;
	int ret = lscow_dm_get_status(pool_name, &line, err);

	if (ret)
		return ret;
	if (strcmp(line.type, "thin-pool") != 0 ||
	    !lscow_thin_held_root_decode(line.params, held_root))
		ret = lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				      "%s: status \"%s %s\": expected that of a working "
				      "thin pool", pool_name, line.type, line.params);
	lscow_dm_line_free(&line);
	return ret;
}

/* ---- the mark: a file, empty until the block is known ------------------------ */

static int file_name(const char *pool_name, const char *suffix, char name[NAME_MAX + 1],
		     struct lscow_error *err)
{
	int nr = snprintf(name, NAME_MAX + 1, "%s%s", pool_name, suffix);

	if (nr < 0 || nr > NAME_MAX || strchr(pool_name, '/') || pool_name[0] == '\0')
		return lscow_error_set(err, LSCOW_E_FAILED,
				       "pool \"%s\": not a device-mapper name", pool_name);
	return 0;
}

static int mark_name(const struct lscow_thin_hold *hold, char name[NAME_MAX + 1],
		     struct lscow_error *err)
{
	return file_name(hold->pool_name, ".metadata-snap", name, err);
}

static int read_mark(const struct lscow_thin_hold *hold, enum hold_mark *mark,
		     uint64_t *block, struct lscow_error *err)
{
	char name[NAME_MAX + 1], text[24] = "";
	int ret = mark_name(hold, name, err);
	int fd;

	if (ret)
		return ret;
	fd = openat(hold->folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	*mark = HOLD_NO_MARK;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		ret = lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot read: %m", name);
	else
		*mark = lscow_parse_decimal(text, block) ? HOLD_MARK_BLOCK : HOLD_MARK_ANY;
	if (fd >= 0)
		close(fd);
	return ret;
}

/* Written so that it outlives a power failure. block 0: it is not known yet. */
static int write_mark(const struct lscow_thin_hold *hold, uint64_t block,
		      struct lscow_error *err)
{
	char name[NAME_MAX + 1], text[24];
	int nr = block ? snprintf(text, sizeof(text), "%" PRIu64, block) : 0;
	int ret = mark_name(hold, name, err);
	int fd;

	if (ret)
		return ret;
	fd = openat(hold->folder_fd, name,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || write(fd, text, (size_t)nr) != nr || fsync(fd) < 0 ||
	    fsync(hold->folder_fd) < 0)
		ret = lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot write: %m", name);
	if (fd >= 0)
		close(fd);
	return ret;
}

static void remove_mark(const struct lscow_thin_hold *hold)
{
	char name[NAME_MAX + 1];

	/* Should it stay behind, it says nothing without a metadata snapshot. */
	if (!mark_name(hold, name, NULL))
		unlinkat(hold->folder_fd, name, 0);
}

/* ---- the lock ------------------------------------------------------------------ */

static int open_folder(const char *folder, int *fd, struct lscow_error *err)
{
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot make it: %m", folder);
	*fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0)
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot open: %m", folder);
	return 0;
}

static int take_lock(struct lscow_thin_hold *hold, struct lscow_error *err)
{
	char name[NAME_MAX + 1];
	int ret = file_name(hold->pool_name, ".lock", name, err);

	if (ret)
		return ret;
	hold->lock_fd = openat(hold->folder_fd, name,
			       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (hold->lock_fd < 0)
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot open: %m", name);
	while (flock(hold->lock_fd, LOCK_EX) < 0)
		if (errno != EINTR) {
			ret = lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot lock: %m",
					      name);
			close(hold->lock_fd);
			return ret;
		}
	return 0;
}

/* ---- the metadata snapshot ------------------------------------------------------- */

static int error_foreign(const struct lscow_thin_hold *hold, uint64_t held_root,
			 struct lscow_error *err)
{
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "pool %s: another program holds its metadata snapshot (block %"
			       PRIu64 "); if none does any more, release it: dmsetup message "
			       "%s 0 release_metadata_snap", hold->pool_name, held_root,
			       hold->pool_name);
}

static int release(const struct lscow_thin_hold *hold, struct lscow_error *err)
{
	int ret = lscow_dm_message(hold->pool_name, "release_metadata_snap", err);

	if (ret)
		return lscow_error_prefix(err, "pool %s", hold->pool_name);
	remove_mark(hold);
	return 0;
}

static int release_left_behind(const struct lscow_thin_hold *hold,
			       struct lscow_warnings *warnings, struct lscow_error *err)
{
	enum hold_mark mark;
	uint64_t held_root, block = 0;
	int ret = get_held_root(hold->pool_name, &held_root, err);

	if (ret || held_root == 0)
		return ret;
	ret = read_mark(hold, &mark, &block, err);
	if (ret)
		return ret;
	if (mark == HOLD_NO_MARK || (mark == HOLD_MARK_BLOCK && block != held_root))
		return error_foreign(hold, held_root, err);
	ret = release(hold, err);
	if (!ret)
		lscow_warnings_add(warnings, "pool %s: released the metadata snapshot that an "
				   "interrupted run had left behind", hold->pool_name);
	return ret;
}

/* The mark is there before the metadata snapshot and goes after it. */
static int reserve(const struct lscow_thin_hold *hold, struct lscow_error *err)
{
	uint64_t held_root = 0;
	int ret = write_mark(hold, 0, err);

	if (ret)
		return ret;
	ret = lscow_dm_message(hold->pool_name, "reserve_metadata_snap", err);
	if (ret) {
		remove_mark(hold);
		return lscow_error_prefix(err, "pool %s", hold->pool_name);
	}
	ret = get_held_root(hold->pool_name, &held_root, err);
	if (!ret && held_root == 0)
		ret = lscow_error_set(err, LSCOW_E_FAILED,
				      "pool %s: it has not taken a metadata snapshot",
				      hold->pool_name);
	if (!ret)
		ret = write_mark(hold, held_root, err);
	if (ret)
		(void)release(hold, NULL);
	return ret;
}

static int take(struct lscow_thin_hold *hold, struct lscow_warnings *warnings,
		struct lscow_error *err)
{
	int ret = lscow_signals_hold(&hold->signals, err);

	if (ret)
		return ret;
	ret = release_left_behind(hold, warnings, err);
	if (!ret)
		ret = reserve(hold, err);
	if (ret)
		lscow_signals_release(&hold->signals);
	return ret;
}

int lscow_thin_hold_begin(const char *folder, const char *pool_name,
			  struct lscow_thin_hold *hold, struct lscow_warnings *warnings,
			  struct lscow_error *err)
{
	struct lscow_thin_hold taken = { .pool_name = pool_name };
	int ret = open_folder(folder, &taken.folder_fd, err);

	if (ret)
		return ret;
	/* Without signals held back: the wait for a lock is to be interrupted. */
	ret = take_lock(&taken, err);
	if (ret) {
		close(taken.folder_fd);
		return ret;
	}
	ret = take(&taken, warnings, err);
	if (ret) {
		close(taken.lock_fd);
		close(taken.folder_fd);
		return ret;
	}
	*hold = taken;
	return 0;
}

int lscow_thin_hold_end(struct lscow_thin_hold *hold, struct lscow_error *err)
{
	int ret = release(hold, err);

	close(hold->lock_fd);
	close(hold->folder_fd);
	lscow_signals_release(&hold->signals);
	return ret;
}
