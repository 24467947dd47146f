/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Puts right the checksums of an image, so that hostile metadata gets past them. */

#ifndef LSCOW_TESTS_FUZZ_CHECKSUMS_H
#define LSCOW_TESTS_FUZZ_CHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Of the superblock, the descriptors, both bitmaps of each group, the inodes, and
 * of the extent nodes, directory blocks and xattr blocks that these lead to. The
 * image may be anything; what leads nowhere is left as it is. Written without the
 * library, which it is to test.
 */
void fuzz_checksums_fix(uint8_t *bytes, size_t nr_bytes);

#endif
