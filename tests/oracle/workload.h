/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What the parts of the workload generator share: the known tree, chance, and the operations. */
#ifndef ORACLE_WORKLOAD_H
#define ORACLE_WORKLOAD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NAME_ROOM (NAME_MAX + 1)

enum want {
	WANT_FILE = 1,
	WANT_DIRECTORY = 2, /* below the root */
	WANT_SYMLINK = 4,
	WANT_SPECIAL = 8,
	WANT_LEAF = WANT_FILE | WANT_SYMLINK | WANT_SPECIAL,
	WANT_ANY = WANT_LEAF | WANT_DIRECTORY,
};

struct entry {
	char *path;
	mode_t type;
};

/* The tree is the current directory; paths are relative to it and the root is not an entry. */
struct world {
	uint64_t seed;
	uint64_t random;
	const char *operation; /* for messages */
	struct entry *entries;
	size_t nr;
	size_t room;
	bool far;   /* very large holes are welcome */
	bool plain; /* names of letters and digits only */
	bool folds; /* there are directories without regard to case */
};

/* Chance. */
uint64_t random_below(struct world *w, uint64_t limit);
uint64_t random_between(struct world *w, uint64_t least, uint64_t most);
bool chance(struct world *w, unsigned int percent);
void random_fill(struct world *w, void *buffer, size_t len);
void random_name(struct world *w, char name[NAME_ROOM]);

/* The known tree. */
void world_load(struct world *w);
void world_free(struct world *w);
void world_add(struct world *w, const char *path, mode_t type);
void world_remove(struct world *w, const char *path);
/* Renames the entry at OLD and everything below it; forgets what was known at NEW. */
void world_move(struct world *w, const char *old, const char *now);
void world_exchange(struct world *w, const char *a, const char *b);
bool world_is_below(const char *path, const char *directory);
size_t world_get_longest_below(const struct world *w, const char *directory);
bool world_is_empty(const struct world *w, const char *directory);

/* Each writes a path into the buffer; false when there is none such. */
bool pick(struct world *w, unsigned int want, char path[PATH_MAX]);
bool pick_linked(struct world *w, char path[PATH_MAX]);
bool pick_nonempty(struct world *w, char path[PATH_MAX]);
void pick_parent(struct world *w, char path[PATH_MAX]);
void get_parent(const char *path, char parent[PATH_MAX]);
/* False when the path would be too long for users; it is written in any case. */
bool join_path(char path[PATH_MAX], const char *parent, const char *name);
bool new_path(struct world *w, char path[PATH_MAX]);
bool new_path_in(struct world *w, const char *parent, char path[PATH_MAX]);

/* True when RC is no failure. False when a user could meet this failure too; ends the program
 * with the operation, the path and the seed when not. */
bool succeeds(struct world *w, int rc, const char *path);
/* The same, where the filesystem may refuse the request as such (EINVAL, EOPNOTSUPP, ...). */
bool succeeds_or_refused(struct world *w, int rc, const char *path);
void die(const struct world *w, const char *path) __attribute__((noreturn));

/* Building blocks that operations share. */
int open_file(struct world *w, const char *path, int flags);
bool write_bytes(struct world *w, int fd, const char *path, off_t offset_bytes, size_t len);
bool make_file(struct world *w, const char *path, size_t len);
bool copy_file(struct world *w, const char *from, const char *to);
bool copy_attributes(struct world *w, const char *from, const char *to);
bool remove_leaf(struct world *w, const char *path);
void remove_tree(struct world *w, const char *path);
bool move(struct world *w, const char *old, const char *now);
size_t random_size(struct world *w);

/* An operation; false when the tree held nothing to do it on. */
typedef bool operation_fn(struct world *w);

operation_fn do_create, do_create_sparse, do_create_many, do_overwrite, do_rewrite_same,
	do_rewrite_silent, do_append, do_truncate, do_write_mapped, do_punch_hole, do_allocate,
	do_zero_range, do_shift_range, do_write_keep_mtime, do_copy_over, do_defragment, do_migrate;

operation_fn do_save_by_rename, do_save_identical, do_rename_leaf, do_rename_over,
	do_rename_directory, do_rename_over_empty, do_exchange, do_recreate_directory, do_link,
	do_unlink_linked, do_rename_linked, do_symlink, do_retarget, do_make_special, do_unlink,
	do_make_directory, do_remove_directory, do_remove_tree, do_file_to_directory,
	do_directory_to_file, do_rotate, do_whiteout, do_recreate_file, do_move_children,
	do_delete_many, do_create_and_delete;

operation_fn do_chmod, do_chown, do_set_times, do_set_xattr, do_set_large_xattr, do_remove_xattr,
	do_set_acl, do_set_default_acl, do_set_flags, do_lock, do_set_generation, do_touch_atime,
	do_read, do_list, do_same_attributes, do_change_root;

operation_fn do_fold, do_rename_case, do_replace_case;

#endif
