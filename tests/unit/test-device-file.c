/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* File devices: what is opened and how, reads, files that end too soon, holes. */

#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "device/device.h"
#include "support/temp-dir.h"

#define FILE_BYTES 3000u

static uint8_t contents[FILE_BYTES];
static struct lscow_device *device;
static struct lscow_error err;
static const char *path;

static void setup(void)
{
	temp_dir_make();
	for (size_t i = 0; i < sizeof(contents); i++)
		contents[i] = (uint8_t)(i * 7 + i / 256);
	path = temp_dir_write("disk.img", contents, sizeof(contents));
	unit_assert_ok("open", lscow_file_device_open(path, false, &device, &err), &err);
}

static void teardown(void)
{
	lscow_device_close(device);
	temp_dir_remove();
}

static const struct {
	const char *label;
	uint64_t offset_bytes;
	size_t length_bytes;
} reads[] = {
	{ .label = "all", .offset_bytes = 0, .length_bytes = FILE_BYTES },
	{ .label = "nothing", .offset_bytes = 5, .length_bytes = 0 },
	{ .label = "nothing at the end", .offset_bytes = FILE_BYTES, .length_bytes = 0 },
	{ .label = "odd offset and length", .offset_bytes = 513, .length_bytes = 777 },
	{ .label = "last byte", .offset_bytes = FILE_BYTES - 1, .length_bytes = 1 },
};

START_TEST(test_read)
{
	uint8_t buffer[FILE_BYTES] = { 0 };

	ck_assert_uint_eq(device->size_bytes, FILE_BYTES);
	ck_assert_str_eq(device->name, path);
	unit_assert_ok(reads[_i].label,
		       lscow_device_read(device, reads[_i].offset_bytes, buffer,
					 reads[_i].length_bytes, &err), &err);
	ck_assert_msg(!memcmp(buffer, contents + reads[_i].offset_bytes,
			      reads[_i].length_bytes), "%s: other bytes", reads[_i].label);
}
END_TEST

static const struct {
	const char *label;
	uint64_t offset_bytes;
	size_t length_bytes;
	const char *message;
} reads_beyond[] = {
	{ .label = "one byte more", .offset_bytes = 0, .length_bytes = FILE_BYTES + 1,
	  .message = "%s: read of 3001 bytes at 0 goes beyond the device's 3000 bytes" },
	{ .label = "at the end", .offset_bytes = FILE_BYTES, .length_bytes = 1,
	  .message = "%s: read of 1 bytes at 3000 goes beyond the device's 3000 bytes" },
	{ .label = "sum overflows", .offset_bytes = UINT64_MAX, .length_bytes = 2,
	  .message = "%s: read of 2 bytes at 18446744073709551615 goes beyond the "
		     "device's 3000 bytes" },
};

/* The messages hold the path, which is another one for each run. */
static const char *with_path(const char *format, const char *name)
{
	static char message[LSCOW_MESSAGE_BYTES];
	const char *rest = strstr(format, "%s");

	snprintf(message, sizeof(message), "%.*s%s%s", (int)(rest - format), format, name,
		 rest + 2);
	return message;
}

START_TEST(test_read_beyond)
{
	uint8_t buffer[FILE_BYTES + 1];
	int ret = lscow_device_read(device, reads_beyond[_i].offset_bytes, buffer,
				    reads_beyond[_i].length_bytes, &err);

	unit_assert_error(reads_beyond[_i].label, ret, &err, LSCOW_E_FAILED,
			  with_path(reads_beyond[_i].message, path));
}
END_TEST

START_TEST(test_file_becomes_shorter)
{
	uint8_t buffer[FILE_BYTES];
	int ret;

	ck_assert_int_eq(truncate(path, 1000), 0);
	unit_assert_ok("before", lscow_device_read(device, 0, buffer, 1000, &err), &err);
	ret = lscow_device_read(device, 500, buffer, 600, &err);
	unit_assert_error("across", ret, &err, LSCOW_E_FAILED,
			  with_path("%s: file ended at 1000, expected 3000 bytes", path));
}
END_TEST

START_TEST(test_shorter_file_is_no_hole)
{
	uint64_t start_bytes, end_bytes;
	int ret;

	ck_assert_int_eq(truncate(path, 0), 0);
	ret = lscow_device_next_data(device, 0, &start_bytes, &end_bytes, &err);
	/* A filesystem that knows no holes calls it data; then the read fails. */
	if (ret == 0) {
		ck_assert_uint_eq(start_bytes, 0);
		ret = lscow_device_read(device, 0, contents, 1, &err);
	}
	unit_assert_error("shorter", ret, &err, LSCOW_E_FAILED,
			  with_path("%s: file ended at 0, expected 3000 bytes", path));
}
END_TEST

/* Flags of the descriptor that this process has for the path, or -1. */
static int find_flags(void)
{
	char link[64], target[4096];
	int flags = -1;

	for (int fd = 0; fd < 256; fd++) {
		ssize_t length_bytes;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		length_bytes = readlink(link, target, sizeof(target) - 1);
		if (length_bytes < 0)
			continue;
		target[length_bytes] = '\0';
		if (!strcmp(target, path)) {
			ck_assert_msg(fcntl(fd, F_GETFD) & FD_CLOEXEC, "no FD_CLOEXEC");
			flags = fcntl(fd, F_GETFL);
		}
	}
	return flags;
}

START_TEST(test_opened_for_reading_only)
{
	int flags = find_flags();

	ck_assert_int_ne(flags, -1);
	ck_assert_int_eq(flags & O_ACCMODE, O_RDONLY);
}
END_TEST

START_TEST(test_direct_of_a_regular_file)
{
	struct lscow_device *direct;
	uint8_t buffer[100];

	unit_assert_ok("open", lscow_file_device_open(path, true, &direct, &err), &err);
	unit_assert_ok("read", lscow_device_read(direct, 33, buffer, 100, &err), &err);
	ck_assert_mem_eq(buffer, contents + 33, 100);
	lscow_device_close(direct);
}
END_TEST

static void make_directory(const char *name)
{
	ck_assert_int_eq(mkdir(name, 0700), 0);
}

static void make_fifo(const char *name)
{
	ck_assert_int_eq(mkfifo(name, 0600), 0);
}

static void make_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void make_null_link(const char *name)
{
	ck_assert_int_eq(symlink("/dev/null", name), 0);
}

static void make_nothing(const char *name)
{
	ck_assert_int_eq(access(name, F_OK), -1);
}

static const struct {
	const char *label;
	void (*make)(const char *name);
	int code;
	const char *message;
} refusals[] = {
	{ .label = "directory", .make = make_directory, .code = LSCOW_E_USAGE,
	  .message = "%s: is a directory, expected a block device or a regular file" },
	{ .label = "fifo", .make = make_fifo, .code = LSCOW_E_USAGE,
	  .message = "%s: is a fifo, expected a block device or a regular file" },
	{ .label = "socket", .make = make_socket, .code = LSCOW_E_USAGE,
	  .message = "%s: is a socket, expected a block device or a regular file" },
	{ .label = "character device", .make = make_null_link, .code = LSCOW_E_USAGE,
	  .message = "%s: is a character device, expected a block device or a "
		     "regular file" },
	{ .label = "missing", .make = make_nothing, .code = LSCOW_E_FAILED,
	  .message = "%s: cannot open: No such file or directory" },
};

START_TEST(test_refused)
{
	const char *name = temp_dir_path("other");
	struct lscow_device *unset = NULL;
	size_t nr_files;
	int ret;

	refusals[_i].make(name);
	nr_files = temp_dir_count_open_files();
	ret = lscow_file_device_open(name, true, &unset, &err);
	unit_assert_error(refusals[_i].label, ret, &err, refusals[_i].code,
			  with_path(refusals[_i].message, name));
	ck_assert_ptr_null(unset);
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_files);
}
END_TEST

START_TEST(test_empty_path)
{
	struct lscow_device *unset = NULL;
	int ret = lscow_file_device_open("", false, &unset, &err);

	unit_assert_error("empty", ret, &err, LSCOW_E_USAGE, "the path of a device is empty");
	ck_assert_ptr_null(unset);
}
END_TEST

START_TEST(test_empty_file)
{
	const char *name = temp_dir_write("empty", "", 0);
	struct lscow_device *empty;
	uint64_t start_bytes = 1, end_bytes = 1;

	unit_assert_ok("open", lscow_file_device_open(name, false, &empty, &err), &err);
	ck_assert_uint_eq(empty->size_bytes, 0);
	unit_assert_ok("data",
		       lscow_device_next_data(empty, 0, &start_bytes, &end_bytes, &err), &err);
	ck_assert_uint_eq(start_bytes, 0);
	ck_assert_uint_eq(end_bytes, 0);
	lscow_device_close(empty);
}
END_TEST

/* A file of 4 MiB whose only data are these bytes, far from both ends. */
#define SPARSE_BYTES ((uint64_t)4 << 20)
#define DATA_OFFSET ((uint64_t)2 << 20)
#define DATA_BYTES 4096u

static const char *make_sparse(void)
{
	const char *name = temp_dir_path("sparse");
	uint8_t data[DATA_BYTES];
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	memset(data, 0xAA, sizeof(data));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)SPARSE_BYTES), 0);
	ck_assert_int_eq(pwrite(fd, data, sizeof(data), (off_t)DATA_OFFSET), sizeof(data));
	close(fd);
	return name;
}

/* True where the filesystem knows that the file begins with a hole. */
static bool knows_holes(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	bool knows = lseek(fd, 0, SEEK_DATA) > 0;

	close(fd);
	return knows;
}

START_TEST(test_next_data)
{
	const char *name = make_sparse();
	struct lscow_device *sparse;
	uint64_t start_bytes, end_bytes;

	unit_assert_ok("open", lscow_file_device_open(name, false, &sparse, &err), &err);
	unit_assert_ok("from 0",
		       lscow_device_next_data(sparse, 0, &start_bytes, &end_bytes, &err), &err);
	ck_assert_uint_le(start_bytes, DATA_OFFSET);
	ck_assert_uint_ge(end_bytes, DATA_OFFSET + DATA_BYTES);
	if (knows_holes(name)) {
		ck_assert_uint_gt(start_bytes, 0);
		ck_assert_uint_lt(end_bytes, SPARSE_BYTES);
		unit_assert_ok("behind", lscow_device_next_data(sparse, end_bytes, &start_bytes,
								&end_bytes, &err), &err);
		ck_assert_uint_eq(start_bytes, SPARSE_BYTES);
		ck_assert_uint_eq(end_bytes, SPARSE_BYTES);
	}
	unit_assert_ok("inside", lscow_device_next_data(sparse, DATA_OFFSET + 100, &start_bytes,
							&end_bytes, &err), &err);
	ck_assert_uint_eq(start_bytes, DATA_OFFSET + 100);
	lscow_device_close(sparse);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device-file");
	TCase *tcase = tcase_create("device-file");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_read, 0, (int)UNIT_COUNT(reads));
	tcase_add_loop_test(tcase, test_read_beyond, 0, (int)UNIT_COUNT(reads_beyond));
	tcase_add_test(tcase, test_file_becomes_shorter);
	tcase_add_test(tcase, test_shorter_file_is_no_hole);
	tcase_add_test(tcase, test_opened_for_reading_only);
	tcase_add_test(tcase, test_direct_of_a_regular_file);
	tcase_add_loop_test(tcase, test_refused, 0, (int)UNIT_COUNT(refusals));
	tcase_add_test(tcase, test_empty_path);
	tcase_add_test(tcase, test_empty_file);
	tcase_add_test(tcase, test_next_data);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
