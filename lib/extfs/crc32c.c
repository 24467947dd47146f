/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The checksum of ext4's metadata, with the processor's help where there is any. */

#include "extfs/crc32c.h"

#ifdef HAVE_ISAL
#include <isa-l/crc.h>
#else
#include <ext2fs/ext2fs.h>
#endif

uint32_t lscow_crc32c(uint32_t crc, const void *bytes, size_t nr_bytes)
{
#ifdef HAVE_ISAL
	/* It does not write there, though its prototype would let it. */
	return crc32_iscsi((unsigned char *)(uintptr_t)bytes, (int)nr_bytes, crc);
#else
	return ext2fs_crc32c_le(crc, bytes, nr_bytes);
#endif
}
