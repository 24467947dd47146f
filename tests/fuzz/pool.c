/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Large buffers of the library are used again in fuzz targets: fresh memory takes most of the time. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/allocator_interface.h>
#include <sanitizer/asan_interface.h>

/* What a sanitizer asks the kernel for each time, and gives back. */
#define LEAST_BYTES ((size_t)100 << 10)
#define MOST_BYTES ((size_t)1 << 20)
#define NR_SLOTS 32u
/* Nothing of the last input may be left. */
#define FILL 0xBE

/* The linker puts these in the place of malloc and free (--wrap). */
void *__real_malloc(size_t nr_bytes);
void __real_free(void *memory);
void *__wrap_malloc(size_t nr_bytes);
void __wrap_free(void *memory);

/*
 * A buffer is only used again for as many bytes, and may not be touched until then,
 * so that a sanitizer sees all that it saw before. One that the library still has is
 * not noted here, or what is leaked would look as if it were in use.
 */
static struct slot {
	void *memory;
	size_t nr_bytes;
} slots[NR_SLOTS];

void *__wrap_malloc(size_t nr_bytes)
{
	for (size_t i = 0; nr_bytes >= LEAST_BYTES && i < NR_SLOTS; i++) {
		void *memory = slots[i].memory;

		if (!memory || slots[i].nr_bytes != nr_bytes)
			continue;
		slots[i].memory = NULL;
		ASAN_UNPOISON_MEMORY_REGION(memory, nr_bytes);
		memset(memory, FILL, nr_bytes);
		return memory;
	}
	return __real_malloc(nr_bytes);
}

/* Of what malloc gave; 0 for anything else, which free complains of. */
static size_t get_nr_bytes(const void *memory)
{
	return memory && __sanitizer_get_ownership(memory)
		       ? __sanitizer_get_allocated_size(memory) : 0;
}

void __wrap_free(void *memory)
{
	size_t nr_bytes = get_nr_bytes(memory);
	struct slot *empty = NULL;

	if (nr_bytes < LEAST_BYTES || nr_bytes > MOST_BYTES) {
		__real_free(memory);
		return;
	}
	for (size_t i = 0; i < NR_SLOTS; i++) {
		if (slots[i].memory == memory) {
			fprintf(stderr, "pool: %zu bytes are freed twice\n", nr_bytes);
			abort();
		}
		if (!slots[i].memory)
			empty = &slots[i];
	}
	if (!empty) {
		__real_free(memory);
		return;
	}
	*empty = (struct slot){ memory, nr_bytes };
	ASAN_POISON_MEMORY_REGION(memory, nr_bytes);
}
