/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Workload operations on attributes, and those that only look. */
#define _GNU_SOURCE
#include "workload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ACL_VERSION 2
#define ACL_NO_ID 0xffffffffu
#define LARGE_VALUE_MAX 20000

enum acl_tag {
	ACL_OWNER = 0x01,
	ACL_USER = 0x02,
	ACL_OWNING_GROUP = 0x04,
	ACL_GROUP = 0x08,
	ACL_MASK = 0x10,
	ACL_OTHER = 0x20,
};

struct acl {
	uint8_t bytes[4 + 16 * 8];
	size_t len;
};

bool do_chmod(struct world *w)
{
	char path[PATH_MAX];

	if (!pick(w, WANT_FILE | WANT_SPECIAL | WANT_DIRECTORY, path))
		return false;
	succeeds(w, chmod(path, (mode_t)random_below(w, 010000)), path);
	return true;
}

bool do_chown(struct world *w)
{
	uint64_t most = chance(w, 50) ? 2000 : 200000;
	char path[PATH_MAX];

	if (!pick(w, WANT_ANY, path))
		return false;
	succeeds(w, lchown(path, (uid_t)random_below(w, most), (gid_t)random_below(w, most)),
		 path);
	return true;
}

/* Within 32 signed bits, so that every inode size holds it. */
static void set_random_mtime(struct world *w, const char *path)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};

	times[1].tv_sec = (time_t)random_below(w, 2000000000);
	times[1].tv_nsec = chance(w, 70) ? (long)random_below(w, 1000000000) : 0;
	if (chance(w, 10))
		times[1].tv_sec = -times[1].tv_sec;
	succeeds(w, utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), path);
}

/* The same second, another fraction. */
static void nudge_mtime(struct world *w, const char *path)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
	struct stat st;

	if (!succeeds(w, lstat(path, &st), path))
		return;
	times[1].tv_sec = st.st_mtim.tv_sec;
	times[1].tv_nsec = (st.st_mtim.tv_nsec + 1) % 1000000000;
	succeeds(w, utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), path);
}

bool do_set_times(struct world *w)
{
	char path[PATH_MAX];

	if (!pick(w, WANT_ANY, path))
		return false;
	if (chance(w, 25))
		nudge_mtime(w, path);
	else
		set_random_mtime(w, path);
	return true;
}

static void random_xattr_name(struct world *w, const char *path, char name[NAME_ROOM])
{
	static const char *const spaces[] = {"trusted", "security", "user"};
	struct stat st;
	bool user_too = lstat(path, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));

	snprintf(name, NAME_ROOM, "%s.lscow%llu", spaces[random_below(w, user_too ? 3 : 2)],
		 (unsigned long long)random_below(w, 4));
}

static void set_xattr(struct world *w, const char *path, size_t len)
{
	static uint8_t value[LARGE_VALUE_MAX];
	char name[NAME_ROOM];

	random_xattr_name(w, path, name);
	/* Values that repeat let files share an attribute block. */
	if (chance(w, 40))
		memset(value, 'v', len);
	else
		random_fill(w, value, len);
	succeeds_or_refused(w, lsetxattr(path, name, value, len, 0), path);
}

bool do_set_xattr(struct world *w)
{
	char path[PATH_MAX];

	if (!pick(w, WANT_ANY, path))
		return false;
	set_xattr(w, path, random_below(w, 60));
	return true;
}

bool do_set_large_xattr(struct world *w)
{
	char path[PATH_MAX];

	if (!pick(w, WANT_ANY, path))
		return false;
	set_xattr(w, path, chance(w, 90) ? random_between(w, 200, 3500)
					 : random_between(w, 3500, LARGE_VALUE_MAX));
	return true;
}

bool do_remove_xattr(struct world *w)
{
	char path[PATH_MAX], names[4096];

	for (int i = 0; i < 50; i++) {
		ssize_t len;

		if (!pick(w, WANT_ANY, path))
			return false;
		len = llistxattr(path, names, sizeof(names));
		if (len <= 0)
			continue;
		succeeds(w, lremovexattr(path, names), path);
		return true;
	}
	return false;
}

static void acl_add(struct acl *acl, enum acl_tag tag, unsigned int permissions, uint32_t id)
{
	uint8_t *p = acl->bytes + acl->len;

	p[0] = (uint8_t)tag;
	p[1] = 0;
	p[2] = (uint8_t)permissions;
	p[3] = 0;
	for (size_t i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(id >> 8 * i);
	acl->len += 8;
}

/* include/uapi/linux/posix_acl_xattr.h: a version, then entries sorted by tag and id. */
static void random_acl(struct world *w, struct acl *acl)
{
	uint64_t users = random_between(w, 1, 5), groups = random_below(w, 5);

	memset(acl, 0, sizeof(*acl));
	acl->bytes[0] = ACL_VERSION;
	acl->len = 4;
	acl_add(acl, ACL_OWNER, 7, ACL_NO_ID);
	for (uint64_t i = 0; i < users; i++)
		acl_add(acl, ACL_USER, (unsigned int)random_below(w, 8), (uint32_t)(1000 + i));
	acl_add(acl, ACL_OWNING_GROUP, (unsigned int)random_below(w, 8), ACL_NO_ID);
	for (uint64_t i = 0; i < groups; i++)
		acl_add(acl, ACL_GROUP, (unsigned int)random_below(w, 8), (uint32_t)(2000 + i));
	acl_add(acl, ACL_MASK, (unsigned int)random_below(w, 8), ACL_NO_ID);
	acl_add(acl, ACL_OTHER, (unsigned int)random_below(w, 8), ACL_NO_ID);
}

static bool set_acl(struct world *w, unsigned int want, const char *name)
{
	char path[PATH_MAX];
	struct acl acl;

	if (!pick(w, want, path))
		return false;
	random_acl(w, &acl);
	succeeds(w, lsetxattr(path, name, acl.bytes, acl.len, 0), path);
	return true;
}

bool do_set_acl(struct world *w)
{
	return set_acl(w, WANT_FILE | WANT_DIRECTORY, "system.posix_acl_access");
}

bool do_set_default_acl(struct world *w)
{
	return set_acl(w, WANT_DIRECTORY, "system.posix_acl_default");
}

static bool toggle_flag(struct world *w, const char *path, int flag)
{
	int fd = open_file(w, path, O_RDONLY | O_NONBLOCK);
	int flags = 0;

	if (fd < 0)
		return false;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
		flags ^= flag;
		succeeds_or_refused(w, ioctl(fd, FS_IOC_SETFLAGS, &flags), path);
	}
	close(fd);
	return true;
}

bool do_set_flags(struct world *w)
{
	static const int file_flags[] = {FS_NODUMP_FL, FS_NOATIME_FL, FS_SECRM_FL,
					 FS_UNRM_FL,   FS_SYNC_FL,    FS_JOURNAL_DATA_FL};
	/* Not NOATIME: special files inherit it, and no call tells it of them. */
	static const int directory_flags[] = {FS_NODUMP_FL, FS_TOPDIR_FL, FS_UNRM_FL,
					      FS_DIRSYNC_FL};
	char path[PATH_MAX];

	if (chance(w, 60))
		return pick(w, WANT_FILE, path) &&
		       toggle_flag(w, path, file_flags[random_below(w, 6)]);
	return pick(w, WANT_DIRECTORY, path) &&
	       toggle_flag(w, path, directory_flags[random_below(w, 4)]);
}

/* Later operations that meet the flag clear it again. */
bool do_lock(struct world *w)
{
	int flag = chance(w, 50) ? FS_IMMUTABLE_FL : FS_APPEND_FL;
	char path[PATH_MAX];

	return pick(w, WANT_FILE | WANT_DIRECTORY, path) && toggle_flag(w, path, flag);
}

/* As chattr -v does; where checksums cover the generation the kernel refuses. */
bool do_set_generation(struct world *w)
{
	long generation = (long)random_below(w, 1u << 31);
	char path[PATH_MAX];
	int fd = pick(w, WANT_FILE, path) ? open_file(w, path, O_RDONLY) : -1;

	if (fd < 0)
		return false;
	succeeds_or_refused(w, ioctl(fd, FS_IOC_SETVERSION, &generation), path);
	close(fd);
	return true;
}

bool do_touch_atime(struct world *w)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_OMIT}};
	char path[PATH_MAX];

	if (!pick(w, WANT_ANY, path))
		return false;
	succeeds(w, utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), path);
	return true;
}

bool do_read(struct world *w)
{
	static char buffer[65536];
	char path[PATH_MAX];
	int fd;

	if (!pick(w, WANT_FILE | WANT_SYMLINK, path))
		return false;
	if (readlink(path, buffer, sizeof(buffer)) > 0)
		return true;
	fd = open_file(w, path, O_RDONLY);
	if (fd < 0)
		return false;
	if (read(fd, buffer, sizeof(buffer)) < 0)
		die(w, path);
	close(fd);
	return true;
}

bool do_list(struct world *w)
{
	char path[PATH_MAX];
	DIR *dir;

	pick_parent(w, path);
	dir = opendir(path);
	if (dir == NULL)
		die(w, path);
	while (readdir(dir) != NULL)
		;
	closedir(dir);
	return true;
}

/* Sets what is set already: only the ctime moves. */
bool do_same_attributes(struct world *w)
{
	char path[PATH_MAX];

	return pick(w, WANT_FILE | WANT_DIRECTORY, path) && copy_attributes(w, path, path);
}

bool do_change_root(struct world *w)
{
	switch (random_below(w, 4)) {
	case 0:
		succeeds(w, chmod(".", (mode_t)(0700 | random_below(w, 0100))), ".");
		return true;
	case 1:
		set_random_mtime(w, ".");
		return true;
	case 2:
		set_xattr(w, ".", random_below(w, 100));
		return true;
	default:
		succeeds(w, chown(".", (uid_t)random_below(w, 100), 0), ".");
		return true;
	}
}
