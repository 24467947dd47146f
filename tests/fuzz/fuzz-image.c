/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Fuzz target: the whole way from two images that differ to files and owners. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/bases.h"
#include "fuzz/memory-open.h"
#include "fuzz/mutate.h"
#include "fuzz/patches.h"
#include "fuzz/refusal.h"

#define MOST_NUMBERS 8u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length_bytes, size_t most_bytes,
			       unsigned int seed);

/* One input. */
struct round {
	struct fuzz_patches patches;
	const struct fuzz_base *base;
	uint8_t *old_bytes;
	uint8_t *new_bytes;
	struct lscow_input *input;
};

/* The ways to list files. The first is the one the others are compared with. */
static const struct lscow_files_options modes[] = {
	{ .expand = false },
	{ .expand = true, .want_ranges = true },
	{ .want_transfers = true, .side = LSCOW_SIDE_OLD },
	{ .quick = true },
	{ .partial = true, .expand = true, .want_ranges = true },
	{ .partial = true, .want_transfers = true, .side = LSCOW_SIDE_OLD },
};

#define NR_MODES (sizeof(modes) / sizeof(modes[0]))
enum {
	MODE_PLAIN,
	MODE_EXPAND,
	MODE_TRANSFERS,
	MODE_QUICK,
	MODE_PARTIAL,
	MODE_PARTIAL_TRANSFERS,
};

/* What is asked with each question, besides MODE_PLAIN where files are asked for. */
static const struct {
	bool wants_mode[NR_MODES];
	bool wants_owner;
	bool wants_partial_owner;
} questions[FUZZ_NR_QUESTIONS] = {
	{ { [MODE_PLAIN] = true, [MODE_EXPAND] = true, [MODE_TRANSFERS] = true,
	    [MODE_QUICK] = true, [MODE_PARTIAL] = true, [MODE_PARTIAL_TRANSFERS] = true },
	  true, true },
	{ { [MODE_PLAIN] = true, [MODE_EXPAND] = true }, false, false },
	{ { [MODE_PLAIN] = true, [MODE_TRANSFERS] = true }, false, false },
	{ { [MODE_PLAIN] = true, [MODE_QUICK] = true }, false, false },
	{ { [MODE_EXPAND] = true, [MODE_PARTIAL] = true }, false, false },
	{ { false }, true, false },
	{ { false }, false, true },
	{ { [MODE_TRANSFERS] = true, [MODE_PARTIAL_TRANSFERS] = true }, false, false },
};

/* What came of one of them. */
struct outcome {
	bool is_asked;
	int code;
	bool is_changed;
	size_t nr_rows;
};

/* ---- files ------------------------------------------------------------------ */

static void check_rows(const struct lscow_files *files)
{
	size_t nr;
	const struct lscow_change *rows = lscow_files_get_changes(files, &nr);

	for (size_t i = 0; i < nr; i++) {
		if (!rows[i].path || rows[i].path[0] == '\0' ||
		    (rows[i].kind == LSCOW_RENAMED && !rows[i].old_path))
			fuzz_give_up("row without a path", rows[i].path ? rows[i].path : "NULL");
		if (i > 0 && strcmp(rows[i - 1].path, rows[i].path) > 0)
			fuzz_give_up("not in order", rows[i].path);
		for (size_t j = 1; j < rows[i].nr_ranges; j++)
			if (rows[i].ranges[j].offset_bytes <
			    rows[i].ranges[j - 1].offset_bytes + rows[i].ranges[j - 1].length_bytes)
				fuzz_give_up("ranges not in order", rows[i].path);
	}
}

static void check_transfers(const struct lscow_files *files)
{
	size_t nr;
	const struct lscow_transfer *transfers = lscow_files_get_transfers(files, &nr);

	for (size_t i = 1; i < nr; i++)
		if (strcmp(transfers[i - 1].path, transfers[i].path) > 0)
			fuzz_give_up("transfers not in order", transfers[i].path);
}

static void check_tally(const struct lscow_summary *summary, int code)
{
	uint64_t sum = 0;

	for (int i = 0; i < LSCOW_NR_BLOCK_CLASSES; i++)
		sum += summary->nr_blocks[i];
	if (sum != summary->total_blocks)
		fuzz_give_up("tally", "not the sum of its classes");
	if (summary->complete != (code == 0) ||
	    (summary->complete && summary->nr_blocks[LSCOW_BLOCK_UNKNOWN] > 0))
		fuzz_give_up("summary", "complete, and it is not, or the reverse");
}

static struct outcome list_files(const struct round *round,
				 const struct lscow_files_options *options)
{
	struct lscow_files *files = NULL;
	struct lscow_error err = { 0 };
	struct outcome outcome = {
		.is_asked = true,
		.code = lscow_files_run(round->input, options, &files, &err),
	};

	fuzz_check_code(outcome.code, &err);
	if (!files)
		return outcome;
	check_rows(files);
	check_transfers(files);
	check_tally(lscow_files_get_summary(files), outcome.code);
	outcome.is_changed = lscow_files_get_summary(files)->changed;
	lscow_files_get_changes(files, &outcome.nr_rows);
	lscow_files_free(files);
	return outcome;
}

/* One question asked in several ways has one answer. */
static void compare_to_plain(const struct round *round, const struct outcome *outcomes)
{
	const struct outcome *plain = &outcomes[MODE_PLAIN];
	const struct outcome *quick = &outcomes[MODE_QUICK];
	const struct outcome *expand = &outcomes[MODE_EXPAND];

	if (!plain->is_asked || plain->code != 0)
		return;
	if (plain->is_changed != (plain->nr_rows > 0))
		fuzz_give_up("plain", "changed without rows, or the reverse");
	if (memcmp(round->old_bytes, round->new_bytes, round->base->nr_bytes) == 0 &&
	    plain->nr_rows > 0)
		fuzz_give_up("plain", "rows, and the views are the same");
	if (quick->is_asked && quick->code == 0 && quick->is_changed != plain->is_changed)
		fuzz_give_up("quick", "another answer than without");
	if (expand->is_asked && expand->code == 0 && expand->nr_rows < plain->nr_rows)
		fuzz_give_up("expand", "fewer rows than without");
}

/* The same was asked of both but for that. */
static void compare_partial(const struct outcome *partial, const struct outcome *whole)
{
	if (!partial->is_asked || !whole->is_asked)
		return;
	/* What goes on behind damage may come upon what must be refused; not the reverse. */
	if (partial->code != whole->code &&
	    !(whole->code == LSCOW_E_INCOMPLETE && partial->code == LSCOW_E_UNKNOWABLE))
		fuzz_give_up("partial", "another code than without");
	if (partial->code == 0 && partial->nr_rows != whole->nr_rows)
		fuzz_give_up("partial", "other rows than without");
}

static void run_files(struct round *round)
{
	const struct lscow_input_spec spec = { .old_path = FUZZ_OLD_PATH,
					       .new_path = FUZZ_NEW_PATH };
	struct outcome outcomes[NR_MODES] = { { false } };
	struct lscow_error err;

	if (lscow_input_open(&spec, NULL, NULL, &round->input, &err))
		fuzz_give_up("input", err.message);
	for (size_t i = 0; i < NR_MODES; i++)
		if (questions[round->patches.question].wants_mode[i])
			outcomes[i] = list_files(round, &modes[i]);
	lscow_input_close(round->input);
	compare_to_plain(round, outcomes);
	compare_partial(&outcomes[MODE_PARTIAL], &outcomes[MODE_EXPAND]);
	compare_partial(&outcomes[MODE_PARTIAL_TRANSFERS], &outcomes[MODE_TRANSFERS]);
}

static bool asks_for_files(const struct round *round)
{
	for (size_t i = 0; i < NR_MODES; i++)
		if (questions[round->patches.question].wants_mode[i])
			return true;
	return false;
}

/* ---- owners ------------------------------------------------------------------ */

static void check_owner(const struct lscow_owner *owner)
{
	size_t nr;
	const struct lscow_owned_block *blocks = lscow_owner_get_blocks(owner, &nr);

	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < blocks[i].nr_inodes; j++)
			for (size_t k = 0; k < blocks[i].inodes[j].nr_paths; k++)
				if (blocks[i].inodes[j].paths[k][0] == '\0')
					fuzz_give_up("owner", "a path that is empty");
}

/* Of the blocks that the patches are in, and one that is always in use. */
static void run_owner(const struct round *round, bool is_partial)
{
	struct lscow_numbers numbers[MOST_NUMBERS] = {
		{ round->base->scratch_block, round->base->scratch_block },
	};
	struct lscow_owner_options options = {
		.path = FUZZ_NEW_PATH, .numbers = numbers, .nr_numbers = 1,
		.partial = is_partial,
	};
	struct lscow_owner *owner = NULL;
	struct lscow_error err = { 0 };

	for (size_t i = 0; i < round->patches.nr && options.nr_numbers < MOST_NUMBERS; i++) {
		uint64_t block = round->patches.items[i].offset_bytes % round->base->nr_bytes /
				 round->base->block_bytes;

		numbers[options.nr_numbers++] = (struct lscow_numbers){ block, block };
	}
	fuzz_check_code(lscow_owner_run(&options, &owner, &err), &err);
	if (owner)
		check_owner(owner);
	lscow_owner_free(owner);
}

/* ---- the target -------------------------------------------------------------- */

static uint8_t *make_view(const struct round *round, enum fuzz_patch_views view)
{
	uint8_t *bytes = fuzz_base_copy(round->base, view == FUZZ_PATCH_OLD);

	fuzz_patches_apply(&round->patches, view, bytes, round->base->nr_bytes);
	return bytes;
}

/* What mke2fs and e2fsck wrote is right already, or nothing gets past them. */
static void check_base(const struct round *round)
{
	static bool is_checked[FUZZ_NR_BASES];
	struct round empty = { .base = round->base };
	uint8_t *bytes;

	if (is_checked[round->patches.base % FUZZ_NR_BASES])
		return;
	is_checked[round->patches.base % FUZZ_NR_BASES] = true;
	bytes = make_view(&empty, FUZZ_PATCH_NEW);
	for (size_t i = 0; i < round->base->nr_bytes; i++)
		if (bytes[i] != round->base->bytes[i]) {
			fprintf(stderr, "byte %zu: ", i);
			fuzz_give_up(round->base->name, "its checksums came out otherwise");
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes)
{
	static struct round round;

	fuzz_patches_decode(bytes, length_bytes, &round.patches);
	round.base = fuzz_base_get(round.patches.base);
	check_base(&round);
	round.old_bytes = make_view(&round, FUZZ_PATCH_OLD);
	round.new_bytes = make_view(&round, FUZZ_PATCH_NEW);
	fuzz_memory_set(LSCOW_SIDE_OLD, round.old_bytes, round.base->nr_bytes);
	fuzz_memory_set(LSCOW_SIDE_NEW, round.new_bytes, round.base->nr_bytes);
	if (asks_for_files(&round))
		run_files(&round);
	if (questions[round.patches.question].wants_owner)
		run_owner(&round, false);
	if (questions[round.patches.question].wants_partial_owner)
		run_owner(&round, true);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length_bytes, size_t most_bytes,
			       unsigned int seed)
{
	static struct fuzz_patches patches;

	fuzz_patches_decode(bytes, length_bytes, &patches);
	fuzz_mutate(&patches, seed);
	return fuzz_patches_encode(&patches, bytes, most_bytes);
}
