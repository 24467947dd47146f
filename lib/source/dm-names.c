/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Names of volumes as LVM and as the device-mapper have them. */

#include "source/dm-names.h"

#include <string.h>

/* "LVM-", the group's and the volume's id, of 32 characters each. */
#define LVM_PREFIX "LVM-"
#define LVM_PREFIX_BYTES (sizeof(LVM_PREFIX) - 1)
#define LVM_IDS_BYTES 64u

/*
 * Copies from *from up to a single hyphen or the end; a double one counts as
 * one. *from is left behind the hyphen. False where nothing was copied.
 */
static bool take_part(const char **from, char *part)
{
	const char *at = *from;
	size_t nr = 0;

	while (*at != '\0' && nr < LSCOW_DM_NAME_BYTES - 1) {
		if (at[0] == '-' && at[1] != '-')
			break;
		at += at[0] == '-' ? 2 : 1;
		part[nr++] = at[-1];
	}
	part[nr] = '\0';
	*from = *at == '-' ? at + 1 : at;
	return nr > 0;
}

bool lscow_lvm_name_split(const char *dm_name, struct lscow_lvm_name *split)
{
	const char *at = dm_name;

	split->layer[0] = '\0';
	if (!take_part(&at, split->vg) || !take_part(&at, split->lv))
		return false;
	return *at == '\0' || (take_part(&at, split->layer) && *at == '\0');
}

/* Appends with hyphens doubled; false where there is no room. */
static bool append_doubled(char *dm_name, size_t *nr, const char *part, size_t part_bytes)
{
	for (size_t i = 0; i < part_bytes; i++) {
		if (*nr + 3 > LSCOW_DM_NAME_BYTES)
			return false;
		dm_name[(*nr)++] = part[i];
		if (part[i] == '-')
			dm_name[(*nr)++] = '-';
	}
	dm_name[*nr] = '\0';
	return part_bytes > 0;
}

static bool join_volume(const char *vg, const char *slash, char *dm_name)
{
	const char *lv = slash + 1;
	size_t nr = 0;

	if (strchr(lv, '/') || !append_doubled(dm_name, &nr, vg, (size_t)(slash - vg)) ||
	    nr + 1 >= LSCOW_DM_NAME_BYTES)
		return false;
	dm_name[nr++] = '-';
	return append_doubled(dm_name, &nr, lv, strlen(lv));
}

/* What follows a prefix, or NULL. */
static const char *skip_prefix(const char *text, const char *prefix)
{
	size_t nr_bytes = strlen(prefix);

	return strncmp(text, prefix, nr_bytes) == 0 ? text + nr_bytes : NULL;
}

bool lscow_dm_name_decode(const char *argument, char dm_name[LSCOW_DM_NAME_BYTES])
{
	const char *mapped = skip_prefix(argument, "/dev/mapper/");
	const char *device = skip_prefix(argument, "/dev/");
	const char *name = mapped ? mapped : device ? device : argument;
	const char *slash = strchr(name, '/');
	size_t nr_bytes = strlen(name);

	if (slash)
		return !mapped && join_volume(name, slash, dm_name);
	if (device && !mapped)
		return false;
	if (nr_bytes == 0 || nr_bytes >= LSCOW_DM_NAME_BYTES)
		return false;
	memcpy(dm_name, name, nr_bytes + 1);
	return true;
}

bool lscow_lvm_uuid_is_known(const char *uuid)
{
	return strncmp(uuid, LVM_PREFIX, LVM_PREFIX_BYTES) == 0;
}

bool lscow_lvm_uuid_is_store(const char *uuid)
{
	return lscow_lvm_uuid_is_known(uuid) &&
	       strlen(uuid) > LVM_PREFIX_BYTES + LVM_IDS_BYTES &&
	       strcmp(uuid + LVM_PREFIX_BYTES + LVM_IDS_BYTES, "-cow") == 0;
}
