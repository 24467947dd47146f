/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What lies on a device that is no ext2/3/4 filesystem. */

#include "support/unit.h"

#include "extfs/identify.h"
#include "support/memory-device.h"

#define DEVICE_BYTES ((size_t)3 << 20)

/* Signatures as a device has them, each at its place. */
static const struct {
	const char *label;
	size_t offset_bytes;
	const char *bytes;
	size_t nr_bytes;
	size_t device_bytes; /* 0: DEVICE_BYTES */
	const char *message;
} signatures[] = {
	{ .label = "nothing", .bytes = "", .message = "disk: found no known filesystem, "
	  "expected an ext2/3/4 filesystem" },
	{ .label = "nothing on a short device", .bytes = "", .device_bytes = 4096,
	  .message = "disk: found no known filesystem, expected an ext2/3/4 filesystem" },
	{ .label = "encrypted", .bytes = "LUKS\xBA\xBE\0\1", .nr_bytes = 8,
	  .message = "disk: found crypto_LUKS, expected an ext2/3/4 filesystem" },
	{ .label = "btrfs", .offset_bytes = 65536 + 64, .bytes = "_BHRfS_M", .nr_bytes = 8,
	  .message = "disk: found btrfs, expected an ext2/3/4 filesystem" },
	{ .label = "squashfs", .bytes = "hsqs\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
					"\4\0\0\0", .nr_bytes = 32,
	  .message = "disk: found squashfs, expected an ext2/3/4 filesystem" },
	{ .label = "an exception store", .bytes = "SnAp\1\0\0\0\1\0\0\0\x10\0\0\0",
	  .nr_bytes = 16,
	  .message = "disk: found DM_snapshot_cow, expected an ext2/3/4 filesystem" },
	{ .label = "a partition table", .offset_bytes = 446,
	  .bytes = "\0\0\0\0\x83\0\0\0\0\x08\0\0\0\x08\0\0"
		   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x55\xAA", .nr_bytes = 66,
	  .message = "disk: found a partition table, expected an ext2/3/4 filesystem" },
};

START_TEST(test_identify)
{
	size_t device_bytes = signatures[_i].device_bytes ? signatures[_i].device_bytes
							  : DEVICE_BYTES;
	struct lscow_device *device = memory_device_new("disk", NULL, device_bytes);
	struct lscow_error err;
	int ret;

	memory_device_put(device, signatures[_i].offset_bytes, signatures[_i].bytes,
			  signatures[_i].nr_bytes);
	ret = lscow_identify_other(device, &err);
	unit_assert_error(signatures[_i].label, ret, &err, LSCOW_E_UNKNOWABLE,
			  signatures[_i].message);
	/* However large a device is, its two ends are enough. */
	ck_assert_uint_le(memory_device_get_read_bytes(device), 2 << 20);
	lscow_device_close(device);
}
END_TEST

START_TEST(test_nth_read_fails)
{
	struct lscow_device *device = memory_device_new("disk", NULL, DEVICE_BYTES);
	struct lscow_error err;
	int ret;

	memory_device_fail_read(device, (unsigned int)_i);
	ret = lscow_identify_other(device, &err);
	unit_assert_error("read", ret, &err, LSCOW_E_FAILED, "disk: injected read error");
	lscow_device_close(device);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("identify");
	TCase *tcase = tcase_create("identify");

	tcase_add_loop_test(tcase, test_identify, 0, (int)UNIT_COUNT(signatures));
	tcase_add_loop_test(tcase, test_nth_read_fails, 1, 3);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
