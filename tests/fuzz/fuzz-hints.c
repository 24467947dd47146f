/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Fuzz target: bytes for a base and a page's number, then a page of hints. */

#include <string.h>

#include "extfs/directory.h"
#include "fuzz/bases.h"
#include "fuzz/refusal.h"
#include "names/hint-check.h"
#include "names/hint-page.h"
#include "support/memory-device.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

/* Sorted, without doubles, of the page; and the same when packed and unpacked again. */
static void check_page(uint32_t page, const struct lscow_vector *hints)
{
	const struct lscow_hint *items = hints->items;
	struct lscow_vector packed = LSCOW_VECTOR(uint8_t);
	struct lscow_vector again = LSCOW_VECTOR(struct lscow_hint);
	struct lscow_error err;

	for (size_t i = 0; i < hints->nr; i++)
		if (items[i].ino / LSCOW_HINT_PAGE_INODES != page ||
		    (i > 0 && lscow_hint_compare(&items[i - 1], &items[i]) >= 0))
			fuzz_give_up("hints", "not in order");
	if (lscow_hint_page_pack(items, hints->nr, &packed, &err) ||
	    lscow_hint_page_unpack(page, packed.items, packed.nr, &again, &err) ||
	    again.nr != hints->nr)
		fuzz_give_up("hints", "not the same again");
	for (size_t i = 0; i < hints->nr; i++)
		if (lscow_hint_compare(&items[i], &LSCOW_ITEMS(&again, struct lscow_hint)[i]))
			fuzz_give_up("hints", "not the same again");
	lscow_vector_free(&packed);
	lscow_vector_free(&again);
}

/* An entry that is looked for. */
struct wanted {
	uint32_t ino;
	size_t nr_found;
};

static int count_entry(void *data, const struct lscow_dirent *entry, struct lscow_error *err)
{
	struct wanted *wanted = data;

	(void)err;
	wanted->nr_found += entry->ino == wanted->ino;
	return 0;
}

/* A hint that is true is borne out by a walk through the directory, and has a name. */
static void check_true(struct lscow_extfs *fs, const struct lscow_hint_check *check,
		       const struct lscow_hint *hint)
{
	const struct lscow_found_name *found = check->found.items;
	struct wanted wanted = { .ino = hint->ino };
	uint8_t raw[1024];
	struct lscow_inode inode;
	struct lscow_error err;
	size_t nr_names = 0;

	if (lscow_inode_load(fs, hint->directory_ino, raw, &inode, &err) ||
	    lscow_directory_iterate(fs, &inode, count_entry, &wanted, &err))
		fuzz_give_up("a true hint to no directory", err.message);
	for (size_t i = 0; i < check->found.nr; i++)
		nr_names += found[i].ino == hint->ino &&
			    found[i].directory_ino == hint->directory_ino;
	if (nr_names == 0 || nr_names > wanted.nr_found)
		fuzz_give_up("hints", "a true one with no name, or too many");
}

static void check_hints(struct lscow_extfs *fs, const struct lscow_vector *hints)
{
	const struct lscow_hint *items = hints->items;
	struct lscow_hint_check check;
	struct lscow_error err;
	const struct lscow_checked_hint *checked;

	lscow_hint_check_open(fs, &check);
	for (size_t i = 0; i < hints->nr; i++)
		if (lscow_hint_check_add(&check, &items[i], &err) ||
		    lscow_hint_check_want_parent(&check, items[i].ino, &err))
			fuzz_give_up("hints", err.message);
	if (lscow_hint_check_run(&check, &err))
		fuzz_give_up("hints", err.message);
	checked = check.hints.items;
	for (size_t i = 0; i < check.hints.nr; i++)
		if (checked[i].is_true)
			check_true(fs, &check, &checked[i].hint);
	lscow_hint_check_close(&check);
}

static void check_on(const struct fuzz_base *base, const struct lscow_vector *hints)
{
	struct lscow_device *device = memory_device_borrow(base->name, base->bytes,
							   base->nr_bytes);
	struct lscow_extfs *fs;
	struct lscow_error err;
	int ret = lscow_extfs_open(device, &fs, &err);

	fuzz_check_code(ret, &err);
	if (ret == 0) {
		check_hints(fs, hints);
		lscow_extfs_close(fs);
	}
	lscow_device_close(device);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes)
{
	struct lscow_vector hints = LSCOW_VECTOR(struct lscow_hint);
	struct lscow_error err;
	uint32_t page;
	int ret;

	if (length_bytes < 2)
		return 0;
	/* All of the first ones, and the last. */
	page = bytes[1] < 255 ? bytes[1] : UINT32_MAX / LSCOW_HINT_PAGE_INODES;
	ret = lscow_hint_page_unpack(page, bytes + 2, length_bytes - 2, &hints, &err);
	fuzz_check_code(ret, &err);
	if (ret == 0)
		check_page(page, &hints);
	/* Also those before the damage: they are as good as any. */
	check_on(fuzz_base_get(bytes[0]), &hints);
	lscow_vector_free(&hints);
	return 0;
}
