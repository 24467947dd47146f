/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What the pipeline needs of an opened input beyond the public interface. */

#ifndef LSCOW_SOURCE_INPUT_H
#define LSCOW_SOURCE_INPUT_H

#include "base/ranges.h"
#include "device/device.h"

/*
 * The two states of the device, from the filesystem's first byte on (an offset
 * is taken off already); NULL where the input has no such view. Borrowed.
 */
struct lscow_device *lscow_input_get_old_view(const struct lscow_input *input);
struct lscow_device *lscow_input_get_new_view(const struct lscow_input *input);

/*
 * Refuses (LSCOW_E_UNKNOWABLE) a view that is a block device mounted read-write.
 * Only a journal tells by itself whether a filesystem is in motion; one that has
 * none must not be mounted, even if it is frozen.
 */
int lscow_input_check_not_mounted(const struct lscow_input *input,
				  struct lscow_error *err);

/* Whether the new view is an origin and the old one its overlay. */
bool lscow_input_has_origin(const struct lscow_input *input);

#endif
