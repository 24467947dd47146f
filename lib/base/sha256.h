/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* SHA-256 of a few bytes (FIPS 180-4). */

#ifndef LSCOW_BASE_SHA256_H
#define LSCOW_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define LSCOW_SHA256_BYTES 32

void lscow_sha256(const uint8_t *bytes, size_t nr_bytes, uint8_t digest[LSCOW_SHA256_BYTES]);

#endif
