/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Workload operations on the bytes of files. */
#define _GNU_SOURCE
#include "workload.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define KIB 1024u
#define MIB (1024u * KIB)
#define BUFFER_BYTES (64u * KIB)
#define EXTENTS_FLAG 0x80000 /* FS_EXTENT_FL */

/* fs/ext4/ext4.h */
struct move_extent {
	uint32_t reserved;
	uint32_t donor_fd;
	uint64_t orig_start;
	uint64_t donor_start;
	uint64_t len;
	uint64_t moved_len;
};
#define MOVE_EXTENTS _IOWR('f', 15, struct move_extent)

size_t random_size(struct world *w)
{
	uint64_t style = random_below(w, 100);

	if (style < 12)
		return 0;
	if (style < 50)
		return random_between(w, 1, 600);
	if (style < 90)
		return random_between(w, 601, 48 * KIB);
	if (style < 98)
		return random_between(w, 48 * KIB, 300 * KIB);
	return random_between(w, 300 * KIB, 2 * MIB);
}

int open_file(struct world *w, const char *path, int flags)
{
	int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0644);

	return succeeds(w, fd, path) ? fd : -1;
}

bool write_bytes(struct world *w, int fd, const char *path, off_t offset_bytes, size_t len)
{
	static uint8_t buffer[BUFFER_BYTES];

	while (len > 0) {
		size_t part = len < sizeof(buffer) ? len : sizeof(buffer);
		ssize_t n;

		random_fill(w, buffer, part);
		n = pwrite(fd, buffer, part, offset_bytes);
		if (n < 0)
			return succeeds(w, -1, path);
		if (n == 0)
			return false;
		offset_bytes += n;
		len -= (size_t)n;
	}
	return true;
}

bool make_file(struct world *w, const char *path, size_t len)
{
	int fd = open_file(w, path, O_WRONLY | O_CREAT | O_EXCL);

	if (fd < 0)
		return false;
	world_add(w, path, S_IFREG);
	write_bytes(w, fd, path, 0, len);
	close(fd);
	return true;
}

static bool copy_bytes(struct world *w, int in, int out, const char *path)
{
	static uint8_t buffer[BUFFER_BYTES];
	ssize_t len;

	while ((len = read(in, buffer, sizeof(buffer))) > 0) {
		ssize_t done = write(out, buffer, (size_t)len);

		if (done < 0)
			return succeeds(w, -1, path);
		if (done != len)
			return false;
	}
	return len == 0;
}

/* Makes TO, which must not exist. */
bool copy_file(struct world *w, const char *from, const char *to)
{
	bool good;
	int in = open_file(w, from, O_RDONLY);
	int out = in < 0 ? -1 : open_file(w, to, O_WRONLY | O_CREAT | O_EXCL);

	if (in < 0)
		return false;
	if (out < 0) {
		close(in);
		return false;
	}
	world_add(w, to, S_IFREG);
	good = copy_bytes(w, in, out, to);
	close(in);
	close(out);
	return good;
}

/* Mode, owner and mtime; not the extended attributes. */
bool copy_attributes(struct world *w, const char *from, const char *to)
{
	struct timespec times[2];
	struct stat st;

	if (!succeeds(w, lstat(from, &st), from))
		return false;
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	return succeeds(w, lchown(to, st.st_uid, st.st_gid), to) &&
	       succeeds(w, chmod(to, st.st_mode & 07777), to) &&
	       succeeds(w, utimensat(AT_FDCWD, to, times, AT_SYMLINK_NOFOLLOW), to);
}

static bool create_unnamed(struct world *w, const char *path)
{
	char parent[PATH_MAX], self[64];
	int fd;

	get_parent(path, parent);
	fd = open(parent, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0640);
	if (!succeeds(w, fd, parent))
		return false;
	write_bytes(w, fd, path, 0, random_size(w));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (succeeds(w, linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW), path))
		world_add(w, path, S_IFREG);
	close(fd);
	return true;
}

bool do_create(struct world *w)
{
	char path[PATH_MAX];

	if (!new_path(w, path))
		return false;
	if (chance(w, 8))
		return create_unnamed(w, path);
	return make_file(w, path, random_size(w));
}

bool do_create_sparse(struct world *w)
{
	uint64_t most = w->far && chance(w, 50) ? 6ull * KIB * MIB : 4 * MIB;
	char path[PATH_MAX];
	int fd;

	if (!new_path(w, path))
		return false;
	fd = open_file(w, path, O_WRONLY | O_CREAT | O_EXCL);
	if (fd < 0)
		return false;
	world_add(w, path, S_IFREG);
	for (uint64_t i = random_below(w, 4); i > 0; i--)
		write_bytes(w, fd, path, (off_t)random_below(w, most),
			    random_between(w, 1, 9 * KIB));
	if (chance(w, 50))
		succeeds(w, ftruncate(fd, (off_t)random_below(w, most)), path);
	close(fd);
	return true;
}

/* Enough entries that an indexed directory splits. */
bool do_create_many(struct world *w)
{
	char parent[PATH_MAX], path[PATH_MAX], name[NAME_ROOM];
	uint64_t nr = chance(w, 20) ? random_between(w, 300, 2000) : random_between(w, 20, 200);
	uint64_t first = random_below(w, 1000000);
	int width = (int)random_between(w, 6, chance(w, 20) ? 120 : 30);

	pick_parent(w, parent);
	for (uint64_t i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "m%0*llu", width, (unsigned long long)(first + i));
		if (!join_path(path, parent, name))
			return false;
		if (!make_file(w, path, i % 16 == 0 ? random_below(w, 100) : 0))
			return true;
	}
	return true;
}

static off_t random_offset(struct world *w, off_t size_bytes)
{
	off_t offset_bytes = (off_t)random_below(w, (uint64_t)size_bytes + 1);

	return chance(w, 40) ? offset_bytes & ~(off_t)4095 : offset_bytes;
}

/* Opens a random file that is not empty. */
static int open_random(struct world *w, int flags, char path[PATH_MAX], struct stat *st)
{
	int fd = pick_nonempty(w, path) ? open_file(w, path, flags) : -1;

	if (fd >= 0 && !succeeds(w, fstat(fd, st), path)) {
		close(fd);
		return -1;
	}
	return fd;
}

static size_t limit_len(off_t left, size_t len)
{
	return left < (off_t)len ? (size_t)left : len;
}

bool do_overwrite(struct world *w)
{
	char path[PATH_MAX];
	struct stat st;
	int fd = open_random(w, O_WRONLY, path, &st);
	off_t at;

	if (fd < 0)
		return false;
	at = random_offset(w, st.st_size - 1);
	write_bytes(w, fd, path, at, limit_len(st.st_size - at, random_between(w, 1, 24 * KIB)));
	close(fd);
	return true;
}

static bool rewrite_same(struct world *w, bool keep_times)
{
	uint8_t buffer[4 * KIB];
	struct timespec times[2];
	char path[PATH_MAX];
	struct stat st;
	int fd = open_random(w, O_RDWR, path, &st);
	off_t at;
	ssize_t len;

	if (fd < 0)
		return false;
	at = random_offset(w, st.st_size - 1);
	len = pread(fd, buffer, limit_len(st.st_size - at, sizeof(buffer)), at);
	succeeds(w, (int)len, path);
	if (len > 0)
		succeeds(w, (int)pwrite(fd, buffer, (size_t)len, at), path);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (keep_times)
		succeeds(w, futimens(fd, times), path);
	close(fd);
	return true;
}

bool do_rewrite_same(struct world *w)
{
	return rewrite_same(w, false);
}

bool do_rewrite_silent(struct world *w)
{
	return rewrite_same(w, true);
}

bool do_append(struct world *w)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if (!pick(w, WANT_FILE, path))
		return false;
	fd = open_file(w, path, O_WRONLY | O_APPEND);
	if (fd < 0)
		return false;
	if (succeeds(w, fstat(fd, &st), path) && st.st_size < (off_t)(8 * MIB))
		write_bytes(w, fd, path, st.st_size,
			    chance(w, 80) ? random_between(w, 1, 5 * KIB) : random_size(w));
	close(fd);
	return true;
}

bool do_truncate(struct world *w)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;
	off_t size_bytes;

	if (!pick(w, WANT_FILE, path))
		return false;
	fd = open_file(w, path, O_WRONLY);
	if (fd < 0)
		return false;
	if (succeeds(w, fstat(fd, &st), path)) {
		size_bytes = chance(w, 20) ? 0 : random_offset(w, st.st_size);
		if (chance(w, 30))
			size_bytes = st.st_size + (off_t)random_below(w, 100 * KIB);
		succeeds(w, ftruncate(fd, size_bytes), path);
	}
	close(fd);
	return true;
}

/* A page in a hole of a full filesystem would be a signal, so there must be room. */
static bool has_room(void)
{
	struct statvfs vfs;

	return statvfs(".", &vfs) == 0 && (uint64_t)vfs.f_bavail * vfs.f_frsize > 2 * MIB;
}

bool do_write_mapped(struct world *w)
{
	char path[PATH_MAX];
	struct stat st;
	uint8_t *map;
	int fd = has_room() ? open_random(w, O_RDWR, path, &st) : -1;
	size_t len, at;

	if (fd < 0)
		return false;
	len = limit_len(st.st_size, 1 * MIB);
	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die(w, path);
	at = random_below(w, len);
	random_fill(w, map + at, limit_len((off_t)(len - at), random_between(w, 1, 6 * KIB)));
	if (chance(w, 30))
		succeeds(w, msync(map, len, MS_SYNC), path);
	munmap(map, len);
	close(fd);
	return true;
}

static bool change_range(struct world *w, int mode, bool whole_blocks)
{
	char path[PATH_MAX];
	struct stat st;
	int fd = open_random(w, O_RDWR, path, &st);
	off_t at, len;

	if (fd < 0)
		return false;
	at = random_offset(w, st.st_size + (off_t)(16 * KIB));
	len = (off_t)random_between(w, 1, 64 * KIB);
	if (whole_blocks) {
		at = at / st.st_blksize * st.st_blksize;
		len = (len / st.st_blksize + 1) * st.st_blksize;
	}
	succeeds_or_refused(w, fallocate(fd, mode, at, len), path);
	close(fd);
	return true;
}

bool do_punch_hole(struct world *w)
{
	return change_range(w, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, chance(w, 50));
}

bool do_allocate(struct world *w)
{
	return change_range(w, chance(w, 50) ? FALLOC_FL_KEEP_SIZE : 0, false);
}

bool do_zero_range(struct world *w)
{
	return change_range(w, FALLOC_FL_ZERO_RANGE | (chance(w, 50) ? FALLOC_FL_KEEP_SIZE : 0),
			    false);
}

bool do_shift_range(struct world *w)
{
	return change_range(w, chance(w, 50) ? FALLOC_FL_COLLAPSE_RANGE : FALLOC_FL_INSERT_RANGE,
			    true);
}

bool do_write_keep_mtime(struct world *w)
{
	struct timespec times[2];
	char path[PATH_MAX];
	struct stat st;
	int fd = open_random(w, O_WRONLY, path, &st);
	off_t at;

	if (fd < 0)
		return false;
	at = random_offset(w, st.st_size - 1);
	write_bytes(w, fd, path, at, limit_len(st.st_size - at, random_between(w, 1, 9 * KIB)));
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	succeeds(w, futimens(fd, times), path);
	close(fd);
	return true;
}

/* As cp does over an existing file: the same inode with another's bytes. */
bool do_copy_over(struct world *w)
{
	char from[PATH_MAX], to[PATH_MAX];
	int in, out;

	if (!pick(w, WANT_FILE, from) || !pick(w, WANT_FILE, to))
		return false;
	in = open_file(w, from, O_RDONLY);
	out = in < 0 ? -1 : open_file(w, to, O_WRONLY | O_TRUNC);
	if (out >= 0) {
		struct stat a, b;

		if (fstat(in, &a) == 0 && fstat(out, &b) == 0 && a.st_ino != b.st_ino)
			copy_bytes(w, in, out, to);
		close(out);
	}
	if (in >= 0)
		close(in);
	return out >= 0;
}

static void move_extents(struct world *w, int fd, const char *path, const struct stat *st)
{
	struct move_extent request = {0};
	uint64_t nr_blocks = ((uint64_t)st->st_size + (uint64_t)st->st_blksize - 1) /
			     (uint64_t)st->st_blksize;
	int donor = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (!succeeds(w, donor, "."))
		return;
	request.donor_fd = (uint32_t)donor;
	request.len = nr_blocks;
	if (fallocate(donor, 0, 0, (off_t)nr_blocks * st->st_blksize) == 0)
		succeeds_or_refused(w, ioctl(fd, MOVE_EXTENTS, &request), path);
	close(donor);
}

/* As e4defrag does: other blocks, the same bytes. */
bool do_defragment(struct world *w)
{
	char path[PATH_MAX];
	struct stat st;
	int fd = open_random(w, O_RDWR, path, &st);

	if (fd < 0)
		return false;
	if (st.st_size <= (off_t)(4 * MIB))
		move_extents(w, fd, path, &st);
	close(fd);
	return true;
}

/* Between extents and block maps: the same bytes in the same blocks. */
bool do_migrate(struct world *w)
{
	char path[PATH_MAX];
	struct stat st;
	int fd = open_random(w, O_RDWR, path, &st);
	int flags = 0;

	if (fd < 0)
		return false;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
		flags ^= EXTENTS_FLAG;
		succeeds_or_refused(w, ioctl(fd, FS_IOC_SETFLAGS, &flags), path);
	}
	close(fd);
	return true;
}
