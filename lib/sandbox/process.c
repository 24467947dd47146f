/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What a process of our own needs: a socket to its parent, and nothing else open. */

#include "sandbox/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

bool lscow_process_send(int fd, const void *bytes, size_t nr_bytes)
{
	const char *at = bytes;

	while (nr_bytes > 0) {
		ssize_t nr = send(fd, at, nr_bytes, MSG_NOSIGNAL);

		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return false;
		at += nr;
		nr_bytes -= (size_t)nr;
	}
	return true;
}

bool lscow_process_receive(int fd, void *bytes, size_t nr_bytes)
{
	char *at = bytes;

	while (nr_bytes > 0) {
		ssize_t nr = recv(fd, at, nr_bytes, 0);

		if (nr < 0 && errno == EINTR)
			continue;
		if (nr <= 0)
			return false;
		at += nr;
		nr_bytes -= (size_t)nr;
	}
	return true;
}

/* Who is killed leaves no device open and no lock held. */
void lscow_process_close_files(int kept_fd)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	for (int fd = 0; null_fd >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null_fd, fd);
	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		int fd = atoi(entry->d_name);

		if (fd > STDERR_FILENO && fd != kept_fd && fd != dirfd(folder))
			close(fd);
	}
	closedir(folder);
}
