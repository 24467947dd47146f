/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A read-only byte device; devices stack on each other. */

#ifndef LSCOW_DEVICE_DEVICE_H
#define LSCOW_DEVICE_DEVICE_H

#include "base/error.h"

struct lscow_device;

/* What a kind of device must do. Offsets and lengths are checked before. */
struct lscow_device_ops {
	int (*read)(struct lscow_device *device, uint64_t offset_bytes,
		    void *buffer, size_t length_bytes, struct lscow_error *err);
	/*
	 * Finds the next stretch, at or after offset_bytes, that may hold
	 * anything but zeros: *start and *end in bytes; *start is the device's
	 * size where there is none. NULL: all of the device may.
	 */
	int (*next_data)(struct lscow_device *device, uint64_t offset_bytes,
			 uint64_t *start_bytes, uint64_t *end_bytes,
			 struct lscow_error *err);
	/*
	 * Announces a read, so that it can be under way before it is waited for.
	 * NULL: there is nothing to gain by that.
	 */
	void (*will_read)(struct lscow_device *device, uint64_t offset_bytes,
			  uint64_t length_bytes);
	/* Frees the device itself and all it holds, but not its name. */
	void (*close)(struct lscow_device *device);
};

/*
 * The first member of every kind of device. Where nothing else is said, a device
 * borrows the ones below it: they must live longer, and closing it does not close
 * them.
 */
struct lscow_device {
	const struct lscow_device_ops *ops;
	char *name; /* for messages; freed by lscow_device_close() */
	uint64_t size_bytes;
};

/* Reads exactly length_bytes; a read past the end is LSCOW_E_FAILED. */
int lscow_device_read(struct lscow_device *device, uint64_t offset_bytes,
		      void *buffer, size_t length_bytes, struct lscow_error *err);
/* See lscow_device_ops.next_data; past the last data both are the size. */
int lscow_device_next_data(struct lscow_device *device, uint64_t offset_bytes,
			   uint64_t *start_bytes, uint64_t *end_bytes,
			   struct lscow_error *err);
/* See lscow_device_ops.will_read; what lies beyond the end is ignored. */
void lscow_device_will_read(struct lscow_device *device, uint64_t offset_bytes,
			    uint64_t length_bytes);
/* Accepts NULL. */
void lscow_device_close(struct lscow_device *device);

/*
 * A regular file or a block device; anything else is LSCOW_E_USAGE. direct asks
 * for O_DIRECT on block devices. Holes of sparse files are known to next_data.
 */
int lscow_file_device_open(const char *path, bool direct,
			   struct lscow_device **device, struct lscow_error *err);
/* Whether a device of lscow_file_device_open() is read with O_DIRECT. */
bool lscow_file_device_is_direct(const struct lscow_device *device);
/*
 * The file descriptor of such a device, borrowed, where aligned reads through it
 * may begin at any multiple of alignment_bytes; otherwise -1.
 */
int lscow_file_device_get_direct_fd(const struct lscow_device *device,
				    size_t alignment_bytes);

/*
 * The same device, with 16 MiB of what was read last kept, for one that is
 * read with O_DIRECT: announced reads are begun at once. lower is owned from
 * here on, unless this fails.
 */
int lscow_cache_device_open(struct lscow_device *lower, struct lscow_device **device,
			    struct lscow_error *err);

/*
 * length_bytes of another device, from offset_bytes on. LSCOW_E_USAGE where
 * they do not lie within it.
 */
int lscow_slice_device_open(struct lscow_device *lower, uint64_t offset_bytes,
			    uint64_t length_bytes, struct lscow_device **device,
			    struct lscow_error *err);

/* old_chunk of the origin is kept as new_chunk of the store. */
struct lscow_exception {
	uint64_t old_chunk;
	uint64_t new_chunk;
};

/*
 * The origin as it was: chunks with an exception come from the store, the rest
 * from the origin. exceptions are sorted by old_chunk, without doubles, and
 * borrowed. The size is the origin's.
 */
int lscow_overlay_device_open(struct lscow_device *origin,
			      struct lscow_device *store, uint64_t chunk_bytes,
			      const struct lscow_exception *exceptions,
			      size_t nr_exceptions, struct lscow_device **device,
			      struct lscow_error *err);

#endif
