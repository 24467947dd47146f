/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What an input specification asks for, and whether that makes sense. */

#include "source/input-spec.h"

#include <sys/stat.h>

#include "source/place.h"

/* A path, and what it is given for. */
struct role {
	const char *name;
	const char *path;
};

static int error_usage(struct lscow_error *err, const char *message)
{
	return lscow_error_set(err, LSCOW_E_USAGE, "%s", message);
}

static int find_store_form(const struct lscow_input_spec *spec,
			   enum lscow_input_form *form, struct lscow_error *err)
{
	if (spec->old_path || spec->new_path)
		return error_usage(err, "an origin or a store cannot be combined with an "
					"old or a new view");
	if (spec->changes)
		return error_usage(err, "an origin or a store cannot be combined with "
					"changes of another kind");
	if (!spec->cow_path)
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "%s: an origin needs its exception store",
				       spec->origin_path);
	if (!spec->origin_path && spec->offset_bytes)
		return error_usage(err, "an offset needs an origin or views to apply to");
	if (!spec->origin_path && spec->partition)
		return error_usage(err, "a partition needs an origin or views to apply to");
	*form = spec->origin_path ? LSCOW_INPUT_ORIGIN_STORE : LSCOW_INPUT_STORE;
	return 0;
}

static int find_snapshot_form(const struct lscow_input_spec *spec,
			      enum lscow_input_form *form, struct lscow_error *err)
{
	if (spec->origin_path || spec->cow_path || spec->old_path || spec->new_path ||
	    spec->changes)
		return error_usage(err, "a snapshot cannot be combined with an origin, a "
					"store, views or changes");
	if (!spec->snapshot)
		return lscow_error_set(err, LSCOW_E_USAGE,
				       "%s: a newer snapshot needs an older one", spec->newer);
	*form = LSCOW_INPUT_SNAPSHOT;
	return 0;
}

static int find_form(const struct lscow_input_spec *spec, enum lscow_input_form *form,
		     struct lscow_error *err)
{
	if (spec->snapshot || spec->newer)
		return find_snapshot_form(spec, form, err);
	if (spec->origin_path || spec->cow_path)
		return find_store_form(spec, form, err);
	if (!spec->old_path && !spec->new_path)
		return error_usage(err, spec->changes ?
				   "changes need an old and a new view" :
				   "no input: expected a store, an origin and its store, or "
				   "an old and a new view");
	if (!spec->new_path)
		return lscow_error_set(err, LSCOW_E_USAGE, "%s: an old view needs a new view",
				       spec->old_path);
	if (!spec->old_path)
		return lscow_error_set(err, LSCOW_E_USAGE, "%s: a new view needs an old view",
				       spec->new_path);
	*form = spec->changes ? LSCOW_INPUT_FEED : LSCOW_INPUT_COMPARE;
	return 0;
}

/* One device can have many nodes, and one file many names. */
static bool is_same_file(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int check_two_roles(const struct role *a, const struct role *b,
			   struct lscow_error *err)
{
	struct stat a_status;
	struct stat b_status;

	/* A path that leads nowhere is told when it is opened. */
	if (!a->path || !b->path || stat(a->path, &a_status) || stat(b->path, &b_status) ||
	    !is_same_file(&a_status, &b_status))
		return 0;
	return lscow_error_set(err, LSCOW_E_USAGE,
			       "%s and %s are the same: %s and %s, expected two",
			       a->name, b->name, a->path, b->path);
}

static int check_roles(const struct lscow_input_spec *spec, const char *feed_path,
		       struct lscow_error *err)
{
	const struct role roles[] = {
		{ "origin", spec->origin_path },
		{ "store", spec->cow_path },
		{ "old view", spec->old_path },
		{ "new view", spec->new_path },
		{ "changes", feed_path },
	};
	const size_t nr_roles = sizeof(roles) / sizeof(roles[0]);

	for (size_t i = 0; i < nr_roles; i++) {
		for (size_t j = i + 1; j < nr_roles; j++) {
			int ret = check_two_roles(&roles[i], &roles[j], err);

			if (ret)
				return ret;
		}
	}
	return 0;
}

int lscow_input_spec_check(const struct lscow_input_spec *spec,
			   struct lscow_input_plan *plan, struct lscow_error *err)
{
	struct lscow_input_plan checked = { .feed_format = NULL };
	int ret = find_form(spec, &checked.form, err);

	if (!ret)
		ret = lscow_place_check(spec->offset_bytes, spec->partition, err);
	if (!ret && checked.form == LSCOW_INPUT_FEED)
		ret = lscow_feed_parse(spec->changes, &checked.feed_format,
				       &checked.feed_path, err);
	if (!ret)
		ret = check_roles(spec, checked.feed_path, err);
	if (!ret)
		*plan = checked;
	return ret;
}
