/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Overlay devices: which bytes come from where, in how many reads. */

#include "support/unit.h"

#include "device/device.h"
#include "support/memory-device.h"

#define CHUNK_BYTES 512u
#define ORIGIN_BYTES (7 * CHUNK_BYTES + 100) /* the last chunk is short */
#define STORE_BYTES (12 * CHUNK_BYTES)

/*
 * Chunk of the origin: 0 kept, 1 and 2 from neighbours of the store, 3 from
 * one that is none, 4 and 5 kept, 6 from the store, 7 (short) from the store.
 */
static const struct lscow_exception exceptions[] = {
	{ 1, 4 }, { 2, 5 }, { 3, 2 }, { 6, 10 }, { 7, 11 },
};

static uint8_t expected[ORIGIN_BYTES];
static struct lscow_device *origin, *store, *overlay;
static struct lscow_error err;

/* Every byte of every chunk is another one, as far as that goes. */
static void fill(uint8_t *bytes, size_t nr, unsigned int seed)
{
	for (size_t i = 0; i < nr; i++)
		bytes[i] = (uint8_t)(i * 3 + i / CHUNK_BYTES * 17 + seed);
}

static void setup(void)
{
	origin = memory_device_new("origin", NULL, ORIGIN_BYTES);
	store = memory_device_new("cow", NULL, STORE_BYTES);
	fill(memory_device_get_bytes(origin), ORIGIN_BYTES, 1);
	fill(memory_device_get_bytes(store), STORE_BYTES, 130);

	memcpy(expected, memory_device_get_bytes(origin), ORIGIN_BYTES);
	for (size_t i = 0; i < UNIT_COUNT(exceptions); i++) {
		size_t offset_bytes = exceptions[i].old_chunk * CHUNK_BYTES;
		size_t length_bytes = ORIGIN_BYTES - offset_bytes < CHUNK_BYTES ?
				      ORIGIN_BYTES - offset_bytes : CHUNK_BYTES;

		memcpy(expected + offset_bytes, memory_device_get_bytes(store) +
		       exceptions[i].new_chunk * CHUNK_BYTES, length_bytes);
	}
	unit_assert_ok("open", lscow_overlay_device_open(origin, store, CHUNK_BYTES, exceptions,
							 UNIT_COUNT(exceptions), &overlay,
							 &err), &err);
}

static void teardown(void)
{
	lscow_device_close(overlay);
	lscow_device_close(store);
	lscow_device_close(origin);
}

START_TEST(test_size_and_name)
{
	ck_assert_uint_eq(overlay->size_bytes, ORIGIN_BYTES);
	ck_assert_str_eq(overlay->name, "origin with cow");
}
END_TEST

START_TEST(test_all_offsets_and_lengths)
{
	uint8_t buffer[ORIGIN_BYTES];

	for (size_t offset = 0; offset < ORIGIN_BYTES; offset += 73) {
		for (size_t nr = 1; nr <= ORIGIN_BYTES - offset; nr += 61) {
			unit_assert_ok("read",
				       lscow_device_read(overlay, offset, buffer, nr, &err),
				       &err);
			ck_assert_msg(!memcmp(buffer, expected + offset, nr),
				      "%zu bytes at %zu differ", nr, offset);
		}
	}
}
END_TEST

static const struct {
	const char *label;
	uint64_t offset_bytes;
	size_t length_bytes;
	unsigned int origin_reads;
	unsigned int store_reads;
} reads[] = {
	{ .label = "inside a kept chunk", .offset_bytes = 10, .length_bytes = 20,
	  .origin_reads = 1 },
	{ .label = "neighbours that are kept", .offset_bytes = 4 * CHUNK_BYTES,
	  .length_bytes = 2 * CHUNK_BYTES, .origin_reads = 1 },
	{ .label = "neighbours in the store too", .offset_bytes = CHUNK_BYTES + 5,
	  .length_bytes = 2 * CHUNK_BYTES - 10, .store_reads = 1 },
	{ .label = "no neighbours in the store", .offset_bytes = 2 * CHUNK_BYTES,
	  .length_bytes = 2 * CHUNK_BYTES, .store_reads = 2 },
	{ .label = "short last chunk", .offset_bytes = 7 * CHUNK_BYTES + 99, .length_bytes = 1,
	  .store_reads = 1 },
	{ .label = "all", .length_bytes = ORIGIN_BYTES, .origin_reads = 2, .store_reads = 3 },
};

START_TEST(test_coalesced)
{
	uint8_t buffer[ORIGIN_BYTES];

	unit_assert_ok(reads[_i].label,
		       lscow_device_read(overlay, reads[_i].offset_bytes, buffer,
					 reads[_i].length_bytes, &err), &err);
	ck_assert_msg(memory_device_get_nr_reads(origin) == reads[_i].origin_reads,
		      "%s: %u reads of the origin", reads[_i].label,
		      memory_device_get_nr_reads(origin));
	ck_assert_msg(memory_device_get_nr_reads(store) == reads[_i].store_reads,
		      "%s: %u reads of the store", reads[_i].label,
		      memory_device_get_nr_reads(store));
}
END_TEST

/* Reading all of it takes 2 reads of the origin and 3 of the store. */
static const struct {
	const char *label;
	struct lscow_device **device;
	unsigned int nth;
	const char *message;
} failures[] = {
	{ .label = "origin 1", .device = &origin, .nth = 1,
	  .message = "origin: injected read error" },
	{ .label = "origin 2", .device = &origin, .nth = 2,
	  .message = "origin: injected read error" },
	{ .label = "store 1", .device = &store, .nth = 1,
	  .message = "cow: injected read error" },
	{ .label = "store 2", .device = &store, .nth = 2,
	  .message = "cow: injected read error" },
	{ .label = "store 3", .device = &store, .nth = 3,
	  .message = "cow: injected read error" },
};

START_TEST(test_nth_read_fails)
{
	uint8_t buffer[ORIGIN_BYTES];
	int ret;

	memory_device_fail_read(*failures[_i].device, failures[_i].nth);
	ret = lscow_device_read(overlay, 0, buffer, ORIGIN_BYTES, &err);
	unit_assert_error(failures[_i].label, ret, &err, LSCOW_E_FAILED, failures[_i].message);
}
END_TEST

START_TEST(test_read_beyond)
{
	uint8_t buffer[2];
	int ret = lscow_device_read(overlay, ORIGIN_BYTES - 1, buffer, 2, &err);

	unit_assert_error("beyond", ret, &err, LSCOW_E_FAILED,
			  "origin with cow: read of 2 bytes at 3683 goes beyond the device's "
			  "3684 bytes");
}
END_TEST

START_TEST(test_no_exceptions)
{
	struct lscow_device *plain;
	uint8_t buffer[ORIGIN_BYTES];

	unit_assert_ok("open", lscow_overlay_device_open(origin, store, CHUNK_BYTES, NULL, 0,
							 &plain, &err), &err);
	unit_assert_ok("read", lscow_device_read(plain, 0, buffer, ORIGIN_BYTES, &err), &err);
	ck_assert_mem_eq(buffer, memory_device_get_bytes(origin), ORIGIN_BYTES);
	ck_assert_uint_eq(memory_device_get_nr_reads(origin), 1);
	lscow_device_close(plain);
}
END_TEST

START_TEST(test_all_of_it_may_hold_data)
{
	uint64_t start_bytes, end_bytes;

	memory_device_set_sparse(origin, true);
	unit_assert_ok("data", lscow_device_next_data(overlay, 5, &start_bytes, &end_bytes,
						      &err), &err);
	ck_assert_uint_eq(start_bytes, 5);
	ck_assert_uint_eq(end_bytes, ORIGIN_BYTES);
}
END_TEST

/* Such exceptions do not pass lscow_store_load(); a read of them must fail. */
static const struct {
	const char *label;
	struct lscow_exception exception;
	int code;
	const char *message;
} wild[] = {
	{ .label = "behind the store", .exception = { 0, 12 }, .code = LSCOW_E_FAILED,
	  .message = "cow: read of 512 bytes at 6144 goes beyond the device's 6144 bytes" },
	{ .label = "behind 2^64", .exception = { 0, UINT64_MAX / 4 },
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "cow: new chunk 4611686018427387903 lies beyond the device's "
		     "6144 bytes" },
};

START_TEST(test_wild_exception)
{
	struct lscow_device *bad;
	uint8_t buffer[CHUNK_BYTES];
	int ret;

	unit_assert_ok("open", lscow_overlay_device_open(origin, store, CHUNK_BYTES,
							 &wild[_i].exception, 1, &bad, &err),
		       &err);
	ret = lscow_device_read(bad, 0, buffer, CHUNK_BYTES, &err);
	unit_assert_error(wild[_i].label, ret, &err, wild[_i].code, wild[_i].message);
	lscow_device_close(bad);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device-overlay");
	TCase *tcase = tcase_create("device-overlay");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_size_and_name);
	tcase_add_test(tcase, test_all_offsets_and_lengths);
	tcase_add_loop_test(tcase, test_coalesced, 0, (int)UNIT_COUNT(reads));
	tcase_add_loop_test(tcase, test_nth_read_fails, 0, (int)UNIT_COUNT(failures));
	tcase_add_test(tcase, test_read_beyond);
	tcase_add_test(tcase, test_no_exceptions);
	tcase_add_test(tcase, test_all_of_it_may_hold_data);
	tcase_add_loop_test(tcase, test_wild_exception, 0, (int)UNIT_COUNT(wild));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
