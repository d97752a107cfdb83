// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only process of a User-Mode Linux that runs asynchronous direct writes
 * into one block of a file on ext4 and counts whose data is there afterwards.
 * It uses no C library: the kernel's system calls alone.
 *
 * Its arguments: DEVICE, then one STATE,WRITERS,UNIT,RUNS,HOW a case:
 *   DEVICE   ubda, or steer: then ubda is copied to it first
 *   STATE    h (a hole), u (allocated and not written) or w (written)
 *   UNIT     the bytes of each write; writer k writes at k * UNIT
 *   HOW      t: all submitted together; s: each by a process of its own
 * It writes a line a case to /result: the case, then MASK=COUNT for each set of
 * writers whose data was there, and then the longest time of a run in ms.
 */
typedef unsigned long u64;
typedef long s64;

#define SYS_READ 0
#define SYS_WRITE 1
#define SYS_OPEN 2
#define SYS_CLOSE 3
#define SYS_PREAD 17
#define SYS_PWRITE 18
#define SYS_FORK 57
#define SYS_EXIT 60
#define SYS_WAIT4 61
#define SYS_FSYNC 74
#define SYS_FTRUNCATE 77
#define SYS_MKDIR 83
#define SYS_UNLINK 87
#define SYS_SYNC 162
#define SYS_MOUNT 165
#define SYS_REBOOT 169
#define SYS_IO_SETUP 206
#define SYS_IO_DESTROY 207
#define SYS_IO_GETEVENTS 208
#define SYS_IO_SUBMIT 209
#define SYS_CLOCK_GETTIME 228
#define SYS_FALLOCATE 285

#define O_RDONLY 0
#define O_RDWR 02
#define O_CREAT 0100
#define O_TRUNC 01000
#define O_DIRECT 040000

#define MOST 8
#define BLOCK 4096

struct iocb {
	u64 data;
	unsigned key, rw_flags;
	unsigned short opcode;
	short priority;
	unsigned fd;
	u64 buffer, bytes;
	s64 offset;
	u64 reserved;
	unsigned flags, event_fd;
};

struct io_event {
	u64 data, object;
	s64 result, second;
};

static s64 call(s64 n, s64 a, s64 b, s64 c, s64 d, s64 e)
{
	s64 result;
	register s64 r10 __asm__("r10") = d;
	register s64 r8 __asm__("r8") = e;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

void *memset(void *to, int byte, u64 count)
{
	char *at = to;

	while (count--)
		*at++ = (char)byte;
	return to;
}

static char line[4096];
static unsigned length;
static int result_file;

static void put(const char *text)
{
	while (*text && length < sizeof(line))
		line[length++] = *text++;
}

static void put_number(s64 value)
{
	char digits[24];
	int at = sizeof(digits) - 1;
	int is_negative = value < 0;

	digits[at] = 0;
	if (is_negative)
		value = -value;
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	if (is_negative)
		digits[--at] = '-';
	put(digits + at);
}

static void flush_line(void)
{
	put("\n");
	call(SYS_WRITE, result_file, (s64)line, length, 0, 0);
	length = 0;
}

static void stop(const char *what, s64 why)
{
	put("error ");
	put(what);
	put(" ");
	put_number(why);
	flush_line();
	call(SYS_SYNC, 0, 0, 0, 0, 0);
	call(SYS_REBOOT, 0xfee1dead, 672274793, 0x4321fedc, 0, 0);
	for (;;)
		call(SYS_EXIT, 1, 0, 0, 0, 0);
}

static s64 must(const char *what, s64 result)
{
	if (result < 0)
		stop(what, result);
	return result;
}

static s64 milliseconds(void)
{
	s64 now[2];

	call(SYS_CLOCK_GETTIME, 1, (s64)now, 0, 0, 0);
	return now[0] * 1000 + now[1] / 1000000;
}

static char buffers[MOST][BLOCK] __attribute__((aligned(4096)));
static char block[BLOCK] __attribute__((aligned(4096)));
static struct iocb requests[MOST];
static struct io_event events[MOST];

static void prepare(int k, int file, s64 unit)
{
	struct iocb *request = &requests[k];

	memset(buffers[k], k + 1, (u64)unit);
	memset(request, 0, sizeof(*request));
	request->opcode = 1;
	request->fd = (unsigned)file;
	request->buffer = (u64)buffers[k];
	request->bytes = (u64)unit;
	request->offset = k * unit;
}

/* Submits writers from one on, and waits until all of them are complete. */
static void submit(int from, int count, s64 unit)
{
	u64 context = 0;
	struct iocb *list[MOST];
	int k;

	must("io_setup", call(SYS_IO_SETUP, MOST, (s64)&context, 0, 0, 0));
	for (k = 0; k < count; k++)
		list[k] = &requests[from + k];
	if (must("io_submit", call(SYS_IO_SUBMIT, (s64)context, count, (s64)list, 0, 0)) != count)
		stop("io_submit took fewer", count);
	if (must("io_getevents", call(SYS_IO_GETEVENTS, (s64)context, count, count, (s64)events, 0)) !=
	    count)
		stop("io_getevents gave fewer", count);
	for (k = 0; k < count; k++)
		if (events[k].result != unit)
			stop("an AIO ended with", events[k].result);
	call(SYS_IO_DESTROY, (s64)context, 0, 0, 0, 0);
}

/* The set of writers whose data is there after a run. */
static unsigned run(char state, int writers, s64 unit, char how)
{
	unsigned mask = 0;
	int file, k;
	s64 i;

	call(SYS_UNLINK, (s64) "/mnt/f", 0, 0, 0, 0);
	file = (int)must("open", call(SYS_OPEN, (s64) "/mnt/f", O_RDWR | O_CREAT, 0600, 0, 0));
	must("ftruncate", call(SYS_FTRUNCATE, file, 4 * BLOCK, 0, 0, 0));
	if (state == 'u')
		must("fallocate", call(SYS_FALLOCATE, file, 0, 0, 4 * BLOCK, 0));
	if (state == 'w') {
		memset(block, 0xaa, sizeof(block));
		must("pwrite", call(SYS_PWRITE, file, (s64)block, BLOCK, 0, 0));
	}
	must("fsync", call(SYS_FSYNC, file, 0, 0, 0, 0));
	call(SYS_CLOSE, file, 0, 0, 0, 0);
	file = (int)must("open", call(SYS_OPEN, (s64) "/mnt/f", O_RDWR | O_DIRECT, 0, 0, 0));
	for (k = 0; k < writers; k++)
		prepare(k, file, unit);
	if (how == 't') {
		submit(0, writers, unit);
	} else {
		for (k = 0; k < writers; k++) {
			if (!must("fork", call(SYS_FORK, 0, 0, 0, 0, 0))) {
				submit(k, 1, unit);
				call(SYS_EXIT, 0, 0, 0, 0, 0);
			}
		}
		for (k = 0; k < writers; k++)
			must("wait", call(SYS_WAIT4, -1, 0, 0, 0, 0));
	}
	if (must("pread", call(SYS_PREAD, file, (s64)block, BLOCK, 0, 0)) != BLOCK)
		stop("pread gave fewer", 0);
	call(SYS_CLOSE, file, 0, 0, 0, 0);
	for (k = 0; k < writers; k++) {
		for (i = k * unit; i < (k + 1) * unit; i++)
			if (block[i] != k + 1)
				break;
		if (i == (k + 1) * unit)
			mask |= 1u << k;
	}
	return mask;
}

static s64 number(const char **at)
{
	s64 value = 0;

	while (**at >= '0' && **at <= '9')
		value = value * 10 + *(*at)++ - '0';
	if (**at == ',')
		(*at)++;
	return value;
}

static void one_case(const char *text)
{
	const char *at = text + 2;
	int writers = (int)number(&at);
	s64 unit = number(&at);
	s64 runs = number(&at), i, longest = 0;
	u64 counts[1 << MOST];
	unsigned mask;

	if (writers < 1 || writers > MOST || unit < 512 || writers * unit > BLOCK)
		stop("a case that does not fit a block of 4096 bytes", writers);
	memset(counts, 0, sizeof(counts));
	for (i = 0; i < runs; i++) {
		s64 start = milliseconds();

		counts[run(text[0], writers, unit, *at)]++;
		start = milliseconds() - start;
		if (start > longest)
			longest = start;
	}
	put(text);
	for (mask = 0; mask < 1u << writers; mask++)
		if (counts[mask]) {
			put(" ");
			put_number(mask);
			put("=");
			put_number((s64)counts[mask]);
		}
	put(" ms=");
	put_number(longest);
	flush_line();
}

static void copy_device(void)
{
	static char chunk[1 << 16] __attribute__((aligned(4096)));
	int from = (int)must("open ubda", call(SYS_OPEN, (s64) "/dev/ubda", O_RDONLY, 0, 0, 0));
	int to = (int)must("open steer", call(SYS_OPEN, (s64) "/dev/steer", O_RDWR, 0, 0, 0));
	s64 count;

	while ((count = must("read", call(SYS_READ, from, (s64)chunk, sizeof(chunk), 0, 0))))
		must("write", call(SYS_WRITE, to, (s64)chunk, count, 0, 0));
	must("fsync", call(SYS_FSYNC, to, 0, 0, 0, 0));
	call(SYS_CLOSE, from, 0, 0, 0, 0);
	call(SYS_CLOSE, to, 0, 0, 0, 0);
}

/* argc, then the arguments, as the kernel puts them on the stack. */
__attribute__((used)) static void start(s64 *stack)
{
	s64 count = stack[0], i;
	char **arguments = (char **)(stack + 1);
	int is_steered;

	result_file =
		(int)call(SYS_OPEN, (s64) "/result", O_RDWR | O_CREAT | O_TRUNC, 0600, 0, 0);
	if (count < 3)
		stop("too few arguments", count);
	is_steered = arguments[1][0] == 's';
	/* Some kernels mount it themselves: EBUSY. */
	i = call(SYS_MOUNT, (s64) "dev", (s64) "/dev", (s64) "devtmpfs", 0, 0);
	if (i != -16)
		must("mount dev", i);
	if (is_steered)
		copy_device();
	must("mount ext4",
	     call(SYS_MOUNT, (s64)(is_steered ? "/dev/steer" : "/dev/ubda"), (s64) "/mnt",
		  (s64) "ext4", 0, 0));
	/* The kernel appends what it does not know of its command line. */
	for (i = 2; i < count; i++)
		if (arguments[i][0] && arguments[i][1] == ',')
			one_case(arguments[i]);
	stop("none", 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
