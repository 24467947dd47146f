/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The devices of the device-mapper; nothing else calls libdevmapper. */

#include "source/dm.h"

#include <fcntl.h>
#include <libdevmapper.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define CONTROL_PATH "/dev/mapper/control"
/* Levels of syslog(3), as libdevmapper has them: this and below are errors. */
#define LOG_LEVEL_ERROR 3

/*
 * libdevmapper tells what failed by its log alone, and the function that gets
 * it has no argument of the caller's: the first message of a call waits here.
 */
static __thread char first_message[256];

static void keep_message(int level, const char *file, int line, int errno_or_class,
			 const char *format, ...)
	__attribute__((format(printf, 5, 6)));

static void keep_message(int level, const char *file, int line, int errno_or_class,
			 const char *format, ...)
{
	va_list arguments;

	(void)file;
	(void)line;
	(void)errno_or_class;
	/* The high bits are flags of libdevmapper's. */
	if ((level & 7) > LOG_LEVEL_ERROR || first_message[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(first_message, sizeof(first_message), format, arguments);
	va_end(arguments);
}

/* A program that has a log function of its own keeps it. */
static bool catch_log(void)
{
	if (dm_log_is_non_default())
		return false;
	dm_log_with_errno_init(keep_message);
	return true;
}

static void release_log(bool is_caught)
{
	dm_lib_release();
	if (is_caught)
		dm_log_with_errno_init(NULL);
}

static int error_call(struct lscow_error *err, const char *what)
{
	return lscow_error_set(err, LSCOW_E_FAILED, "device-mapper: %s: %s", what,
			       first_message[0] ? first_message : "the call failed");
}

/* libdevmapper would make the control node where there is none, or load a module. */
static int check_control(struct lscow_error *err)
{
	int fd = open(CONTROL_PATH, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return lscow_error_set(err, LSCOW_E_FAILED,
				       "device-mapper is not available: " CONTROL_PATH ": %m");
	close(fd);
	return 0;
}

/* A task for the named device, or NULL where something failed. */
static struct dm_task *create_task(int type, const char *name)
{
	struct dm_task *task;

	first_message[0] = '\0';
	task = dm_task_create(type);
	if (task && name && !dm_task_set_name(task, name)) {
		dm_task_destroy(task);
		return NULL;
	}
	return task;
}

/* The task after its run, or NULL where something failed. */
static struct dm_task *finish_task(struct dm_task *task)
{
	if (task && !dm_task_run(task)) {
		dm_task_destroy(task);
		return NULL;
	}
	return task;
}

/*
 * Asks without a flush, which could wait for a pool that is full. Tables of other
 * devices may hold keys: what was read is wiped.
 */
static struct dm_task *run_task(int type, const char *name)
{
	struct dm_task *task = create_task(type, name);

	if (task) {
		dm_task_no_flush(task);
		dm_task_secure_data(task);
	}
	return finish_task(task);
}

/* The one target of a device, or false where it has none or several. */
static bool get_only_target(struct dm_task *task, uint64_t *length_sectors, char **type,
			    char **params)
{
	uint64_t start;
	void *next = dm_get_next_target(task, NULL, &start, length_sectors, type, params);

	return !next && *type && *params;
}

static void copy_text(char *to, size_t to_bytes, const char *from)
{
	snprintf(to, to_bytes, "%s", from ? from : "");
}

/* A layer below a volume has no name of its own for LVM's commands. */
static void name_volume(struct lscow_dm_node *node)
{
	struct lscow_lvm_name split;

	if (lscow_lvm_uuid_is_known(node->uuid) &&
	    lscow_lvm_name_split(node->name, &split) && split.layer[0] == '\0')
		snprintf(node->shown, sizeof(node->shown), "%s/%s", split.vg, split.lv);
	else
		copy_text(node->shown, sizeof(node->shown), node->name);
}

static void take_info(struct dm_task *task, const struct dm_info *info,
		      struct lscow_dm_node *node)
{
	copy_text(node->uuid, sizeof(node->uuid), dm_task_get_uuid(task));
	name_volume(node);
	node->dev = makedev(info->major, info->minor);
	node->nr_openers = info->open_count;
	node->is_suspended = info->suspended != 0;
	node->has_table = info->live_table != 0;
}

/*
 * False where the device is gone. A table that is not understood is left as
 * LSCOW_DM_OTHER: it is no reason to refuse what has nothing to do with it.
 */
static bool load_table(struct lscow_dm_node *node)
{
	struct dm_task *task = run_task(DM_DEVICE_TABLE, node->name);
	struct dm_info info;
	uint64_t length_sectors;
	char *type = NULL, *params = NULL;
	bool is_there = task && dm_task_get_info(task, &info) && info.exists;

	if (is_there) {
		take_info(task, &info, node);
		if (get_only_target(task, &length_sectors, &type, &params))
			lscow_dm_table_decode(type, params, length_sectors, &node->table);
	}
	if (task)
		dm_task_destroy(task);
	return is_there;
}

static bool has_status(const struct lscow_dm_node *node)
{
	switch (node->table.kind) {
	case LSCOW_DM_SNAPSHOT:
	case LSCOW_DM_MERGE:
	case LSCOW_DM_THIN:
		return true;
	default:
		return false;
	}
}

static void load_status(struct lscow_dm_node *node)
{
	struct dm_task *task = run_task(DM_DEVICE_STATUS, node->name);
	uint64_t length_sectors;
	char *type = NULL, *params = NULL;

	node->status.state = LSCOW_STATE_UNKNOWN;
	if (!task)
		return;
	if (get_only_target(task, &length_sectors, &type, &params))
		lscow_dm_status_decode(node->table.kind, params, &node->status);
	dm_task_destroy(task);
}

static int add_node(struct lscow_vector *nodes, const char *name, struct lscow_error *err)
{
	struct lscow_dm_node node = { .table = { .kind = LSCOW_DM_OTHER } };

	copy_text(node.name, sizeof(node.name), name);
	if (!load_table(&node))
		return 0;
	if (has_status(&node))
		load_status(&node);
	return lscow_vector_push(nodes, &node, err);
}

/* The names follow each other in one buffer; device 0 is the end of an empty list. */
static int add_nodes(struct lscow_vector *nodes, const struct dm_names *names,
		     struct lscow_error *err)
{
	while (names->dev != 0) {
		int ret = add_node(nodes, names->name, err);

		if (ret)
			return ret;
		if (names->next == 0)
			break;
		names = (const struct dm_names *)(const void *)((const char *)names +
								 names->next);
	}
	return 0;
}

static int list_nodes(struct lscow_vector *nodes, struct lscow_error *err)
{
	struct dm_task *task = run_task(DM_DEVICE_LIST, NULL);
	const struct dm_names *names = task ? dm_task_get_names(task) : NULL;
	int ret = names ? add_nodes(nodes, names, err) :
			  error_call(err, "list of devices");

	if (task)
		dm_task_destroy(task);
	return ret;
}

/* ---- one device ------------------------------------------------------------- */

static int copy_line(struct dm_task *task, const char *name, struct lscow_dm_line *line,
		     struct lscow_error *err)
{
	uint64_t length_sectors;
	char *type = NULL, *params = NULL;
	struct lscow_dm_line copy;

	if (!get_only_target(task, &length_sectors, &type, &params))
		return lscow_error_set(err, LSCOW_E_FAILED,
				       "device-mapper: %s: expected one line", name);
	copy = (struct lscow_dm_line){ .type = strdup(type), .params = strdup(params) };
	if (!copy.type || !copy.params) {
		lscow_dm_line_free(&copy);
		return lscow_error_no_memory(err, name);
	}
	*line = copy;
	return 0;
}

void lscow_dm_line_free(struct lscow_dm_line *line)
{
	free(line->type);
	free(line->params);
}

/* What a function does with a device while the log is caught. */
static int ask_device(struct dm_task *(*run)(const char *name, const char *message),
		      const char *name, const char *message, struct lscow_dm_line *line,
		      struct lscow_error *err)
{
	struct dm_task *task;
	bool is_caught;
	int ret = check_control(err);

	if (ret)
		return ret;
	is_caught = catch_log();
	task = run(name, message);
	if (!task)
		ret = error_call(err, name);
	else if (line)
		ret = copy_line(task, name, line, err);
	if (task)
		dm_task_destroy(task);
	release_log(is_caught);
	return ret;
}

static struct dm_task *run_table(const char *name, const char *message)
{
	(void)message;
	return run_task(DM_DEVICE_TABLE, name);
}

static struct dm_task *run_status(const char *name, const char *message)
{
	(void)message;
	return finish_task(create_task(DM_DEVICE_STATUS, name));
}

static struct dm_task *run_message(const char *name, const char *message)
{
	struct dm_task *task = create_task(DM_DEVICE_TARGET_MSG, name);

	if (task && (!dm_task_set_sector(task, 0) || !dm_task_set_message(task, message))) {
		dm_task_destroy(task);
		return NULL;
	}
	return finish_task(task);
}

int lscow_dm_get_table(const char *name, struct lscow_dm_line *line,
		       struct lscow_error *err)
{
	return ask_device(run_table, name, NULL, line, err);
}

int lscow_dm_get_status(const char *name, struct lscow_dm_line *line,
			struct lscow_error *err)
{
	return ask_device(run_status, name, NULL, line, err);
}

int lscow_dm_message(const char *name, const char *message, struct lscow_error *err)
{
	return ask_device(run_message, name, message, NULL, err);
}

/* ---- all of them -------------------------------------------------------------- */

int lscow_dm_list_nodes(struct lscow_vector *nodes, struct lscow_error *err)
{
	bool is_caught;
	int ret = check_control(err);

	if (ret)
		return ret;
	is_caught = catch_log();
	ret = list_nodes(nodes, err);
	release_log(is_caught);
	return ret;
}
