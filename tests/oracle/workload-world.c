/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The workload's knowledge of its tree, its choices, and which failures a user could meet. */
#define _GNU_SOURCE
#include "random.h"
#include "workload.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Leaves room for the destination's path in front, for rsync. */
#define PATH_LEN_MAX 2000

uint64_t random_below(struct world *w, uint64_t limit)
{
	return random_next(&w->random) % limit;
}

uint64_t random_between(struct world *w, uint64_t least, uint64_t most)
{
	return least + random_below(w, most - least + 1);
}

bool chance(struct world *w, unsigned int percent)
{
	return random_below(w, 100) < percent;
}

void random_fill(struct world *w, void *buffer, size_t len)
{
	uint8_t *p = buffer;
	uint64_t style = random_below(w, 8);

	for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		if (style == 1)
			word = 0x0a74786574206120u;
		else if (style > 1)
			word = random_next(&w->random);
		memcpy(p + i, &word, len - i < sizeof(word) ? len - i : sizeof(word));
	}
}

static void append_number(struct world *w, char name[NAME_ROOM], size_t len)
{
	snprintf(name + len, NAME_ROOM - len, "%" PRIx64, random_next(&w->random) & 0xffffff);
}

static void random_long_name(struct world *w, char name[NAME_ROOM], size_t len)
{
	for (size_t i = 0; i < len; i++)
		name[i] = (char)('a' + random_below(w, 26));
	name[len] = '\0';
}

void random_name(struct world *w, char name[NAME_ROOM])
{
	static const char *const odd[] = {
		"new\nline ", "#hash", ";semicolon", " space ", "tab\t", "back\\slash", "-dash",
		"\xc3\xa9t\xc3\xa9 ", "\xe2\x82\xac", "\xf0\x9f\x90\x84", "\xff\xfe", "\xc3",
		"\xed\xa0\x80", "quote\"'", "...", "*?[", "cr\r", "\x01", "\x7f", "a -> b", "%s$x",
	};
	uint64_t style = w->plain ? random_between(w, 4, 19) : random_below(w, 20);

	if (style == 0) {
		random_long_name(w, name, chance(w, 50) ? NAME_MAX : random_between(w, 40, 200));
	} else if (style <= 3) {
		strcpy(name, odd[random_below(w, sizeof(odd) / sizeof(*odd))]);
		append_number(w, name, strlen(name));
	} else if (style <= 6) {
		snprintf(name, NAME_ROOM, "%c", (char)('a' + random_below(w, 26)));
	} else {
		strcpy(name, "n");
		append_number(w, name, 1);
	}
}

void world_add(struct world *w, const char *path, mode_t type)
{
	if (w->nr == w->room) {
		w->room = w->room > 0 ? 2 * w->room : 1024;
		w->entries = realloc(w->entries, w->room * sizeof(*w->entries));
		if (w->entries == NULL)
			err(2, "memory");
	}
	w->entries[w->nr].path = strdup(path);
	w->entries[w->nr].type = type;
	if (w->entries[w->nr++].path == NULL)
		err(2, "memory");
}

static size_t find_entry(const struct world *w, const char *path)
{
	size_t i = 0;

	while (i < w->nr && strcmp(w->entries[i].path, path) != 0)
		i++;
	return i;
}

void world_remove(struct world *w, const char *path)
{
	size_t i = find_entry(w, path);

	if (i == w->nr)
		return;
	free(w->entries[i].path);
	w->entries[i] = w->entries[--w->nr];
}

bool world_is_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	return strncmp(path, directory, len) == 0 && path[len] == '/';
}

static void replace_prefix(struct entry *entry, size_t old_len, const char *now)
{
	char *path = NULL;

	if (asprintf(&path, "%s%s", now, entry->path + old_len) < 0)
		err(2, "memory");
	free(entry->path);
	entry->path = path;
}

void world_move(struct world *w, const char *old, const char *now)
{
	size_t old_len = strlen(old);

	world_remove(w, now);
	for (size_t i = 0; i < w->nr; i++) {
		const char *path = w->entries[i].path;

		if (strcmp(path, old) == 0 || world_is_below(path, old))
			replace_prefix(&w->entries[i], old_len, now);
	}
}

void world_exchange(struct world *w, const char *a, const char *b)
{
	for (size_t i = 0; i < w->nr; i++) {
		const char *path = w->entries[i].path;

		if (strcmp(path, a) == 0 || world_is_below(path, a))
			replace_prefix(&w->entries[i], strlen(a), b);
		else if (strcmp(path, b) == 0 || world_is_below(path, b))
			replace_prefix(&w->entries[i], strlen(b), a);
	}
}

size_t world_get_longest_below(const struct world *w, const char *directory)
{
	size_t longest = strlen(directory);

	for (size_t i = 0; i < w->nr; i++)
		if (world_is_below(w->entries[i].path, directory) &&
		    strlen(w->entries[i].path) > longest)
			longest = strlen(w->entries[i].path);
	return longest;
}

bool world_is_empty(const struct world *w, const char *directory)
{
	return world_get_longest_below(w, directory) == strlen(directory);
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static void load_below(struct world *w, const char *directory)
{
	char path[PATH_MAX];
	struct dirent *entry;
	struct stat st;
	DIR *dir = opendir(directory);

	if (dir == NULL)
		die(w, directory);
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		join_path(path, directory, entry->d_name);
		if (lstat(path, &st) != 0)
			die(w, path);
		world_add(w, path, st.st_mode & S_IFMT);
		if (S_ISDIR(st.st_mode))
			load_below(w, path);
	}
	closedir(dir);
}

void world_load(struct world *w)
{
	load_below(w, ".");
	/* The order of a directory is the filesystem's; what follows must depend on the seed. */
	if (w->nr > 0)
		qsort(w->entries, w->nr, sizeof(*w->entries), compare_entries);
}

void world_free(struct world *w)
{
	for (size_t i = 0; i < w->nr; i++)
		free(w->entries[i].path);
	free(w->entries);
}

static unsigned int get_want(mode_t type)
{
	if (S_ISREG(type))
		return WANT_FILE;
	if (S_ISDIR(type))
		return WANT_DIRECTORY;
	return S_ISLNK(type) ? WANT_SYMLINK : WANT_SPECIAL;
}

/* lost+found is left alone: rmdir and rename work on it, but users do not. */
static bool is_wanted(const struct entry *entry, unsigned int want)
{
	return (get_want(entry->type) & want) != 0 && strcmp(entry->path, "lost+found") != 0;
}

bool pick(struct world *w, unsigned int want, char path[PATH_MAX])
{
	size_t start;

	if (w->nr == 0)
		return false;
	start = random_below(w, w->nr);
	for (size_t i = 0; i < w->nr; i++) {
		/* The first tries are independent, or what follows a gap would come too often. */
		const struct entry *entry =
			&w->entries[i < 30 ? random_below(w, w->nr) : (start + i) % w->nr];

		if (is_wanted(entry, want)) {
			strcpy(path, entry->path);
			return true;
		}
	}
	return false;
}

bool pick_linked(struct world *w, char path[PATH_MAX])
{
	struct stat st;

	for (size_t i = 0, start = w->nr > 0 ? random_below(w, w->nr) : 0; i < w->nr; i++) {
		const struct entry *entry = &w->entries[(start + i) % w->nr];

		if (is_wanted(entry, WANT_LEAF) && lstat(entry->path, &st) == 0 &&
		    st.st_nlink > 1) {
			strcpy(path, entry->path);
			return true;
		}
	}
	return false;
}

bool pick_nonempty(struct world *w, char path[PATH_MAX])
{
	struct stat st;

	for (int i = 0; i < 30; i++)
		if (pick(w, WANT_FILE, path) && lstat(path, &st) == 0 && st.st_size > 0)
			return true;
	return false;
}

void pick_parent(struct world *w, char path[PATH_MAX])
{
	if (chance(w, 10) || !pick(w, WANT_DIRECTORY, path))
		strcpy(path, ".");
}

void get_parent(const char *path, char parent[PATH_MAX])
{
	char *slash;

	strcpy(parent, path);
	slash = strrchr(parent, '/');
	if (slash != NULL)
		*slash = '\0';
	else
		strcpy(parent, ".");
}

bool join_path(char path[PATH_MAX], const char *parent, const char *name)
{
	bool in_root = strcmp(parent, ".") == 0;
	int len = snprintf(path, PATH_MAX, "%s%s%s", in_root ? "" : parent, in_root ? "" : "/",
			   name);

	return len <= PATH_LEN_MAX;
}

bool new_path_in(struct world *w, const char *parent, char path[PATH_MAX])
{
	char name[NAME_ROOM];
	struct stat st;

	for (int i = 0; i < 10; i++) {
		random_name(w, name);
		if (!join_path(path, parent, name))
			return false;
		if (lstat(path, &st) != 0 && errno == ENOENT)
			return true;
	}
	return false;
}

bool new_path(struct world *w, char path[PATH_MAX])
{
	char parent[PATH_MAX];

	pick_parent(w, parent);
	return new_path_in(w, parent, path);
}

void die(const struct world *w, const char *path)
{
	int error = errno;

	fprintf(stderr, "workload: seed %" PRIu64 ": %s: %s: %s\n", w->seed, w->operation, path,
		strerror(error));
	exit(2);
}

/* Clears the immutable and append-only flags of one path; true when it had one. */
static bool unlock_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME | O_CLOEXEC);
	int flags = 0;
	bool locked = fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 &&
		      (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) != 0;

	if (locked) {
		flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
		locked = ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
	}
	if (fd >= 0)
		close(fd);
	return locked;
}

static bool unlock_all(struct world *w)
{
	bool any = unlock_path(".");

	for (size_t i = 0; i < w->nr; i++)
		if (S_ISREG(w->entries[i].type) || S_ISDIR(w->entries[i].type))
			any |= unlock_path(w->entries[i].path);
	return any;
}

static bool is_tolerated(struct world *w, int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
	case EEXIST:
	case ENOTEMPTY:
	case EMLINK:
	case EXDEV:
	case EFBIG:
	case ENAMETOOLONG:
	case ENODATA:
	case EOPNOTSUPP:
		return true;
	case EPERM:
		return unlock_all(w);
	/* Two known names can be one. */
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case EINVAL:
		return w->folds;
	default:
		return false;
	}
}

bool succeeds(struct world *w, int rc, const char *path)
{
	int error = errno;

	if (rc >= 0)
		return true;
	if (is_tolerated(w, error))
		return false;
	errno = error;
	die(w, path);
}

bool succeeds_or_refused(struct world *w, int rc, const char *path)
{
	/* Root without CAP_SYS_RESOURCE, for one, may not switch data journalling. */
	if (rc < 0 && errno == EPERM) {
		unlock_all(w);
		return false;
	}
	if (rc < 0 && (errno == EINVAL || errno == ENOTTY || errno == EBUSY || errno == ERANGE ||
		       errno == E2BIG))
		return false;
	return succeeds(w, rc, path);
}
