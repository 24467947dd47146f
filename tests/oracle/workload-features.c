/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Workload operations that take a feature of the filesystem. */
#define _GNU_SOURCE
#include "workload.h"

#include <ctype.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* No more regard to case in an empty directory, or regard to it again. */
bool do_fold(struct world *w)
{
	char path[PATH_MAX];
	int flags, fd;

	do {
		if (!pick(w, WANT_DIRECTORY, path))
			return false;
	} while (!world_is_empty(w, path) && chance(w, 95));
	fd = open_file(w, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return false;
	if (succeeds(w, ioctl(fd, FS_IOC_GETFLAGS, &flags), path)) {
		flags ^= FS_CASEFOLD_FL;
		succeeds(w, ioctl(fd, FS_IOC_SETFLAGS, &flags), path);
	}
	close(fd);
	return true;
}

static bool switch_case(char *name)
{
	bool has_letters = false;

	for (; *name != '\0'; name++) {
		if (isalpha((unsigned char)*name)) {
			*name ^= 0x20;
			has_letters = true;
		}
	}
	return has_letters;
}

/* By way of another name: where both are one the kernel renames nothing. */
bool do_rename_case(struct world *w)
{
	char old[PATH_MAX], now[PATH_MAX], parent[PATH_MAX], between[PATH_MAX];
	char *slash;

	if (!pick(w, WANT_ANY, old))
		return false;
	strcpy(now, old);
	slash = strrchr(now, '/');
	if (!switch_case(slash != NULL ? slash + 1 : now))
		return false;
	if (chance(w, 20))
		return move(w, old, now);
	get_parent(old, parent);
	return new_path_in(w, parent, between) && move(w, old, between) &&
	       move(w, between, now);
}

/* A file and another, whose name differs in case only, in its place. */
bool do_replace_case(struct world *w)
{
	char path[PATH_MAX];
	char *slash;

	if (!pick(w, WANT_FILE, path) || !remove_leaf(w, path))
		return false;
	slash = strrchr(path, '/');
	switch_case(slash != NULL ? slash + 1 : path);
	return make_file(w, path, random_size(w));
}
