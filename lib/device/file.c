/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A regular file or block device, opened for reading and nothing else. */

#include "device/device.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"

/* One read through the bounce buffer; a multiple of every block size. */
#define BOUNCE_BYTES ((size_t)1 << 20)
/*
 * Of what posix_fadvise(2) is told at once the kernel reads no more ahead than the
 * device reads ahead by itself, mostly so much (mm/readahead.c, force_page_cache_ra).
 */
#define MOST_AHEAD_BYTES (UINT64_C(128) << 10)
/* O_DIRECT alignment where the device does not tell its own. */
#define DEFAULT_BLOCK_BYTES 4096u

struct file_device {
	struct lscow_device base;
	int fd;
	uint8_t *bounce;    /* of BOUNCE_BYTES with O_DIRECT, otherwise NULL */
	size_t block_bytes; /* what O_DIRECT wants offsets and lengths aligned to */
	struct lscow_range announced; /* the longest stretch at once */
};

/* Fills as much of the buffer as the file has, in *read_bytes. */
static int read_available(const struct file_device *file, uint64_t offset_bytes,
			  uint8_t *buffer, size_t length_bytes, size_t *read_bytes,
			  struct lscow_error *err)
{
	size_t done_bytes = 0;

	while (done_bytes < length_bytes) {
		ssize_t ret = pread(file->fd, buffer + done_bytes,
				    length_bytes - done_bytes,
				    (off_t)(offset_bytes + done_bytes));

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0)
			return lscow_error_set(err, LSCOW_E_FAILED,
					       "%s: cannot read %zu bytes at %" PRIu64
					       ": %m", file->base.name, length_bytes,
					       offset_bytes);
		if (ret == 0)
			break;
		done_bytes += (size_t)ret;
		/* The file's end may leave a rest that O_DIRECT would refuse. */
		if (file->bounce && done_bytes % file->block_bytes)
			break;
	}

	*read_bytes = done_bytes;
	return 0;
}

/* end_bytes is where a read found nothing; the end may lie before it. */
static int error_file_ended(const struct file_device *file, uint64_t end_bytes,
			    struct lscow_error *err)
{
	off_t end = lseek(file->fd, 0, SEEK_END);

	if (end >= 0)
		end_bytes = lscow_min_u64(end_bytes, (uint64_t)end);
	return lscow_error_set(err, LSCOW_E_FAILED,
			       "%s: file ended at %" PRIu64 ", expected %" PRIu64 " bytes",
			       file->base.name, end_bytes, file->base.size_bytes);
}

static int read_buffered(const struct file_device *file, uint64_t offset_bytes,
			 uint8_t *buffer, size_t length_bytes, struct lscow_error *err)
{
	size_t read_bytes;
	int ret = read_available(file, offset_bytes, buffer, length_bytes, &read_bytes, err);

	if (ret)
		return ret;
	if (read_bytes < length_bytes)
		return error_file_ended(file, offset_bytes + read_bytes, err);
	return 0;
}

/* Reads the aligned blocks around the wanted bytes, and copies these out. */
static int read_direct(const struct file_device *file, uint64_t offset_bytes,
		       uint8_t *buffer, size_t length_bytes, struct lscow_error *err)
{
	while (length_bytes > 0) {
		size_t skip_bytes = (size_t)(offset_bytes % file->block_bytes);
		size_t part_bytes = (size_t)lscow_min_u64(length_bytes,
							  BOUNCE_BYTES - skip_bytes);
		uint64_t nr_blocks = lscow_bytes_to_units_up(skip_bytes + part_bytes,
							     file->block_bytes);
		size_t read_bytes;
		int ret;

		ret = read_available(file, offset_bytes - skip_bytes, file->bounce,
				     (size_t)nr_blocks * file->block_bytes, &read_bytes, err);
		if (ret)
			return ret;
		if (read_bytes < skip_bytes + part_bytes)
			return error_file_ended(file, offset_bytes - skip_bytes + read_bytes,
						err);
		memcpy(buffer, file->bounce + skip_bytes, part_bytes);
		buffer += part_bytes;
		offset_bytes += part_bytes;
		length_bytes -= part_bytes;
	}
	return 0;
}

static int file_read(struct lscow_device *device, uint64_t offset_bytes,
		     void *buffer, size_t length_bytes, struct lscow_error *err)
{
	const struct file_device *file = (const struct file_device *)device;

	if (file->bounce)
		return read_direct(file, offset_bytes, buffer, length_bytes, err);
	return read_buffered(file, offset_bytes, buffer, length_bytes, err);
}

/*
 * lseek(2) says ENXIO both where only a hole follows and where the file has
 * become shorter; the latter must not pass for zeros.
 */
static int check_not_shorter(const struct file_device *file, struct lscow_error *err)
{
	off_t end = lseek(file->fd, 0, SEEK_END);

	if (end >= 0 && (uint64_t)end < file->base.size_bytes)
		return error_file_ended(file, (uint64_t)end, err);
	return 0;
}

static int file_next_data(struct lscow_device *device, uint64_t offset_bytes,
			  uint64_t *start_bytes, uint64_t *end_bytes,
			  struct lscow_error *err)
{
	const struct file_device *file = (const struct file_device *)device;
	off_t start;
	off_t end;

	*start_bytes = device->size_bytes;
	*end_bytes = device->size_bytes;

	start = lseek(file->fd, (off_t)offset_bytes, SEEK_DATA);
	if (start < 0 && errno == ENXIO)
		return check_not_shorter(file, err);

	end = start < 0 ? start : lseek(file->fd, start, SEEK_HOLE);
	if (start < (off_t)offset_bytes || end <= start) {
		/* Block devices, and filesystems that do not know their holes. */
		*start_bytes = offset_bytes;
		return 0;
	}
	*start_bytes = lscow_min_u64((uint64_t)start, device->size_bytes);
	*end_bytes = lscow_min_u64((uint64_t)end, device->size_bytes);
	return 0;
}

static bool is_announced(const struct file_device *file, uint64_t offset_bytes,
			 uint64_t length_bytes)
{
	return offset_bytes >= file->announced.offset_bytes &&
	       offset_bytes + length_bytes <=
		       file->announced.offset_bytes + file->announced.length_bytes;
}

/* O_DIRECT has no page cache to read into. */
static void file_will_read(struct lscow_device *device, uint64_t offset_bytes,
			   uint64_t length_bytes)
{
	struct file_device *file = (struct file_device *)device;

	if (file->bounce || is_announced(file, offset_bytes, length_bytes))
		return;
	if (length_bytes > file->announced.length_bytes)
		file->announced = (struct lscow_range){ offset_bytes, length_bytes };
	for (uint64_t at = 0; at < length_bytes; at += MOST_AHEAD_BYTES)
		(void)posix_fadvise(file->fd, (off_t)(offset_bytes + at),
				    (off_t)lscow_min_u64(length_bytes - at, MOST_AHEAD_BYTES),
				    POSIX_FADV_WILLNEED);
}

static void file_close(struct lscow_device *device)
{
	struct file_device *file = (struct file_device *)device;

	if (file->fd >= 0)
		close(file->fd);
	free(file->bounce);
	free(file);
}

static const struct lscow_device_ops file_ops = {
	.read = file_read,
	.next_data = file_next_data,
	.will_read = file_will_read,
	.close = file_close,
};

static const char *name_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return "a directory";
	case S_IFIFO: return "a fifo";
	case S_IFCHR: return "a character device";
	case S_IFSOCK: return "a socket";
	default: return "a file of another type";
	}
}

static int check_type(const char *path, const struct stat *status,
		      struct lscow_error *err)
{
	if (S_ISREG(status->st_mode) || S_ISBLK(status->st_mode))
		return 0;
	return lscow_error_set(err, LSCOW_E_USAGE,
			       "%s: is %s, expected a block device or a regular file",
			       path, name_type(status->st_mode));
}

static int error_open(const char *path, struct lscow_error *err)
{
	return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot open: %m", path);
}

/*
 * The type is checked before the file is opened, because to open a character
 * device can have effects, and afterwards, because the path may lead elsewhere
 * by then; O_NONBLOCK so that a fifo put there in between cannot hang us.
 */
static int open_checked(struct file_device *file, bool direct, struct stat *status,
			struct lscow_error *err)
{
	const char *path = file->base.name;
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
	int ret;

	if (stat(path, status))
		return error_open(path, err);
	ret = check_type(path, status, err);
	if (ret)
		return ret;

	if (direct && S_ISBLK(status->st_mode))
		flags |= O_DIRECT;
	file->fd = open(path, flags);
	if (file->fd < 0 || fstat(file->fd, status))
		return error_open(path, err);
	return check_type(path, status, err);
}

static int measure(struct file_device *file, const struct stat *status,
		   struct lscow_error *err)
{
	off_t end;

	if (S_ISBLK(status->st_mode)) {
		if (ioctl(file->fd, BLKGETSIZE64, &file->base.size_bytes))
			return lscow_error_set(err, LSCOW_E_FAILED,
					       "%s: cannot get the device's size: %m",
					       file->base.name);
		return 0;
	}

	end = lseek(file->fd, 0, SEEK_END);
	if (end < 0)
		return lscow_error_set(err, LSCOW_E_FAILED,
				       "%s: cannot get the file's size: %m",
				       file->base.name);
	file->base.size_bytes = (uint64_t)end;
	return 0;
}

static int prepare_direct(struct file_device *file, struct lscow_error *err)
{
	int block_bytes = 0;
	void *bounce;

	if (ioctl(file->fd, BLKSSZGET, &block_bytes) || block_bytes <= 0 ||
	    BOUNCE_BYTES % (size_t)block_bytes)
		block_bytes = DEFAULT_BLOCK_BYTES;

	file->block_bytes = (size_t)block_bytes;
	if (posix_memalign(&bounce, lscow_max_u64(file->block_bytes, DEFAULT_BLOCK_BYTES),
			   BOUNCE_BYTES))
		return lscow_error_no_memory(err, file->base.name);
	file->bounce = bounce;
	return 0;
}

static int file_prepare(struct file_device *file, bool direct, struct lscow_error *err)
{
	struct stat status;
	int ret;

	ret = open_checked(file, direct, &status, err);
	if (ret)
		return ret;
	ret = measure(file, &status, err);
	if (ret)
		return ret;
	if (direct && S_ISBLK(status.st_mode))
		return prepare_direct(file, err);
	return 0;
}

bool lscow_file_device_is_direct(const struct lscow_device *device)
{
	return device->ops == &file_ops &&
	       ((const struct file_device *)device)->bounce != NULL;
}

int lscow_file_device_get_direct_fd(const struct lscow_device *device,
				    size_t alignment_bytes)
{
	const struct file_device *file = (const struct file_device *)device;

	if (!lscow_file_device_is_direct(device) || alignment_bytes % file->block_bytes != 0)
		return -1;
	return file->fd;
}

int lscow_file_device_open(const char *path, bool direct,
			   struct lscow_device **device, struct lscow_error *err)
{
	struct file_device *file;
	int ret;

	if (path[0] == '\0')
		return lscow_error_set(err, LSCOW_E_USAGE, "the path of a device is empty");

	file = calloc(1, sizeof(*file));
	if (!file)
		return lscow_error_no_memory(err, path);
	file->base.ops = &file_ops;
	file->fd = -1;
	file->base.name = strdup(path);

	ret = file->base.name ? file_prepare(file, direct, err) :
				lscow_error_no_memory(err, path);
	if (ret) {
		lscow_device_close(&file->base);
		return ret;
	}
	*device = &file->base;
	return 0;
}
