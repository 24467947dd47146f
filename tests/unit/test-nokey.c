/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Encrypted names as they are shown without the key. */

#include "support/unit.h"

#include <stdio.h>

#include "base/sha256.h"
#include "extfs/directory.h"
#include "extfs/nokey.h"
#include "support/filesystem.h"
#include "support/memory-device.h"

/* Where the name of the first entry behind "." and ".." is. */
#define FIRST_NAME_OFFSET_BYTES 32

static struct lscow_device *device;
static struct lscow_extfs *fs;
static uint8_t raw[FILESYSTEM_INODE_BYTES];
static struct lscow_inode inode;
static char found[4096];
static struct lscow_error err;

static void make_images(void)
{
	static const char commands[] = "mkdir dir\nwrite small dir/0123456789abcdef\n"
				       "write small dir/0123456789abcdeF\n"
				       "mkdir short\nwrite small short/0123456789abcde\n";

	filesystem_folder_make();
	filesystem_make("plain", FILESYSTEM_EXTENTS, commands);
	filesystem_make("hashed", FILESYSTEM_EXTENTS ",dir_index", commands);
}

static void open_image(const char *name, const char *path)
{
	device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(device, &fs, &err), &err);
	unit_assert_ok(path, lscow_inode_load(fs, filesystem_find(name, path), raw, &inode,
					      &err), &err);
	found[0] = '\0';
}

static void teardown(void)
{
	lscow_extfs_close(fs);
	lscow_device_close(device);
	fs = NULL;
	device = NULL;
}

/* Names of the bytes 0, 1, 2 and so on. */
static const struct {
	const char *label;
	uint8_t name_bytes;
	uint32_t hashes[2];
	const char *shown;
} encodings[] = {
	{ .label = "the shortest", .name_bytes = 16, .hashes = { 0x00000000, 0x00000000 },
	  .shown = "AAAAAAAAAAAAAQIDBAUGBwgJCgsMDQ4P" },
	{ .label = "with hashes", .name_bytes = 32, .hashes = { 0x01020304, 0xA5B6C7D8 },
	  .shown = "BAMCAdjHtqUAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw" },
	{ .label = "the last without a digest", .name_bytes = 149, .hashes = { 0x00000000, 0x00000000 },
	  .shown = "AAAAAAAAAAAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMk"
		      "JSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_QEFCQ0RFRkdISUpLTE1OT1BR"
		      "UlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-"
		      "f4CBgoOEhYaHiImKi4yNjo-QkZKTlA" },
	{ .label = "the first with a digest", .name_bytes = 150, .hashes = { 0x00000000, 0x00000000 },
	  .shown = "AAAAAAAAAAAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMk"
		      "JSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_QEFCQ0RFRkdISUpLTE1OT1BR"
		      "UlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-"
		      "f4CBgoOEhYaHiImKi4yNjo-QkZKTlFutDREyrBUs9le-"
		      "iRiuFjV4RI1W1A3vmlkP49yrDDOb" },
	{ .label = "the digest of more than a block", .name_bytes = 213, .hashes = { 0xFFFFFFFC, 0x00000001 },
	  .shown = "_P___wEAAAAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMk"
		      "JSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_QEFCQ0RFRkdISUpLTE1OT1BR"
		      "UlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-"
		      "f4CBgoOEhYaHiImKi4yNjo-"
		      "QkZKTlPppywzUCTddC1M6HWLbXhYBWFTR1Jid5wmFkyV1Wuv7" },
	{ .label = "the longest", .name_bytes = 255, .hashes = { 0x00000000, 0x00000000 },
	  .shown = "AAAAAAAAAAAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMk"
		      "JSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_QEFCQ0RFRkdISUpLTE1OT1BR"
		      "UlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-"
		      "f4CBgoOEhYaHiImKi4yNjo-"
		      "QkZKTlImiuSwUMtoEfkeCyftHDMZ2aEw7Y8IN_0wXTdI58HNa" },
};

START_TEST(test_encode)
{
	char shown[LSCOW_NOKEY_ROOM];
	uint8_t name[255];
	uint8_t length;

	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = (uint8_t)i;
	length = lscow_nokey_encode(name, encodings[_i].name_bytes, encodings[_i].hashes,
				    shown);
	ck_assert_msg(!strcmp(shown, encodings[_i].shown), "%s: %s", encodings[_i].label,
		      shown);
	ck_assert_uint_eq(length, strlen(shown));
}
END_TEST

/* The examples of FIPS 180-4, and lengths around the end of a block. */
static const struct {
	const char *text;
	size_t nr_times;
	const char *digest;
} digests[] = {
	{ "", 1,
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", 1,
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "a", 55,
	  "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
	{ "a", 56,
	  "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
	{ "a", 63,
	  "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
	{ "a", 64,
	  "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
	{ "a", 65,
	  "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0" },
	{ "a", 120,
	  "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c" },
};

START_TEST(test_sha256)
{
	uint8_t bytes[256], digest[LSCOW_SHA256_BYTES];
	char text[2 * LSCOW_SHA256_BYTES + 1];
	size_t nr_bytes = 0;

	for (size_t i = 0; i < digests[_i].nr_times; i++) {
		memcpy(bytes + nr_bytes, digests[_i].text, strlen(digests[_i].text));
		nr_bytes += strlen(digests[_i].text);
	}
	lscow_sha256(bytes, nr_bytes, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(text, digests[_i].digest);
}
END_TEST

/* What Linux 6.18 made of a name, on a filesystem with this seed. */
START_TEST(test_hash)
{
	static const uint8_t name[] = { 0xEB, 0x18, 0x25, 0x40, 0x78, 0xFE, 0xB1, 0x8A,
					0xBB, 0x5B, 0x3E, 0x84, 0xCD, 0xC7, 0x10, 0x45 };
	static const uint32_t seed[4] = { 0xB5A58D04, 0x944E867F, 0x6548EC84, 0xAB4CC073 };
	uint32_t hashes[2];

	open_image("hashed", "dir");
	memcpy(fs->handle->super->s_hash_seed, seed, sizeof(seed));
	lscow_nokey_hash(fs, (enum lscow_names)(LSCOW_NAMES_HASHED + EXT2_HASH_HALF_MD4), name,
			 sizeof(name), hashes);
	ck_assert_uint_eq(hashes[0], 0x2A1922F8);
	ck_assert_uint_eq(hashes[1], 0x5B9865EA);
	lscow_nokey_hash(fs, LSCOW_NAMES_ENCRYPTED, name, sizeof(name), hashes);
	ck_assert_uint_eq(hashes[0], 0);
	ck_assert_uint_eq(hashes[1], 0);
}
END_TEST

static int add_name(void *data, const struct lscow_dirent *entry, struct lscow_error *e)
{
	(void)data;
	(void)e;
	snprintf(found + strlen(found), sizeof(found) - strlen(found), "%.*s ",
		 (int)entry->name_bytes, (const char *)entry->name);
	return 0;
}

/* Any bytes are a name, if they are encrypted. */
START_TEST(test_iterate)
{
	uint64_t block = filesystem_block("plain", "dir", 0);

	open_image("plain", "dir");
	memory_device_put(device, block * FILESYSTEM_BLOCK_BYTES + FIRST_NAME_OFFSET_BYTES,
			  "/\0", 2);
	ck_assert_int_eq(lscow_directory_iterate(fs, &inode, add_name, NULL, &err),
			 LSCOW_E_INCOMPLETE);
	ck_assert(!fs->has_encrypted_names);
	inode.flags |= EXT4_ENCRYPT_FL;
	unit_assert_ok("iterate", lscow_directory_iterate(fs, &inode, add_name, NULL, &err),
		       &err);
	ck_assert_str_eq(found, "AAAAAAAAAAAvADIzNDU2Nzg5YWJjZGVm "
				"AAAAAAAAAAAwMTIzNDU2Nzg5YWJjZGVG ");
	ck_assert(fs->has_encrypted_names);
}
END_TEST

/* With the feature dir_index a directory of one block has hashes. */
START_TEST(test_hashed)
{
	static const uint8_t name[] = "0123456789abcdef";
	char shown[LSCOW_NOKEY_ROOM];
	uint32_t hashes[2];
	unsigned int version;

	open_image("hashed", "dir");
	version = fs->handle->super->s_def_hash_version;
	if (fs->handle->super->s_flags & EXT2_FLAGS_UNSIGNED_HASH)
		version += EXT2_HASH_LEGACY_UNSIGNED;
	lscow_nokey_hash(fs, (enum lscow_names)(LSCOW_NAMES_HASHED + version), name, 16,
			 hashes);
	ck_assert_uint_ne(hashes[0], 0);
	lscow_nokey_encode(name, 16, hashes, shown);
	inode.flags |= EXT4_ENCRYPT_FL;
	unit_assert_ok("iterate", lscow_directory_iterate(fs, &inode, add_name, NULL, &err),
		       &err);
	ck_assert_msg(!strncmp(found, shown, strlen(shown)), "%s, expected %s", found, shown);
}
END_TEST

START_TEST(test_too_short)
{
	char expected[160];
	int ret;

	open_image("plain", "short");
	inode.flags |= EXT4_ENCRYPT_FL;
	ret = lscow_directory_iterate(fs, &inode, add_name, NULL, &err);
	snprintf(expected, sizeof(expected),
		 "plain: directory inode %u: block %ju, byte 24: encrypted name of 15 bytes, "
		 "expected at least 16", inode.ino,
		 (uintmax_t)filesystem_block("plain", "short", 0));
	unit_assert_error("short", ret, &err, LSCOW_E_INCOMPLETE, expected);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nokey");
	TCase *tcase = tcase_create("nokey");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, test_encode, 0, (int)UNIT_COUNT(encodings));
	tcase_add_loop_test(tcase, test_sha256, 0, (int)UNIT_COUNT(digests));
	tcase_add_test(tcase, test_hash);
	tcase_add_test(tcase, test_iterate);
	tcase_add_test(tcase, test_hashed);
	tcase_add_test(tcase, test_too_short);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
