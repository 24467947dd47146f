/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The persistent exception store of dm-snapshot (drivers/md/dm-snap-persistent.c). */

#include "source/store.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/units.h"

/*
 * All of it is little-endian. Chunk 0 holds the header. Metadata areas are one
 * chunk of exceptions (u64 old chunk, u64 new chunk) each; area k is chunk
 * 1 + k * (E + 1), where E is how many exceptions an area holds, and the E
 * chunks behind it are data. The table ends with the first exception whose new
 * chunk is 0.
 */

/* A chunk may be large: areas are read in pieces of at most this. */
#define PIECE_BYTES ((uint64_t)1 << 20)
/* How often a piece that looks torn is read again. */
#define NR_TORN_READS 3

/* The table while it is read. */
struct table_reader {
	struct lscow_device *device;
	struct lscow_store_info info;
	struct lscow_vector exceptions;
	uint64_t area_exceptions; /* E above */
	uint64_t nr_chunks;       /* whole chunks of the device */
	uint8_t *piece;
	uint64_t piece_bytes;
	bool ended;
};

static int load_header(struct table_reader *reader, struct lscow_error *err)
{
	struct lscow_device *device = reader->device;
	uint8_t bytes[LSCOW_STORE_HEADER_BYTES];
	int ret;

	if (device->size_bytes < sizeof(bytes))
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: %" PRIu64 " bytes long, too short for the %zu bytes "
				       "of an exception store's header", device->name,
				       device->size_bytes, sizeof(bytes));

	ret = lscow_device_read(device, 0, bytes, sizeof(bytes), err);
	if (ret)
		return ret;
	return lscow_store_header_decode(bytes, device->size_bytes, device->name,
					 &reader->info, err);
}

/* Chunk 0 is the header, and one chunk in E + 1 is a metadata area. */
static int check_new_chunk(const struct table_reader *reader, uint64_t entry,
			   uint64_t new_chunk, struct lscow_error *err)
{
	uint64_t area = reader->info.nr_areas;

	if (new_chunk >= reader->nr_chunks)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: exception area %" PRIu64 ", entry %" PRIu64
				       ": new chunk %" PRIu64 " lies beyond the device's %"
				       PRIu64 " chunks", reader->device->name, area, entry,
				       new_chunk, reader->nr_chunks);
	if (new_chunk % (reader->area_exceptions + 1) == 1)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: exception area %" PRIu64 ", entry %" PRIu64
				       ": new chunk %" PRIu64 " is exception area %" PRIu64
				       ", expected a chunk of data", reader->device->name, area,
				       entry, new_chunk,
				       new_chunk / (reader->area_exceptions + 1));
	return 0;
}

/* The device of a store does not tell how long its origin is; 2^64 is the limit. */
static int check_old_chunk(const struct table_reader *reader, uint64_t entry,
			   uint64_t old_chunk, struct lscow_error *err)
{
	uint64_t end_bytes;

	if (lscow_units_to_bytes(old_chunk, reader->info.chunk_bytes, &end_bytes) &&
	    lscow_add_u64(end_bytes, reader->info.chunk_bytes, &end_bytes))
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: exception area %" PRIu64 ", entry %" PRIu64
			       ": old chunk %" PRIu64 " of %" PRIu64
			       " bytes lies beyond 2^64 bytes", reader->device->name,
			       reader->info.nr_areas, entry, old_chunk,
			       reader->info.chunk_bytes);
}

static uint64_t load_new_chunk(const uint8_t *piece, uint64_t entry)
{
	return lscow_load_le64(piece + entry * LSCOW_STORE_EXCEPTION_BYTES + 8);
}

/* Number of entries before the end of the table, or all of the piece. */
static uint64_t count_entries(const uint8_t *piece, uint64_t nr_entries)
{
	uint64_t entry = 0;

	while (entry < nr_entries && load_new_chunk(piece, entry) != 0)
		entry++;
	return entry;
}

/*
 * The kernel zeroes an area before it uses it and whenever it merges entries
 * away, so nothing follows the end of the table within its area. Where
 * something does, the end is a sector that was lost, and the exceptions in it
 * are missing; or the area was being written while it was read.
 */
static bool find_stray_entry(const uint8_t *piece, uint64_t first, uint64_t nr_entries,
			     uint64_t *stray)
{
	for (uint64_t entry = first; entry < nr_entries; entry++) {
		if (load_new_chunk(piece, entry) != 0) {
			*stray = entry;
			return true;
		}
	}
	return false;
}

/* Reads one piece of an area; *nr_used of its entries come before the end. */
static int read_piece(struct table_reader *reader, uint64_t area_offset_bytes,
		      uint64_t within_bytes, uint64_t *nr_used, struct lscow_error *err)
{
	uint64_t nr_entries = reader->piece_bytes / LSCOW_STORE_EXCEPTION_BYTES;
	uint64_t first_entry = within_bytes / LSCOW_STORE_EXCEPTION_BYTES;
	uint64_t stray = 0;

	for (int i = 0; i < NR_TORN_READS; i++) {
		int ret = lscow_device_read(reader->device, area_offset_bytes + within_bytes,
					    reader->piece, (size_t)reader->piece_bytes, err);

		if (ret)
			return ret;
		*nr_used = count_entries(reader->piece, nr_entries);
		if (!find_stray_entry(reader->piece, *nr_used, nr_entries, &stray))
			return 0;
	}
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: exception area %" PRIu64 ", entry %" PRIu64
			       ": new chunk 0 ends the table, but entry %" PRIu64
			       " follows it", reader->device->name, reader->info.nr_areas,
			       first_entry + *nr_used, first_entry + stray);
}

static int load_piece(struct table_reader *reader, uint64_t area_offset_bytes,
		      uint64_t within_bytes, struct lscow_error *err)
{
	uint64_t first_entry = within_bytes / LSCOW_STORE_EXCEPTION_BYTES;
	uint64_t nr_used;
	int ret = read_piece(reader, area_offset_bytes, within_bytes, &nr_used, err);

	if (ret)
		return ret;

	for (uint64_t entry = 0; entry < nr_used; entry++) {
		const uint8_t *p = reader->piece + entry * LSCOW_STORE_EXCEPTION_BYTES;
		const struct lscow_exception exception = {
			.old_chunk = lscow_load_le64(p),
			.new_chunk = lscow_load_le64(p + 8),
		};

		ret = check_new_chunk(reader, first_entry + entry, exception.new_chunk, err);
		if (!ret)
			ret = check_old_chunk(reader, first_entry + entry,
					      exception.old_chunk, err);
		if (!ret)
			ret = lscow_vector_push(&reader->exceptions, &exception, err);
		if (ret)
			return ret;
	}
	reader->ended = nr_used < reader->piece_bytes / LSCOW_STORE_EXCEPTION_BYTES;
	return 0;
}

static int load_area(struct table_reader *reader, struct lscow_error *err)
{
	const struct lscow_store_info *info = &reader->info;
	/* Both factors are at most the number of chunks the device has, plus 1. */
	uint64_t area_chunk = 1 + info->nr_areas * (reader->area_exceptions + 1);

	if (area_chunk >= reader->nr_chunks)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: exception area %" PRIu64 " at chunk %" PRIu64
				       " lies beyond the device's %" PRIu64
				       " chunks: the exception table has no end",
				       reader->device->name, info->nr_areas, area_chunk,
				       reader->nr_chunks);

	for (uint64_t within_bytes = 0; within_bytes < info->chunk_bytes && !reader->ended;
	     within_bytes += reader->piece_bytes) {
		int ret = load_piece(reader, area_chunk * info->chunk_bytes, within_bytes, err);

		if (ret)
			return ret;
	}
	reader->info.nr_areas++;
	return 0;
}

static int compare_new_chunks(const void *a, const void *b)
{
	const struct lscow_exception *left = a;
	const struct lscow_exception *right = b;

	return (left->new_chunk > right->new_chunk) - (left->new_chunk < right->new_chunk);
}

static int compare_old_chunks(const void *a, const void *b)
{
	const struct lscow_exception *left = a;
	const struct lscow_exception *right = b;

	if (left->old_chunk != right->old_chunk)
		return left->old_chunk > right->old_chunk ? 1 : -1;
	return compare_new_chunks(a, b);
}

/* Leaves the exceptions sorted by old chunk. */
static int check_doubles(struct table_reader *reader, struct lscow_error *err)
{
	const struct lscow_exception *items = LSCOW_ITEMS(&reader->exceptions,
							  struct lscow_exception);
	size_t nr = reader->exceptions.nr;

	lscow_vector_sort(&reader->exceptions, compare_new_chunks);
	for (size_t i = 1; i < nr; i++)
		if (items[i].new_chunk == items[i - 1].new_chunk)
			return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
					       "%s: exception table: new chunk %" PRIu64
					       " is given twice, to old chunks %" PRIu64
					       " and %" PRIu64 ", expected once",
					       reader->device->name, items[i].new_chunk,
					       lscow_min_u64(items[i - 1].old_chunk,
							     items[i].old_chunk),
					       lscow_max_u64(items[i - 1].old_chunk,
							     items[i].old_chunk));

	lscow_vector_sort(&reader->exceptions, compare_old_chunks);
	for (size_t i = 1; i < nr; i++)
		if (items[i].old_chunk == items[i - 1].old_chunk)
			return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
					       "%s: exception table: old chunk %" PRIu64
					       " is mapped twice, to new chunks %" PRIu64
					       " and %" PRIu64 ", expected once",
					       reader->device->name, items[i].old_chunk,
					       items[i - 1].new_chunk, items[i].new_chunk);
	return 0;
}

static int load_table(struct table_reader *reader, struct lscow_error *err)
{
	const struct lscow_store_info *info = &reader->info;

	reader->area_exceptions = info->chunk_bytes / LSCOW_STORE_EXCEPTION_BYTES;
	reader->nr_chunks = info->store_bytes / info->chunk_bytes;
	reader->piece_bytes = lscow_min_u64(info->chunk_bytes, PIECE_BYTES);
	reader->piece = malloc((size_t)reader->piece_bytes);
	if (!reader->piece)
		return lscow_error_no_memory(err, reader->device->name);

	while (!reader->ended) {
		int ret = load_area(reader, err);

		if (ret)
			return ret;
	}
	return check_doubles(reader, err);
}

int lscow_store_load(struct lscow_device *device, struct lscow_store *store,
		     struct lscow_error *err)
{
	struct table_reader reader = {
		.device = device,
		.exceptions = LSCOW_VECTOR(struct lscow_exception),
	};
	int ret = load_header(&reader, err);

	if (!ret)
		ret = load_table(&reader, err);
	free(reader.piece);
	if (ret) {
		lscow_vector_free(&reader.exceptions);
		return ret;
	}

	reader.info.nr_exceptions = reader.exceptions.nr;
	store->info = reader.info;
	store->exceptions = reader.exceptions;
	return 0;
}

int lscow_store_open(const char *path, struct lscow_device **device,
		     struct lscow_store *store, struct lscow_error *err)
{
	struct lscow_device *opened;
	int ret = lscow_file_device_open(path, true, &opened, err);

	if (ret)
		return ret;
	ret = lscow_store_load(opened, store, err);
	if (ret) {
		lscow_device_close(opened);
		return ret;
	}
	*device = opened;
	return 0;
}

int lscow_store_check_origin(const struct lscow_store *store,
			     const struct lscow_device *store_device,
			     const struct lscow_device *origin,
			     struct lscow_error *err)
{
	const struct lscow_exception *items = LSCOW_ITEMS(&store->exceptions,
							  struct lscow_exception);
	uint64_t nr_chunks = lscow_bytes_to_units_up(origin->size_bytes,
						     store->info.chunk_bytes);
	size_t nr = store->exceptions.nr;

	/* They are sorted: the last is the highest. */
	if (nr == 0 || items[nr - 1].old_chunk < nr_chunks)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: old chunk %" PRIu64 " lies beyond the %" PRIu64
			       " chunks of %s", store_device->name, items[nr - 1].old_chunk,
			       nr_chunks, origin->name);
}

int lscow_store_list_ranges(const struct lscow_store *store,
			    struct lscow_ranges *ranges, struct lscow_error *err)
{
	const struct lscow_exception *items = LSCOW_ITEMS(&store->exceptions,
							  struct lscow_exception);
	uint64_t chunk_bytes = store->info.chunk_bytes;

	for (size_t i = 0; i < store->exceptions.nr; i++) {
		/* Cannot overflow: lscow_store_load() has checked it. */
		int ret = lscow_ranges_add(ranges, items[i].old_chunk * chunk_bytes,
					   chunk_bytes, err);

		if (ret)
			return ret;
	}
	return 0;
}

void lscow_store_free(struct lscow_store *store)
{
	if (store)
		lscow_vector_free(&store->exceptions);
}
