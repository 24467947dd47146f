/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Tests of lscow_owner_run(): every class of block, damage, what partial gives. */

#include "support/unit.h"

#include <stdio.h>

#include "extfs/inode.h"
#include "owner/find.h"
#include "support/filesystem.h"
#include "support/memory-device.h"

static struct lscow_owner *owner;
static struct lscow_error err;

#define VALUE_10 "0123456789"
#define VALUE_50 VALUE_10 VALUE_10 VALUE_10 VALUE_10 VALUE_10
#define LONG_VALUE VALUE_50 VALUE_50 VALUE_50 VALUE_50

/* The xattr block of a path. */
static uint64_t xattr_block(const char *name, const char *path)
{
	struct lscow_device *device = filesystem_load(name);
	struct lscow_extfs *fs;
	uint8_t raw[FILESYSTEM_INODE_BYTES];
	struct lscow_inode inode;

	unit_assert_ok("open", lscow_extfs_open(device, &fs, &err), &err);
	unit_assert_ok("load", lscow_inode_load(fs, filesystem_find(name, path), raw, &inode,
						&err), &err);
	lscow_extfs_close(fs);
	lscow_device_close(device);
	ck_assert_uint_ne(inode.xattr_block, 0);
	return inode.xattr_block;
}

/* In "shared" b uses a's xattr block too; its count is that of nr_owners. */
static void share_xattr_block(const char *name, const char *nr_owners)
{
	uint64_t block = xattr_block("disk", "a");
	char commands[128];

	snprintf(commands, sizeof(commands), "sif b file_acl %ju\n", (uintmax_t)block);
	filesystem_copy("disk", name, commands);
	filesystem_poke(name, block * FILESYSTEM_BLOCK_BYTES + 4, nr_owners, 1);
}

/* A host file that takes an indirect block. */
static void write_big(void)
{
	FILE *stream = fopen("big", "we");

	ck_assert_ptr_nonnull(stream);
	for (int i = 0; i < 20000; i++)
		fputc('b', stream);
	ck_assert_int_eq(fclose(stream), 0);
}

static void make_images(void)
{
	filesystem_folder_make();
	filesystem_make("disk", FILESYSTEM_EXTENTS,
			"write large file\nmkdir dir\nln file dir/link\nsif file links_count 2\n"
			"write small dir/in\nwrite small gone\nsif gone links_count 0\nunlink gone\n"
			"write small a\nwrite small b\nea_set a user.x " LONG_VALUE "\n");
	filesystem_make("journal", FILESYSTEM_EXT4, "write small a\n");
	write_big();
	filesystem_make("maps", FILESYSTEM_EXT2, "mkdir d\nwrite large d/f\nwrite big d/big\n");
	filesystem_make_clusters("clusters", "mkdir dir\nwrite large dir/in\n"
				 "write small a\nea_set a user.x " LONG_VALUE "\n");
	share_xattr_block("shared", "\2");
	share_xattr_block("miscounted", "\3");
}

static void teardown(void)
{
	lscow_owner_free(owner);
	owner = NULL;
}

static int ask(const char *name, uint64_t first, uint64_t last, bool partial)
{
	const struct lscow_numbers numbers = { first, last };
	const struct lscow_owner_options options = {
		.path = name, .numbers = &numbers, .nr_numbers = 1, .partial = partial,
	};

	return lscow_owner_run(&options, &owner, &err);
}

/* The one row that there is. */
static const struct lscow_owned_block *only_row(void)
{
	size_t nr;
	const struct lscow_owned_block *rows = lscow_owner_get_blocks(owner, &nr);

	ck_assert_uint_eq(nr, 1);
	return rows;
}

/* ---- clusters ---------------------------------------------------------------- */

/* Blocks of clusters of 16: of a file of 5 blocks, or of its xattr block. */
static const struct {
	const char *label;
	const char *path;
	bool is_xattr;
	uint64_t block; /* in the cluster */
	enum lscow_block_class class;
} clusters[] = {
	{ "content", "dir/in", false, 4, LSCOW_BLOCK_DATA },
	{ "behind the content", "dir/in", false, 5, LSCOW_BLOCK_SLACK },
	{ "the end of the cluster", "dir/in", false, 15, LSCOW_BLOCK_SLACK },
	{ "in a directory", "dir", false, 1, LSCOW_BLOCK_SLACK },
	{ "attributes", "a", true, 0, LSCOW_BLOCK_XATTR },
	{ "behind attributes", "a", true, 1, LSCOW_BLOCK_SLACK },
};

START_TEST(test_cluster)
{
	uint64_t block = clusters[_i].is_xattr ? xattr_block("clusters", clusters[_i].path)
					       : filesystem_block("clusters",
								  clusters[_i].path, 0);
	const struct lscow_owned_block *row;

	ck_assert_uint_eq(block % FILESYSTEM_CLUSTER_BLOCKS, 0);
	block += clusters[_i].block;
	unit_assert_ok(clusters[_i].label, ask("clusters", block, block, false), &err);
	row = only_row();
	ck_assert_msg(row->class == clusters[_i].class, "%s: %s", clusters[_i].label,
		      lscow_block_class_name(row->class));
	ck_assert_uint_eq(row->nr_inodes, 1);
	ck_assert_uint_eq(row->inodes->ino, filesystem_find("clusters", clusters[_i].path));
	ck_assert_int_eq(row->inodes->has_offset, clusters[_i].class == LSCOW_BLOCK_DATA);
	ck_assert_str_eq(row->inodes->paths[0], clusters[_i].path);
}
END_TEST

START_TEST(test_all_clusters)
{
	const struct lscow_owner_summary *summary;

	unit_assert_ok("all", ask("clusters", 0, FILESYSTEM_NR_BLOCKS - 1, false), &err);
	summary = lscow_owner_get_summary(owner);
	ck_assert_uint_eq(summary->nr_blocks[LSCOW_BLOCK_UNKNOWN], 0);
	ck_assert_uint_eq(summary->nr_blocks[LSCOW_BLOCK_BOOT], 1);
	ck_assert_uint_eq(summary->nr_blocks[LSCOW_BLOCK_DATA], 6);
	ck_assert_uint_eq(summary->nr_blocks[LSCOW_BLOCK_XATTR], 1);
	ck_assert_uint_eq(summary->nr_blocks[LSCOW_BLOCK_FREE] % FILESYSTEM_CLUSTER_BLOCKS, 0);
}
END_TEST

/* ---- classes ----------------------------------------------------------------- */

static const struct {
	const char *label;
	const char *image;
	const char *path; /* whose block is asked for; NULL: the block itself */
	uint64_t block;
	enum lscow_block_class class;
	uint64_t offset_bytes;
	const char *paths; /* joined by a space; NULL: no inode */
} classes[] = {
	{ "boot block", "disk", NULL, 0, LSCOW_BLOCK_BOOT, 0, NULL },
	{ "superblock", "disk", NULL, 1, LSCOW_BLOCK_SUPERBLOCK, 0, NULL },
	{ "descriptors", "disk", NULL, 2, LSCOW_BLOCK_DESCRIPTORS, 0, NULL },
	{ "free", "disk", NULL, 4000, LSCOW_BLOCK_FREE, 0, NULL },
	{ "behind the end", "disk", NULL, 4096, LSCOW_BLOCK_OUTSIDE, 0, NULL },
	{ "the root", "disk", "/", 0, LSCOW_BLOCK_DIRECTORY, 0, "." },
	{ "a directory", "disk", "dir", 0, LSCOW_BLOCK_DIRECTORY, 0, "dir" },
	{ "a file with two names", "disk", "file", 3, LSCOW_BLOCK_DATA, 3072, "dir/link file" },
	{ "a file in a directory", "disk", "dir/in", 0, LSCOW_BLOCK_DATA, 0, "dir/in" },
	{ "a file with a block map", "maps", "d/f", 4, LSCOW_BLOCK_DATA, 4096, "d/f" },
};

static void join_paths(const struct lscow_owner_inode *inode, char *text)
{
	*text = '\0';
	for (size_t i = 0; i < inode->nr_paths; i++) {
		strcat(text, i > 0 ? " " : "");
		strcat(text, inode->paths[i]);
	}
}

START_TEST(test_class)
{
	uint64_t block = classes[_i].block;
	const struct lscow_owned_block *row;
	char paths[128];

	if (classes[_i].path)
		block = filesystem_block(classes[_i].image, classes[_i].path, block);
	unit_assert_ok(classes[_i].label, ask(classes[_i].image, block, block, false), &err);
	row = only_row();
	ck_assert_msg(row->class == classes[_i].class, "%s: %s", classes[_i].label,
		      lscow_block_class_name(row->class));
	ck_assert_uint_eq(row->number, block);
	ck_assert_uint_eq(row->nr_inodes, classes[_i].paths ? 1 : 0);
	if (!classes[_i].paths)
		return;
	ck_assert_uint_eq(row->inodes->offset_bytes, classes[_i].offset_bytes);
	ck_assert(row->inodes->has_offset);
	ck_assert_uint_eq(row->inodes->ino,
			  filesystem_find(classes[_i].image, classes[_i].path));
	join_paths(row->inodes, paths);
	ck_assert_str_eq(paths, classes[_i].paths);
	ck_assert(lscow_owner_get_summary(owner)->complete);
}
END_TEST

static struct lscow_extfs *open_fs(const char *name, struct lscow_device **device)
{
	struct lscow_extfs *fs;

	*device = filesystem_load(name);
	unit_assert_ok(name, lscow_extfs_open(*device, &fs, &err), &err);
	return fs;
}

/* The first block of the inode table. */
static uint64_t table_block(const char *name)
{
	struct lscow_device *device;
	struct lscow_extfs *fs = open_fs(name, &device);
	uint64_t block = ext2fs_inode_table_loc(fs->handle, 0);

	lscow_extfs_close(fs);
	lscow_device_close(device);
	return block;
}

START_TEST(test_inode_table)
{
	uint64_t block = table_block("disk") + 2; /* of the inodes 9 to 12 */
	const struct lscow_owned_block *row;

	unit_assert_ok("table", ask("disk", block, block, false), &err);
	row = only_row();
	ck_assert_int_eq(row->class, LSCOW_BLOCK_INODE_TABLE);
	ck_assert_uint_eq(row->first_ino, 9);
	ck_assert_uint_eq(row->nr_inos, 4);
	ck_assert_uint_eq(row->nr_inodes, 2); /* 9 and 10 are reserved, and not used */
	ck_assert_uint_eq(row->inodes[0].ino, 11);
	ck_assert_str_eq(row->inodes[0].paths[0], "lost+found");
	ck_assert_uint_eq(row->inodes[1].ino, 12);
	ck_assert_uint_eq(row->inodes[1].nr_paths, 2);
	ck_assert(!row->inodes[1].has_offset);
}
END_TEST

START_TEST(test_journal)
{
	uint64_t block = table_block("journal") + 1; /* of the inodes 5 to 8 */
	const struct lscow_owned_block *row;

	unit_assert_ok("table", ask("journal", block, block, false), &err);
	row = only_row();
	ck_assert_uint_eq(row->inodes[row->nr_inodes - 1].ino, 8);
	ck_assert_str_eq(row->inodes[row->nr_inodes - 1].system, "journal");
	teardown();
	unit_assert_ok("all", ask("journal", 0, 4095, false), &err);
	ck_assert_uint_eq(lscow_owner_get_summary(owner)->nr_blocks[LSCOW_BLOCK_JOURNAL], 1024);
	ck_assert_uint_eq(lscow_owner_get_summary(owner)->total_blocks, 4096);
}
END_TEST

START_TEST(test_deleted_but_open)
{
	const struct lscow_owned_block *rows;
	size_t nr, nr_deleted = 0;

	unit_assert_ok("all", ask("disk", 0, 4095, false), &err);
	rows = lscow_owner_get_blocks(owner, &nr);
	for (size_t i = 0; i < nr; i++) {
		if (rows[i].class != LSCOW_BLOCK_DATA || !rows[i].inodes[0].is_deleted)
			continue;
		nr_deleted++;
		ck_assert_uint_eq(rows[i].inodes[0].nr_paths, 0);
	}
	ck_assert_uint_eq(nr_deleted, 1);
}
END_TEST

START_TEST(test_shared_xattr_block)
{
	uint64_t block = xattr_block("disk", "a");
	const struct lscow_owned_block *row;

	unit_assert_ok("one", ask("disk", block, block, false), &err);
	row = only_row();
	ck_assert_int_eq(row->class, LSCOW_BLOCK_XATTR);
	ck_assert_uint_eq(row->nr_inodes, 1);
	ck_assert(!row->inodes[0].has_offset);
	teardown();
	unit_assert_ok("two", ask("shared", block, block, false), &err);
	row = only_row();
	ck_assert_uint_eq(row->nr_inodes, 2);
	ck_assert_str_eq(row->inodes[0].paths[0], "a");
	ck_assert_str_eq(row->inodes[1].paths[0], "b");
}
END_TEST

/* ---- damage --------------------------------------------------------------------- */

/* Refused; with partial the same message, and one row of this class. */
static void assert_damage(const char *name, uint64_t block, const char *message,
			  enum lscow_block_class class, size_t nr_inodes)
{
	unit_assert_error(name, ask(name, block, block, false), &err, LSCOW_E_INCOMPLETE,
			  message);
	ck_assert_ptr_null(owner);
	unit_assert_error(name, ask(name, block, block, true), &err, LSCOW_E_INCOMPLETE,
			  message);
	ck_assert_int_eq(only_row()->class, class);
	ck_assert_uint_eq(only_row()->nr_inodes, nr_inodes);
	ck_assert(!lscow_owner_get_summary(owner)->complete);
}

START_TEST(test_no_owner)
{
	filesystem_copy("disk", "unowned", "setb 4000\n");
	assert_damage("unowned", 4000,
		      "unowned: block 4000 is in use and no inode owns it, expected an owner "
		      "(1 such blocks)", LSCOW_BLOCK_UNKNOWN, 0);
}
END_TEST

START_TEST(test_two_owners)
{
	uint64_t block = filesystem_block("maps", "d/f", 0);
	char commands[128], message[128];

	snprintf(commands, sizeof(commands), "write small twin\nsif twin block[0] %ju\n",
		 (uintmax_t)block);
	filesystem_copy("maps", "twice", commands);
	snprintf(message, sizeof(message),
		 "twice: block %ju belongs to inode %u and to inode %u, expected one owner",
		 (uintmax_t)block, filesystem_find("twice", "d/f"),
		 filesystem_find("twice", "twin"));
	assert_damage("twice", block, message, LSCOW_BLOCK_DATA, 2);
}
END_TEST

START_TEST(test_miscounted_xattr_block)
{
	uint64_t block = xattr_block("disk", "a");
	char message[128];

	snprintf(message, sizeof(message),
		 "miscounted: xattr block %ju: found 2 inodes that use it, expected 3 as it says",
		 (uintmax_t)block);
	assert_damage("miscounted", block, message, LSCOW_BLOCK_XATTR, 2);
}
END_TEST

START_TEST(test_missing_name)
{
	filesystem_copy("disk", "nameless", "unlink dir/in\n");
	assert_damage("nameless", filesystem_block("disk", "dir/in", 0),
		      "nameless: inode 14: 1 of its names are in no directory (1 such inodes)",
		      LSCOW_BLOCK_DATA, 1);
	ck_assert_uint_eq(only_row()->inodes[0].nr_paths, 0);
}
END_TEST

/* An inode on the way that cannot be read might be the owner. */
START_TEST(test_damaged_inode_in_the_way)
{
	uint64_t table = table_block("disk");
	uint32_t ino = filesystem_find("disk", "file");
	char message[128];

	filesystem_copy("disk", "damaged", NULL);
	filesystem_poke("damaged", table * FILESYSTEM_BLOCK_BYTES +
				   (uint64_t)(ino - 1) * FILESYSTEM_INODE_BYTES + 0x28, "!", 1);
	snprintf(message, sizeof(message),
		 "damaged: inode %u: extent root: magic 62241, expected 62218", ino);
	assert_damage("damaged", filesystem_block("disk", "dir/in", 0), message,
		      LSCOW_BLOCK_DATA, 1);
	ck_assert_str_eq(only_row()->inodes[0].paths[0], "dir/in");
}
END_TEST

/* The inode that a damaged indirect block belongs to is known all the same. */
START_TEST(test_damaged_map_block)
{
	uint64_t block = filesystem_block("maps", "d/big", 11) + 1; /* the indirect one */
	char message[160];

	filesystem_copy("maps", "cut", NULL);
	filesystem_poke("cut", block * FILESYSTEM_BLOCK_BYTES, "\xff\xff\xff\x7f", 4);
	snprintf(message, sizeof(message), "cut: inode %u: logical block 12 maps to 1 blocks at "
		 "2147483647, expected below 4096", filesystem_find("maps", "d/big"));
	assert_damage("cut", block, message, LSCOW_BLOCK_MAP, 1);
	ck_assert_str_eq(only_row()->inodes[0].paths[0], "d/big");
}
END_TEST

/* ---- reads that fail --------------------------------------------------------------- */

/* Everything is asked of a device whose nth read from now fails. */
static int find_all(struct lscow_device *device, struct lscow_extfs *fs, bool partial,
		    unsigned int nth, struct lscow_error *damage)
{
	const struct lscow_owner_options options = { .partial = partial };
	struct lscow_vector rows = LSCOW_VECTOR(struct lscow_owned_block);
	struct lscow_asked asked;
	struct lscow_named_inodes named;
	struct lscow_owner_find find = {
		.fs = fs, .options = &options, .asked = &asked, .named = &named,
	};
	int ret;

	for (uint64_t block = 0; block < FILESYSTEM_NR_BLOCKS; block++)
		unit_assert_ok("row", lscow_vector_push(&rows, &(struct lscow_owned_block){
			.block = block }, &err), &err);
	unit_assert_ok("asked", lscow_asked_open(&rows, &asked, &err), &err);
	lscow_named_inodes_open(fs, &named);
	memory_device_fail_read(device, nth);
	ret = lscow_owner_find(&find, &err);
	if (ret == 0)
		ret = lscow_named_inodes_name(&named, &options, lscow_owner_step_over, &find,
					      &err);
	memory_device_fail_read(device, 0);
	*damage = find.damage;
	lscow_named_inodes_close(&named);
	lscow_asked_close(&asked);
	lscow_vector_free(&rows);
	return ret;
}

START_TEST(test_every_read_fails)
{
	struct lscow_device *device;
	struct lscow_extfs *fs = open_fs("disk", &device);
	unsigned int before = memory_device_get_nr_reads(device), nr_reads, nr_failed = 0;
	struct lscow_error damage;

	unit_assert_ok("none", find_all(device, fs, false, 0, &damage), &err);
	nr_reads = memory_device_get_nr_reads(device) - before;
	ck_assert_uint_ge(nr_reads, 10);
	for (unsigned int nth = 1; nth <= nr_reads; nth++) {
		/* Of several blocks that cannot be read at once each is read again. */
		if (find_all(device, fs, false, nth, &damage) == 0)
			continue;
		nr_failed++;
		unit_assert_error("read", err.code, &err, LSCOW_E_FAILED,
				  "disk: injected read error");
		unit_assert_ok("partial", find_all(device, fs, true, nth, &damage), &err);
		ck_assert_int_eq(damage.code, LSCOW_E_FAILED);
		ck_assert_str_eq(damage.message, "disk: injected read error");
	}
	ck_assert_uint_ge(nr_failed, nr_reads - 1);
	lscow_extfs_close(fs);
	lscow_device_close(device);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("owner");
	TCase *tcase = tcase_create("owner");

	tcase_add_unchecked_fixture(tcase, make_images, filesystem_folder_remove);
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, test_class, 0, (int)UNIT_COUNT(classes));
	tcase_add_loop_test(tcase, test_cluster, 0, (int)UNIT_COUNT(clusters));
	tcase_add_test(tcase, test_all_clusters);
	tcase_add_test(tcase, test_inode_table);
	tcase_add_test(tcase, test_journal);
	tcase_add_test(tcase, test_deleted_but_open);
	tcase_add_test(tcase, test_shared_xattr_block);
	tcase_add_test(tcase, test_no_owner);
	tcase_add_test(tcase, test_two_owners);
	tcase_add_test(tcase, test_miscounted_xattr_block);
	tcase_add_test(tcase, test_missing_name);
	tcase_add_test(tcase, test_damaged_inode_in_the_way);
	tcase_add_test(tcase, test_damaged_map_block);
	tcase_add_test(tcase, test_every_read_fails);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
