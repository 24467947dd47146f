/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The system calls that are allowed in the sandbox (seccomp(2), through libseccomp). */

#include "sandbox/filter.h"

#ifdef HAVE_SECCOMP

#include <fcntl.h>
#include <linux/fs.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Arguments that may be signed are compared in their 32 bits. */
#define INT_BITS UINT64_C(0xffffffff)

/* With whatever arguments: none of these reaches further than what is open. */
static const int calls[] = {
	/* files that are open */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(_llseek),
	SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(fadvise64),
	SCMP_SYS(fadvise64_64), SCMP_SYS(arm_fadvise64_64),
	/* a file in memory, for libblkid (extfs/identify) */
	SCMP_SYS(memfd_create), SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64),
	SCMP_SYS(pwrite64),
	/* libaio */
	SCMP_SYS(io_setup), SCMP_SYS(io_submit), SCMP_SYS(io_getevents),
	SCMP_SYS(io_pgetevents), SCMP_SYS(io_pgetevents_time64), SCMP_SYS(io_destroy),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(sysinfo), SCMP_SYS(getrandom),
	/* clocks */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	/* the processes that were started before, and their sockets */
	SCMP_SYS(recvfrom), SCMP_SYS(recv), SCMP_SYS(send), SCMP_SYS(shutdown),
	SCMP_SYS(wait4), SCMP_SYS(waitpid), SCMP_SYS(waitid),
	/* waiting, signals and the end */
	SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(sched_yield),
	SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* One argument, counted from 0, of which the bits in mask have to be these. */
struct limited_call {
	int call;
	unsigned int argument;
	uint64_t mask;
	uint64_t bits;
};

static const struct limited_call limited_calls[] = {
	/* no memory that can be run */
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mmap2), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	/* fstat(3), which has no call of its own on some machines */
	{ SCMP_SYS(newfstatat), 3, AT_EMPTY_PATH, AT_EMPTY_PATH },
	{ SCMP_SYS(fstatat64), 3, AT_EMPTY_PATH, AT_EMPTY_PATH },
	{ SCMP_SYS(statx), 2, AT_EMPTY_PATH, AT_EMPTY_PATH },
	/* the size of a device and of its sectors; isatty(3) */
	{ SCMP_SYS(ioctl), 1, INT_BITS, BLKGETSIZE64 },
	{ SCMP_SYS(ioctl), 1, INT_BITS, BLKSSZGET },
	{ SCMP_SYS(ioctl), 1, INT_BITS, TCGETS },
	{ SCMP_SYS(fcntl), 1, INT_BITS, F_GETFL },
	{ SCMP_SYS(fcntl64), 1, INT_BITS, F_GETFL },
	/* only to whom a socket leads already */
	{ SCMP_SYS(sendto), 4, UINT64_MAX, 0 },
};

static int allow(scmp_filter_ctx filter, const struct limited_call *limited)
{
	struct scmp_arg_cmp compare = {
		.arg = limited->argument,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = limited->mask,
		.datum_b = limited->bits,
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, limited->call, 1, &compare);
}

static int allow_all(scmp_filter_ctx filter)
{
	/* abort(3) signals itself, and nobody else. */
	const struct limited_call to_self = { SCMP_SYS(tgkill), 0, INT_BITS,
					      (uint64_t)getpid() };
	int ret = allow(filter, &to_self);

	for (size_t i = 0; ret == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	for (size_t i = 0; ret == 0 && i < sizeof(limited_calls) / sizeof(limited_calls[0]);
	     i++)
		ret = allow(filter, &limited_calls[i]);
	return ret;
}

const char *lscow_filter_load(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int ret;

	if (!filter)
		return "the kernel has no seccomp filters that kill a process";
	ret = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (ret == 0)
		ret = allow_all(filter);
	if (ret == 0)
		ret = seccomp_load(filter); /* with PR_SET_NO_NEW_PRIVS */
	seccomp_release(filter);
	return ret == 0 ? NULL : strerror(-ret);
}

#else

const char *lscow_filter_load(void)
{
	return "built without seccomp";
}

#endif
