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

/* ---- input: what is compared ---------------------------------------- */

/*
 * What to compare. Unused members are NULL or 0. Valid combinations:
 *   origin_path + cow_path              an origin and its exception store
 *   old_path + new_path [+ changes]     two views, compared, or with a feed
 *   cow_path alone                      only the changed ranges of a store
 * changes is "FORMAT:FILE"; lscow_feed_format_name() lists the formats.
 * The strings need to live only during lscow_input_open().
 */
struct lscow_input_spec {
	const char *origin_path;
	const char *cow_path;
	const char *old_path;
	const char *new_path;
	const char *changes;
	uint64_t offset_bytes; /* where the filesystem begins, in both views */
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

/* The changed ranges in bytes of the device, sorted and merged. Borrowed. */
const struct lscow_range *
lscow_input_get_ranges(const struct lscow_input *input, size_t *nr_ranges);

/* The store that gave the ranges, or NULL where none did. Borrowed. */
const struct lscow_store_info *
lscow_input_get_store_info(const struct lscow_input *input);

/* Granularity of the ranges in bytes; 0 where the feed has none. */
uint64_t lscow_input_get_chunk_bytes(const struct lscow_input *input);

/* The kind of input: "store", "origin-store", "compare", "feed". Borrowed. */
const char *lscow_input_get_form(const struct lscow_input *input);

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

struct lscow_files_options {
	bool expand;       /* a row for each descendant of a renamed directory */
	bool want_ranges;  /* fill lscow_change.ranges of modified files */
	bool quick;        /* stop at the first certain change */
	bool want_transfers; /* build the rsync list (implies expand) */
	bool partial;      /* give what is known when something is not */
	enum lscow_side side; /* direction of the rsync list */
	const char *under; /* only rows at or below this path; NULL for all */
	const char *only;  /* only these letters; NULL for all */
	lscow_progress_fn *progress; /* may be NULL */
	void *progress_data;
};

/* What a changed block of the filesystem turned out to be. */
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
struct lscow_summary {
	bool complete;         /* every changed block has an owner */
	bool changed;          /* the states differ (all that quick tells) */
	uint64_t nr_changes[128]; /* rows, by letter */
	uint64_t nr_blocks[LSCOW_NR_BLOCK_CLASSES];
	uint64_t total_blocks; /* changed blocks, the sum of nr_blocks */
	uint64_t scanned_inodes; /* read by the search for unexplained blocks */
	uint64_t searched_directories; /* read by the search for names */
};

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

/* The library's version, "MAJOR.MINOR.PATCH". Static storage. */
const char *lscow_version(void);

#ifdef __cplusplus
}
#endif

#endif
