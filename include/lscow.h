/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The public interface of liblscow: from changed blocks to changed files. */

#ifndef LSCOW_H
#define LSCOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Conventions. Functions that can fail return 0 or one of the negative codes
 * below and, on failure, fill the caller's struct lscow_error. Functions named
 * _open/_close and _run/_free come in pairs; _close and _free accept NULL.
 * Pointers returned by _get_ functions are borrowed: they live as long as the
 * object they came from. Nothing is ever opened for writing, nothing is
 * printed, and no function calls exit. An object may be used by one thread at
 * a time; separate objects are independent.
 */

enum lscow_code {
	LSCOW_OK = 0,
	LSCOW_E_FAILED = -1,     /* I/O error or out of memory */
	LSCOW_E_USAGE = -2,      /* a request that makes no sense */
	LSCOW_E_UNKNOWABLE = -3, /* the changes cannot be known from this input */
	LSCOW_E_INCOMPLETE = -4, /* a block without an owner, damaged metadata */
};

#define LSCOW_MESSAGE_BYTES 1024

/* One failure: its code and one line that names object, place, found, expected. */
struct lscow_error {
	int code;
	char message[LSCOW_MESSAGE_BYTES];
};

/* A stretch of bytes. Lists of them are sorted, merged and never empty inside. */
struct lscow_range {
	uint64_t offset_bytes;
	uint64_t length_bytes;
};

/* ---- sandbox: to read what others wrote with no more rights than that takes ---- */

struct lscow_sandbox;

/*
 * A program that runs as root and reads filesystems which others may have written
 * can give up, for good and for all of its process, what it does not need for that:
 * it opens an input, an image or a names cache with a sandbox, enters that, and has
 * them read. Nothing of them was looked at until then. The library never does so by
 * itself: without a call of lscow_sandbox_enter() a sandbox has no effect.
 */
int lscow_sandbox_new(struct lscow_sandbox **sandbox, struct lscow_error *err);

/*
 * Enters it, once: from here on any system call but those that read, write and close
 * files that are open, take memory, tell the time, and end the process kills the
 * process with SIGSYS (seccomp(2)), and no privileges can be gained any more. So
 * all that the program needs is to be open, and all threads to be ended. A process
 * that was started before, and is killed with this thread, asks the system what has
 * to be asked later: whether devices are still what they were, and are not in use.
 * Not to be used where the calls of the C library are not its own, as by valgrind.
 * LSCOW_E_FAILED where that process could not be started; that there is no such
 * filter is no failure.
 */
int lscow_sandbox_enter(struct lscow_sandbox *sandbox, struct lscow_error *err);

/*
 * Why nothing was given up, after lscow_sandbox_enter(): the kernel or the build of
 * the library has no seccomp. NULL where the process is in the sandbox. Static storage.
 */
const char *lscow_sandbox_get_problem(const struct lscow_sandbox *sandbox);

/* Frees it, after all that was opened with it is closed. There is no way out of it. */
void lscow_sandbox_free(struct lscow_sandbox *sandbox);

/* ---- input: what is compared ---------------------------------------- */

/*
 * What to compare. Unused members are NULL or 0. Valid combinations:
 *   snapshot                            a snapshot, and its origin as it is now
 *   snapshot + newer                    two snapshots of one origin
 *   origin_path + cow_path              an origin and its exception store
 *   old_path + new_path [+ changes]     two views, compared, or with a feed
 *   cow_path alone                      only the changed ranges of a store
 * changes is "FORMAT:FILE"; lscow_feed_format_name() lists the formats.
 * The strings need to live only during lscow_input_open().
 */
struct lscow_input_spec {
	const char *snapshot; /* vg/lv, a device node, or a device-mapper name or uuid */
	const char *newer;    /* the same */
	const char *origin_path;
	const char *cow_path;
	const char *old_path;
	const char *new_path;
	const char *changes;
	uint64_t offset_bytes; /* where the filesystem begins, in both views; or */
	uint32_t partition;    /* the partition (GPT or MBR) that it is in; 0: neither */
	struct lscow_sandbox *sandbox; /* to be entered before the input is loaded; or NULL */
};

/* What the header and table of an exception store say. */
struct lscow_store_info {
	uint64_t chunk_bytes;
	uint32_t version;
	bool valid;
	uint64_t nr_exceptions;
	uint64_t nr_areas;     /* metadata areas read, the last one not full */
	uint64_t store_bytes;  /* size of the store device */
};

struct lscow_input;

/* Reports how far a step is; total is 0 where it is not known. */
typedef void lscow_progress_fn(void *data, const char *step, uint64_t done,
			       uint64_t total);

/*
 * Opens every device read-only, reads the changed ranges and checks them
 * against the devices. With two views and no feed this compares the views.
 * progress may be NULL. *input is set only on success.
 */
int lscow_input_open(const struct lscow_input_spec *spec,
		     lscow_progress_fn *progress, void *progress_data,
		     struct lscow_input **input, struct lscow_error *err);
void lscow_input_close(struct lscow_input *input);

/*
 * The two halves of lscow_input_open(). The first opens everything and reads nothing
 * of it, but for what thin_delta tells of thin volumes; *input is set only on success.
 * The second reads; the strings of spec need to live until it is done. After a failure
 * of that the input can only be closed.
 */
int lscow_input_prepare(const struct lscow_input_spec *spec, struct lscow_input **input,
			struct lscow_error *err);
int lscow_input_load(struct lscow_input *input, lscow_progress_fn *progress,
		     void *progress_data, struct lscow_error *err);

/* The changed ranges in bytes of the device, sorted and merged. Borrowed. */
const struct lscow_range *
lscow_input_get_ranges(const struct lscow_input *input, size_t *nr_ranges);

/* The store that gave the ranges, or NULL where none did. Borrowed. */
const struct lscow_store_info *
lscow_input_get_store_info(const struct lscow_input *input);

/* Granularity of the ranges in bytes; 0 where the feed has none. */
uint64_t lscow_input_get_chunk_bytes(const struct lscow_input *input);

/* Where the filesystem begins in the device whose ranges the input lists. */
uint64_t lscow_input_get_offset_bytes(const struct lscow_input *input);

/*
 * The kind of input: "store", "origin-store", "compare", "feed", "snapshot",
 * "snapshots". Static storage.
 */
const char *lscow_input_get_form(const struct lscow_input *input);

/*
 * Checks that the snapshots of an input are still what they were when it was
 * opened: LSCOW_E_UNKNOWABLE where one was invalidated, merged, removed or
 * written to, or where the origin was written to and is one of the views.
 * lscow_files_run() does so before it returns; to be called after other use of
 * the ranges. Inputs without snapshots always pass.
 */
int lscow_input_recheck(const struct lscow_input *input, struct lscow_error *err);

/*
 * What the user should know although the input was opened, one line each, such
 * as that a snapshot was itself written to. Borrowed.
 */
const char *const *lscow_input_get_warnings(const struct lscow_input *input,
					    size_t *nr_warnings);

/* Names of the feed formats, index from 0; NULL past the last. */
const char *lscow_feed_format_name(size_t index);

/* ---- files: the changed files --------------------------------------- */

enum lscow_kind {
	LSCOW_ADDED = 'A',
	LSCOW_DELETED = 'D',
	LSCOW_MODIFIED = 'M',
	LSCOW_METADATA = 'm',
	LSCOW_RENAMED = 'R',
	LSCOW_LINKED = 'H',
};

enum lscow_file_type {
	LSCOW_TYPE_UNKNOWN,
	LSCOW_TYPE_FILE,
	LSCOW_TYPE_DIRECTORY,
	LSCOW_TYPE_SYMLINK,
	LSCOW_TYPE_BLOCK,
	LSCOW_TYPE_CHAR,
	LSCOW_TYPE_FIFO,
	LSCOW_TYPE_SOCKET,
};

/* Which of the two states a list of paths is for. */
enum lscow_side {
	LSCOW_SIDE_NEW, /* what to copy to turn the old tree into the new one */
	LSCOW_SIDE_OLD, /* and the reverse */
};

/*
 * One row. Paths are raw bytes relative to the root of the filesystem, without
 * a leading slash; the root is ".". Type, inode and size are those of the new
 * state, for a deleted path of the old one.
 */
struct lscow_change {
	enum lscow_kind kind;
	enum lscow_file_type type;
	const char *path;
	const char *old_path; /* NULL where it is the same or there is none */
	uint64_t ino;
	uint64_t size_bytes;
	bool content_changed;
	bool metadata_changed;
	const struct lscow_range *ranges; /* changed bytes of the file's content */
	size_t nr_ranges;
};

/* One entry of a list for rsync: copy this path, or (missing) remove it. */
struct lscow_transfer {
	const char *path;
	bool missing;
};

struct lscow_names_cache;

struct lscow_files_options {
	bool expand;       /* a row for each descendant of a renamed directory */
	bool want_ranges;  /* fill lscow_change.ranges of modified files */
	bool quick;        /* stop at the first certain change */
	bool want_transfers; /* build the rsync list (implies expand) */
	bool partial;      /* give what is known when something is not */
	enum lscow_side side; /* direction of the rsync list */
	const char *under; /* only rows at or below this path (implies expand); NULL for all */
	const char *only;  /* only these letters; M and m also take renamed and linked files
			      that were modified so; NULL for all */
	lscow_progress_fn *progress; /* may be NULL */
	void *progress_data;
	/*
	 * A file that keeps from run to run where names were found, which saves
	 * the search for them; NULL for none. A process of its own reads and
	 * writes it while lscow_files_run() is at work. What is wrong with it is
	 * a warning, unless it is no regular file (LSCOW_E_USAGE).
	 */
	const char *names_cache;
	uint64_t names_cache_bytes; /* the most that it may grow to, 1 MiB or more;
				       0: 1 GiB */
	/*
	 * The names cache of lscow_names_cache_prepare(), instead of these two; NULL
	 * for none. lscow_files_run() closes it, whether it succeeds or not.
	 */
	struct lscow_names_cache *prepared_names_cache;
};

/* What a block of the filesystem turned out to be. */
enum lscow_block_class {
	LSCOW_BLOCK_UNKNOWN,
	LSCOW_BLOCK_OUTSIDE, /* beyond the end of the filesystem */
	LSCOW_BLOCK_BOOT,
	LSCOW_BLOCK_SUPERBLOCK,
	LSCOW_BLOCK_DESCRIPTORS,
	LSCOW_BLOCK_BLOCK_BITMAP,
	LSCOW_BLOCK_INODE_BITMAP,
	LSCOW_BLOCK_INODE_TABLE,
	LSCOW_BLOCK_JOURNAL,
	LSCOW_BLOCK_HIDDEN, /* data of other inodes without a name */
	LSCOW_BLOCK_DIRECTORY,
	LSCOW_BLOCK_DATA, /* of files and symlinks */
	LSCOW_BLOCK_MAP,  /* extent tree nodes, indirect blocks */
	LSCOW_BLOCK_XATTR,
	LSCOW_BLOCK_FREE,
	LSCOW_BLOCK_SLACK, /* bigalloc: in a cluster that is in use, itself without a use */
	LSCOW_BLOCK_SAME, /* written with the bytes that it had, whoever owns it */
	LSCOW_NR_BLOCK_CLASSES
};

/* A short name for a class, as in the JSON summary. Static storage. */
const char *lscow_block_class_name(enum lscow_block_class class);

/* The filesystem that was compared, as the new state has it. */
struct lscow_filesystem {
	uint8_t uuid[16];
	char label[17]; /* NUL-ended */
	uint32_t block_bytes;
	uint64_t nr_blocks;
	uint32_t inode_bytes;
	uint64_t nr_inodes;
};

/* Counts of one run. Blocks are filesystem blocks. */
/* What was read of the views, and where its time went: for struct lscow_summary. */
enum lscow_read_kind {
	LSCOW_READ_FILESYSTEM, /* superblock and descriptors */
	LSCOW_READ_BITMAP,
	LSCOW_READ_INODE_TABLE,
	LSCOW_READ_DIRECTORY,
	LSCOW_READ_MAP, /* extent trees and indirect blocks */
	LSCOW_READ_XATTR,
	LSCOW_READ_DATA, /* of files, and blocks to compare */
	LSCOW_NR_READ_KINDS,
};

enum lscow_step {
	LSCOW_STEP_OPEN,         /* the views */
	LSCOW_STEP_INODE_TABLES, /* the inodes that differ, and their content */
	LSCOW_STEP_BLOCKS,       /* those that are free or the same */
	LSCOW_STEP_OWNERS,       /* of blocks that are still unexplained */
	LSCOW_STEP_DIRECTORIES,  /* names that came and went */
	LSCOW_STEP_NAMES,        /* all other names, and the rows */
	LSCOW_NR_STEPS,
};

/* Names for --stats, like "inode_table". Static storage. */
const char *lscow_read_kind_name(enum lscow_read_kind kind);
const char *lscow_step_name(enum lscow_step step);

struct lscow_summary {
	bool complete;         /* every changed block has an owner */
	bool changed;          /* the states differ (all that quick tells) */
	uint64_t nr_changes[128]; /* rows, by letter */
	uint64_t nr_blocks[LSCOW_NR_BLOCK_CLASSES];
	uint64_t total_blocks; /* changed blocks, the sum of nr_blocks */
	uint64_t scanned_inodes; /* read by the search for unexplained blocks */
	uint64_t searched_directories; /* read by the search for names */
	uint64_t read_bytes[LSCOW_NR_READ_KINDS]; /* of both views */
	uint64_t step_microseconds[LSCOW_NR_STEPS];
	uint64_t cached_names; /* taken from the names cache */
	uint64_t stale_hints;  /* in the names cache, that proved false */
	uint64_t stored_hints; /* new in the names cache */
	bool names_cache_full; /* and not all could be stored */
};

/*
 * Starts the process that reads and writes a names cache, before a sandbox, or NULL,
 * is entered; limit_bytes is names_cache_bytes of the options. The file is not opened
 * before lscow_files_run(). LSCOW_E_USAGE where it is no regular file. *cache is set
 * only on success.
 */
int lscow_names_cache_prepare(const char *path, uint64_t limit_bytes,
			      struct lscow_sandbox *sandbox,
			      struct lscow_names_cache **cache, struct lscow_error *err);
/*
 * Closes one that no run has used; summary is NULL then, and otherwise gets the
 * counts of what was written.
 */
void lscow_names_cache_close(struct lscow_names_cache *cache,
			     struct lscow_summary *summary);

struct lscow_files;

/*
 * Lists what changed between the two views of an input, which must have both.
 * With options->partial an incomplete result is given with LSCOW_E_INCOMPLETE
 * as return value, err filled and *files set; otherwise *files is set only on
 * success. The input must outlive the result.
 */
int lscow_files_run(const struct lscow_input *input,
		    const struct lscow_files_options *options,
		    struct lscow_files **files, struct lscow_error *err);
void lscow_files_free(struct lscow_files *files);

/* Rows, sorted by path bytes. Borrowed. */
const struct lscow_change *lscow_files_get_changes(const struct lscow_files *files,
						   size_t *nr_changes);
/* The rsync list, sorted by path bytes; empty unless asked for. Borrowed. */
const struct lscow_transfer *
lscow_files_get_transfers(const struct lscow_files *files, size_t *nr_transfers);
const struct lscow_filesystem *
lscow_files_get_filesystem(const struct lscow_files *files);
const struct lscow_summary *lscow_files_get_summary(const struct lscow_files *files);
/* What the user should know of the names cache, one line each. Borrowed. */
const char *const *lscow_files_get_warnings(const struct lscow_files *files,
					    size_t *nr_warnings);

/* ---- owner: which files own these blocks ----------------------------- */

/* What numbers count. */
enum lscow_unit {
	LSCOW_UNIT_BLOCKS,  /* blocks of the filesystem, from its first byte on */
	LSCOW_UNIT_BYTES,   /* bytes of the whole device */
	LSCOW_UNIT_SECTORS, /* 512 bytes each, of the whole device */
};

/* Numbers from the first to the last, both included. */
struct lscow_numbers {
	uint64_t first;
	uint64_t last;
};

/* How many blocks can be asked for at once. */
#define LSCOW_OWNER_MOST_BLOCKS (UINT32_C(1) << 24)

struct lscow_image;

/* What is asked. The path and the numbers need to live only during the run. */
struct lscow_owner_options {
	const char *path;      /* a device or an image, opened read-only */
	uint64_t offset_bytes; /* where in it the filesystem begins; or */
	uint32_t partition;    /* the partition (GPT or MBR) that it is in; 0: neither */
	enum lscow_unit unit;
	const struct lscow_numbers *numbers;
	size_t nr_numbers;
	bool partial;          /* give what is known when something is not */
	lscow_progress_fn *progress; /* may be NULL */
	void *progress_data;
	struct lscow_image *image; /* opened before, instead of path and place; or NULL */
};

/*
 * Opens what lscow_owner_run() is to look into, and reads nothing of it, before a
 * sandbox, or NULL, is entered. path and place as in the options. *image is set only
 * on success, and lives on after a run.
 */
int lscow_image_open(const char *path, uint64_t offset_bytes, uint32_t partition,
		     struct lscow_sandbox *sandbox, struct lscow_image **image,
		     struct lscow_error *err);
void lscow_image_close(struct lscow_image *image);

/* An inode that a block belongs to, or that is kept in it. */
struct lscow_owner_inode {
	uint64_t ino;
	enum lscow_file_type type;
	uint64_t size_bytes;
	const char *system; /* what it is for, where it is the filesystem's own; or NULL */
	bool is_deleted;    /* it has no name any more, but was still open */
	bool has_offset;    /* the block holds content (or room for some) */
	uint64_t offset_bytes; /* where in the content the block begins */
	const char *const *paths; /* sorted; raw bytes as in lscow_change */
	size_t nr_paths;
};

/* A block that was asked for. */
struct lscow_owned_block {
	uint64_t number; /* that was asked for, in its unit */
	uint64_t block;  /* of the filesystem; 0 where the class is LSCOW_BLOCK_OUTSIDE */
	uint32_t offset_in_block_bytes; /* where in the block the number's bytes begin */
	enum lscow_block_class class; /* LSCOW_BLOCK_UNKNOWN: in use, without an owner */
	uint64_t first_ino; /* LSCOW_BLOCK_INODE_TABLE: the inodes that have their place in */
	uint64_t nr_inos;   /* it, in use or not; 0 for other classes */
	const struct lscow_owner_inode *inodes; /* by number; of a table those in use */
	size_t nr_inodes;
};

struct lscow_owner_summary {
	bool complete; /* every block in use has its owner, every owner its names */
	uint64_t nr_blocks[LSCOW_NR_BLOCK_CLASSES]; /* as listed */
	uint64_t total_blocks; /* the sum of nr_blocks */
	uint64_t scanned_inodes; /* read by the search for owners */
	uint64_t searched_directories; /* read by the search for names */
};

struct lscow_owner;

/*
 * Finds what is in blocks of a filesystem, and whose it is, in one search for all
 * of them. It must be at rest, as for lscow_files_run(). LSCOW_E_INCOMPLETE where a
 * block that is in use has no owner, or damage is in the way. With options->partial
 * an incomplete result, also one for which metadata could not be read
 * (LSCOW_E_FAILED), is given with that code as return value, err filled and *owner
 * set; otherwise *owner is set only on success.
 */
int lscow_owner_run(const struct lscow_owner_options *options, struct lscow_owner **owner,
		    struct lscow_error *err);
void lscow_owner_free(struct lscow_owner *owner);

/*
 * The blocks in the order in which they were asked for. Of first to last there is
 * one for each block that they touch, with the least of the numbers in it, and one
 * for what lies on either side of the filesystem. Borrowed, with all that is in it.
 */
const struct lscow_owned_block *lscow_owner_get_blocks(const struct lscow_owner *owner,
						       size_t *nr_blocks);
const struct lscow_filesystem *
lscow_owner_get_filesystem(const struct lscow_owner *owner);
const struct lscow_owner_summary *lscow_owner_get_summary(const struct lscow_owner *owner);
/* Where in the device the filesystem begins. */
uint64_t lscow_owner_get_offset_bytes(const struct lscow_owner *owner);

/* ---- status: the snapshots of this machine --------------------------- */

enum lscow_snapshot_type {
	LSCOW_SNAPSHOT_THICK, /* of dm-snapshot, with a store of its own */
	LSCOW_SNAPSHOT_THIN,  /* a thin volume that has an origin */
	LSCOW_SNAPSHOT_STALE, /* a store of LVM's that no snapshot uses */
};

/* Only a live snapshot can be compared. */
enum lscow_snapshot_state {
	LSCOW_STATE_LIVE,
	LSCOW_STATE_INVALID,  /* changes are no longer recorded, or I/O fails */
	LSCOW_STATE_OVERFLOW, /* the store was full for a write to the snapshot */
	LSCOW_STATE_MERGING,
	LSCOW_STATE_MERGE_FAILED,
	LSCOW_STATE_TRANSIENT, /* the exception table is in memory only */
	LSCOW_STATE_SUSPENDED,
	LSCOW_STATE_INACTIVE, /* the device has no table */
	LSCOW_STATE_STALE,
	LSCOW_STATE_UNKNOWN,
};

/* A word for a state, as in the JSON of lscow status. Static storage. */
const char *lscow_snapshot_state_name(enum lscow_snapshot_state state);

/* A word for a type: "thick", "thin" or "stale". Static storage. */
const char *lscow_snapshot_type_name(enum lscow_snapshot_type type);

/* One snapshot, or one stale store. Sizes are in bytes. */
struct lscow_snapshot {
	enum lscow_snapshot_type type;
	enum lscow_snapshot_state state;
	const char *name;    /* vg/lv, or where LVM has no part the dm name */
	const char *dm_name;
	const char *origin;  /* as name; NULL where it is not known */
	uint64_t size_bytes; /* of the snapshot; 0 for a stale store */
	uint64_t chunk_bytes; /* 0 where it is not known */
	bool has_usage;
	uint64_t used_bytes;  /* of the store; mapped, where thin */
	uint64_t total_bytes; /* of the store; of the volume, where thin */
	bool has_exceptions;  /* the exception table was read */
	uint64_t nr_exceptions;
	uint64_t changed_bytes; /* in these, cut at the end of the snapshot */
	int64_t created;      /* seconds since 1970 by LVM's clock; 0: not known */
	const char *problem;  /* why the table could not be read, or NULL */
	const char *remove_command; /* that removes a stale store, or NULL */
};

struct lscow_snapshots;

/*
 * Lists the snapshots of this machine, sorted by name, and after them the stale
 * stores. names, vg or vg/lv each, narrows the list to these groups, snapshots
 * and origins; none means all. Times, and which thin volumes are snapshots,
 * are known only where lvs(8) is installed. LSCOW_E_USAGE where a name is that
 * of no device, LSCOW_E_FAILED where there is no device-mapper or no right to
 * use it. *snapshots is set only on success.
 */
int lscow_snapshots_load(const char *const *names, size_t nr_names,
			 struct lscow_snapshots **snapshots, struct lscow_error *err);
void lscow_snapshots_free(struct lscow_snapshots *snapshots);

/* The list. Borrowed, with all the strings in it. */
const struct lscow_snapshot *
lscow_snapshots_get(const struct lscow_snapshots *snapshots, size_t *nr_snapshots);

/* The library's version, "MAJOR.MINOR.PATCH". Static storage. */
const char *lscow_version(void);

#ifdef __cplusplus
}
#endif

#endif
