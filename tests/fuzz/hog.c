/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* No fuzz target: takes much memory (m), or time (t), which must not go unnoticed. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* A little more than a replay with sanitizers may take. */
#define MUCH_BYTES ((size_t)1100 << 20)
#define PAGE_BYTES 4096u

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
	/* Volatile, or the compiler leaves out what is written and never read. */
	for (size_t i = 0; i < MUCH_BYTES; i += PAGE_BYTES)
		((volatile char *)much)[i] = 1;
	free(much);
	return 0;
}
