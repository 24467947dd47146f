/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* How the names of an encrypted directory are shown without its key. */

#ifndef LSCOW_EXTFS_NOKEY_H
#define LSCOW_EXTFS_NOKEY_H

#include <stdint.h>

#include "extfs/inode.h"

/* Encrypted names are padded to this at least; a shorter one is damage. */
#define LSCOW_NOKEY_LEAST_BYTES 16
/* A shown name with its NUL; without it its length fits a byte. */
#define LSCOW_NOKEY_ROOM 253

/*
 * Encodes the encrypted name of an entry as the kernel's no-key name: hashes and
 * name in base64url, of a long name the end as its SHA-256 (fs/crypto/fname.c,
 * struct fscrypt_nokey_name). Different names are shown differently. Returns the
 * length without the NUL.
 */
uint8_t lscow_nokey_encode(const uint8_t *name, uint8_t name_bytes, const uint32_t hashes[2],
			   char shown[LSCOW_NOKEY_ROOM]);

/* What a directory's hash of a name is, by the version in inode->names. */
void lscow_nokey_hash(const struct lscow_extfs *fs, enum lscow_names names,
		      const uint8_t *name, uint8_t name_bytes, uint32_t hashes[2]);

#endif
