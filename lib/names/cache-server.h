/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The process that has the names cache open, so that a damaged one crashes only that. */

#ifndef LSCOW_NAMES_CACHE_SERVER_H
#define LSCOW_NAMES_CACHE_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* What is sent before any request: the UUID of the filesystem. */
#define LSCOW_CACHE_UUID_BYTES 16u

/*
 * Requests are a struct lscow_cache_request and nr_items items. Only FIND is
 * answered: struct lscow_hint items, in parts that each follow their number, a
 * uint32_t; a part of none is the last. The end of the requests is the wish to
 * write what was asked for, and to end.
 */
enum lscow_cache_request_kind {
	LSCOW_CACHE_FIND, /* hints for inodes; items are uint32_t */
	LSCOW_CACHE_SEEN, /* hints that are true; items are struct lscow_hint */
	LSCOW_CACHE_GONE, /* hints that are not */
};

struct lscow_cache_request {
	uint32_t kind;
	uint32_t nr_items; /* at most LSCOW_CACHE_MOST_ITEMS */
};

#define LSCOW_CACHE_MOST_ITEMS 4096u

/* How a process ended, if it ended by itself. */
enum lscow_cache_end {
	LSCOW_CACHE_DONE,
	LSCOW_CACHE_DAMAGED = 3, /* the file is no good */
	LSCOW_CACHE_FAILED = 4,
};

/* What the process tells, in memory that is shared with it. */
struct lscow_cache_report {
	uint64_t nr_stored; /* hints that were not there before */
	bool is_read_only;
	bool is_full;
	char reason[160]; /* of a failure, or of hints that were not stored */
};

struct lscow_cache_server {
	pid_t pid;
	int fd; /* a socket, whose other end the process has */
	struct lscow_cache_report *report;
};

/*
 * Starts the process, which opens the file by itself once it has the UUID, and not at
 * all without it. The path may be freed then.
 */
int lscow_cache_server_start(const char *path, uint64_t limit_bytes,
			     struct lscow_cache_server *server, struct lscow_error *err);
/* False where the process is not there any more. */
bool lscow_cache_server_send(const struct lscow_cache_server *server, const void *bytes,
			     size_t nr_bytes);
bool lscow_cache_server_receive(const struct lscow_cache_server *server, void *bytes,
				size_t nr_bytes);
/*
 * Ends the requests and waits until all is written. Returns the status as
 * waitpid(2) has it; -1 where another has taken it. The report stays readable.
 */
int lscow_cache_server_end(struct lscow_cache_server *server);
/* To be called after _end. */
void lscow_cache_server_free(struct lscow_cache_server *server);

#endif
