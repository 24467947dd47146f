/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Does seeded random work in a directory tree: everything that users do to files. */
#define _GNU_SOURCE
#include "workload.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What an operation takes, for which there is an option. */
enum feature {
	FEATURE_NONE,
	FEATURE_CASEFOLD,
};

enum class {
	CLASS_CREATE,
	CLASS_DATA,
	CLASS_NAME,
	CLASS_LINK,
	CLASS_DIRECTORY,
	CLASS_ATTRIBUTE,
	CLASS_REMOVE,
	CLASS_QUIET,
	NR_CLASSES,
};

struct operation {
	const char *name;
	operation_fn *run;
	enum class class;
	unsigned int populate_weight;
	unsigned int change_weight;
	enum feature feature;
};

/* What a state's operations are mostly about: factors on the weights of the classes. */
struct mood {
	const char *name;
	unsigned int chance;
	unsigned int factors[NR_CLASSES];
};

struct options {
	uint64_t seed;
	const char *directory;
	bool populate;
	uint64_t nr_operations;
	bool verbose;
	bool far;
	bool plain;
	bool casefold;
};

static const struct operation operations[] = {
	{"create", do_create, CLASS_CREATE, 300, 30},
	{"create-sparse", do_create_sparse, CLASS_CREATE, 10, 5},
	{"create-many", do_create_many, CLASS_CREATE, 3, 2},
	{"mkdir", do_make_directory, CLASS_CREATE, 100, 12},
	{"symlink", do_symlink, CLASS_CREATE, 25, 8},
	{"mknod", do_make_special, CLASS_CREATE, 15, 8},
	{"overwrite", do_overwrite, CLASS_DATA, 5, 25},
	{"append", do_append, CLASS_DATA, 10, 20},
	{"truncate", do_truncate, CLASS_DATA, 5, 12},
	{"write-mapped", do_write_mapped, CLASS_DATA, 2, 10},
	{"punch-hole", do_punch_hole, CLASS_DATA, 5, 8},
	{"fallocate", do_allocate, CLASS_DATA, 10, 8},
	{"zero-range", do_zero_range, CLASS_DATA, 2, 5},
	{"shift-range", do_shift_range, CLASS_DATA, 1, 4},
	{"write-keep-mtime", do_write_keep_mtime, CLASS_DATA, 1, 10},
	{"rewrite-same", do_rewrite_same, CLASS_DATA, 0, 4},
	{"copy-over", do_copy_over, CLASS_DATA, 1, 8},
	{"recreate-file", do_recreate_file, CLASS_DATA, 1, 8},
	{"save-by-rename", do_save_by_rename, CLASS_NAME, 2, 20},
	{"rename", do_rename_leaf, CLASS_NAME, 3, 22},
	{"rename-over", do_rename_over, CLASS_NAME, 1, 10},
	{"rotate", do_rotate, CLASS_NAME, 1, 7},
	{"exchange", do_exchange, CLASS_NAME, 2, 12},
	{"whiteout", do_whiteout, CLASS_NAME, 0, 2},
	{"link", do_link, CLASS_LINK, 30, 15},
	{"unlink-linked", do_unlink_linked, CLASS_LINK, 1, 10},
	{"rename-linked", do_rename_linked, CLASS_LINK, 1, 10},
	{"rename-directory", do_rename_directory, CLASS_DIRECTORY, 3, 14},
	{"rename-over-empty", do_rename_over_empty, CLASS_DIRECTORY, 1, 6},
	{"recreate-directory", do_recreate_directory, CLASS_DIRECTORY, 1, 8},
	{"move-children", do_move_children, CLASS_DIRECTORY, 1, 5},
	{"retarget", do_retarget, CLASS_NAME, 1, 6},
	{"chmod", do_chmod, CLASS_ATTRIBUTE, 10, 12},
	{"chown", do_chown, CLASS_ATTRIBUTE, 10, 10},
	{"set-times", do_set_times, CLASS_ATTRIBUTE, 10, 12},
	{"set-xattr", do_set_xattr, CLASS_ATTRIBUTE, 25, 12},
	{"set-large-xattr", do_set_large_xattr, CLASS_ATTRIBUTE, 10, 6},
	{"remove-xattr", do_remove_xattr, CLASS_ATTRIBUTE, 2, 6},
	{"set-acl", do_set_acl, CLASS_ATTRIBUTE, 8, 6},
	{"set-default-acl", do_set_default_acl, CLASS_ATTRIBUTE, 4, 4},
	{"set-flags", do_set_flags, CLASS_ATTRIBUTE, 5, 6},
	{"lock", do_lock, CLASS_ATTRIBUTE, 2, 2},
	{"set-generation", do_set_generation, CLASS_ATTRIBUTE, 0, 1},
	{"change-root", do_change_root, CLASS_ATTRIBUTE, 1, 1},
	{"unlink", do_unlink, CLASS_REMOVE, 10, 20},
	{"rmdir", do_remove_directory, CLASS_REMOVE, 2, 6},
	{"remove-tree", do_remove_tree, CLASS_REMOVE, 1, 5},
	{"file-to-directory", do_file_to_directory, CLASS_REMOVE, 1, 5},
	{"directory-to-file", do_directory_to_file, CLASS_REMOVE, 1, 4},
	{"delete-many", do_delete_many, CLASS_REMOVE, 1, 2},
	{"save-identical", do_save_identical, CLASS_QUIET, 1, 8},
	{"rewrite-silent", do_rewrite_silent, CLASS_QUIET, 0, 6},
	{"create-and-delete", do_create_and_delete, CLASS_QUIET, 1, 4},
	{"same-attributes", do_same_attributes, CLASS_QUIET, 0, 5},
	{"touch-atime", do_touch_atime, CLASS_QUIET, 0, 8},
	{"read", do_read, CLASS_QUIET, 0, 10},
	{"list", do_list, CLASS_QUIET, 0, 5},
	{"defragment", do_defragment, CLASS_QUIET, 0, 5},
	{"migrate", do_migrate, CLASS_QUIET, 1, 3},
	{"fold", do_fold, CLASS_ATTRIBUTE, 60, 12, FEATURE_CASEFOLD},
	{"rename-case", do_rename_case, CLASS_NAME, 10, 20, FEATURE_CASEFOLD},
	{"replace-case", do_replace_case, CLASS_NAME, 0, 5, FEATURE_CASEFOLD},
};

#define NR_OPERATIONS (sizeof(operations) / sizeof(*operations))

static const struct mood moods[] = {
	{"anything", 50, {1, 1, 1, 1, 1, 1, 1, 1}},
	{"quiet", 8, {0, 0, 0, 0, 0, 0, 0, 1}},
	{"directories", 12, {1, 1, 1, 1, 8, 1, 1, 1}},
	{"links", 10, {1, 1, 3, 10, 3, 1, 1, 1}},
	{"data", 8, {1, 6, 1, 1, 0, 1, 0, 1}},
	{"attributes", 6, {0, 0, 0, 0, 1, 6, 0, 1}},
	{"removal", 6, {0, 1, 1, 1, 1, 0, 6, 0}},
};

static const struct mood *choose_mood(struct world *w, bool populate)
{
	uint64_t value = random_below(w, 100);
	size_t i = 0;

	if (populate)
		return &moods[0];
	while (value >= moods[i].chance)
		value -= moods[i++].chance;
	return &moods[i];
}

static bool has_feature(const struct world *w, enum feature feature)
{
	return feature == FEATURE_NONE || (feature == FEATURE_CASEFOLD && w->folds);
}

static unsigned int get_weight(const struct world *w, const struct operation *operation,
			       const struct mood *mood, bool populate)
{
	unsigned int weight =
		populate ? operation->populate_weight : operation->change_weight;

	if (!has_feature(w, operation->feature))
		return 0;
	return weight * mood->factors[operation->class];
}

static const struct operation *choose_operation(struct world *w, const struct mood *mood,
						bool populate)
{
	uint64_t total = 0, value;
	size_t i = 0;

	for (size_t j = 0; j < NR_OPERATIONS; j++)
		total += get_weight(w, &operations[j], mood, populate);
	value = random_below(w, total);
	while (value >= get_weight(w, &operations[i], mood, populate))
		value -= get_weight(w, &operations[i++], mood, populate);
	return &operations[i];
}

static void print_counts(const struct mood *mood, const uint64_t *counts)
{
	fprintf(stderr, "mood %s\n", mood->name);
	for (size_t i = 0; i < NR_OPERATIONS; i++)
		if (counts[i] > 0)
			fprintf(stderr, "%6" PRIu64 " %s\n", counts[i], operations[i].name);
}

static void run(struct world *w, const struct options *options)
{
	uint64_t counts[NR_OPERATIONS] = {0};
	const struct mood *mood = choose_mood(w, options->populate);

	for (uint64_t i = 0; i < options->nr_operations; i++) {
		const struct operation *operation =
			choose_operation(w, mood, options->populate);

		w->operation = operation->name;
		if (operation->run(w))
			counts[operation - operations]++;
	}
	if (options->verbose)
		print_counts(mood, counts);
}

static void usage(void)
{
	fprintf(stderr, "usage: workload [-v] [--far] [--plain] [--casefold] SEED DIR {populate|change} N\n");
	exit(2);
}

static uint64_t parse_number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0')
		usage();
	return value;
}

static void parse_options(struct options *options, char **argv)
{
	for (argv++; *argv != NULL && **argv == '-'; argv++) {
		if (strcmp(*argv, "-v") == 0)
			options->verbose = true;
		else if (strcmp(*argv, "--far") == 0)
			options->far = true;
		else if (strcmp(*argv, "--plain") == 0)
			options->plain = true;
		else if (strcmp(*argv, "--casefold") == 0)
			options->casefold = true;
		else
			usage();
	}
	for (int i = 0; i < 4; i++)
		if (argv[i] == NULL)
			usage();
	options->seed = parse_number(argv[0]);
	options->directory = argv[1];
	options->populate = strcmp(argv[2], "populate") == 0;
	if (!options->populate && strcmp(argv[2], "change") != 0)
		usage();
	options->nr_operations = parse_number(argv[3]);
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct world w = {.operation = "start"};

	(void)argc;
	parse_options(&options, argv);
	w.seed = options.seed;
	w.random = options.seed * 2 + options.populate;
	w.far = options.far;
	w.plain = options.plain;
	w.folds = options.casefold;
	umask(022);
	if (chdir(options.directory) != 0)
		err(2, "%s", options.directory);
	world_load(&w);
	run(&w, &options);
	world_free(&w);
	return 0;
}
