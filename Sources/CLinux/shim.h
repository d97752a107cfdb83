/* SPDX-License-Identifier: GPL-2.0-only */
/* What Linux has and Swift's module of the C library leaves out. */

/* Flushes the file system that an open file is on; unistd.h shows it with _GNU_SOURCE alone. */
extern int syncfs(int fd);

/* Extended attributes, which hold access control lists; sys/xattr.h would bring other types along. */
extern long fgetxattr(int fd, const char *name, void *value, unsigned long size);
extern int fsetxattr(
	int fd, const char *name, const void *value, unsigned long size, int flags);
extern int fremovexattr(int fd, const char *name);
/* The columns of a wide character in the locale of the thread; wchar.h shows it with _XOPEN_SOURCE. */
extern int wcwidth(__WCHAR_TYPE__ c);
/* The first occurrence of some bytes in others; string.h shows it with _GNU_SOURCE alone. */
extern void *memmem(
	const void *bytes, unsigned long size, const void *part, unsigned long part_size);

/*
 * Opens a path below a folder in one step: no component of the path is a symbolic link or leads out of the
 * folder. Fails where the kernel is older than 5.6, or a sandbox does not permit the call.
 */
#include <asm/unistd.h>
#include <linux/openat2.h>

extern long syscall(long number, ...);

static inline int patchkit_open_below(int folder, const char *path, unsigned long flags)
{
	struct open_how how = {
		.flags = flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(__NR_openat2, folder, path, &how, sizeof(how));
}

/* Reads entries of a folder into a buffer; returns their bytes, 0 at the end, -1 with errno on failure. dirent.h shows it with _GNU_SOURCE alone. */
extern long getdents64(int folder, void *buffer, unsigned long size);

/* Opens a folder that may be entered and not listed; fcntl.h shows it with _GNU_SOURCE alone. x86 and ARM have this number. */
enum { PATCHKIT_O_PATH = 010000000 };
