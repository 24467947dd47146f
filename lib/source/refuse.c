/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* When the devices of a snapshot cannot be trusted, and what helps then. */

#include "source/refuse.h"

#include <inttypes.h>
#include <stdio.h>

/* A command that gets rid of a snapshot, and one that takes another. */
struct advice {
	char remove[3 * LSCOW_DM_NAME_BYTES];
	char create[3 * LSCOW_DM_NAME_BYTES];
};

static void advise_removal(const struct lscow_dm_node *node, struct advice *advice)
{
	snprintf(advice->remove, sizeof(advice->remove), "%s %s",
		 lscow_lvm_uuid_is_known(node->uuid) ? "lvremove" : "dmsetup remove",
		 node->shown);
}

static void advise_creation(const struct lscow_dm_node *origin, struct advice *advice)
{
	snprintf(advice->create, sizeof(advice->create), "lvcreate -s -n NAME %s%s",
		 origin->table.kind == LSCOW_DM_THIN ? "" : "-L SIZE ", origin->shown);
}

int lscow_refuse_unreadable(const struct lscow_dm_node *node, struct lscow_error *err)
{
	if (node->is_suspended)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: is suspended, and a read would wait; if nothing is "
				       "at work on it: dmsetup resume %s", node->shown,
				       node->name);
	if (!node->has_table)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: has no active table; activate it with: "
				       "lvchange -ay -K %s", node->shown, node->shown);
	return 0;
}

static const char *describe_kind(const struct lscow_dm_node *node)
{
	switch (node->table.kind) {
	case LSCOW_DM_ORIGIN: return "is the origin of snapshots, not one itself";
	case LSCOW_DM_MERGE: return "is an origin that a snapshot is being merged into";
	case LSCOW_DM_POOL: return "is a thin pool";
	default: break;
	}
	return lscow_lvm_uuid_is_store(node->uuid) ? "is a snapshot's exception store" :
						     "is neither a snapshot nor thin";
}

static int refuse_kind(const struct lscow_dm_node *node, struct lscow_error *err)
{
	if (node->table.kind == LSCOW_DM_SNAPSHOT || node->table.kind == LSCOW_DM_THIN)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: %s, expected a snapshot; to see them: lscow status",
			       node->shown, describe_kind(node));
}

static const char *describe_state(enum lscow_snapshot_state state)
{
	switch (state) {
	case LSCOW_STATE_INVALID:
		return "the snapshot is invalid: its store was full or could not be written, "
		       "and later changes are not recorded";
	case LSCOW_STATE_OVERFLOW:
		return "the snapshot has overflowed: its store was full, and not all "
		       "that was written to it is there";
	case LSCOW_STATE_MERGE_FAILED:
		return "the snapshot's merge has failed";
	default:
		return "the state of the snapshot is not known";
	}
}

static int refuse_state(const struct lscow_dm_node *node, struct lscow_error *err)
{
	struct advice advice;

	if (node->status.state == LSCOW_STATE_LIVE)
		return 0;
	advise_removal(node, &advice);
	if (node->table.kind == LSCOW_DM_THIN)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: the thin volume or its pool has failed; to see "
				       "the pool: lvs -a -o+health_status", node->shown);
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: %s; do a full scan, and remove it with: %s", node->shown,
			       describe_state(node->status.state), advice.remove);
}

static int refuse_transient(const struct lscow_dm_node *node, struct lscow_error *err)
{
	if (node->table.kind != LSCOW_DM_SNAPSHOT || node->table.is_persistent)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: the store is transient (N): its exception table is in the "
			       "kernel's memory and cannot be read; compare block by block: "
			       "lscow files --old /dev/mapper/%s --new DEV", node->shown,
			       node->name);
}

/* A snapshot that is mounted read-write is in motion like an origin. */
static int refuse_mounted_snapshot(const struct lscow_machine *machine,
				   const struct lscow_dm_node *node, struct lscow_error *err)
{
	struct lscow_mount mount;

	lscow_mount_find(machine->mountinfo, node->dev, &mount);
	if (mount.mode != LSCOW_MOUNTED_READ_WRITE)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: is mounted read-write on %s, and what it holds is in "
			       "motion; stop that with: umount %s", node->shown, mount.place,
			       mount.place);
}

int lscow_refuse_snapshot(const struct lscow_machine *machine,
			  const struct lscow_dm_node *node, struct lscow_error *err)
{
	int ret = lscow_refuse_unreadable(node, err);

	if (!ret)
		ret = refuse_kind(node, err);
	if (!ret)
		ret = refuse_state(node, err);
	if (!ret)
		ret = refuse_transient(node, err);
	if (!ret)
		ret = refuse_mounted_snapshot(machine, node, err);
	return ret;
}

static int error_in_use(const struct lscow_dm_node *origin,
			const struct lscow_dm_node *snapshot, const char *how,
			struct lscow_error *err)
{
	struct advice advice;

	advise_creation(origin, &advice);
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: the origin is %s, and what it holds is in motion; take "
			       "another snapshot and compare the two: %s && lscow files %s "
			       "NAME", origin->shown, how, advice.create, snapshot->shown);
}

/* Snapshots and the device through which the origin is written lie on it always. */
static bool is_expected_holder(const struct lscow_machine *machine, dev_t dev, dev_t origin)
{
	const struct lscow_dm_node *node = lscow_machine_get(machine, dev);

	return node && node->table.origin == origin;
}

static int refuse_holders(const struct lscow_machine *machine,
			  const struct lscow_dm_node *origin,
			  const struct lscow_dm_node *snapshot, dev_t dev,
			  struct lscow_error *err)
{
	struct lscow_vector holders = LSCOW_VECTOR(struct lscow_holder);
	int ret = lscow_holders_load(dev, &holders, err);

	for (size_t i = 0; i < holders.nr && !ret; i++) {
		const struct lscow_holder *holder =
			&LSCOW_ITEMS(&holders, struct lscow_holder)[i];
		const struct lscow_dm_node *node = lscow_machine_get(machine, holder->dev);
		char how[2 * LSCOW_DM_NAME_BYTES + 16];

		if (is_expected_holder(machine, holder->dev, dev))
			continue;
		snprintf(how, sizeof(how), "in use by %s", node ? node->shown : holder->name);
		ret = error_in_use(origin, snapshot, how, err);
	}
	lscow_vector_free(&holders);
	return ret;
}

/* The mode of the mount, if any, goes to *mode. */
static int refuse_mount(const struct lscow_machine *machine,
			const struct lscow_dm_node *origin,
			const struct lscow_dm_node *snapshot, dev_t dev,
			enum lscow_mount_mode *mode, struct lscow_error *err)
{
	struct lscow_mount mount;
	char how[sizeof(mount.place) + 32];

	lscow_mount_find(machine->mountinfo, dev, &mount);
	*mode = mount.mode;
	if (mount.mode != LSCOW_MOUNTED_READ_WRITE)
		return 0;
	snprintf(how, sizeof(how), "mounted read-write on %s", mount.place);
	return error_in_use(origin, snapshot, how, err);
}

/* A mount elsewhere, a virtual machine's disk, swap: a mount of ours is one opener. */
static int refuse_openers(const struct lscow_dm_node *origin,
			  const struct lscow_dm_node *snapshot, int nr_expected,
			  struct lscow_error *err)
{
	if (origin->nr_openers <= nr_expected)
		return 0;
	return error_in_use(origin, snapshot,
			    "open (by a virtual machine, or a mount that is not seen here)",
			    err);
}

int lscow_refuse_origin(const struct lscow_machine *machine,
			const struct lscow_dm_node *origin,
			const struct lscow_dm_node *snapshot, int nr_own,
			struct lscow_error *err)
{
	dev_t below = origin->table.origin; /* 0 for a thin volume */
	enum lscow_mount_mode mode;
	int ret = lscow_refuse_unreadable(origin, err);

	if (!ret && origin->table.kind == LSCOW_DM_MERGE)
		return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
				       "%s: a snapshot is being merged into the origin; wait "
				       "until that is done: lvs -o name,snap_percent %s",
				       origin->shown, origin->shown);
	if (!ret && below)
		ret = refuse_mount(machine, origin, snapshot, below, &mode, err);
	if (!ret && below)
		ret = refuse_holders(machine, origin, snapshot, below, err);
	if (!ret)
		ret = refuse_mount(machine, origin, snapshot, origin->dev, &mode, err);
	if (!ret)
		ret = refuse_holders(machine, origin, snapshot, origin->dev, err);
	if (ret)
		return ret;
	return refuse_openers(origin, snapshot, nr_own + (mode != LSCOW_NOT_MOUNTED), err);
}
