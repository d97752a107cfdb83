/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a program with the rights that the C of a patch may have, in namespaces or without them.
 * usage: confine run|fork|compile FOLDER SECONDS MEMORY FILE-SIZE FILES PROCESSES READABLE... -- PROGRAM ARGUMENT...
 *
 * Landlock limits which files are opened: the system's programs and libraries, and READABLE, for reading; FOLDER
 * for reading, and with "compile" for writing. A seccomp filter permits the system calls that such a program needs;
 * all others fail with ENOSYS. Both hold before the program's first instruction, and for all that it starts. With
 * "run" it can start no process, with "fork" only further ones of itself. A limit of 0 is none.
 *
 * Three processes: the one that was called waits; a second one watches it and its caller, and ends the program
 * with either; the third one becomes the program. Exits with the program's code; 124 where a signal ended it, 125
 * where it cannot be confined.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Landlock's numbers: headers older than it lack them (Documentation/userspace-api/landlock.rst). */
#define LANDLOCK_CREATE 444
#define LANDLOCK_ADD 445
#define LANDLOCK_RESTRICT 446
enum {
	FS_EXECUTE = 1 << 0, FS_WRITE_FILE = 1 << 1, FS_READ_FILE = 1 << 2, FS_READ_DIR = 1 << 3,
	FS_ALL_OF_1 = (1 << 13) - 1, FS_REFER = 1 << 13, FS_TRUNCATE = 1 << 14, FS_IOCTL_DEV = 1 << 15,
	NET_ALL_OF_4 = 3, SCOPE_ALL_OF_6 = 3,
};
struct ruleset { uint64_t files, network, scopes; };
struct __attribute__((packed)) beneath { uint64_t access; int32_t folder; };

/* The user and the group that own no file. */
#define UNPRIVILEGED 65534

enum mode { RUN, FORK, COMPILE };

static void give_up(const char *what)
{
	fprintf(stderr, "confine: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static void permit(int rules, const char *path, uint64_t access)
{
	struct beneath rule = { .access = access, .folder = open(path, O_PATH | O_CLOEXEC) };
	struct stat info;

	if (rule.folder < 0)
		return;
	if (fstat(rule.folder, &info))
		give_up(path);
	if (!S_ISDIR(info.st_mode))
		rule.access &= FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV;
	if (syscall(LANDLOCK_ADD, rules, 1, &rule, 0))
		give_up(path);
	close(rule.folder);
}

static void limit_files(const char *folder, int writes, char **readable)
{
	static const char *const system_paths[] = {
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives",
		"/etc/ld.so.cache", "/dev/urandom", "/proc/self", NULL
	};
	const uint64_t reads = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR;
	struct ruleset all = { .files = FS_ALL_OF_1 };
	int version = syscall(LANDLOCK_CREATE, NULL, 0, 1);
	size_t size = offsetof(struct ruleset, network);
	int rules;

	if (version < 1)
		give_up("there is no Landlock");
	if (version >= 2)
		all.files |= FS_REFER;
	if (version >= 3)
		all.files |= FS_TRUNCATE;
	if (version >= 4) {
		all.network = NET_ALL_OF_4;
		size = offsetof(struct ruleset, scopes);
	}
	if (version >= 5)
		all.files |= FS_IOCTL_DEV;
	if (version >= 6) {
		all.scopes = SCOPE_ALL_OF_6;
		size = sizeof(all);
	}
	rules = syscall(LANDLOCK_CREATE, &all, size, 0);
	if (rules < 0)
		give_up("there is no Landlock");
	for (const char *const *path = system_paths; *path; path++)
		permit(rules, *path, reads);
	permit(rules, "/dev/null", reads | FS_WRITE_FILE | (all.files & FS_TRUNCATE));
	permit(rules, "/dev/zero", reads);
	for (; *readable; readable++)
		permit(rules, *readable, reads);
	permit(rules, folder, writes ? all.files & ~(uint64_t)FS_IOCTL_DEV : reads);
	if (syscall(LANDLOCK_RESTRICT, rules, 0))
		give_up("Landlock refuses");
	close(rules);
}

/* What only computes, and reads and answers over what it was given. */
static const int computing[] = {
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_close,
	SYS_fstat, SYS_newfstatat, SYS_statx, SYS_dup, SYS_dup3, SYS_pipe2, SYS_ppoll,
	SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_mincore,
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigsuspend, SYS_sigaltstack,
	SYS_futex, SYS_set_robust_list, SYS_get_robust_list, SYS_set_tid_address, SYS_rseq, SYS_membarrier,
	SYS_getrandom, SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep,
	SYS_gettimeofday, SYS_sched_yield, SYS_sched_getaffinity, SYS_getpid, SYS_getppid, SYS_gettid,
	SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_uname, SYS_sysinfo, SYS_getrusage, SYS_times,
	SYS_exit, SYS_exit_group, SYS_restart_syscall, SYS_faccessat, SYS_readlinkat, SYS_getcwd, SYS_execve,
	SYS_recvfrom, SYS_getsockopt, SYS_umask, SYS_personality, SYS_getrlimit,
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef __x86_64__
	SYS_arch_prctl, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_dup2, SYS_pipe, SYS_poll, SYS_time,
	SYS_getpgrp,
#endif
};

/* What makes processes. */
static const int forking[] = {
	SYS_wait4, SYS_waitid,
#ifdef __x86_64__
	SYS_fork, SYS_vfork,
#endif
};

/* What a compiler does as well: it makes files. */
static const int compiling[] = {
	SYS_getdents64, SYS_chdir, SYS_fchdir, SYS_ftruncate, SYS_fallocate, SYS_fadvise64,
	SYS_unlinkat, SYS_renameat, SYS_mkdirat, SYS_pselect6, SYS_copy_file_range, SYS_sendfile,
	SYS_statfs, SYS_fstatfs, SYS_fsync, SYS_getpgid,
#ifdef SYS_renameat2
	SYS_renameat2,
#endif
#ifdef __x86_64__
	SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_select,
#endif
};

static struct sock_filter program[512];
static unsigned length;

static void put(uint16_t code, uint8_t yes, uint8_t no, uint32_t value)
{
	program[length++] = (struct sock_filter){ code, yes, no, value };
}

static void load(size_t offset) { put(BPF_LD | BPF_W | BPF_ABS, 0, 0, offset); }
static void answer(uint32_t what) { put(BPF_RET | BPF_K, 0, 0, what); }

#define NUMBER offsetof(struct seccomp_data, nr)
/* The lower half of an argument: both architectures are little-endian. */
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define REFUSE (SECCOMP_RET_ERRNO | ENOSYS)
#define DENY (SECCOMP_RET_ERRNO | EPERM)

/* Permits a call if some bits of an argument have a value. */
static void permit_if(int call, unsigned argument, uint32_t bits, uint32_t value)
{
	put(BPF_JMP | BPF_JEQ | BPF_K, 0, 5, call);
	load(ARGUMENT(argument));
	put(BPF_ALU | BPF_AND | BPF_K, 0, 0, bits);
	put(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
	answer(SECCOMP_RET_ALLOW);
	answer(DENY);
}

static void permit_calls(const int *calls, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		put(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, calls[i]);
		answer(SECCOMP_RET_ALLOW);
	}
}

/*
 * Permits opening a file, but not to cut it off without opening it for writing: before its third version Landlock
 * asks for no right then. The access mode 3 is for neither reading nor writing.
 */
static void permit_opening(int call, unsigned flags)
{
	put(BPF_JMP | BPF_JEQ | BPF_K, 0, 6, call);
	load(ARGUMENT(flags));
	put(BPF_ALU | BPF_AND | BPF_K, 0, 0, O_TRUNC | O_ACCMODE);
	put(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, O_TRUNC | O_RDONLY);
	put(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, O_TRUNC | O_ACCMODE);
	answer(SECCOMP_RET_ALLOW);
	answer(DENY);
}

/* Permits what a program does with descriptors of its own, but not to have signals sent to others. */
static void permit_fcntl(void)
{
	static const int commands[] = {
		F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_GETLK, F_SETLK, F_SETLKW,
	};
	const unsigned count = sizeof(commands) / sizeof(*commands);

	put(BPF_JMP | BPF_JEQ | BPF_K, 0, 1 + 2 * count + 6, SYS_fcntl);
	load(ARGUMENT(1));
	permit_calls(commands, count);
	put(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, F_SETFL);
	load(ARGUMENT(2));
	put(BPF_ALU | BPF_AND | BPF_K, 0, 0, O_ASYNC);
	put(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	answer(SECCOMP_RET_ALLOW);
	answer(DENY);
}

/* Permits a call if one of its pointers is NULL. */
static void permit_if_null(int call, unsigned argument)
{
	put(BPF_JMP | BPF_JEQ | BPF_K, 0, 6, call);
	load(ARGUMENT(argument));
	put(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0);
	load(ARGUMENT(argument) + 4);
	put(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	answer(SECCOMP_RET_ALLOW);
	answer(DENY);
}

static void limit_calls(enum mode mode)
{
	struct sock_fprog filter;
	uint32_t threads;
	const uint32_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
		CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
	load(offsetof(struct seccomp_data, arch));
	put(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, OWN_ARCHITECTURE);
	answer(SECCOMP_RET_KILL_PROCESS);
	load(NUMBER);
#ifdef __x86_64__
	/* The numbers of x32 are others. */
	put(BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000);
	answer(REFUSE);
#endif
	permit_calls(computing, sizeof(computing) / sizeof(*computing));
	if (mode != RUN)
		permit_calls(forking, sizeof(forking) / sizeof(*forking));
	if (mode == COMPILE)
		permit_calls(compiling, sizeof(compiling) / sizeof(*compiling));
	/* Signals to itself alone. */
	permit_if(SYS_tgkill, 0, ~0u, getpid());
	/* The limits of itself alone: those of others could be lowered. */
	permit_if(SYS_prlimit64, 0, ~0u, 0);
	/* Threads, and processes where they are permitted. clone3 hides its flags, so that it does not exist. */
	threads = mode == RUN ? CLONE_THREAD : 0;
	permit_if(SYS_clone, 0, namespaces | threads, threads);
	/* sendto without an address. */
	permit_if_null(SYS_sendto, 4);
	permit_fcntl();
	permit_opening(SYS_openat, 2);
#ifdef __x86_64__
	permit_opening(SYS_open, 1);
#endif
	/* Names of threads. */
	permit_if(SYS_prctl, 0, ~0u, PR_SET_NAME);
	answer(REFUSE);
	filter.len = length;
	filter.filter = program;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		give_up("there is no seccomp");
}

/* Sets a limit; more than the caller may have is not asked for. */
static void limit(int what, const char *value, rlim_t others)
{
	struct rlimit limits;
	rlim_t wanted = strtoull(value, NULL, 10);

	if (!wanted)
		return;
	if (getrlimit(what, &limits))
		give_up("a limit cannot be read");
	wanted += others;
	if (limits.rlim_max > wanted)
		limits.rlim_max = wanted;
	limits.rlim_cur = limits.rlim_max;
	if (setrlimit(what, &limits))
		give_up("a limit cannot be set");
}

/* How many threads a user has: the system counts them all against the limit. */
static rlim_t threads_of(uid_t user)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	struct stat info;
	char path[300];
	rlim_t count = 0;

	while (processes && (entry = readdir(processes))) {
		snprintf(path, sizeof(path), "/proc/%s/task", entry->d_name);
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && !stat(path, &info) &&
		    info.st_uid == user)
			count += info.st_nlink - 2;
	}
	if (processes)
		closedir(processes);
	return count;
}

/* Hands a file of the folder over to the user that the program becomes. */
static int hand_over(const char *path, const struct stat *info, int kind, struct FTW *at)
{
	(void)info, (void)kind, (void)at;
	return lchown(path, UNPRIVILEGED, UNPRIVILEGED);
}

/* Becomes the program; returns only where it cannot be started. */
static void become(enum mode mode, char **words, char **readable, char **command)
{
	struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || setpgid(0, 0))
		give_up("the program cannot be bound to this one");
	if (getppid() == 1)
		_exit(125);
	limit(RLIMIT_CPU, words[1], 0);
	limit(RLIMIT_AS, words[2], 0);
	limit(RLIMIT_FSIZE, words[3], 0);
	limit(RLIMIT_NOFILE, words[4], 0);
	setrlimit(RLIMIT_CORE, &none);
	/* In a namespace the user may be called root and have none of its rights. */
	if (geteuid() == 0 && !setgroups(0, NULL)) {
		/* The system does not limit root's processes, and root owns all files. */
		limit(RLIMIT_NPROC, words[5], threads_of(UNPRIVILEGED));
		if (nftw(words[0], hand_over, 16, FTW_PHYS) ||
		    setresgid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED) ||
		    setresuid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED))
			give_up("root's rights cannot be given up");
		/* The change of the user has cancelled it. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			give_up("the program cannot be bound to this one");
	} else {
		limit(RLIMIT_NPROC, words[5], threads_of(geteuid()));
	}
	if (chdir(words[0]))
		give_up(words[0]);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		give_up("new privileges cannot be ruled out");
	syscall(SYS_close_range, 3, ~0u, 0);
	limit_files(words[0], mode == COMPILE, readable);
	limit_calls(mode);
	execvp(command[0], command);
	give_up(command[0]);
}

static int pid_file(pid_t process) { return syscall(SYS_pidfd_open, process, 0); }

int main(int count, char **words)
{
	char **command = words + 8;
	int status, ends[2];
	enum mode mode;
	pid_t watcher, caller = getppid();

	if (count < 10)
		return 125;
	mode = !strcmp(words[1], "compile") ? COMPILE : !strcmp(words[1], "fork") ? FORK : RUN;
	while (command < words + count && strcmp(*command, "--"))
		command++;
	if (command + 1 >= words + count)
		return 125;
	*command++ = NULL;
	/* The watcher hears of the end of this process by the pipe, as only this process holds its other end. */
	if (pipe2(ends, O_CLOEXEC))
		give_up("there is no pipe");
	watcher = fork();
	if (watcher < 0)
		give_up("there is no process");
	if (!watcher) {
		pid_t program;
		struct pollfd ends_of[3];

		close(ends[1]);
		setsid();
		program = fork();
		if (program < 0)
			give_up("there is no process");
		if (!program)
			become(mode, words + 2, words + 8, command);
		/* The program holds them. */
		close(0);
		close(1);
		ends_of[0] = (struct pollfd){ .fd = ends[0], .events = POLLIN };
		ends_of[1] = (struct pollfd){ .fd = pid_file(program), .events = POLLIN };
		/* The first process of a namespace has no caller in it, and ends with the namespace. */
		ends_of[2] = (struct pollfd){ .fd = caller ? pid_file(caller) : -1, .events = POLLIN };
		if (ends_of[1].fd < 0 || (caller && ends_of[2].fd < 0)) {
			kill(program, SIGKILL);
			give_up("processes cannot be watched");
		}
		while (poll(ends_of, 3, -1) < 0 && errno == EINTR)
			;
		/* All that it started is in its group, which it cannot leave. */
		kill(-program, SIGKILL);
		kill(program, SIGKILL);
		while (waitpid(program, &status, 0) < 0 && errno == EINTR)
			;
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 124);
	}
	close(0);
	close(1);
	while (waitpid(watcher, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 124;
}
