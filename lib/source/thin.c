/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What differs between two volumes of a live thin pool, as thin_delta tells it. */

#include "source/thin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/decimal.h"
#include "source/dm.h"
#include "source/thin-hold.h"
#include "source/thin-tool.h"

/* What a pool's table says. */
struct thin_pool {
	unsigned int metadata_major;
	unsigned int metadata_minor;
	uint64_t block_bytes;
	char metadata_path[64];
};

/* ---- the pool's table -------------------------------------------------------- */

/* "MAJOR:MINOR MAJOR:MINOR BLOCK-SECTORS ...": metadata, data, block size. */
static bool decode_params(const char *params, struct thin_pool *pool)
{
	uint64_t major, minor, unused, sectors;

	if (!lscow_take_decimal(&params, &major) || *params++ != ':' ||
	    !lscow_take_decimal(&params, &minor) || *params++ != ' ' ||
	    !lscow_take_decimal(&params, &unused) || *params++ != ':' ||
	    !lscow_take_decimal(&params, &unused) || *params++ != ' ' ||
	    !lscow_take_decimal(&params, &sectors) || *params != ' ')
		return false;
	pool->metadata_major = (unsigned int)major;
	pool->metadata_minor = (unsigned int)minor;
	return lscow_units_to_bytes(sectors, LSCOW_SECTOR_BYTES, &pool->block_bytes);
}

static int load_table(const char *pool_name, struct thin_pool *pool,
		      struct lscow_error *err)
{
	struct lscow_dm_line line;
	int ret = lscow_dm_get_table(pool_name, &line, err);

	if (ret)
		return ret;
	if (strcmp(line.type, "thin-pool") != 0 || !decode_params(line.params, pool))
		ret = lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				      "%s: table \"%s %s\": expected that of a thin pool",
				      pool_name, line.type, line.params);
	lscow_dm_line_free(&line);
	return ret;
}

/* ---- the metadata device's node ---------------------------------------------- */

/* The kernel's own name for it, from sysfs: /dev/block is there with udev only. */
static bool read_device_path(struct thin_pool *pool)
{
	static const char key[] = "DEVNAME=";
	char path[64], line[48];
	bool is_found = false;
	FILE *stream;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/uevent", pool->metadata_major,
		 pool->metadata_minor);
	stream = fopen(path, "re");
	if (!stream)
		return false;
	while (!is_found && fgets(line, sizeof(line), stream)) {
		line[strcspn(line, "\n")] = '\0';
		is_found = !strncmp(line, key, sizeof(key) - 1);
	}
	fclose(stream);
	if (is_found)
		snprintf(pool->metadata_path, sizeof(pool->metadata_path), "/dev/%s",
			 line + sizeof(key) - 1);
	return is_found;
}

static int find_metadata_device(const char *pool_name, struct thin_pool *pool,
				struct lscow_error *err)
{
	struct stat status;

	if (read_device_path(pool) && stat(pool->metadata_path, &status) == 0 &&
	    S_ISBLK(status.st_mode) &&
	    status.st_rdev == makedev(pool->metadata_major, pool->metadata_minor))
		return 0;
	return lscow_error_set(err, LSCOW_E_FAILED,
			       "pool %s: no node in /dev for its metadata device %u:%u",
			       pool_name, pool->metadata_major, pool->metadata_minor);
}

/* ---- the comparison ------------------------------------------------------------ */

static int run_tool(const struct lscow_thin_pair *pair, const struct thin_pool *pool,
		    const struct lscow_thin_tool *tool, const struct lscow_thin_hold *hold,
		    struct lscow_ranges *ranges, struct lscow_error *err)
{
	const struct lscow_thin_tool_call call = {
		.metadata_path = pool->metadata_path,
		.old_id = pair->old_id,
		.new_id = pair->new_id,
		/* A thin_delta that outlives us keeps the lock. */
		.kept_fd = hold->lock_fd,
		.interrupt_fd = hold->signals.fd,
	};
	struct lscow_thin_delta delta;
	int ret = lscow_thin_tool_run(tool, &call, ranges, &delta, err);

	if (!ret && delta.block_bytes != pool->block_bytes)
		ret = lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				      "%s: found blocks of %" PRIu64 " bytes, expected the %"
				      PRIu64 " of the pool", tool->path, delta.block_bytes,
				      pool->block_bytes);
	return ret ? lscow_error_prefix(err, "pool %s", pair->pool_name) : 0;
}

static int run_held(const struct lscow_thin_pair *pair, const struct thin_pool *pool,
		    const struct lscow_thin_tool *tool, struct lscow_ranges *ranges,
		    struct lscow_error *err)
{
	struct lscow_thin_hold hold;
	int ret = lscow_thin_hold_begin(LSCOW_STATE_FOLDER, pair->pool_name, &hold,
					pair->warnings, err);
	int end_ret;

	if (ret)
		return ret;
	ret = run_tool(pair, pool, tool, &hold, ranges, err);
	/* The first failure is the one to tell. */
	end_ret = lscow_thin_hold_end(&hold, ret ? NULL : err);
	return ret ? ret : end_ret;
}

static int add_ranges(const struct lscow_ranges *from, struct lscow_ranges *to,
		      struct lscow_error *err)
{
	size_t nr;
	const struct lscow_range *items = lscow_ranges_get(from, &nr);
	int ret = 0;

	for (size_t i = 0; i < nr && !ret; i++)
		ret = lscow_ranges_add(to, items[i].offset_bytes, items[i].length_bytes, err);
	return ret;
}

int lscow_thin_list_changes(const struct lscow_thin_pair *pair,
			    struct lscow_ranges *ranges, uint64_t *block_bytes,
			    struct lscow_error *err)
{
	/* Apart from the caller's: a failure must not leave a short list behind. */
	struct lscow_ranges found = LSCOW_RANGES;
	struct lscow_thin_tool tool;
	struct thin_pool pool;
	int ret = lscow_thin_tool_find(NULL, &tool, err);

	if (!ret)
		ret = load_table(pair->pool_name, &pool, err);
	if (!ret)
		ret = find_metadata_device(pair->pool_name, &pool, err);
	if (!ret)
		ret = run_held(pair, &pool, &tool, &found, err);
	if (!ret)
		ret = add_ranges(&found, ranges, err);
	if (!ret)
		*block_bytes = pool.block_bytes;
	lscow_ranges_free(&found);
	return ret;
}
