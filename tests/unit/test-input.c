/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Inputs: which specifications make sense, and the ranges and views they give. */

#include "support/unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/input.h"
#include "support/ranges.h"
#include "support/store-image.h"
#include "support/temp-dir.h"

#define CHUNK_BYTES 4096u
#define VIEW_BYTES (4 * CHUNK_BYTES + 100) /* the last chunk is short */
#define NR_MAX 4

static uint8_t old_bytes[VIEW_BYTES], new_bytes[VIEW_BYTES];
static struct lscow_error err;
static struct lscow_input *input;
static size_t nr_files;

/*
 * The folder holds the old and the new view, which differ in chunks 1, 3 and
 * 4, a store that gives the old from the new (and one more, equal chunk 0),
 * a text of ranges, and what is wrong in one way or other.
 */
static void write_store(const char *name, uint64_t far_chunk)
{
	struct store_image image = store_image_new(CHUNK_BYTES, 8);
	static const uint64_t old_chunks[] = { 4, 1, 0, 3 };

	for (size_t i = 0; i < UNIT_COUNT(old_chunks); i++) {
		size_t offset_bytes = old_chunks[i] * CHUNK_BYTES;
		size_t length_bytes = old_chunks[i] == 4 ? 100 : CHUNK_BYTES;

		store_image_put(&image, 0, i, old_chunks[i], 2 + i);
		store_image_fill(&image, 2 + i, 0xEE);
		memcpy(image.bytes + (2 + i) * CHUNK_BYTES, old_bytes + offset_bytes,
		       length_bytes);
	}
	if (far_chunk)
		store_image_put(&image, 0, UNIT_COUNT(old_chunks), far_chunk, 7);
	temp_dir_write(name, image.bytes, image.length_bytes);
	store_image_free(&image);
}

static void setup(void)
{
	for (size_t i = 0; i < VIEW_BYTES; i++)
		old_bytes[i] = (uint8_t)(i * 3 + i / CHUNK_BYTES);
	memcpy(new_bytes, old_bytes, VIEW_BYTES);
	new_bytes[CHUNK_BYTES + 7] ^= 1;
	new_bytes[3 * CHUNK_BYTES] ^= 1;
	new_bytes[VIEW_BYTES - 1] ^= 1;

	temp_dir_make();
	ck_assert_int_eq(chdir(temp_dir_path("")), 0);
	temp_dir_write("old", old_bytes, VIEW_BYTES);
	temp_dir_write("new", new_bytes, VIEW_BYTES);
	temp_dir_write("shorter", new_bytes, VIEW_BYTES - 1);
	temp_dir_write("ranges", "4096 10\n4106 1\n", 15);
	temp_dir_write("far", "0 1\n16484 1\n", 12);
	write_store("cow", 0);
	write_store("far-cow", 5);
	ck_assert_int_eq(symlink("old", "old-link"), 0);
	ck_assert_int_eq(link("old", "old-name"), 0);
	ck_assert_int_eq(mkdir("folder", 0700), 0);
	input = NULL;
	nr_files = temp_dir_count_open_files();
}

static void teardown(void)
{
	lscow_input_close(input);
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_files);
	temp_dir_remove();
}

static int open_input(const struct lscow_input_spec *spec)
{
	return lscow_input_open(spec, NULL, NULL, &input, &err);
}

/* ---- good inputs ---------------------------------------------------- */

static const struct {
	const char *label;
	struct lscow_input_spec spec;
	const char *form;
	uint64_t chunk_bytes;
	bool has_store;
	struct lscow_range expected[NR_MAX];
} good[] = {
	{ .label = "store", .spec = { .cow_path = "cow" }, .form = "store",
	  .chunk_bytes = CHUNK_BYTES, .has_store = true,
	  /* Alone it does not tell that the origin's last chunk is short. */
	  .expected = { { 0, 8192 }, { 12288, 8192 } } },
	{ .label = "origin and store", .spec = { .origin_path = "new", .cow_path = "cow" },
	  .form = "origin-store", .chunk_bytes = CHUNK_BYTES, .has_store = true,
	  .expected = { { 0, 8192 }, { 12288, 4196 } } },
	{ .label = "two views", .spec = { .old_path = "old", .new_path = "new" },
	  .form = "compare", .chunk_bytes = 4096,
	  .expected = { { 4096, 4096 }, { 12288, 4196 } } },
	{ .label = "two views and ranges",
	  .spec = { .old_path = "old", .new_path = "new", .changes = "ranges:ranges" },
	  .form = "feed", .expected = { { 4096, 11 } } },
	{ .label = "two views and a store",
	  .spec = { .old_path = "old", .new_path = "new", .changes = "dm-snapshot:cow" },
	  .form = "feed", .chunk_bytes = CHUNK_BYTES, .has_store = true,
	  .expected = { { 0, 8192 }, { 12288, 4196 } } },
	{ .label = "two views at an offset",
	  .spec = { .old_path = "old", .new_path = "new", .offset_bytes = 4608 },
	  .form = "compare", .chunk_bytes = 4096,
	  .expected = { { 4096, 4096 }, { 12288, 4196 } } },
	{ .label = "origin and store at an offset",
	  .spec = { .origin_path = "new", .cow_path = "cow", .offset_bytes = 16384 },
	  .form = "origin-store", .chunk_bytes = CHUNK_BYTES, .has_store = true,
	  .expected = { { 0, 8192 }, { 12288, 4196 } } },
};

static void assert_ranges(const char *label, const struct lscow_range *expected)
{
	size_t nr;
	const struct lscow_range *items = lscow_input_get_ranges(input, &nr);

	unit_assert_ranges(label, items, nr, expected, NR_MAX);
}

/* That the view has the bytes from the offset on, and no more. */
static void assert_view(const char *label, struct lscow_device *view,
			const uint8_t *bytes, uint64_t offset_bytes)
{
	uint8_t buffer[VIEW_BYTES];
	size_t length_bytes = VIEW_BYTES - (size_t)offset_bytes;

	ck_assert_msg(view->size_bytes == length_bytes, "%s: view of %ju bytes", label,
		      (uintmax_t)view->size_bytes);
	unit_assert_ok(label, lscow_device_read(view, 0, buffer, length_bytes, &err), &err);
	ck_assert_msg(!memcmp(buffer, bytes + offset_bytes, length_bytes),
		      "%s: the view differs", label);
}

START_TEST(test_good)
{
	const char *label = good[_i].label;
	uint64_t offset_bytes = good[_i].spec.offset_bytes;

	unit_assert_ok(label, open_input(&good[_i].spec), &err);
	ck_assert_str_eq(lscow_input_get_form(input), good[_i].form);
	ck_assert_uint_eq(lscow_input_get_chunk_bytes(input), good[_i].chunk_bytes);
	ck_assert_uint_eq(lscow_input_get_offset_bytes(input), offset_bytes);
	ck_assert_int_eq(lscow_input_get_store_info(input) != NULL, good[_i].has_store);
	assert_ranges(label, good[_i].expected);
	if (good[_i].spec.origin_path || good[_i].spec.old_path) {
		assert_view(label, lscow_input_get_old_view(input), old_bytes, offset_bytes);
		assert_view(label, lscow_input_get_new_view(input), new_bytes, offset_bytes);
	} else {
		ck_assert_ptr_null(lscow_input_get_old_view(input));
		ck_assert_ptr_null(lscow_input_get_new_view(input));
	}
}
END_TEST

START_TEST(test_store_info)
{
	const struct lscow_input_spec spec = { .cow_path = "cow" };
	const struct lscow_store_info *info;

	unit_assert_ok("store", open_input(&spec), &err);
	info = lscow_input_get_store_info(input);
	ck_assert_uint_eq(info->chunk_bytes, CHUNK_BYTES);
	ck_assert_uint_eq(info->nr_exceptions, 4);
	ck_assert_uint_eq(info->nr_areas, 1);
	ck_assert_uint_eq(info->store_bytes, 8 * CHUNK_BYTES);
}
END_TEST

START_TEST(test_equal_views)
{
	const struct lscow_input_spec spec = { .old_path = "old", .new_path = "copy" };
	static const struct lscow_range none[NR_MAX] = { { 0, 0 } };

	temp_dir_write("copy", old_bytes, VIEW_BYTES);
	unit_assert_ok("equal", open_input(&spec), &err);
	assert_ranges("equal", none);
}
END_TEST

static void count_call(void *data, const char *step, uint64_t done, uint64_t total)
{
	ck_assert_str_eq(step, "compare");
	ck_assert_uint_le(done, total);
	++*(unsigned int *)data;
}

START_TEST(test_progress)
{
	const struct lscow_input_spec spec = { .old_path = "old", .new_path = "new" };
	unsigned int nr_calls = 0;

	unit_assert_ok("progress", lscow_input_open(&spec, count_call, &nr_calls, &input, &err),
		       &err);
	ck_assert_uint_gt(nr_calls, 0);
}
END_TEST

/* ---- inputs that are refused ----------------------------------------- */

#define NO_INPUT \
	"no input: expected a store, an origin and its store, or an old and a new view"

static const struct {
	const char *label;
	struct lscow_input_spec spec;
	int code;
	const char *message;
} bad[] = {
	{ .label = "nothing", .code = LSCOW_E_USAGE, .message = NO_INPUT },
	{ .label = "newer alone", .spec = { .newer = "vg/b" }, .code = LSCOW_E_USAGE,
	  .message = "vg/b: a newer snapshot needs an older one" },
	{ .label = "snapshot and store", .spec = { .snapshot = "vg/a", .cow_path = "cow" },
	  .code = LSCOW_E_USAGE,
	  .message = "a snapshot cannot be combined with an origin, a store, views or "
		     "changes" },
	{ .label = "origin alone", .spec = { .origin_path = "new" }, .code = LSCOW_E_USAGE,
	  .message = "new: an origin needs its exception store" },
	{ .label = "old alone", .spec = { .old_path = "old" }, .code = LSCOW_E_USAGE,
	  .message = "old: an old view needs a new view" },
	{ .label = "new alone", .spec = { .new_path = "new" }, .code = LSCOW_E_USAGE,
	  .message = "new: a new view needs an old view" },
	{ .label = "new and changes", .spec = { .new_path = "new", .changes = "ranges:ranges" },
	  .code = LSCOW_E_USAGE, .message = "new: a new view needs an old view" },
	{ .label = "changes alone", .spec = { .changes = "ranges:ranges" },
	  .code = LSCOW_E_USAGE, .message = "changes need an old and a new view" },
	{ .label = "store and new", .spec = { .cow_path = "cow", .new_path = "new" },
	  .code = LSCOW_E_USAGE,
	  .message = "an origin or a store cannot be combined with an old or a new view" },
	{ .label = "origin and old", .spec = { .origin_path = "new", .old_path = "old" },
	  .code = LSCOW_E_USAGE,
	  .message = "an origin or a store cannot be combined with an old or a new view" },
	{ .label = "all", .spec = { .origin_path = "new", .cow_path = "cow", .old_path = "old",
				    .new_path = "new" },
	  .code = LSCOW_E_USAGE,
	  .message = "an origin or a store cannot be combined with an old or a new view" },
	{ .label = "store and changes",
	  .spec = { .origin_path = "new", .cow_path = "cow", .changes = "ranges:ranges" },
	  .code = LSCOW_E_USAGE,
	  .message = "an origin or a store cannot be combined with changes of another kind" },
	{ .label = "store alone at an offset",
	  .spec = { .cow_path = "cow", .offset_bytes = 512 }, .code = LSCOW_E_USAGE,
	  .message = "an offset needs an origin or views to apply to" },
	{ .label = "store alone and a partition",
	  .spec = { .cow_path = "cow", .partition = 1 }, .code = LSCOW_E_USAGE,
	  .message = "a partition needs an origin or views to apply to" },
	{ .label = "offset and partition",
	  .spec = { .old_path = "old", .new_path = "new", .offset_bytes = 512,
		    .partition = 1 },
	  .code = LSCOW_E_USAGE,
	  .message = "an offset and a partition are given, expected one of them" },
	{ .label = "partition without a table",
	  .spec = { .old_path = "old", .new_path = "new", .partition = 1 },
	  .code = LSCOW_E_USAGE,
	  .message = "new: found no partition table, expected one with partition 1" },
	{ .label = "offset within a sector",
	  .spec = { .old_path = "old", .new_path = "new", .offset_bytes = 513 },
	  .code = LSCOW_E_USAGE,
	  .message = "offset of 513 bytes, expected a multiple of 512" },
	{ .label = "offset behind the end",
	  .spec = { .old_path = "old", .new_path = "new", .offset_bytes = 16896 },
	  .code = LSCOW_E_USAGE,
	  .message = "new: offset of 16896 bytes lies beyond the device's 16484 bytes" },
	{ .label = "offset behind the origin's end",
	  .spec = { .origin_path = "new", .cow_path = "cow",
		    .offset_bytes = UINT64_MAX - 511 },
	  .code = LSCOW_E_USAGE,
	  .message = "new: offset of 18446744073709551104 bytes lies beyond the device's "
		     "16484 bytes" },
	{ .label = "changes without a colon",
	  .spec = { .old_path = "old", .new_path = "new", .changes = "ranges" },
	  .code = LSCOW_E_USAGE, .message = "changes \"ranges\": expected FORMAT:FILE" },
	{ .label = "unknown format",
	  .spec = { .old_path = "missing", .new_path = "new", .changes = "x:y" },
	  .code = LSCOW_E_USAGE,
	  .message = "changes \"x:y\": unknown format \"x\", expected one of: dm-snapshot, "
		     "ranges, thin-delta" },

	{ .label = "old is new", .spec = { .old_path = "old", .new_path = "old" },
	  .code = LSCOW_E_USAGE,
	  .message = "old view and new view are the same: old and old, expected two" },
	{ .label = "through a symlink", .spec = { .old_path = "old", .new_path = "old-link" },
	  .code = LSCOW_E_USAGE,
	  .message = "old view and new view are the same: old and old-link, expected two" },
	{ .label = "through another name",
	  .spec = { .old_path = "old-name", .new_path = "./old" }, .code = LSCOW_E_USAGE,
	  .message = "old view and new view are the same: old-name and ./old, expected two" },
	{ .label = "origin is store", .spec = { .origin_path = "cow", .cow_path = "cow" },
	  .code = LSCOW_E_USAGE,
	  .message = "origin and store are the same: cow and cow, expected two" },
	{ .label = "changes are the new view",
	  .spec = { .old_path = "old", .new_path = "new", .changes = "dm-snapshot:new" },
	  .code = LSCOW_E_USAGE,
	  .message = "new view and changes are the same: new and new, expected two" },

	{ .label = "old missing", .spec = { .old_path = "no", .new_path = "new" },
	  .code = LSCOW_E_FAILED,
	  .message = "old view: no: cannot open: No such file or directory" },
	{ .label = "new missing", .spec = { .old_path = "old", .new_path = "no" },
	  .code = LSCOW_E_FAILED,
	  .message = "new view: no: cannot open: No such file or directory" },
	{ .label = "origin missing", .spec = { .origin_path = "no", .cow_path = "cow" },
	  .code = LSCOW_E_FAILED,
	  .message = "origin: no: cannot open: No such file or directory" },
	{ .label = "store missing", .spec = { .origin_path = "new", .cow_path = "no" },
	  .code = LSCOW_E_FAILED,
	  .message = "store: no: cannot open: No such file or directory" },
	{ .label = "store alone missing", .spec = { .cow_path = "no" },
	  .code = LSCOW_E_FAILED,
	  .message = "store: no: cannot open: No such file or directory" },
	{ .label = "changes missing",
	  .spec = { .old_path = "old", .new_path = "new", .changes = "ranges:no" },
	  .code = LSCOW_E_FAILED,
	  .message = "changes: no: cannot open: No such file or directory" },
	{ .label = "changes are a folder",
	  .spec = { .old_path = "old", .new_path = "new", .changes = "ranges:folder" },
	  .code = LSCOW_E_FAILED, .message = "changes: folder: cannot read: Is a directory" },
	{ .label = "origin is a folder",
	  .spec = { .origin_path = "folder", .cow_path = "cow" }, .code = LSCOW_E_USAGE,
	  .message = "origin: folder: is a directory, expected a block device or a regular "
		     "file" },
	{ .label = "empty path", .spec = { .old_path = "old", .new_path = "" },
	  .code = LSCOW_E_USAGE, .message = "new view: the path of a device is empty" },

	{ .label = "sizes differ", .spec = { .old_path = "old", .new_path = "shorter" },
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "old view: old has 16484 bytes, new view: shorter has 16483 bytes: "
		     "expected the same size" },
	{ .label = "sizes differ, with ranges",
	  .spec = { .old_path = "old", .new_path = "shorter", .changes = "ranges:ranges" },
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "old view: old has 16484 bytes, new view: shorter has 16483 bytes: "
		     "expected the same size" },
	{ .label = "store of a larger origin",
	  .spec = { .origin_path = "new", .cow_path = "far-cow" }, .code = LSCOW_E_UNKNOWABLE,
	  .message = "store: far-cow: old chunk 5 lies beyond the 5 chunks of new" },
	{ .label = "changes of a larger origin",
	  .spec = { .old_path = "old", .new_path = "new", .changes = "dm-snapshot:far-cow" },
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "changes: far-cow: old chunk 5 lies beyond the 5 chunks of new" },
	{ .label = "ranges behind the end",
	  .spec = { .old_path = "old", .new_path = "new", .changes = "ranges:far" },
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "changes: far: line 2: range of 1 bytes at 16484 ends beyond the views' "
		     "16484 bytes" },
	{ .label = "origin for a store", .spec = { .origin_path = "cow", .cow_path = "old" },
	  .code = LSCOW_E_UNKNOWABLE,
	  .message = "store: old: not an exception store: magic 0x09060300 at byte 0, "
		     "expected 0x70416e53" },
};

/* teardown() sees that every file was closed. */
START_TEST(test_bad)
{
	int ret = open_input(&bad[_i].spec);

	unit_assert_error(bad[_i].label, ret, &err, bad[_i].code, bad[_i].message);
	ck_assert_ptr_null(input);
}
END_TEST

START_TEST(test_bad_without_error)
{
	ck_assert_int_eq(lscow_input_open(&bad[_i].spec, NULL, NULL, &input, NULL),
			 bad[_i].code);
	ck_assert_ptr_null(input);
}
END_TEST

/* A file that ends while it is compared: its first reading shortens it. */
static void shorten(void *data, const char *step, uint64_t done, uint64_t total)
{
	(void)step;
	(void)done;
	(void)total;
	ck_assert_int_eq(truncate((const char *)data, 100), 0);
}

START_TEST(test_view_becomes_shorter)
{
	const struct lscow_input_spec spec = { .old_path = "big-old", .new_path = "big-new" };
	static uint8_t big[3 << 20];
	char shortened[] = "big-new";
	int ret;

	memset(big, 1, sizeof(big));
	temp_dir_write("big-old", big, sizeof(big));
	temp_dir_write("big-new", big, sizeof(big));
	ret = lscow_input_open(&spec, shorten, shortened, &input, &err);
	unit_assert_error("shorter", ret, &err, LSCOW_E_FAILED,
			  "big-new: file ended at 100, expected 3145728 bytes");
	ck_assert_ptr_null(input);
}
END_TEST

START_TEST(test_close_nothing)
{
	lscow_input_close(NULL);
	ck_assert_ptr_null(input);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("input");
	TCase *tcase = tcase_create("input");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, (int)UNIT_COUNT(good));
	tcase_add_test(tcase, test_store_info);
	tcase_add_test(tcase, test_equal_views);
	tcase_add_test(tcase, test_progress);
	tcase_add_loop_test(tcase, test_bad, 0, (int)UNIT_COUNT(bad));
	tcase_add_loop_test(tcase, test_bad_without_error, 0, (int)UNIT_COUNT(bad));
	tcase_add_test(tcase, test_view_becomes_shorter);
	tcase_add_test(tcase, test_close_nothing);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
