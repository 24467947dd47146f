/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* No fuzz target: takes much memory (m), or time (t), which must not go unnoticed. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MUCH_BYTES ((size_t)1 << 30)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length_bytes)
{
	volatile int is_going_on = 1;
	char *much;

	if (length_bytes == 0)
		return 0;
	while (bytes[0] == 't' && is_going_on)
		;
	if (bytes[0] != 'm')
		return 0;
	much = malloc(MUCH_BYTES);
	if (!much)
		abort();
	memset(much, 1, MUCH_BYTES);
	free(much);
	return 0;
}
