/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The checksum of ext4's metadata, with the processor's help where there is any. */

#ifndef LSCOW_EXTFS_CRC32C_H
#define LSCOW_EXTFS_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * Goes on with a CRC-32C (Castagnoli) over so many bytes, below 2^31, without
 * any inversion: the value of ext2fs_crc32c_le(), with ISA-L in a fraction of
 * the time.
 */
uint32_t lscow_crc32c(uint32_t crc, const void *bytes, size_t nr_bytes);

#endif
