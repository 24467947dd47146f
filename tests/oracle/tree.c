/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Walks a mounted ext2/3/4 tree and records everything that a change could alter. */
#define _GNU_SOURCE
#include "tree.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define HASH_UNIT 4096u
#define READ_BYTES (1u << 20)
#define XATTR_ROOM 65536u

#define USER_VISIBLE_FLAGS                                                                         \
	(FS_SECRM_FL | FS_UNRM_FL | FS_SYNC_FL | FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL |   \
	 FS_NOATIME_FL | FS_JOURNAL_DATA_FL | FS_NOTAIL_FL | FS_DIRSYNC_FL | FS_TOPDIR_FL |        \
	 FS_PROJINHERIT_FL | FS_CASEFOLD_FL | FS_ENCRYPT_FL)

struct walk {
	struct tree *tree;
	uint8_t *buffer; /* READ_BYTES */
	char *xattr_names;
	char *xattr_value;
};

static void digest_words(struct digest *d, uint64_t word)
{
	d->a = (d->a ^ word) * 0x9fb21c651e98df25u;
	d->a = (d->a << 29 | d->a >> 35) + d->b;
	d->b = (d->b + word) * 0xd6e8feb86659fd93u;
	d->b ^= d->b >> 32 ^ d->a << 7;
}

static void digest_add(struct digest *d, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t word;

	digest_words(d, len);
	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		digest_words(d, word);
	}
	if (len > 0) {
		word = 0;
		memcpy(&word, p, len);
		digest_words(d, word);
	}
}

static bool digest_equals(const struct digest *a, const struct digest *b)
{
	return a->a == b->a && a->b == b->b;
}

int identity_compare(const struct identity *a, const struct identity *b)
{
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->generation != b->generation)
		return a->generation < b->generation ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return 0;
}

bool node_content_equals(const struct node *a, const struct node *b)
{
	return a->id.type == b->id.type && a->size == b->size && a->rdev == b->rdev &&
	       digest_equals(&a->content, &b->content);
}

bool node_metadata_equals(const struct node *a, const struct node *b)
{
	return a->permissions == b->permissions && a->uid == b->uid && a->gid == b->gid &&
	       a->mtime_sec == b->mtime_sec && a->mtime_nsec == b->mtime_nsec &&
	       a->flags == b->flags && a->project == b->project &&
	       digest_equals(&a->xattrs, &b->xattrs);
}

static void read_identity(struct node *node, int dirfd, const char *name, const struct stat *st)
{
	struct {
		struct file_handle header;
		uint32_t words[32];
	} handle = {.header = {.handle_bytes = sizeof(handle.words)}};
	uint32_t ino, generation;
	int mount_id;

	if (name_to_handle_at(dirfd, name, &handle.header, &mount_id, 0) != 0)
		err(2, "%s: file handle", node->path);
	/* FILEID_INO32_GEN and FILEID_INO32_GEN_PARENT begin alike (include/linux/exportfs.h) */
	if (handle.header.handle_type != 1 && handle.header.handle_type != 2)
		errx(2, "%s: file handle of type %d", node->path, handle.header.handle_type);
	memcpy(&ino, handle.header.f_handle, sizeof(ino));
	memcpy(&generation, handle.header.f_handle + sizeof(ino), sizeof(generation));
	if (ino != st->st_ino)
		errx(2, "%s: file handle of another inode", node->path);
	node->id.ino = ino;
	node->id.generation = generation;
	node->id.type = st->st_mode & S_IFMT;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void digest_xattr(struct walk *walk, struct node *node, const char *file, const char *name)
{
	ssize_t len = lgetxattr(file, name, walk->xattr_value, XATTR_ROOM);

	if (len < 0)
		err(2, "%s: extended attribute %s", node->path, name);
	digest_add(&node->xattrs, name, strlen(name));
	digest_add(&node->xattrs, walk->xattr_value, (size_t)len);
}

static void read_xattrs(struct walk *walk, struct node *node, int dirfd, const char *name)
{
	char file[PATH_MAX];
	char **names;
	size_t nr = 0;
	ssize_t len;

	snprintf(file, sizeof(file), "/proc/self/fd/%d/%s", dirfd, name);
	len = llistxattr(file, walk->xattr_names, XATTR_ROOM);
	if (len < 0 && errno != ENOTSUP)
		err(2, "%s: extended attributes", node->path);
	if (len <= 0)
		return;
	names = calloc((size_t)len, sizeof(*names));
	if (names == NULL)
		err(2, "memory");
	for (char *p = walk->xattr_names; p < walk->xattr_names + len; p += strlen(p) + 1)
		names[nr++] = p;
	qsort(names, nr, sizeof(*names), compare_names);
	for (size_t i = 0; i < nr; i++)
		digest_xattr(walk, node, file, names[i]);
	free(names);
}

static void read_link(struct walk *walk, struct node *node, int dirfd, const char *name)
{
	ssize_t len = readlinkat(dirfd, name, (char *)walk->buffer, READ_BYTES);

	if (len < 0)
		err(2, "%s: link target", node->path);
	digest_add(&node->content, walk->buffer, (size_t)len);
}

static bool is_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* Units of zeros are left out, so that a hole and written zeros give one digest. */
static void digest_units(struct node *node, const uint8_t *p, size_t len, uint64_t offset_bytes)
{
	while (len > 0) {
		size_t unit = len < HASH_UNIT ? len : HASH_UNIT;

		if (!is_zero(p, unit)) {
			digest_words(&node->content, offset_bytes);
			digest_add(&node->content, p, unit);
		}
		p += unit;
		len -= unit;
		offset_bytes += unit;
	}
}

static size_t read_full(struct walk *walk, struct node *node, int fd, off_t offset_bytes,
			size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n =
			pread(fd, walk->buffer + done, len - done, offset_bytes + (off_t)done);

		if (n < 0)
			err(2, "%s: read at %lld", node->path, (long long)offset_bytes);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static void read_data(struct walk *walk, struct node *node, int fd)
{
	off_t end = (off_t)node->size;
	off_t pos = 0;

	while (pos < end) {
		off_t data = lseek(fd, pos, SEEK_DATA);
		size_t len;

		if (data < 0 && errno == ENXIO)
			break;
		if (data < 0)
			err(2, "%s: seek to data", node->path);
		data -= data % HASH_UNIT;
		pos = data > pos ? data : pos;
		len = end - pos < (off_t)READ_BYTES ? (size_t)(end - pos) : READ_BYTES;
		if (read_full(walk, node, fd, pos, len) != len)
			errx(2, "%s: shorter than its size", node->path);
		digest_units(node, walk->buffer, len, (uint64_t)pos);
		pos += (off_t)len;
	}
}

/* Only files and directories can be opened without an effect. */
static void read_flags(struct node *node, int fd)
{
	struct fsxattr attributes;
	int flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0)
		node->flags = (uint32_t)flags & USER_VISIBLE_FLAGS;
	else if (errno != ENOTTY && errno != EOPNOTSUPP)
		err(2, "%s: flags", node->path);
	if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes) == 0)
		node->project = attributes.fsx_projid;
	else if (errno != ENOTTY && errno != EOPNOTSUPP)
		err(2, "%s: project", node->path);
}

/* The flags of a special file or link, as far as statx tells them. */
static void read_special_flags(struct node *node, int dirfd, const char *name)
{
	struct statx stx;

	if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stx) != 0)
		err(2, "%s: statx", node->path);
	if (stx.stx_attributes & STATX_ATTR_NODUMP)
		node->flags |= FS_NODUMP_FL;
	if (stx.stx_attributes & STATX_ATTR_IMMUTABLE)
		node->flags |= FS_IMMUTABLE_FL;
	if (stx.stx_attributes & STATX_ATTR_APPEND)
		node->flags |= FS_APPEND_FL;
}

static void read_stat(struct node *node, const struct stat *st)
{
	node->permissions = st->st_mode & 07777;
	node->uid = st->st_uid;
	node->gid = st->st_gid;
	node->mtime_sec = st->st_mtim.tv_sec;
	node->mtime_nsec = st->st_mtim.tv_nsec;
	if (S_ISREG(st->st_mode))
		node->size = (uint64_t)st->st_size;
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		node->rdev = st->st_rdev;
}

static struct node *tree_append(struct tree *tree)
{
	if (tree->nr == tree->room) {
		tree->room = tree->room > 0 ? 2 * tree->room : 1024;
		tree->nodes = realloc(tree->nodes, tree->room * sizeof(*tree->nodes));
		if (tree->nodes == NULL)
			err(2, "memory");
	}
	memset(&tree->nodes[tree->nr], 0, sizeof(*tree->nodes));
	return &tree->nodes[tree->nr++];
}

static int open_quietly(const struct node *node, int dirfd, const char *name, int flags)
{
	int fd = openat(dirfd, name,
			O_RDONLY | O_NOFOLLOW | O_NOATIME | O_NONBLOCK | O_CLOEXEC | flags);

	if (fd < 0)
		err(2, "%s", node->path);
	return fd;
}

static char *join(const char *directory, const char *name)
{
	char *path = NULL;
	int rc;

	if (strcmp(directory, ".") == 0)
		rc = asprintf(&path, "%s", name);
	else
		rc = asprintf(&path, "%s/%s", directory, name);
	if (rc < 0)
		err(2, "memory");
	return path;
}

static void visit(struct walk *walk, int dirfd, const char *name, char *path,
		  struct identity parent);

static void visit_children(struct walk *walk, int fd, const char *path, struct identity self)
{
	struct dirent *entry;
	DIR *dir = fdopendir(fd);

	if (dir == NULL)
		err(2, "%s", path);
	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		visit(walk, fd, entry->d_name, join(path, entry->d_name), self);
	}
	if (errno != 0)
		err(2, "%s: read directory", path);
	closedir(dir);
}

/* Takes ownership of PATH. */
static void visit(struct walk *walk, int dirfd, const char *name, char *path,
		  struct identity parent)
{
	struct node *node = tree_append(walk->tree);
	struct stat st;
	int fd;

	node->path = path;
	node->parent = parent;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		err(2, "%s", path);
	read_identity(node, dirfd, name, &st);
	read_stat(node, &st);
	read_xattrs(walk, node, dirfd, name);
	if (S_ISLNK(st.st_mode))
		read_link(walk, node, dirfd, name);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		read_special_flags(node, dirfd, name);
		return;
	}
	fd = open_quietly(node, dirfd, name, S_ISDIR(st.st_mode) ? O_DIRECTORY : 0);
	read_flags(node, fd);
	if (S_ISDIR(st.st_mode)) {
		visit_children(walk, fd, path, node->id); /* closes fd, may move NODE */
		return;
	}
	read_data(walk, node, fd);
	close(fd);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->path, ((const struct node *)b)->path);
}

static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void *allocate(size_t len)
{
	void *p = malloc(len);

	if (p == NULL)
		err(2, "memory");
	return p;
}

void tree_load(struct tree *tree, const char *root)
{
	struct walk walk = {
		.tree = tree,
		.buffer = allocate(READ_BYTES),
		.xattr_names = allocate(XATTR_ROOM),
		.xattr_value = allocate(XATTR_ROOM),
	};
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		err(2, "%s", root);
	raise_file_limit();
	memset(tree, 0, sizeof(*tree));
	visit(&walk, fd, ".", join(".", "."), (struct identity){0});
	qsort(tree->nodes, tree->nr, sizeof(*tree->nodes), compare_paths);
	close(fd);
	free(walk.buffer);
	free(walk.xattr_names);
	free(walk.xattr_value);
}

void tree_free(struct tree *tree)
{
	for (size_t i = 0; i < tree->nr; i++)
		free(tree->nodes[i].path);
	free(tree->nodes);
	memset(tree, 0, sizeof(*tree));
}

const struct node *tree_get(const struct tree *tree, const char *path)
{
	struct node key = {.path = (char *)(uintptr_t)path};

	return bsearch(&key, tree->nodes, tree->nr, sizeof(*tree->nodes), compare_paths);
}
