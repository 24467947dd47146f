/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* A libext2fs io_manager over any device stack. */

#include "extfs/io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTION_NAME "lscow_io"

static errcode_t channel_open(const char *name, int flags, io_channel *channel);
static errcode_t channel_close(io_channel channel);
static errcode_t channel_set_blksize(io_channel channel, int block_bytes);
static errcode_t channel_set_option(io_channel channel, const char *option,
				    const char *arg);
static errcode_t channel_read(io_channel channel, unsigned long block, int count,
			      void *data);
static errcode_t channel_read64(io_channel channel, unsigned long long block,
				int count, void *data);
static errcode_t channel_write(io_channel channel, unsigned long block, int count,
			       const void *data);
static errcode_t channel_flush(io_channel channel);

static struct struct_io_manager manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "lscow device stack",
	.open = channel_open,
	.close = channel_close,
	.set_blksize = channel_set_blksize,
	.set_option = channel_set_option,
	.read_blk = channel_read,
	.read_blk64 = channel_read64,
	.write_blk = channel_write,
	.flush = channel_flush,
};

io_manager lscow_extfs_io_manager(void)
{
	return &manager;
}

/* open() gets no context from its caller; set_option(), called next, does. */
void lscow_extfs_io_options(struct lscow_extfs_io *io, char *options,
			    size_t options_bytes)
{
	snprintf(options, options_bytes, OPTION_NAME "=%p", (void *)io);
}

static errcode_t channel_open(const char *name, int flags, io_channel *channel)
{
	io_channel ch;

	if (flags & IO_FLAG_RW)
		return EXT2_ET_RO_FILSYS;
	ch = calloc(1, sizeof(*ch));
	if (!ch)
		return EXT2_ET_NO_MEMORY;
	ch->name = strdup(name);
	if (!ch->name) {
		free(ch);
		return EXT2_ET_NO_MEMORY;
	}
	ch->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	ch->manager = &manager;
	ch->block_size = 1024;
	ch->refcount = 1;
	*channel = ch;
	return 0;
}

static errcode_t channel_close(io_channel channel)
{
	if (--channel->refcount > 0)
		return 0;
	free(channel->name);
	free(channel);
	return 0;
}

static errcode_t channel_set_blksize(io_channel channel, int block_bytes)
{
	channel->block_size = block_bytes;
	return 0;
}

static errcode_t channel_set_option(io_channel channel, const char *option,
				    const char *arg)
{
	void *io;

	if (strcmp(option, OPTION_NAME) != 0 || !arg || sscanf(arg, "%p", &io) != 1)
		return EXT2_ET_INVALID_ARGUMENT;
	channel->private_data = io;
	return 0;
}

/* A negative count is in bytes (the superblock is read that way). */
static errcode_t channel_read64(io_channel channel, unsigned long long block,
				int count, void *data)
{
	struct lscow_extfs_io *io = channel->private_data;
	uint64_t block_bytes = (uint64_t)channel->block_size;
	uint64_t length_bytes = count < 0 ? (uint64_t)-(int64_t)count
					  : (uint64_t)count * block_bytes;

	if (block > UINT64_MAX / block_bytes)
		return EXT2_ET_BAD_BLOCK_NUM;
	*io->read_bytes += length_bytes;
	if (lscow_device_read(io->device, block * block_bytes, data,
			      (size_t)length_bytes, &io->error) != 0)
		return EXT2_ET_SHORT_READ;
	return 0;
}

static errcode_t channel_read(io_channel channel, unsigned long block, int count,
			      void *data)
{
	return channel_read64(channel, block, count, data);
}

static errcode_t channel_write(io_channel channel, unsigned long block, int count,
			       const void *data)
{
	(void)channel;
	(void)block;
	(void)count;
	(void)data;
	return EXT2_ET_RO_FILSYS;
}

static errcode_t channel_flush(io_channel channel)
{
	(void)channel;
	return 0;
}
