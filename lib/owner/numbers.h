/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* From numbers of blocks, bytes or sectors to blocks of the filesystem. */

#ifndef LSCOW_OWNER_NUMBERS_H
#define LSCOW_OWNER_NUMBERS_H

#include "base/vector.h"
#include "extfs/superblock.h"

/*
 * Appends one struct lscow_owned_block to rows for each block that the numbers
 * touch, with number, block, offset and (where it is outside) class. The filesystem
 * begins at offset_bytes of the device, a multiple of a sector. LSCOW_E_USAGE where
 * a last number is less than its first, or there are too many blocks.
 */
int lscow_numbers_to_rows(const struct lscow_owner_options *options,
			  const struct lscow_superblock *sb, uint64_t offset_bytes,
			  struct lscow_vector *rows, struct lscow_error *err);

#endif
