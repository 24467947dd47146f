/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The machine's devices and mounts at one moment, to look things up in. */

#include "source/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int lscow_machine_open(struct lscow_machine *machine, struct lscow_error *err)
{
	int ret;

	*machine = (struct lscow_machine){ .nodes = LSCOW_VECTOR(struct lscow_dm_node) };
	ret = lscow_dm_list_nodes(&machine->nodes, err);
	if (!ret)
		ret = lscow_mountinfo_load(&machine->mountinfo, err);
	return ret;
}

void lscow_machine_close(struct lscow_machine *machine)
{
	lscow_vector_free(&machine->nodes);
	free(machine->mountinfo);
}

/* A node, and what it is looked up by. */
typedef bool match_fn(const struct lscow_dm_node *node, const void *key);

static const struct lscow_dm_node *find_node(const struct lscow_machine *machine,
					     match_fn *match, const void *key)
{
	const struct lscow_dm_node *nodes = LSCOW_ITEMS(&machine->nodes,
							struct lscow_dm_node);

	for (size_t i = 0; i < machine->nodes.nr; i++)
		if (match(&nodes[i], key))
			return &nodes[i];
	return NULL;
}

static bool has_name(const struct lscow_dm_node *node, const void *key)
{
	return strcmp(node->name, key) == 0;
}

static bool has_uuid(const struct lscow_dm_node *node, const void *key)
{
	return node->uuid[0] != '\0' && strcmp(node->uuid, key) == 0;
}

static bool has_dev(const struct lscow_dm_node *node, const void *key)
{
	return node->dev == *(const dev_t *)key;
}

static bool writes_origin(const struct lscow_dm_node *node, const void *key)
{
	return (node->table.kind == LSCOW_DM_ORIGIN || node->table.kind == LSCOW_DM_MERGE) &&
	       node->table.origin == *(const dev_t *)key;
}

static bool uses_store(const struct lscow_dm_node *node, const void *key)
{
	return (node->table.kind == LSCOW_DM_SNAPSHOT ||
		node->table.kind == LSCOW_DM_MERGE) &&
	       node->table.store == *(const dev_t *)key;
}

const struct lscow_dm_node *lscow_machine_get(const struct lscow_machine *machine, dev_t dev)
{
	return find_node(machine, has_dev, &dev);
}

const struct lscow_dm_node *
lscow_machine_get_origin(const struct lscow_machine *machine, dev_t origin)
{
	return find_node(machine, writes_origin, &origin);
}

const struct lscow_dm_node *lscow_machine_get_user(const struct lscow_machine *machine,
						   dev_t store)
{
	return find_node(machine, uses_store, &store);
}

const struct lscow_dm_node *lscow_machine_find(const struct lscow_machine *machine,
					       const char *argument)
{
	const struct lscow_dm_node *node = NULL;
	char name[LSCOW_DM_NAME_BYTES];
	struct stat status;

	if (argument[0] == '/' && stat(argument, &status) == 0 && S_ISBLK(status.st_mode))
		return lscow_machine_get(machine, status.st_rdev);
	if (lscow_dm_name_decode(argument, name))
		node = find_node(machine, has_name, name);
	return node ? node : find_node(machine, has_uuid, argument);
}

static bool leads_to(const char *path, dev_t dev)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISBLK(status.st_mode) && status.st_rdev == dev;
}

/* The kernel's own name, from /sys/dev/block/MAJOR:MINOR/uevent. */
static bool find_kernel_path(dev_t dev, char path[LSCOW_DEVICE_PATH_BYTES])
{
	char line[LSCOW_DEVICE_PATH_BYTES - sizeof("/dev/")];
	bool found = false;
	FILE *stream;

	snprintf(path, LSCOW_DEVICE_PATH_BYTES, "/sys/dev/block/%u:%u/uevent", major(dev),
		 minor(dev));
	stream = fopen(path, "re");
	while (stream && !found && fgets(line, sizeof(line), stream)) {
		found = strncmp(line, "DEVNAME=", 8) == 0;
		line[strcspn(line, "\n")] = '\0';
	}
	if (stream)
		fclose(stream);
	if (found)
		snprintf(path, LSCOW_DEVICE_PATH_BYTES, "/dev/%s", line + 8);
	return found && leads_to(path, dev);
}

int lscow_machine_find_path(const struct lscow_machine *machine, dev_t dev,
			    char path[LSCOW_DEVICE_PATH_BYTES], struct lscow_error *err)
{
	const struct lscow_dm_node *node = lscow_machine_get(machine, dev);

	if (node) {
		snprintf(path, LSCOW_DEVICE_PATH_BYTES, "/dev/mapper/%s", node->name);
		if (leads_to(path, dev))
			return 0;
	}
	if (find_kernel_path(dev, path))
		return 0;
	return lscow_error_set(err, LSCOW_E_FAILED,
			       "%s (%u:%u): no node in /dev leads to it; make it with: "
			       "dmsetup mknodes", node ? node->shown : "block device",
			       major(dev), minor(dev));
}
