/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Workload operations on names: links, renames, replacements and removals. */
#define _GNU_SOURCE
#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define RENAMED_LEN_MAX 2500
#define KEPT_MAX 6

static mode_t get_type(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

/* Renames anything over anything; the known tree follows. */
bool move(struct world *w, const char *old, const char *now)
{
	struct stat a, b;

	/* rename(2) of two names of one inode does nothing and succeeds. */
	if (lstat(old, &a) == 0 && lstat(now, &b) == 0 && a.st_ino == b.st_ino)
		return false;
	if (!succeeds(w, rename(old, now), old))
		return false;
	world_move(w, old, now);
	return true;
}

bool remove_leaf(struct world *w, const char *path)
{
	if (!succeeds(w, unlink(path), path))
		return false;
	world_remove(w, path);
	return true;
}

static bool remove_empty(struct world *w, const char *path)
{
	if (!succeeds(w, rmdir(path), path))
		return false;
	world_remove(w, path);
	return true;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Copies of all paths below, sorted; the caller frees each and the list. */
static char **list_below(const struct world *w, const char *directory, size_t *nr)
{
	char **paths = calloc(w->nr + 1, sizeof(*paths));

	*nr = 0;
	for (size_t i = 0; paths != NULL && i < w->nr; i++)
		if (world_is_below(w->entries[i].path, directory))
			paths[(*nr)++] = strdup(w->entries[i].path);
	if (paths != NULL)
		qsort(paths, *nr, sizeof(*paths), compare_strings);
	return paths;
}

/* Stops where an entry resists. */
void remove_tree(struct world *w, const char *path)
{
	size_t nr = 0;
	char **paths = list_below(w, path, &nr);
	bool good = paths != NULL;

	while (nr > 0) {
		char *last = paths[--nr];

		if (good)
			good = get_type(last) == S_IFDIR ? remove_empty(w, last)
							 : remove_leaf(w, last);
		free(last);
	}
	free(paths);
	if (good)
		remove_empty(w, path);
}

static bool make_directory(struct world *w, const char *path)
{
	if (!succeeds(w, mkdir(path, 0755), path))
		return false;
	world_add(w, path, S_IFDIR);
	return true;
}

static bool temporary_beside(struct world *w, const char *path, char temporary[PATH_MAX])
{
	char parent[PATH_MAX];

	get_parent(path, parent);
	return new_path_in(w, parent, temporary);
}

bool do_save_by_rename(struct world *w)
{
	char path[PATH_MAX], temporary[PATH_MAX];

	if (!pick(w, WANT_FILE, path) || !temporary_beside(w, path, temporary))
		return false;
	if (!make_file(w, temporary, random_size(w)))
		return false;
	if (chance(w, 70))
		copy_attributes(w, path, temporary);
	return move(w, temporary, path);
}

bool do_save_identical(struct world *w)
{
	char path[PATH_MAX], temporary[PATH_MAX];

	if (!pick(w, WANT_FILE, path) || !temporary_beside(w, path, temporary))
		return false;
	if (!copy_file(w, path, temporary))
		return false;
	if (chance(w, 60))
		copy_attributes(w, path, temporary);
	return move(w, temporary, path);
}

bool do_rename_leaf(struct world *w)
{
	char old[PATH_MAX], now[PATH_MAX];

	if (!pick(w, WANT_LEAF, old))
		return false;
	if (chance(w, 50) ? !temporary_beside(w, old, now) : !new_path(w, now))
		return false;
	return move(w, old, now);
}

bool do_rename_over(struct world *w)
{
	char old[PATH_MAX], now[PATH_MAX];

	return pick(w, WANT_LEAF, old) && pick(w, WANT_LEAF, now) && move(w, old, now);
}

static bool fits(const struct world *w, const char *directory, const char *now)
{
	size_t longest = world_get_longest_below(w, directory);

	return longest - strlen(directory) + strlen(now) < RENAMED_LEN_MAX;
}

static bool may_move_to(const struct world *w, const char *directory, const char *now)
{
	return strcmp(directory, now) != 0 && !world_is_below(now, directory) &&
	       !world_is_below(directory, now) && fits(w, directory, now);
}

bool do_rename_directory(struct world *w)
{
	char old[PATH_MAX], now[PATH_MAX];

	if (!pick(w, WANT_DIRECTORY, old))
		return false;
	if (chance(w, 50) ? !temporary_beside(w, old, now) : !new_path(w, now))
		return false;
	return may_move_to(w, old, now) && move(w, old, now);
}

bool do_rename_over_empty(struct world *w)
{
	char old[PATH_MAX], now[PATH_MAX];

	for (int i = 0; i < 30; i++)
		if (pick(w, WANT_DIRECTORY, old) && pick(w, WANT_DIRECTORY, now) &&
		    world_is_empty(w, now) && may_move_to(w, old, now))
			return move(w, old, now);
	return false;
}

bool do_exchange(struct world *w)
{
	unsigned int want = chance(w, 40) ? WANT_DIRECTORY : WANT_ANY;
	char a[PATH_MAX], b[PATH_MAX];

	if (!pick(w, want, a) || !pick(w, want, b))
		return false;
	if (!may_move_to(w, a, b) || !may_move_to(w, b, a))
		return false;
	if (!succeeds_or_refused(
		    w, renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE), a))
		return false;
	world_exchange(w, a, b);
	return true;
}

/* Puts something at PATH that resembles what moved from there to MOVED. */
static void recreate_leaf(struct world *w, const char *moved, const char *path)
{
	uint64_t style = random_below(w, 4);

	if (style == 0 && get_type(moved) == S_IFREG) {
		if (copy_file(w, moved, path) && chance(w, 50))
			copy_attributes(w, moved, path);
	} else if (style == 1) {
		if (succeeds(w, link(moved, path), path))
			world_add(w, path, get_type(moved));
	} else if (style == 2) {
		make_file(w, path, random_size(w));
	}
}

static void recreate_children(struct world *w, const char *moved, const char *path)
{
	size_t nr = 0;
	char **paths = list_below(w, moved, &nr);
	char again[PATH_MAX];

	for (size_t i = 0; i < nr; i++) {
		if (i < KEPT_MAX && strchr(paths[i] + strlen(moved) + 1, '/') == NULL &&
		    join_path(again, path, paths[i] + strlen(moved) + 1)) {
			if (get_type(paths[i]) != S_IFDIR)
				recreate_leaf(w, paths[i], again);
			else if (chance(w, 50))
				make_directory(w, again);
		}
		free(paths[i]);
	}
	free(paths);
}

bool do_recreate_directory(struct world *w)
{
	char old[PATH_MAX], now[PATH_MAX];

	if (!pick(w, WANT_DIRECTORY, old))
		return false;
	if (chance(w, 70) ? !temporary_beside(w, old, now) : !new_path(w, now))
		return false;
	if (!may_move_to(w, old, now) || !move(w, old, now) || !make_directory(w, old))
		return false;
	recreate_children(w, now, old);
	if (chance(w, 30))
		copy_attributes(w, now, old);
	return true;
}

bool do_link(struct world *w)
{
	char old[PATH_MAX], now[PATH_MAX];

	if (!(chance(w, 25) && pick_linked(w, old)) && !pick(w, WANT_LEAF, old))
		return false;
	if (!new_path(w, now) || !succeeds(w, link(old, now), now))
		return false;
	world_add(w, now, get_type(now));
	return true;
}

bool do_unlink_linked(struct world *w)
{
	char path[PATH_MAX];

	return pick_linked(w, path) && remove_leaf(w, path);
}

bool do_rename_linked(struct world *w)
{
	char old[PATH_MAX], now[PATH_MAX];

	return pick_linked(w, old) && new_path(w, now) && move(w, old, now);
}

static bool make_symlink(struct world *w, const char *path)
{
	/* Up to 59 bytes stay in the inode. */
	size_t len = chance(w, 50) ? random_between(w, 1, 59) : random_between(w, 60, 900);
	char target[1000];

	for (size_t i = 0; i < len; i++)
		target[i] = (char)(i % 20 == 19 ? '/' : 'a' + random_below(w, 26));
	target[len] = '\0';
	if (!succeeds(w, symlink(target, path), path))
		return false;
	world_add(w, path, S_IFLNK);
	return true;
}

bool do_symlink(struct world *w)
{
	char path[PATH_MAX];

	return new_path(w, path) && make_symlink(w, path);
}

bool do_retarget(struct world *w)
{
	char path[PATH_MAX], temporary[PATH_MAX];

	if (!pick(w, WANT_SYMLINK, path))
		return false;
	if (chance(w, 50))
		return remove_leaf(w, path) && make_symlink(w, path);
	return temporary_beside(w, path, temporary) && make_symlink(w, temporary) &&
	       move(w, temporary, path);
}

static bool make_special(struct world *w, const char *path)
{
	static const mode_t types[] = {S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK};
	mode_t type = types[random_below(w, 4)];
	/* Small numbers have the old encoding, large ones the new (fs/ext4/inode.c). */
	dev_t rdev = chance(w, 50) ? makedev(random_below(w, 250), random_below(w, 250))
				   : makedev(random_below(w, 4000), random_below(w, 1000000));

	if (type != S_IFCHR && type != S_IFBLK)
		rdev = 0;
	if (!succeeds(w, mknod(path, type | 0600, rdev), path))
		return false;
	world_add(w, path, type);
	return true;
}

bool do_make_special(struct world *w)
{
	char path[PATH_MAX];

	if (chance(w, 40) && pick(w, WANT_SPECIAL, path))
		return remove_leaf(w, path) && make_special(w, path);
	return new_path(w, path) && make_special(w, path);
}

bool do_unlink(struct world *w)
{
	char path[PATH_MAX];

	return pick(w, WANT_LEAF, path) && remove_leaf(w, path);
}

bool do_make_directory(struct world *w)
{
	char path[PATH_MAX];

	return new_path(w, path) && make_directory(w, path);
}

bool do_remove_directory(struct world *w)
{
	char path[PATH_MAX];

	for (int i = 0; i < 30; i++)
		if (pick(w, WANT_DIRECTORY, path) && world_is_empty(w, path))
			return remove_empty(w, path);
	return false;
}

/* Not a large part of everything, or little would be left to work on. */
static bool pick_small_tree(struct world *w, char path[PATH_MAX])
{
	for (int i = 0; i < 10; i++) {
		size_t nr = 0;

		if (!pick(w, WANT_DIRECTORY, path))
			return false;
		for (size_t j = 0; j < w->nr; j++)
			nr += world_is_below(w->entries[j].path, path);
		if (nr < 20 || nr < w->nr / 8)
			return true;
	}
	return false;
}

bool do_remove_tree(struct world *w)
{
	char path[PATH_MAX];

	if (!pick_small_tree(w, path))
		return false;
	remove_tree(w, path);
	return true;
}

bool do_file_to_directory(struct world *w)
{
	char path[PATH_MAX], child[PATH_MAX];

	if (!pick(w, WANT_LEAF, path) || !remove_leaf(w, path) || !make_directory(w, path))
		return false;
	if (chance(w, 60) && new_path_in(w, path, child))
		make_file(w, child, random_size(w));
	return true;
}

bool do_directory_to_file(struct world *w)
{
	char path[PATH_MAX], now[PATH_MAX];

	if (!pick_small_tree(w, path))
		return false;
	if (chance(w, 40) && new_path(w, now) && may_move_to(w, path, now))
		move(w, path, now);
	else
		remove_tree(w, path);
	if (get_type(path) != 0)
		return true;
	return chance(w, 70) ? make_file(w, path, random_size(w)) : make_symlink(w, path);
}

/* As logs are rotated: each file takes the name of the next one. */
bool do_rotate(struct world *w)
{
	char first[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
	uint64_t nr = random_between(w, 1, 4);

	if (!pick(w, WANT_FILE, first) || !temporary_beside(w, first, to))
		return false;
	for (uint64_t i = 0; i < nr; i++) {
		if (!pick(w, WANT_FILE, from) || strcmp(from, first) == 0 || !move(w, from, to))
			break;
		strcpy(to, from);
	}
	if (!move(w, first, to))
		return true;
	return make_file(w, first, random_size(w));
}

bool do_whiteout(struct world *w)
{
	char old[PATH_MAX], now[PATH_MAX];

	if (!pick(w, WANT_FILE, old) || !new_path(w, now))
		return false;
	if (!succeeds_or_refused(w, renameat2(AT_FDCWD, old, AT_FDCWD, now, RENAME_WHITEOUT), old))
		return false;
	world_move(w, old, now);
	world_add(w, old, S_IFCHR);
	return true;
}

/* Often into the same inode number, with another generation. */
bool do_recreate_file(struct world *w)
{
	char path[PATH_MAX];

	if (!pick(w, WANT_LEAF, path) || !remove_leaf(w, path))
		return false;
	return make_file(w, path, random_size(w));
}

/* mv a/x b/x for every child, and then perhaps without a. */
bool do_move_children(struct world *w)
{
	char from[PATH_MAX], to[PATH_MAX], now[PATH_MAX];
	size_t nr = 0;
	char **paths;

	if (!pick_small_tree(w, from))
		return false;
	if (chance(w, 60) ? !temporary_beside(w, from, to) || !make_directory(w, to)
			  : !pick(w, WANT_DIRECTORY, to))
		return false;
	if (!may_move_to(w, from, to))
		return false;
	paths = list_below(w, from, &nr);
	for (size_t i = 0; i < nr; i++) {
		const char *name = paths[i] + strlen(from) + 1;

		if (strchr(name, '/') == NULL && join_path(now, to, name) &&
		    get_type(now) == 0 && fits(w, paths[i], now))
			move(w, paths[i], now);
		free(paths[i]);
	}
	free(paths);
	if (chance(w, 50) && world_is_empty(w, from))
		remove_empty(w, from);
	return true;
}

bool do_delete_many(struct world *w)
{
	unsigned int percent = chance(w, 30) ? 100 : 50;
	char path[PATH_MAX], parent[PATH_MAX];
	size_t nr = 0;
	char **paths;

	if (!pick(w, WANT_FILE, path))
		return false;
	get_parent(path, parent);
	if (strcmp(parent, ".") == 0)
		return false;
	paths = list_below(w, parent, &nr);
	for (size_t i = 0; i < nr; i++) {
		if (chance(w, percent) && strchr(paths[i] + strlen(parent) + 1, '/') == NULL &&
		    get_type(paths[i]) == S_IFREG)
			remove_leaf(w, paths[i]);
		free(paths[i]);
	}
	free(paths);
	return true;
}

/* What comes and goes between the two states must leave nothing but a directory's time. */
bool do_create_and_delete(struct world *w)
{
	char path[PATH_MAX];

	return new_path(w, path) && make_file(w, path, random_size(w)) && remove_leaf(w, path);
}
