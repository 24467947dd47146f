/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Ends a mounted ext4 as a crash would: crash FOLDER [log]; with log, the journal is written. */

#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

/* fs/ext4/ext4.h: EXT4_IOC_SHUTDOWN and its flags. */
#define IOC_SHUTDOWN _IOR('X', 125, uint32_t)
#define FLAG_LOG_FLUSH 1u
#define FLAG_NO_LOG_FLUSH 2u

int main(int argc, char **argv)
{
	uint32_t flag = FLAG_NO_LOG_FLUSH;
	int fd;

	if (argc == 3 && strcmp(argv[2], "log") == 0)
		flag = FLAG_LOG_FLUSH;
	else if (argc != 2)
		errx(2, "usage: crash FOLDER [log]");
	fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", argv[1]);
	if (ioctl(fd, IOC_SHUTDOWN, &flag) != 0)
		err(1, "%s: shutdown", argv[1]);
	return 0;
}
