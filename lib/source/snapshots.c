/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The snapshots of this machine, and the stores that were left behind. */

#include "lscow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/units.h"
#include "source/lvm.h"
#include "source/machine.h"
#include "source/store.h"

/* Room for the command that removes a volume. */
#define COMMAND_BYTES (2 * LSCOW_DM_NAME_BYTES + 32)

struct lscow_snapshots {
	struct lscow_vector items; /* of struct lscow_snapshot */
	struct lscow_strings strings;
};

/* What the list is made from. */
struct listing {
	struct lscow_machine machine;
	struct lscow_vector volumes; /* of struct lscow_lvm_volume */
	const char *const *names;
	size_t nr_names;
	struct lscow_snapshots *snapshots;
};

const char *lscow_snapshot_type_name(enum lscow_snapshot_type type)
{
	static const char *const names[] = {
		[LSCOW_SNAPSHOT_THICK] = "thick",
		[LSCOW_SNAPSHOT_THIN] = "thin",
		[LSCOW_SNAPSHOT_STALE] = "stale",
	};

	return names[type];
}

const char *lscow_snapshot_state_name(enum lscow_snapshot_state state)
{
	static const char *const names[] = {
		[LSCOW_STATE_LIVE] = "live",
		[LSCOW_STATE_INVALID] = "invalid",
		[LSCOW_STATE_OVERFLOW] = "overflow",
		[LSCOW_STATE_MERGING] = "merging",
		[LSCOW_STATE_MERGE_FAILED] = "merge-failed",
		[LSCOW_STATE_TRANSIENT] = "transient",
		[LSCOW_STATE_SUSPENDED] = "suspended",
		[LSCOW_STATE_INACTIVE] = "inactive",
		[LSCOW_STATE_STALE] = "stale",
		[LSCOW_STATE_UNKNOWN] = "unknown",
	};

	return names[state];
}

/* ---- which devices are listed --------------------------------------------- */

/* A name is that of a device, or of the group that a volume belongs to. */
static bool is_named(const char *name, const char *shown)
{
	size_t nr_bytes = strlen(name);

	return strncmp(shown, name, nr_bytes) == 0 &&
	       (shown[nr_bytes] == '\0' || (shown[nr_bytes] == '/' && !strchr(name, '/')));
}

/* A layer, such as a store, belongs to its volume. */
static bool is_node_named(const struct lscow_machine *machine, const char *name,
			  const struct lscow_dm_node *node)
{
	char volume[2 * LSCOW_DM_NAME_BYTES + 1];
	struct lscow_lvm_name split;

	if (is_named(name, node->shown) || lscow_machine_find(machine, name) == node)
		return true;
	if (!lscow_lvm_uuid_is_known(node->uuid) ||
	    !lscow_lvm_name_split(node->name, &split))
		return false;
	snprintf(volume, sizeof(volume), "%s/%s", split.vg, split.lv);
	return is_named(name, volume);
}

static bool is_wanted(const struct listing *listing, const struct lscow_dm_node *node,
		      const struct lscow_dm_node *origin)
{
	for (size_t i = 0; i < listing->nr_names; i++)
		if (is_node_named(&listing->machine, listing->names[i], node) ||
		    (origin && is_node_named(&listing->machine, listing->names[i], origin)))
			return true;
	return listing->nr_names == 0;
}

static const struct lscow_dm_node *get_nodes(const struct listing *listing, size_t *nr)
{
	*nr = listing->machine.nodes.nr;
	return LSCOW_ITEMS(&listing->machine.nodes, struct lscow_dm_node);
}

/* A name that nothing has is a mistake, and not an empty list. */
static int check_names(const struct listing *listing, struct lscow_error *err)
{
	size_t nr_nodes;
	const struct lscow_dm_node *nodes = get_nodes(listing, &nr_nodes);

	for (size_t i = 0; i < listing->nr_names; i++) {
		size_t at = 0;

		while (at < nr_nodes &&
		       !is_node_named(&listing->machine, listing->names[i], &nodes[at]))
			at++;
		if (at == nr_nodes)
			return lscow_error_set(err, LSCOW_E_USAGE,
					       "%s: no active volume or volume group of that "
					       "name", listing->names[i]);
	}
	return 0;
}

/* ---- what is told of each -------------------------------------------------- */

static int add_text(struct listing *listing, const char *text, const char **copy,
		    struct lscow_error *err)
{
	return lscow_strings_add(&listing->snapshots->strings, text, strlen(text), copy, err);
}

/* What the size of the snapshot leaves of the last chunk. */
static uint64_t sum_changed(const struct lscow_store *store, uint64_t size_bytes)
{
	const struct lscow_exception *items = LSCOW_ITEMS(&store->exceptions,
							  struct lscow_exception);
	uint64_t chunk_bytes = store->info.chunk_bytes;
	uint64_t sum_bytes = store->exceptions.nr * chunk_bytes;
	uint64_t end_bytes;

	if (store->exceptions.nr == 0 || size_bytes == 0)
		return sum_bytes;
	end_bytes = (items[store->exceptions.nr - 1].old_chunk + 1) * chunk_bytes;
	if (end_bytes > size_bytes && end_bytes - size_bytes < chunk_bytes)
		sum_bytes -= end_bytes - size_bytes;
	return sum_bytes;
}

static int load_store(const struct listing *listing, dev_t dev,
		      struct lscow_snapshot *snapshot, struct lscow_error *why)
{
	char path[LSCOW_DEVICE_PATH_BYTES];
	struct lscow_device *device;
	struct lscow_store store;
	int ret = lscow_machine_find_path(&listing->machine, dev, path, why);

	if (!ret)
		ret = lscow_store_open(path, &device, &store, why);
	if (ret)
		return ret;
	snapshot->has_exceptions = true;
	snapshot->nr_exceptions = store.exceptions.nr;
	snapshot->chunk_bytes = store.info.chunk_bytes;
	snapshot->changed_bytes = sum_changed(&store, snapshot->size_bytes);
	if (snapshot->total_bytes == 0)
		snapshot->total_bytes = store.info.store_bytes;
	lscow_store_free(&store);
	lscow_device_close(device);
	return 0;
}

/* A store that cannot be read is told of, and no failure of the list. */
static int tell_store(struct listing *listing, dev_t dev, struct lscow_snapshot *snapshot,
		      struct lscow_error *err)
{
	const struct lscow_dm_node *node = lscow_machine_get(&listing->machine, dev);
	struct lscow_error why;

	/* A read of a suspended device would wait. */
	if (node && (node->is_suspended || !node->has_table))
		return 0;
	if (load_store(listing, dev, snapshot, &why) == 0)
		return 0;
	return add_text(listing, why.message, &snapshot->problem, err);
}

static enum lscow_snapshot_state find_state(const struct lscow_dm_node *node)
{
	if (node->is_suspended)
		return LSCOW_STATE_SUSPENDED;
	if (!node->has_table)
		return LSCOW_STATE_INACTIVE;
	if (node->status.state != LSCOW_STATE_LIVE)
		return node->status.state;
	if (node->table.kind == LSCOW_DM_MERGE)
		return LSCOW_STATE_MERGING;
	if (node->table.kind == LSCOW_DM_SNAPSHOT && !node->table.is_persistent)
		return LSCOW_STATE_TRANSIENT;
	return LSCOW_STATE_LIVE;
}

static int begin_snapshot(struct listing *listing, const struct lscow_dm_node *node,
			  struct lscow_snapshot *snapshot, struct lscow_error *err)
{
	const struct lscow_lvm_volume *volume = lscow_lvm_find(&listing->volumes, node->shown);
	int ret = add_text(listing, node->shown, &snapshot->name, err);

	snapshot->state = find_state(node);
	snapshot->size_bytes = node->table.size_bytes;
	snapshot->has_usage = node->status.has_usage;
	snapshot->used_bytes = node->status.used_bytes;
	snapshot->total_bytes = node->status.total_bytes;
	if (volume)
		snapshot->created = volume->created;
	return ret ? ret : add_text(listing, node->name, &snapshot->dm_name, err);
}

static int add_snapshot(struct listing *listing, const struct lscow_snapshot *snapshot,
			struct lscow_error *err)
{
	return lscow_vector_push(&listing->snapshots->items, snapshot, err);
}

/* While it is merged a snapshot has no device but that of its origin. */
static int add_thick(struct listing *listing, const struct lscow_dm_node *node,
		     struct lscow_error *err)
{
	const struct lscow_dm_node *origin =
		lscow_machine_get_origin(&listing->machine, node->table.origin);
	struct lscow_snapshot snapshot = { .type = LSCOW_SNAPSHOT_THICK };
	int ret;

	if (!is_wanted(listing, node, origin))
		return 0;
	ret = begin_snapshot(listing, node, &snapshot, err);
	snapshot.chunk_bytes = node->table.chunk_bytes;
	if (!ret && origin)
		ret = add_text(listing, origin->shown, &snapshot.origin, err);
	if (!ret && node->table.is_persistent && snapshot.state != LSCOW_STATE_SUSPENDED)
		ret = tell_store(listing, node->table.store, &snapshot, err);
	return ret ? ret : add_snapshot(listing, &snapshot, err);
}

/* Which thin volumes are snapshots is known to LVM alone. */
static int add_thin(struct listing *listing, const struct lscow_dm_node *node,
		    struct lscow_error *err)
{
	const struct lscow_lvm_volume *volume = lscow_lvm_find(&listing->volumes, node->shown);
	const struct lscow_dm_node *pool = lscow_machine_get(&listing->machine,
							     node->table.pool);
	struct lscow_snapshot snapshot = { .type = LSCOW_SNAPSHOT_THIN };
	int ret;

	if (!volume || volume->origin[0] == '\0' ||
	    !is_wanted(listing, node, lscow_machine_find(&listing->machine, volume->origin)))
		return 0;
	ret = begin_snapshot(listing, node, &snapshot, err);
	snapshot.total_bytes = node->table.size_bytes;
	if (pool)
		snapshot.chunk_bytes = pool->table.chunk_bytes;
	if (!ret)
		ret = add_text(listing, volume->origin, &snapshot.origin, err);
	return ret ? ret : add_snapshot(listing, &snapshot, err);
}

/* ---- stores that were left behind ----------------------------------------- */

static bool has_holders(dev_t dev)
{
	struct lscow_vector holders = LSCOW_VECTOR(struct lscow_holder);
	bool found = lscow_holders_load(dev, &holders, NULL) != 0 || holders.nr > 0;

	lscow_vector_free(&holders);
	return found;
}

static bool is_stale(const struct listing *listing, const struct lscow_dm_node *node)
{
	return lscow_lvm_uuid_is_store(node->uuid) && node->nr_openers == 0 &&
	       !lscow_machine_get_user(&listing->machine, node->dev) &&
	       !has_holders(node->dev);
}

/*
 * A snapshot that LVM still has would come back, wrong, when it is activated
 * again; one that LVM has forgotten is nothing but the device.
 */
static void advise_removal(const struct listing *listing, const struct lscow_dm_node *node,
			   char command[COMMAND_BYTES])
{
	char volume[2 * LSCOW_DM_NAME_BYTES + 1] = "";
	struct lscow_lvm_name split;

	if (lscow_lvm_name_split(node->name, &split))
		snprintf(volume, sizeof(volume), "%s/%s", split.vg, split.lv);
	if (lscow_lvm_find(&listing->volumes, volume))
		snprintf(command, COMMAND_BYTES, "lvremove %s", volume);
	else
		snprintf(command, COMMAND_BYTES, "dmsetup remove %s", node->name);
}

static int add_stale(struct listing *listing, const struct lscow_dm_node *node,
		     struct lscow_error *err)
{
	struct lscow_snapshot snapshot = { .type = LSCOW_SNAPSHOT_STALE };
	char command[COMMAND_BYTES];
	int ret;

	if (!is_stale(listing, node) || !is_wanted(listing, node, NULL))
		return 0;
	ret = begin_snapshot(listing, node, &snapshot, err);
	snapshot.total_bytes = snapshot.size_bytes;
	snapshot.size_bytes = 0;
	if (snapshot.state == LSCOW_STATE_LIVE || snapshot.state == LSCOW_STATE_UNKNOWN)
		snapshot.state = LSCOW_STATE_STALE;
	advise_removal(listing, node, command);
	if (!ret)
		ret = add_text(listing, command, &snapshot.remove_command, err);
	if (!ret)
		ret = tell_store(listing, node->dev, &snapshot, err);
	return ret ? ret : add_snapshot(listing, &snapshot, err);
}

/* ---- the list ---------------------------------------------------------------- */

static int add_node(struct listing *listing, const struct lscow_dm_node *node,
		    struct lscow_error *err)
{
	switch (node->table.kind) {
	case LSCOW_DM_SNAPSHOT:
	case LSCOW_DM_MERGE:
		return add_thick(listing, node, err);
	case LSCOW_DM_THIN:
		return add_thin(listing, node, err);
	case LSCOW_DM_OTHER:
		return add_stale(listing, node, err);
	case LSCOW_DM_ORIGIN:
	case LSCOW_DM_POOL:
		break;
	}
	return 0;
}

static int compare_snapshots(const void *a, const void *b)
{
	const struct lscow_snapshot *left = a;
	const struct lscow_snapshot *right = b;
	bool left_stale = left->type == LSCOW_SNAPSHOT_STALE;
	bool right_stale = right->type == LSCOW_SNAPSHOT_STALE;

	if (left_stale != right_stale)
		return left_stale ? 1 : -1;
	return strcmp(left->name, right->name);
}

static int fill(struct listing *listing, struct lscow_error *err)
{
	size_t nr_nodes;
	const struct lscow_dm_node *nodes;
	int ret = lscow_machine_open(&listing->machine, err);

	if (!ret)
		ret = check_names(listing, err);
	if (!ret)
		ret = lscow_lvm_load(&listing->volumes, err);
	nodes = get_nodes(listing, &nr_nodes);
	for (size_t i = 0; i < nr_nodes && !ret; i++)
		ret = add_node(listing, &nodes[i], err);
	lscow_vector_sort(&listing->snapshots->items, compare_snapshots);
	lscow_vector_free(&listing->volumes);
	lscow_machine_close(&listing->machine);
	return ret;
}

int lscow_snapshots_load(const char *const *names, size_t nr_names,
			 struct lscow_snapshots **snapshots, struct lscow_error *err)
{
	struct listing listing = {
		.volumes = LSCOW_VECTOR(struct lscow_lvm_volume),
		.names = names,
		.nr_names = nr_names,
		.snapshots = calloc(1, sizeof(*listing.snapshots)),
	};
	int ret;

	if (!listing.snapshots)
		return lscow_error_no_memory(err, "snapshots");
	listing.snapshots->items = LSCOW_VECTOR(struct lscow_snapshot);
	listing.snapshots->strings = LSCOW_STRINGS;
	ret = fill(&listing, err);
	if (ret)
		lscow_snapshots_free(listing.snapshots);
	else
		*snapshots = listing.snapshots;
	return ret;
}

void lscow_snapshots_free(struct lscow_snapshots *snapshots)
{
	if (!snapshots)
		return;
	lscow_vector_free(&snapshots->items);
	lscow_strings_free(&snapshots->strings);
	free(snapshots);
}

const struct lscow_snapshot *
lscow_snapshots_get(const struct lscow_snapshots *snapshots, size_t *nr_snapshots)
{
	*nr_snapshots = snapshots->items.nr;
	return LSCOW_ITEMS(&snapshots->items, struct lscow_snapshot);
}
