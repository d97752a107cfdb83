/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes one call that writes fail, for a program that this library is loaded before.
 *
 * PATCHKIT_FAULT is NUMBER:ERROR: the call with that number, from 1, among those that make, write,
 * rename, link, flush or remove something, fails with that error number. The error "short" makes a
 * write take half of its bytes; "stop" lets the call succeed after Ctrl-C was sent to the program and its
 * ender is at work, and gives what is to be undone all the time that it needs; "kill" kills the program
 * before the call. PATCHKIT_FAULT_LOG names a file to which the name of the failed call is written, or, with
 * number 0, that of every call; with "kill" each has the address of the code that made it, from the
 * program's start in memory.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static long wanted = -1;
static int code, is_short, is_stop, is_kill;
/* Where the program's own code is. */
static unsigned long base, first, last;
static long count;
/* Whether the thread that ends the program waits for the others. */
static int is_ending;

static int find_code(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size, (void)unused;
	base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
			first = base + info->dlpi_phdr[i].p_vaddr;
			last = first + info->dlpi_phdr[i].p_memsz;
		}
	/* The program itself comes first. */
	return 1;
}

__attribute__((constructor)) static void set_up(void)
{
	const char *fault = getenv("PATCHKIT_FAULT");
	if (!fault)
		return;
	wanted = atol(fault);
	fault = strchr(fault, ':');
	is_short = fault && !strcmp(fault + 1, "short");
	is_stop = fault && !strcmp(fault + 1, "stop");
	is_kill = fault && !strcmp(fault + 1, "kill");
	/* Programs that it starts are stopped by it, or go on. */
	if ((is_stop || is_kill) && strcmp(program_invocation_short_name, "SharedProgram") &&
	    strcmp(program_invocation_short_name, "patchkit"))
		wanted = -1;
	code = fault && !is_short ? atoi(fault + 1) : EIO;
	if (is_kill && wanted >= 0) {
		void *frames[1];
		dl_iterate_phdr(find_code, NULL);
		/* The first time loads a library. */
		backtrace(frames, 1);
	}
}

/* The address of the program's own code that made a call, from its start; 0 where there is none. */
static unsigned long place(void)
{
	void *frames[32];
	int count = backtrace(frames, 32);
	for (int i = 0; i < count; i++)
		if ((unsigned long)frames[i] >= first && (unsigned long)frames[i] < last)
			return (unsigned long)frames[i] - base;
	return 0;
}

static void note(const char *name)
{
	const char *path = getenv("PATCHKIT_FAULT_LOG");
	int log = path ? syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;
	if (log < 0)
		return;
	char line[96];
	int length = is_kill ? snprintf(line, sizeof(line), "%s %lx\n", name, place())
			     : snprintf(line, sizeof(line), "%s\n", name);
	syscall(SYS_write, log, line, length);
	syscall(SYS_close, log);
}

/* Whether this call is the one that fails. */
static int fails(const char *name)
{
	if (wanted < 0)
		return 0;
	long number = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
	if (wanted == 0)
		note(name);
	if (number != wanted)
		return 0;
	note(name);
	if (is_kill)
		kill(getpid(), SIGKILL);
	if (is_stop) {
		kill(getpid(), SIGINT);
		struct timespec moment = { 0, 1000000 };
		for (int i = 0; i < 60000 && !__atomic_load_n(&is_ending, __ATOMIC_SEQ_CST); i++)
			nanosleep(&moment, NULL);
		return 0;
	}
	errno = code;
	return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int usleep(useconds_t time)
{
	__atomic_store_n(&is_ending, 1, __ATOMIC_SEQ_CST);
	return REAL(usleep)(is_stop ? 10 * time : time);
}

#define WRAP(result, name, parameters, arguments) \
	result name parameters \
	{ \
		if (fails(#name)) \
			return -1; \
		return REAL(name) arguments; \
	}

WRAP(int, rename, (const char *a, const char *b), (a, b))
WRAP(int, renameat, (int c, const char *a, int d, const char *b), (c, a, d, b))
WRAP(int, link, (const char *a, const char *b), (a, b))
WRAP(int, linkat, (int c, const char *a, int d, const char *b, int f), (c, a, d, b, f))
WRAP(int, symlinkat, (const char *a, int d, const char *b), (a, d, b))
WRAP(int, mkdir, (const char *a, mode_t m), (a, m))
WRAP(int, mkdirat, (int d, const char *a, mode_t m), (d, a, m))
WRAP(int, unlink, (const char *a), (a))
WRAP(int, unlinkat, (int d, const char *a, int f), (d, a, f))
WRAP(int, fsync, (int d), (d))
WRAP(int, syncfs, (int d), (d))
WRAP(int, fchmod, (int d, mode_t m), (d, m))

ssize_t write(int d, const void *bytes, size_t length)
{
	if (d > 2 && fails("write")) {
		if (is_short && length > 1)
			return REAL(write)(d, bytes, length / 2);
		if (!is_short)
			return -1;
	}
	return REAL(write)(d, bytes, length);
}

static int opens(const char *name, int flags)
{
	return (flags & (O_CREAT | O_TRUNC)) && fails(name);
}

#define OPEN(name, parameters, arguments) \
	int name parameters \
	{ \
		mode_t mode = 0; \
		if (flags & O_CREAT) { \
			va_list rest; \
			va_start(rest, flags); \
			mode = va_arg(rest, mode_t); \
			va_end(rest); \
		} \
		if (opens(#name, flags)) \
			return -1; \
		return REAL(name) arguments; \
	}

OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPEN(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

/* Calls before which only a kill is tried: the program goes on without them, or a library does them. */
#define KILL(result, name, parameters, arguments) \
	result name parameters \
	{ \
		if (is_kill) \
			fails(#name); \
		return REAL(name) arguments; \
	}

KILL(ssize_t, pwrite, (int d, const void *b, size_t n, off_t o), (d, b, n, o))
KILL(ssize_t, pwrite64, (int d, const void *b, size_t n, off64_t o), (d, b, n, o))
KILL(int, ftruncate, (int d, off_t n), (d, n))
KILL(int, ftruncate64, (int d, off64_t n), (d, n))
KILL(int, fdatasync, (int d), (d))
KILL(int, fchown, (int d, uid_t u, gid_t g), (d, u, g))
KILL(int, rmdir, (const char *a), (a))
KILL(int, symlink, (const char *a, const char *b), (a, b))
KILL(int, chmod, (const char *a, mode_t m), (a, m))
KILL(int, fsetxattr, (int d, const char *n, const void *v, size_t s, int f), (d, n, v, s, f))
KILL(int, fremovexattr, (int d, const char *n), (d, n))
KILL(int, utimes, (const char *a, const struct timeval t[2]), (a, t))
