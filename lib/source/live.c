/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The snapshots of a running machine that are to be compared. */

#include "source/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "source/lvm.h"
#include "source/refuse.h"

/* The search for what to compare. */
struct search {
	struct lscow_machine machine;
	const struct lscow_dm_node *snapshot;
	const struct lscow_dm_node *newer;  /* the origin where that is meant */
	bool newer_is_origin;
	int nr_own; /* how often this process has the origin open */
};

/* Whether LVM has a volume of that name, active or not. */
static int ask_lvm(const char *argument, bool *is_known, struct lscow_error *err)
{
	struct lscow_vector volumes = LSCOW_VECTOR(struct lscow_lvm_volume);
	char name[LSCOW_DM_NAME_BYTES];
	char volume[2 * LSCOW_DM_NAME_BYTES + 1];
	struct lscow_lvm_name split;
	int ret;

	*is_known = false;
	if (!lscow_dm_name_decode(argument, name) || !lscow_lvm_name_split(name, &split))
		return 0;
	snprintf(volume, sizeof(volume), "%s/%s", split.vg, split.lv);
	ret = lscow_lvm_load(&volumes, err);
	if (!ret)
		*is_known = lscow_lvm_find(&volumes, volume) != NULL;
	lscow_vector_free(&volumes);
	return ret;
}

static int find_argument(const struct search *search, const char *argument,
			 const struct lscow_dm_node **node, struct lscow_error *err)
{
	bool is_known;
	int ret;

	*node = lscow_machine_find(&search->machine, argument);
	if (*node)
		return 0;
	ret = ask_lvm(argument, &is_known, err);
	if (ret)
		return ret;
	if (is_known)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: the volume is not active, or is being merged into its "
				       "origin; if it is not: lvchange -ay -K %s", argument,
				       argument);
	return lscow_error_set(err, LSCOW_E_USAGE,
			       "%s: no such volume or device of the device-mapper, expected "
			       "vg/lv or a device node; to see them: lvs", argument);
}

/* The origin of a thin snapshot is known to LVM alone. */
static int find_thin_origin(struct search *search, struct lscow_error *err)
{
	struct lscow_vector volumes = LSCOW_VECTOR(struct lscow_lvm_volume);
	const char *shown = search->snapshot->shown;
	const struct lscow_lvm_volume *volume;
	int ret = lscow_lvm_load(&volumes, err);

	volume = ret ? NULL : lscow_lvm_find(&volumes, shown);
	if (volume && volume->origin[0] != '\0')
		search->newer = lscow_machine_find(&search->machine, volume->origin);
	if (!ret && !search->newer)
		ret = lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				      "%s: the origin of the thin volume is not known or not "
				      "active; give both: lscow files %s NEWER", shown, shown);
	lscow_vector_free(&volumes);
	return ret;
}

static int refuse_untracked(const struct search *search, struct lscow_error *err)
{
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: no snapshot-origin device lies on its origin, and what is "
			       "written to that is not recorded; to see the devices: "
			       "dmsetup ls --tree", search->snapshot->shown);
}

/* Settles which device is the newer view of a thick snapshot. */
static int find_thick_newer(struct search *search, struct lscow_error *err)
{
	const struct lscow_dm_node *snapshot = search->snapshot;
	dev_t origin = snapshot->table.origin;
	const struct lscow_dm_node *writer = lscow_machine_get_origin(&search->machine,
								      origin);

	if (!writer)
		return refuse_untracked(search, err);
	if (!search->newer || search->newer->dev == origin)
		search->newer = writer;
	search->newer_is_origin = search->newer == writer;
	if (search->newer_is_origin ||
	    (search->newer->table.kind == LSCOW_DM_SNAPSHOT &&
	     search->newer->table.origin == origin))
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: not a snapshot of %s, which is the origin of %s; to see "
			       "its snapshots: lscow status %s", search->newer->shown,
			       writer->shown, snapshot->shown, writer->shown);
}

/*
 * A thin volume that is open and not known as a snapshot is in use like an
 * origin; one that nobody has open needs no question.
 */
static int find_thin_use(struct search *search, struct lscow_error *err)
{
	struct lscow_vector volumes = LSCOW_VECTOR(struct lscow_lvm_volume);
	const struct lscow_lvm_volume *volume;
	int ret;

	if (search->newer->nr_openers == 0)
		return 0;
	ret = lscow_lvm_load(&volumes, err);
	volume = ret ? NULL : lscow_lvm_find(&volumes, search->newer->shown);
	search->newer_is_origin = !volume || volume->origin[0] == '\0';
	lscow_vector_free(&volumes);
	return ret;
}

static int find_thin_newer(struct search *search, struct lscow_error *err)
{
	const struct lscow_dm_table *old_table = &search->snapshot->table;
	int ret;

	if (search->newer) {
		ret = find_thin_use(search, err);
	} else {
		ret = find_thin_origin(search, err);
		search->newer_is_origin = true;
	}
	if (ret)
		return ret;
	if (search->newer->table.kind == LSCOW_DM_THIN &&
	    search->newer->table.pool == old_table->pool &&
	    search->newer->table.external_origin == old_table->external_origin)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: not a thin volume of the pool and external origin of %s; "
			       "compare block by block: lscow files --old /dev/mapper/%s "
			       "--new /dev/mapper/%s", search->newer->shown,
			       search->snapshot->shown, search->snapshot->name,
			       search->newer->name);
}

static int find_newer(struct search *search, struct lscow_error *err)
{
	int ret = search->snapshot->table.kind == LSCOW_DM_THIN ?
			  find_thin_newer(search, err) : find_thick_newer(search, err);

	if (ret || search->newer != search->snapshot)
		return ret;
	return lscow_error_set(err, LSCOW_E_USAGE,
			       "%s is given twice, expected two snapshots of one origin",
			       search->snapshot->shown);
}

static int find_devices(struct search *search, const char *snapshot, const char *newer,
			struct lscow_error *err)
{
	int ret = lscow_machine_open(&search->machine, err);

	if (!ret)
		ret = find_argument(search, snapshot, &search->snapshot, err);
	if (!ret && newer)
		ret = find_argument(search, newer, &search->newer, err);
	if (!ret)
		ret = lscow_refuse_snapshot(&search->machine, search->snapshot, err);
	return ret ? ret : find_newer(search, err);
}

static int check_newer(const struct search *search, struct lscow_error *err)
{
	const struct lscow_dm_node *newer = search->newer;
	uint64_t old_bytes = search->snapshot->table.size_bytes;
	int ret = search->newer_is_origin ?
		lscow_refuse_origin(&search->machine, newer, search->snapshot,
				    search->nr_own, err) :
		lscow_refuse_snapshot(&search->machine, newer, err);

	if (ret || newer->table.size_bytes == old_bytes)
		return ret;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s has %" PRIu64 " bytes, %s has %" PRIu64 ", expected the "
			       "same size: the origin was resized between the two; do a full "
			       "scan", search->snapshot->shown, old_bytes, newer->shown,
			       newer->table.size_bytes);
}

/* What lies below is read too: a read of a suspended device waits for ever. */
static int check_below(const struct search *search, dev_t dev, struct lscow_error *err)
{
	const struct lscow_dm_node *node = lscow_machine_get(&search->machine, dev);

	return node ? lscow_refuse_unreadable(node, err) : 0;
}

static int take_view(const struct search *search, const struct lscow_dm_node *node,
		     struct lscow_live_view *view, struct lscow_error *err)
{
	dev_t below = node->table.origin ? node->table.origin : node->table.pool;
	int ret = check_below(search, below, err);

	if (ret)
		return ret;
	view->node = *node;
	view->nr_writes = lscow_writes_load(node->dev);
	if (node->table.kind == LSCOW_DM_ORIGIN)
		view->nr_writes += lscow_writes_load(below);
	return lscow_machine_find_path(&search->machine, node->dev, view->path, err);
}

static int take_store(const struct search *search, const struct lscow_dm_node *node,
		      struct lscow_live *live, struct lscow_error *err)
{
	struct lscow_live_store *store = &live->stores[live->nr_stores];
	int ret;

	if (node->table.kind != LSCOW_DM_SNAPSHOT)
		return 0;
	live->nr_stores++;
	store->dev = node->table.store;
	ret = check_below(search, store->dev, err);
	if (!ret)
		ret = lscow_machine_find_path(&search->machine, store->dev, store->path, err);
	return ret;
}

static int take_pool(const struct search *search, struct lscow_live *live,
		     struct lscow_error *err)
{
	const struct lscow_dm_node *pool;

	live->is_thin = search->snapshot->table.kind == LSCOW_DM_THIN;
	if (!live->is_thin)
		return 0;
	pool = lscow_machine_get(&search->machine, search->snapshot->table.pool);
	if (!pool)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: the thin volume's pool is gone; to see the devices: "
				       "dmsetup ls --tree", search->snapshot->shown);
	live->pool = *pool;
	return 0;
}

static int take_all(const struct search *search, struct lscow_live *live,
		    struct lscow_error *err)
{
	int ret = take_view(search, search->snapshot, &live->old_view, err);

	if (!ret)
		ret = take_view(search, search->newer, &live->new_view, err);
	if (!ret)
		ret = take_store(search, search->snapshot, live, err);
	if (!ret)
		ret = take_store(search, search->newer, live, err);
	return ret ? ret : take_pool(search, live, err);
}

static int find_live(const char *snapshot, const char *newer, int nr_own,
		     struct lscow_live *live, struct lscow_error *err)
{
	struct search search = { .nr_own = nr_own };
	struct lscow_live found = { .is_pair = newer != NULL };
	int ret = find_devices(&search, snapshot, newer, err);

	if (!ret)
		ret = check_newer(&search, err);
	if (!ret)
		ret = take_all(&search, &found, err);
	lscow_machine_close(&search.machine);
	if (!ret)
		*live = found;
	return ret;
}

int lscow_live_find(const char *snapshot, const char *newer, struct lscow_live *live,
		    struct lscow_error *err)
{
	return find_live(snapshot, newer, 0, live, err);
}

struct lscow_thin_pair lscow_live_get_thin_pair(const struct lscow_live *live)
{
	return (struct lscow_thin_pair){
		.pool_name = live->pool.name,
		.old_id = live->old_view.node.table.thin_id,
		.new_id = live->new_view.node.table.thin_id,
	};
}

static bool is_same_table(const struct lscow_dm_table *a, const struct lscow_dm_table *b)
{
	return a->kind == b->kind && a->origin == b->origin && a->store == b->store &&
	       a->pool == b->pool && a->thin_id == b->thin_id &&
	       a->size_bytes == b->size_bytes;
}

/* Names and numbers are given again after a removal; LVM's ids are not. */
static int check_view(const struct lscow_live_view *then, const struct lscow_live_view *now,
		      struct lscow_error *err)
{
	const char *how = NULL;

	if (then->node.dev != now->node.dev || strcmp(then->node.uuid, now->node.uuid) != 0 ||
	    !is_same_table(&then->node.table, &now->node.table))
		how = "is another device now";
	else if (then->nr_writes != now->nr_writes)
		how = "was written to";
	if (!how)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s %s: it changed while it was compared; do a full scan, or "
			       "try again", then->node.shown, how);
}

int lscow_live_recheck(const struct lscow_live *live, struct lscow_error *err)
{
	struct lscow_live now;
	int ret = find_live(live->old_view.node.name,
			    live->is_pair ? live->new_view.node.name : NULL, 1, &now, err);

	if (ret == LSCOW_E_USAGE) {
		err->code = ret = LSCOW_E_UNKNOWABLE;
		lscow_error_prefix(err, "gone while it was compared");
	}
	if (!ret)
		ret = check_view(&live->old_view, &now.old_view, err);
	if (!ret)
		ret = check_view(&live->new_view, &now.new_view, err);
	return ret;
}
