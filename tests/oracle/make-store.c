/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Writes the exception store that dm-snapshot would hold after OLD became NEW. */
#define _GNU_SOURCE
#include "random.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The format: drivers/md/dm-snap-persistent.c. */
#define STORE_MAGIC 0x70416e53u
#define SECTOR_BYTES 512u
#define EXCEPTION_BYTES 16u
#define FIRST_DATA_CHUNK 2u
#define STALE_BYTE 0xa5

struct image {
	const char *file;
	int fd;
	size_t len_bytes;
	uint8_t *chunk; /* the one that was read last */
	size_t next_data_bytes; /* where data begins, from the last chunk asked for on */
};

struct store {
	int fd;
	const char *file;
	size_t chunk_bytes;
	uint64_t per_area; /* exceptions that one metadata area holds */
	uint64_t *old_chunks;
	uint64_t *new_chunks;
	uint64_t nr;
	uint64_t random;
	bool is_exact; /* only chunks that differ, and each where the kernel would put it next */
};

static struct image open_image(const char *file, size_t chunk_bytes)
{
	struct image image = {.file = file, .fd = open(file, O_RDONLY)};
	struct stat st;

	if (image.fd < 0 || fstat(image.fd, &st) != 0)
		err(2, "%s", file);
	image.len_bytes = (size_t)st.st_size;
	image.chunk = malloc(chunk_bytes);
	if (image.chunk == NULL)
		err(2, "memory");
	return image;
}

static void close_image(struct image *image)
{
	close(image->fd);
	free(image->chunk);
}

static void read_image(struct image *image, size_t offset_bytes, size_t len_bytes)
{
	if (pread(image->fd, image->chunk, len_bytes, (off_t)offset_bytes) != (ssize_t)len_bytes)
		err(2, "%s: read at %zu", image->file, offset_bytes);
}

static size_t parse_chunk_bytes(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < SECTOR_BYTES || (value & (value - 1)) != 0)
		errx(2, "bad chunk size: %s", text);
	return value;
}

/* The last chunk of the origin may be short. */
static size_t get_chunk_len(const struct store *store, const struct image *image, uint64_t chunk)
{
	size_t left = image->len_bytes - chunk * store->chunk_bytes;

	return left < store->chunk_bytes ? left : store->chunk_bytes;
}

/* Large images are mostly holes. The offsets that this is asked for must not fall. */
static bool is_hole(struct image *image, size_t offset_bytes, size_t len_bytes)
{
	off_t data;

	if (image->next_data_bytes <= offset_bytes) {
		data = lseek(image->fd, (off_t)offset_bytes, SEEK_DATA);
		if (data < 0 && errno != ENXIO)
			err(2, "%s: look for data", image->file);
		image->next_data_bytes = data < 0 ? SIZE_MAX : (size_t)data;
	}
	return image->next_data_bytes >= offset_bytes + len_bytes;
}

static bool chunk_differs(const struct store *store, struct image *old, struct image *now,
			  uint64_t chunk)
{
	size_t offset_bytes = chunk * store->chunk_bytes;
	size_t len_bytes = get_chunk_len(store, old, chunk);
	bool old_is_hole = is_hole(old, offset_bytes, len_bytes);
	bool now_is_hole = is_hole(now, offset_bytes, len_bytes);

	if (old_is_hole && now_is_hole)
		return false;
	read_image(old, offset_bytes, len_bytes);
	read_image(now, offset_bytes, len_bytes);
	return memcmp(old->chunk, now->chunk, len_bytes) != 0;
}

/* Writes of identical data make exceptions too: about one chunk in a hundred stands for them. */
static bool is_written_anyway(struct store *store)
{
	return !store->is_exact && random_next(&store->random) % 100 == 0;
}

static void choose_chunks(struct store *store, struct image *old, struct image *now)
{
	uint64_t nr_chunks = (old->len_bytes + store->chunk_bytes - 1) / store->chunk_bytes;

	store->old_chunks = calloc(nr_chunks + 1, sizeof(*store->old_chunks));
	store->new_chunks = calloc(nr_chunks + 1, sizeof(*store->new_chunks));
	if (store->old_chunks == NULL || store->new_chunks == NULL)
		err(2, "memory");
	for (uint64_t chunk = 0; chunk < nr_chunks; chunk++)
		if (is_written_anyway(store) || chunk_differs(store, old, now, chunk))
			store->old_chunks[store->nr++] = chunk;
}

static void shuffle(struct store *store, uint64_t *values)
{
	for (uint64_t i = store->nr; i > 1; i--) {
		uint64_t j = random_next(&store->random) % i;
		uint64_t value = values[i - 1];

		values[i - 1] = values[j];
		values[j] = value;
	}
}

static bool is_metadata_chunk(const struct store *store, uint64_t chunk)
{
	return chunk % (store->per_area + 1) == 1;
}

/* In order, as the kernel hands them out, with a hole here and there as a crash leaves them. */
static void allocate_new_chunks(struct store *store)
{
	uint64_t chunk = FIRST_DATA_CHUNK;

	for (uint64_t i = 0; i < store->nr; i++, chunk++) {
		while (is_metadata_chunk(store, chunk) || random_next(&store->random) % 64 == 0)
			chunk++;
		store->new_chunks[i] = chunk;
	}
}

static void put_le(uint8_t *p, uint64_t value, size_t nr_bytes)
{
	for (size_t i = 0; i < nr_bytes; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static void write_chunk(const struct store *store, uint64_t chunk, const uint8_t *bytes)
{
	off_t offset_bytes = (off_t)(chunk * store->chunk_bytes);

	if (pwrite(store->fd, bytes, store->chunk_bytes, offset_bytes) !=
	    (ssize_t)store->chunk_bytes)
		err(2, "%s: write chunk %" PRIu64, store->file, chunk);
}

static void write_header(const struct store *store, uint8_t *chunk)
{
	memset(chunk, 0, store->chunk_bytes);
	put_le(chunk, STORE_MAGIC, 4);
	put_le(chunk + 4, 1, 4); /* valid */
	put_le(chunk + 8, 1, 4); /* version */
	put_le(chunk + 12, store->chunk_bytes / SECTOR_BYTES, 4);
	write_chunk(store, 0, chunk);
}

/* A table that fills its last area is ended by one more, empty area. */
static void write_areas(const struct store *store, uint8_t *chunk)
{
	for (uint64_t area = 0; area <= store->nr / store->per_area; area++) {
		uint64_t first = area * store->per_area;

		memset(chunk, 0, store->chunk_bytes);
		for (uint64_t i = 0; i < store->per_area && first + i < store->nr; i++) {
			put_le(chunk + i * EXCEPTION_BYTES, store->old_chunks[first + i], 8);
			put_le(chunk + i * EXCEPTION_BYTES + 8, store->new_chunks[first + i], 8);
		}
		write_chunk(store, 1 + area * (store->per_area + 1), chunk);
	}
}

static void write_data(const struct store *store, struct image *old, uint8_t *chunk)
{
	for (uint64_t i = 0; i < store->nr; i++) {
		size_t len = get_chunk_len(store, old, store->old_chunks[i]);

		memset(chunk, STALE_BYTE, store->chunk_bytes);
		read_image(old, store->old_chunks[i] * store->chunk_bytes, len);
		memcpy(chunk, old->chunk, len);
		write_chunk(store, store->new_chunks[i], chunk);
	}
}

static void write_store(struct store *store, struct image *old)
{
	uint8_t *chunk = malloc(store->chunk_bytes);

	if (chunk == NULL)
		err(2, "memory");
	store->fd = open(store->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (store->fd < 0)
		err(2, "%s", store->file);
	write_header(store, chunk);
	write_areas(store, chunk);
	write_data(store, old, chunk);
	if (close(store->fd) != 0)
		err(2, "%s", store->file);
	free(chunk);
}

int main(int argc, char **argv)
{
	struct image old, now;
	struct store store = {0};

	if (argc != 6 && (argc != 7 || strcmp(argv[6], "exact") != 0)) {
		fprintf(stderr, "usage: make-store OLD NEW CHUNK_BYTES STORE SEED [exact]\n");
		return 2;
	}
	store.chunk_bytes = parse_chunk_bytes(argv[3]);
	old = open_image(argv[1], store.chunk_bytes);
	now = open_image(argv[2], store.chunk_bytes);
	if (old.len_bytes != now.len_bytes)
		errx(2, "%s and %s differ in size", old.file, now.file);
	store.per_area = store.chunk_bytes / EXCEPTION_BYTES;
	store.file = argv[4];
	store.random = strtoull(argv[5], NULL, 10);
	store.is_exact = argc == 7;
	choose_chunks(&store, &old, &now);
	allocate_new_chunks(&store);
	shuffle(&store, store.old_chunks);
	if (!store.is_exact)
		shuffle(&store, store.new_chunks);
	write_store(&store, &old);
	fprintf(stderr, "%" PRIu64 " exceptions\n", store.nr);
	close_image(&old);
	close_image(&now);
	free(store.old_chunks);
	free(store.new_chunks);
	return 0;
}
