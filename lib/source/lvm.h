/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What only LVM knows of its volumes: when they were made, and from what. */

#ifndef LSCOW_SOURCE_LVM_H
#define LSCOW_SOURCE_LVM_H

#include "base/vector.h"
#include "source/dm-names.h"

struct lscow_lvm_volume {
	char name[2 * LSCOW_DM_NAME_BYTES];   /* vg/lv */
	char origin[2 * LSCOW_DM_NAME_BYTES]; /* vg/lv, or empty */
	int64_t created; /* seconds since 1970; 0 where it is not known */
};

/* Decodes "VG,LV,ORIGIN,SECONDS", with spaces before it; false where it is not one. */
bool lscow_lvm_volume_decode(const char *line, struct lscow_lvm_volume *volume);
/*
 * Asks lvs(8) and fills volumes, a vector of struct lscow_lvm_volume. None, and
 * no failure, where lvs is not installed or fails.
 */
int lscow_lvm_load(struct lscow_vector *volumes, struct lscow_error *err);
/* The volume of that name, or NULL. Borrowed. */
const struct lscow_lvm_volume *lscow_lvm_find(const struct lscow_vector *volumes,
					      const char *name);

#endif
