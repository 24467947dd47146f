/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Checksums against those of libext2fs. */

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "extfs/crc32c.h"
#include "extfs/inode.h"

#define MOST_BYTES 4200
#define NR_ROUNDS 2000

static uint8_t bytes[MOST_BYTES];

static uint32_t below(uint32_t limit)
{
	return (uint32_t)random() % limit;
}

static void fill_bytes(void)
{
	for (size_t i = 0; i < MOST_BYTES; i++)
		bytes[i] = (uint8_t)random();
}

START_TEST(test_known_value)
{
	/* RFC 3720, B.4: 32 zeros, inverted before and after. */
	static const uint8_t zeros[32];

	ck_assert_uint_eq(~lscow_crc32c(UINT32_MAX, zeros, sizeof(zeros)), 0x8A9136AA);
}
END_TEST

START_TEST(test_same_as_libext2fs)
{
	fill_bytes();
	for (int i = 0; i < NR_ROUNDS; i++) {
		uint32_t seed = (uint32_t)random() << 1 ^ (uint32_t)random();
		size_t start = below(64);
		size_t nr_bytes = below(i % 2 ? 32 : MOST_BYTES - 64);

		ck_assert_uint_eq(lscow_crc32c(seed, bytes + start, nr_bytes),
				  ext2fs_crc32c_le(seed, bytes + start, nr_bytes));
	}
}
END_TEST

/* ---- inodes of all sizes and extra sizes ------------------------------------ */

static struct ext2_super_block super;
static struct struct_ext2_filsys handle = { .super = &super };
static struct lscow_extfs fs = { .handle = &handle };

static void set_inode_size(uint16_t inode_bytes)
{
	memset(&super, 0, sizeof(super));
	super.s_rev_level = EXT2_DYNAMIC_REV;
	super.s_inode_size = inode_bytes;
	super.s_feature_ro_compat = EXT4_FEATURE_RO_COMPAT_METADATA_CSUM;
	super.s_creator_os = EXT2_OS_LINUX;
	fs.sb.inode_bytes = inode_bytes;
	fs.sb.ro_compat = super.s_feature_ro_compat;
	handle.magic = EXT2_ET_MAGIC_EXT2FS_FILSYS;
	handle.csum_seed = (uint32_t)random();
}

static const uint16_t inode_sizes[] = { 128, 256, 1024 };

START_TEST(test_inode)
{
	uint16_t inode_bytes = inode_sizes[_i];
	struct ext2_inode_large *inode = (struct ext2_inode_large *)(void *)bytes;

	set_inode_size(inode_bytes);
	for (int i = 0; i < NR_ROUNDS; i++) {
		uint32_t ino = 1 + below(100000);

		fill_bytes();
		if (inode_bytes > 128)
			inode->i_extra_isize = (uint16_t)below(inode_bytes - 128u);
		ck_assert_int_eq(ext2fs_inode_csum_set(&handle, ino, inode), 0);
		ck_assert(lscow_inode_has_fitting_checksum(&fs, ino, bytes));

		bytes[below(inode_bytes)] ^= (uint8_t)(1 << below(8));
		ck_assert_int_eq(lscow_inode_has_fitting_checksum(&fs, ino, bytes),
				 ext2fs_inode_csum_verify(&handle, ino, inode));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crc32c");
	TCase *tcase = tcase_create("crc32c");

	tcase_add_test(tcase, test_known_value);
	tcase_add_test(tcase, test_same_as_libext2fs);
	tcase_add_loop_test(tcase, test_inode, 0, (int)UNIT_COUNT(inode_sizes));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
