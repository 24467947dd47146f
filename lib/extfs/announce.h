/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Announces the reads that a number of inodes will take. */

#ifndef LSCOW_EXTFS_ANNOUNCE_H
#define LSCOW_EXTFS_ANNOUNCE_H

#include "extfs/extfs.h"

/* How many inodes are best announced together. */
#define LSCOW_ANNOUNCE_INODES 512

/* Advice only, like a read plan: what cannot be read is for the reader to tell. */
void lscow_announce_inodes(struct lscow_extfs *fs, const uint32_t *inos, size_t nr_inos);
/*
 * Announces the inodes, reads them, and announces up to most_blocks blocks of
 * the content of each.
 */
void lscow_announce_content(struct lscow_extfs *fs, const uint32_t *inos, size_t nr_inos,
			    uint64_t most_blocks);

#endif
