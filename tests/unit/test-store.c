/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Exception stores: what is read of a good one, and why others are refused. */

#include "support/unit.h"

#include "source/store.h"
#include "support/memory-device.h"
#include "support/store-image.h"

/* The smallest chunk: an area holds 32 exceptions and is followed by 32 chunks. */
#define CHUNK_BYTES 512u
#define AREA_EXCEPTIONS 32u
#define STRIDE (AREA_EXCEPTIONS + 1)
/* Room for 3 areas and what belongs to them. */
#define NR_CHUNKS (1 + 3 * STRIDE)

static struct store_image image;
static struct lscow_device *device;
static struct lscow_store store;
static struct lscow_error err;

static void setup(void)
{
	image = store_image_new(CHUNK_BYTES, NR_CHUNKS);
	memset(&store, 0, sizeof(store));
	memset(&err, 0, sizeof(err));
	device = NULL;
}

static void teardown(void)
{
	lscow_store_free(&store);
	lscow_device_close(device);
	store_image_free(&image);
}

/* The first length_bytes of the image as a device. */
static int load_part(size_t length_bytes)
{
	device = memory_device_new("cow.img", image.bytes, length_bytes);
	return lscow_store_load(device, &store, &err);
}

static int load(void)
{
	return load_part(image.length_bytes);
}

/* Fills areas as the kernel does: the data chunks one after the other. */
static void fill_areas(size_t nr_exceptions)
{
	for (size_t i = 0; i < nr_exceptions; i++) {
		size_t area = i / AREA_EXCEPTIONS;
		size_t entry = i % AREA_EXCEPTIONS;

		/* Old chunks in falling order, each second one. */
		store_image_put(&image, area, entry, 2 * (nr_exceptions - 1 - i),
				2 + area * STRIDE + entry);
	}
}

/* ---- good stores ---------------------------------------------------- */

static const struct {
	const char *label;
	size_t nr_exceptions;
	size_t nr_chunks; /* of the store; 0 for all */
	uint64_t nr_areas;
} good[] = {
	{ .label = "empty", .nr_exceptions = 0, .nr_areas = 1 },
	{ .label = "empty, no room for data", .nr_exceptions = 0, .nr_chunks = 2,
	  .nr_areas = 1 },
	{ .label = "one", .nr_exceptions = 1, .nr_areas = 1 },
	{ .label = "one entry left", .nr_exceptions = AREA_EXCEPTIONS - 1, .nr_areas = 1 },
	{ .label = "a full area", .nr_exceptions = AREA_EXCEPTIONS, .nr_areas = 2 },
	{ .label = "a full area, the next is the last chunk",
	  .nr_exceptions = AREA_EXCEPTIONS, .nr_chunks = 1 + STRIDE + 1, .nr_areas = 2 },
	{ .label = "begun another", .nr_exceptions = AREA_EXCEPTIONS + 1, .nr_areas = 2 },
	{ .label = "three areas", .nr_exceptions = 3 * AREA_EXCEPTIONS - 1, .nr_areas = 3 },
};

START_TEST(test_good)
{
	const char *label = good[_i].label;
	const struct lscow_exception *items;
	size_t nr_chunks = good[_i].nr_chunks ? good[_i].nr_chunks : NR_CHUNKS;

	fill_areas(good[_i].nr_exceptions);
	unit_assert_ok(label, load_part(nr_chunks * CHUNK_BYTES), &err);
	ck_assert_uint_eq(store.info.chunk_bytes, CHUNK_BYTES);
	ck_assert_uint_eq(store.info.version, 1);
	ck_assert(store.info.valid);
	ck_assert_uint_eq(store.info.store_bytes, nr_chunks * CHUNK_BYTES);
	ck_assert_msg(store.info.nr_exceptions == good[_i].nr_exceptions, "%s: %ju exceptions",
		      label, (uintmax_t)store.info.nr_exceptions);
	ck_assert_msg(store.info.nr_areas == good[_i].nr_areas, "%s: %ju areas", label,
		      (uintmax_t)store.info.nr_areas);

	items = LSCOW_ITEMS(&store.exceptions, struct lscow_exception);
	for (size_t i = 0; i < store.exceptions.nr; i++) {
		size_t put = good[_i].nr_exceptions - 1 - i;

		ck_assert_uint_eq(items[i].old_chunk, 2 * i);
		ck_assert_uint_eq(items[i].new_chunk, 2 + put + put / AREA_EXCEPTIONS);
	}
}
END_TEST

START_TEST(test_valid_is_any_number_but_zero)
{
	store_put_le32(image.bytes + 4, 0x80000000);
	unit_assert_ok("valid", load(), &err);
	ck_assert(store.info.valid);
}
END_TEST

START_TEST(test_short_last_chunk_of_the_store)
{
	/* A part of a chunk behind the whole ones holds nothing. */
	unit_assert_ok("short", load_part(3 * CHUNK_BYTES + 17), &err);
	ck_assert_uint_eq(store.info.store_bytes, 3 * CHUNK_BYTES + 17);
}
END_TEST

START_TEST(test_large_chunks_are_read_in_pieces)
{
	const size_t chunk_bytes = (size_t)4 << 20;
	const size_t piece_bytes = (size_t)1 << 20;

	store_image_free(&image);
	image = store_image_new(chunk_bytes, 3);
	store_image_put(&image, 0, 0, 5, 2);
	unit_assert_ok("large", load(), &err);
	ck_assert_uint_eq(store.info.chunk_bytes, chunk_bytes);
	ck_assert_uint_eq(store.info.nr_exceptions, 1);
	/* The header, and one piece: the table ends in it. */
	ck_assert_uint_eq(memory_device_get_nr_reads(device), 2);
	ck_assert_uint_eq(memory_device_get_read_bytes(device),
			  LSCOW_STORE_HEADER_BYTES + piece_bytes);
}
END_TEST

START_TEST(test_bad_entry_in_a_later_piece)
{
	const size_t chunk_bytes = (size_t)2 << 20;
	const size_t piece_entries = ((size_t)1 << 20) / LSCOW_STORE_EXCEPTION_BYTES;

	store_image_free(&image);
	image = store_image_new(chunk_bytes, 4);
	for (size_t i = 0; i < piece_entries; i++)
		store_image_put(&image, 0, i, i, 2);
	store_image_put(&image, 0, piece_entries, 1, 4);
	unit_assert_error("second piece", load(), &err, LSCOW_E_UNKNOWABLE,
			  "cow.img: exception area 0, entry 65536: new chunk 4 lies beyond "
			  "the device's 4 chunks");
}
END_TEST

/* ---- bad headers ---------------------------------------------------- */

static const struct {
	const char *label;
	size_t offset_bytes;
	uint32_t value;
	const char *message;
} bad_headers[] = {
	{ .label = "other magic", .offset_bytes = 0, .value = 0x54414857,
	  .message = "cow.img: not an exception store: magic 0x54414857 at byte 0, expected "
		     "0x70416e53" },
	{ .label = "magic of the other byte order", .offset_bytes = 0, .value = 0x536e4170,
	  .message = "cow.img: not an exception store: magic 0x536e4170 at byte 0, expected "
		     "0x70416e53" },
	{ .label = "blank", .offset_bytes = 0, .value = 0,
	  .message = "cow.img: blank exception store: magic 0x00000000 at byte 0, expected "
		     "0x70416e53; no change was ever recorded in it" },
	{ .label = "invalidated", .offset_bytes = 4, .value = 0,
	  .message = "cow.img: exception store header: valid 0, expected 1: the store was "
		     "invalidated, and changes after that are not recorded" },
	{ .label = "version 0", .offset_bytes = 8, .value = 0,
	  .message = "cow.img: exception store header: version 0, expected 1" },
	{ .label = "version 2", .offset_bytes = 8, .value = 2,
	  .message = "cow.img: exception store header: version 2, expected 1" },
	{ .label = "no chunk size", .offset_bytes = 12, .value = 0,
	  .message = "cow.img: exception store header: chunk size of 0 sectors, expected a "
		     "power of two" },
	{ .label = "chunk size of 3 sectors", .offset_bytes = 12, .value = 3,
	  .message = "cow.img: exception store header: chunk size of 3 sectors, expected a "
		     "power of two" },
	{ .label = "all bits of the chunk size", .offset_bytes = 12, .value = UINT32_MAX,
	  .message = "cow.img: exception store header: chunk size of 4294967295 sectors, "
		     "expected a power of two" },
	{ .label = "chunk size above the kernel's limit", .offset_bytes = 12,
	  .value = 0x80000000,
	  .message = "cow.img: exception store header: chunk size of 1099511627776 bytes, "
		     "expected at most 2147483647" },
	{ .label = "chunk larger than the store", .offset_bytes = 12, .value = 128,
	  .message = "cow.img: exception store header: chunk size of 65536 bytes, larger "
		     "than the store's 51200 bytes" },
	{ .label = "no room for an area", .offset_bytes = 12, .value = 64,
	  .message = "cow.img: exception area 0 at chunk 1 lies beyond the device's 1 "
		     "chunks: the exception table has no end" },
};

START_TEST(test_bad_header)
{
	store_put_le32(image.bytes + bad_headers[_i].offset_bytes, bad_headers[_i].value);
	unit_assert_error(bad_headers[_i].label, load(), &err, LSCOW_E_UNKNOWABLE,
			  bad_headers[_i].message);
	ck_assert_ptr_null(store.exceptions.items);
}
END_TEST

static const struct {
	const char *label;
	size_t length_bytes;
	size_t nr_exceptions;
	const char *message;
} truncated[] = {
	{ .label = "no bytes", .length_bytes = 0,
	  .message = "cow.img: 0 bytes long, too short for the 16 bytes of an exception "
		     "store's header" },
	{ .label = "half a header", .length_bytes = 15,
	  .message = "cow.img: 15 bytes long, too short for the 16 bytes of an exception "
		     "store's header" },
	{ .label = "a header and no more", .length_bytes = 16,
	  .message = "cow.img: exception store header: chunk size of 512 bytes, larger than "
		     "the store's 16 bytes" },
	{ .label = "no area", .length_bytes = CHUNK_BYTES,
	  .message = "cow.img: exception area 0 at chunk 1 lies beyond the device's 1 "
		     "chunks: the exception table has no end" },
	{ .label = "half an area", .length_bytes = 2 * CHUNK_BYTES - 1,
	  .message = "cow.img: exception area 0 at chunk 1 lies beyond the device's 1 "
		     "chunks: the exception table has no end" },
	{ .label = "data cut off", .length_bytes = 7 * CHUNK_BYTES, .nr_exceptions = 6,
	  .message = "cow.img: exception area 0, entry 5: new chunk 7 lies beyond the "
		     "device's 7 chunks" },
	{ .label = "half of the last data chunk cut off", .length_bytes = 8 * CHUNK_BYTES - 1,
	  .nr_exceptions = 6,
	  .message = "cow.img: exception area 0, entry 5: new chunk 7 lies beyond the "
		     "device's 7 chunks" },
	{ .label = "area full, next one cut off", .length_bytes = (1 + STRIDE) * CHUNK_BYTES,
	  .nr_exceptions = AREA_EXCEPTIONS,
	  .message = "cow.img: exception area 1 at chunk 34 lies beyond the device's 34 "
		     "chunks: the exception table has no end" },
	{ .label = "all areas full", .length_bytes = NR_CHUNKS * CHUNK_BYTES,
	  .nr_exceptions = 3 * AREA_EXCEPTIONS,
	  .message = "cow.img: exception area 3 at chunk 100 lies beyond the device's 100 "
		     "chunks: the exception table has no end" },
};

START_TEST(test_truncated)
{
	fill_areas(truncated[_i].nr_exceptions);
	unit_assert_error(truncated[_i].label, load_part(truncated[_i].length_bytes), &err,
			  LSCOW_E_UNKNOWABLE, truncated[_i].message);
	ck_assert_ptr_null(store.exceptions.items);
}
END_TEST

/* ---- bad tables ----------------------------------------------------- */

/* One entry, put into a table of 40: area 0 is full, area 1 has 8. */
static const struct {
	const char *label;
	size_t area, entry;
	uint64_t old_chunk, new_chunk;
	const char *message;
} bad_entries[] = {
	{ .label = "new chunk behind the end", .area = 0, .entry = 17, .old_chunk = 200,
	  .new_chunk = NR_CHUNKS,
	  .message = "cow.img: exception area 0, entry 17: new chunk 100 lies beyond the "
		     "device's 100 chunks" },
	{ .label = "new chunk of all bits", .area = 1, .entry = 3, .old_chunk = 200,
	  .new_chunk = UINT64_MAX,
	  .message = "cow.img: exception area 1, entry 3: new chunk 18446744073709551615 "
		     "lies beyond the device's 100 chunks" },
	{ .label = "new chunk is area 0", .area = 0, .entry = 0, .old_chunk = 200,
	  .new_chunk = 1,
	  .message = "cow.img: exception area 0, entry 0: new chunk 1 is exception area 0, "
		     "expected a chunk of data" },
	{ .label = "new chunk is area 1", .area = 0, .entry = 31, .old_chunk = 200,
	  .new_chunk = 1 + STRIDE,
	  .message = "cow.img: exception area 0, entry 31: new chunk 34 is exception area 1, "
		     "expected a chunk of data" },
	{ .label = "new chunk is the header, others follow", .area = 0, .entry = 30,
	  .old_chunk = 200, .new_chunk = 0,
	  .message = "cow.img: exception area 0, entry 30: new chunk 0 ends the table, but "
		     "entry 31 follows it" },
	{ .label = "old chunk of all bits", .area = 1, .entry = 7, .old_chunk = UINT64_MAX,
	  .new_chunk = 42,
	  .message = "cow.img: exception area 1, entry 7: old chunk 18446744073709551615 of "
		     "512 bytes lies beyond 2^64 bytes" },
	{ .label = "old chunk that ends at 2^64", .area = 1, .entry = 7,
	  .old_chunk = UINT64_MAX / CHUNK_BYTES, .new_chunk = 42,
	  .message = "cow.img: exception area 1, entry 7: old chunk 36028797018963967 of "
		     "512 bytes lies beyond 2^64 bytes" },
	{ .label = "old chunk twice", .area = 1, .entry = 2, .old_chunk = 78, .new_chunk = 37,
	  .message = "cow.img: exception table: old chunk 78 is mapped twice, to new chunks 2 "
		     "and 37, expected once" },
	{ .label = "old chunk twice, first and last", .area = 1, .entry = 7, .old_chunk = 78,
	  .new_chunk = 99,
	  .message = "cow.img: exception table: old chunk 78 is mapped twice, to new chunks 2 "
		     "and 99, expected once" },
	{ .label = "new chunk twice", .area = 1, .entry = 7, .old_chunk = 200, .new_chunk = 5,
	  .message = "cow.img: exception table: new chunk 5 is given twice, to old chunks 72 "
		     "and 200, expected once" },
	{ .label = "the same entry twice", .area = 1, .entry = 7, .old_chunk = 72,
	  .new_chunk = 5,
	  .message = "cow.img: exception table: new chunk 5 is given twice, to old chunks 72 "
		     "and 72, expected once" },
};

START_TEST(test_bad_entry)
{
	fill_areas(40);
	store_image_put(&image, bad_entries[_i].area, bad_entries[_i].entry,
			bad_entries[_i].old_chunk, bad_entries[_i].new_chunk);
	unit_assert_error(bad_entries[_i].label, load(), &err, LSCOW_E_UNKNOWABLE,
			  bad_entries[_i].message);
	ck_assert_ptr_null(store.exceptions.items);
}
END_TEST

/* ---- reads that fail, and areas that change meanwhile ---------------- */

/* A table of 40 takes three reads: the header and two areas. */
START_TEST(test_nth_read_fails)
{
	fill_areas(40);
	device = memory_device_new("cow.img", image.bytes, image.length_bytes);
	memory_device_fail_read(device, (unsigned int)_i);
	unit_assert_error("nth", lscow_store_load(device, &store, &err), &err, LSCOW_E_FAILED,
			  "cow.img: injected read error");
	ck_assert_ptr_null(store.exceptions.items);
	ck_assert_uint_eq(memory_device_get_nr_reads(device), (unsigned int)_i);
}
END_TEST

START_TEST(test_all_reads_are_counted)
{
	fill_areas(40);
	device = memory_device_new("cow.img", image.bytes, image.length_bytes);
	memory_device_fail_read(device, 4);
	unit_assert_ok("4th", lscow_store_load(device, &store, &err), &err);
	ck_assert_uint_eq(memory_device_get_nr_reads(device), 3);
}
END_TEST

/* Completes the area that was read half-written, after its second reading. */
static void complete_area(struct lscow_device *changed, void *data)
{
	(void)data;
	if (memory_device_get_nr_reads(changed) == 3)
		memory_device_put(changed, CHUNK_BYTES, image.bytes + CHUNK_BYTES, CHUNK_BYTES);
}

START_TEST(test_area_read_while_it_is_written)
{
	static const uint8_t zeros[LSCOW_STORE_EXCEPTION_BYTES];

	fill_areas(5);
	device = memory_device_new("cow.img", image.bytes, image.length_bytes);
	memory_device_put(device, CHUNK_BYTES + 2 * sizeof(zeros), zeros, sizeof(zeros));
	memory_device_after_read(device, complete_area, NULL);
	unit_assert_ok("torn", lscow_store_load(device, &store, &err), &err);
	ck_assert_uint_eq(store.info.nr_exceptions, 5);
	ck_assert_uint_eq(memory_device_get_nr_reads(device), 4);
}
END_TEST

/* ---- a loaded store ------------------------------------------------- */

static const struct {
	const char *label;
	size_t origin_bytes;
	const char *message;
} origins[] = {
	{ .label = "much larger", .origin_bytes = 1 << 20 },
	{ .label = "ends with the chunk", .origin_bytes = 9 * CHUNK_BYTES },
	{ .label = "ends within the chunk", .origin_bytes = 8 * CHUNK_BYTES + 1 },
	{ .label = "ends before the chunk", .origin_bytes = 8 * CHUNK_BYTES,
	  .message = "cow.img: old chunk 8 lies beyond the 8 chunks of origin.img" },
	{ .label = "empty", .origin_bytes = 0,
	  .message = "cow.img: old chunk 8 lies beyond the 0 chunks of origin.img" },
};

START_TEST(test_check_origin)
{
	struct lscow_device *origin = memory_device_new("origin.img", NULL,
							origins[_i].origin_bytes);
	int ret;

	fill_areas(5);
	unit_assert_ok(origins[_i].label, load(), &err);
	ret = lscow_store_check_origin(&store, device, origin, &err);
	if (origins[_i].message)
		unit_assert_error(origins[_i].label, ret, &err, LSCOW_E_UNKNOWABLE,
				  origins[_i].message);
	else
		unit_assert_ok(origins[_i].label, ret, &err);
	lscow_device_close(origin);
}
END_TEST

START_TEST(test_check_origin_of_an_empty_store)
{
	struct lscow_device *origin = memory_device_new("origin.img", NULL, 0);

	unit_assert_ok("load", load(), &err);
	unit_assert_ok("empty", lscow_store_check_origin(&store, device, origin, &err), &err);
	lscow_device_close(origin);
}
END_TEST

START_TEST(test_list_ranges)
{
	struct lscow_ranges ranges = LSCOW_RANGES;
	const struct lscow_range *items;
	size_t nr;

	store_image_put(&image, 0, 0, 8, 4);
	store_image_put(&image, 0, 1, 0, 3);
	store_image_put(&image, 0, 2, 7, 2);
	unit_assert_ok("load", load(), &err);
	unit_assert_ok("list", lscow_store_list_ranges(&store, &ranges, &err), &err);
	items = lscow_ranges_get(&ranges, &nr);
	ck_assert_uint_eq(nr, 2);
	ck_assert_uint_eq(items[0].offset_bytes, 0);
	ck_assert_uint_eq(items[0].length_bytes, CHUNK_BYTES);
	ck_assert_uint_eq(items[1].offset_bytes, 7 * CHUNK_BYTES);
	ck_assert_uint_eq(items[1].length_bytes, 2 * CHUNK_BYTES);
	lscow_ranges_free(&ranges);
}
END_TEST

START_TEST(test_free_nothing)
{
	lscow_store_free(NULL);
	lscow_store_free(&store);
	ck_assert_uint_eq(store.exceptions.nr, 0);
}
END_TEST

static TCase *make_load_tests(void)
{
	TCase *tcase = tcase_create("load");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, (int)UNIT_COUNT(good));
	tcase_add_test(tcase, test_valid_is_any_number_but_zero);
	tcase_add_test(tcase, test_short_last_chunk_of_the_store);
	tcase_add_test(tcase, test_large_chunks_are_read_in_pieces);
	tcase_add_test(tcase, test_bad_entry_in_a_later_piece);
	tcase_add_loop_test(tcase, test_bad_header, 0, (int)UNIT_COUNT(bad_headers));
	tcase_add_loop_test(tcase, test_truncated, 0, (int)UNIT_COUNT(truncated));
	tcase_add_loop_test(tcase, test_bad_entry, 0, (int)UNIT_COUNT(bad_entries));
	tcase_add_loop_test(tcase, test_nth_read_fails, 1, 4);
	tcase_add_test(tcase, test_all_reads_are_counted);
	tcase_add_test(tcase, test_area_read_while_it_is_written);
	return tcase;
}

static TCase *make_loaded_tests(void)
{
	TCase *tcase = tcase_create("loaded");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_check_origin, 0, (int)UNIT_COUNT(origins));
	tcase_add_test(tcase, test_check_origin_of_an_empty_store);
	tcase_add_test(tcase, test_list_ranges);
	tcase_add_test(tcase, test_free_nothing);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("store");

	suite_add_tcase(suite, make_load_tests());
	suite_add_tcase(suite, make_loaded_tests());
	return unit_run(suite);
}
