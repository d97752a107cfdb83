// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only process of a User-Mode Linux that runs direct writes into one block of
 * a file on ext4 and counts whose data is there afterwards.  It uses no C library:
 * the kernel's system calls alone.
 *
 * Its argument is the device: ubda, or steer, and then ubda is copied to it first.
 * A second one is the byte of the device from which on writes to it fail.
 * /cases has a line a case, STATE,KIND,WRITERS,UNIT,BASE,BLOCK,RUNS,HOW:
 *   STATE    h (a hole), u (allocated and not written) or w (written)
 *   KIND     p: asynchronous writes; y: the second one is synchronous;
 *            b: both are; m: the second one goes through the page cache;
 *            l: the second one is of the whole block; u: both are;
 *            e: past the end of the file, which is empty;
 *            d: the data is read as soon as the write is complete;
 *            a: appending writes to a file of one block;
 *            n: the second one must not wait (RWF_NOWAIT);
 *            c: the file has its setuid bit, so that S_NOSEC is never set;
 *            f: the disk fails where the file's blocks are
 *   UNIT     the bytes of each write; writer k writes at BASE + k * UNIT
 *   BLOCK    the bytes of a block
 *   HOW      t: all submitted together; r: together, the last one first;
 *            s: each by a process of its own;
 *            x and then steps, each with a / after it, on steer with what it holds:
 *            sK.N  writer K submits its N bios, which are held
 *            wK.J  the data of its bio J reaches the disk
 *            eK.J  its bio J ends
 *            cK    its write is complete
 * It writes a line a case to /result: the case, then MASK=COUNT for each set of
 * writers whose data was there (and, in the WRITERS bits above, of those that got an
 * error), atN=COUNT for runs that could not take step N, and then the longest time
 * of a run in ms.
 */
typedef unsigned long u64;
typedef long s64;

#define SYS_READ 0
#define SYS_WRITE 1
#define SYS_OPEN 2
#define SYS_CLOSE 3
#define SYS_IOCTL 16
#define SYS_PREAD 17
#define SYS_PWRITE 18
#define SYS_NANOSLEEP 35
#define SYS_FORK 57
#define SYS_EXIT 60
#define SYS_WAIT4 61
#define SYS_FSYNC 74
#define SYS_FTRUNCATE 77
#define SYS_MKDIR 83
#define SYS_UNLINK 87
#define SYS_FCHMOD 91
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
#define O_WRONLY 01
#define O_RDWR 02
#define O_CREAT 0100
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_DIRECT 040000

#define WNOHANG 1
#define RWF_NOWAIT 8
#define EIO 5
#define EAGAIN 11
#define MEGABYTE (1 << 20)
#define FS_IOC_FIEMAP 0xc020660b
/* FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE. */
#define PUNCH_HOLE 3

#define MOST 8
#define BLOCK 4096
#define FILE_BYTES (4 * BLOCK)
#define SECTOR 512
#define MOST_STEPS 256
/* How often a step is waited for, each time for two ticks or less. */
#define PATIENCE 20
#define STEER "/sys/module/steer/parameters/"

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

static char line[8192];
static unsigned length;
static int result_file;
/* Where the disk begins to fail, in bytes. */
static u64 failing_from;

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
static char content[FILE_BYTES] __attribute__((aligned(4096)));
static struct iocb requests[MOST];
static struct io_event events[MOST];

/* A case. */
static char state, kind;
static int writers;
static s64 unit, base, block, runs;
static const char *how;

static int is_whole(int k)
{
	return kind == 'u' || (kind == 'l' && k == 1);
}

/* Where each appending write is found, in units from the end of the first block. */
static int slot[MOST];

static s64 start_of(int k)
{
	if (kind == 'a')
		return block + slot[k] * unit;
	return is_whole(k) ? base : base + k * unit;
}

static s64 bytes_of(int k)
{
	return is_whole(k) ? block : unit;
}

static int is_synchronous(int k)
{
	return kind == 'b' || ((kind == 'y' || kind == 'm') && k == 1);
}

static void prepare(int k, int file)
{
	struct iocb *request = &requests[k];

	memset(buffers[k], k + 1, (u64)bytes_of(k));
	memset(request, 0, sizeof(*request));
	request->opcode = 1;
	request->fd = (unsigned)file;
	request->buffer = (u64)buffers[k];
	request->bytes = (u64)bytes_of(k);
	request->offset = start_of(k);
	if (kind == 'n' && k == 1)
		request->rw_flags = RWF_NOWAIT;
}

static void write_now(int k)
{
	struct iocb *request = &requests[k];
	s64 result = call(SYS_PWRITE, request->fd, (s64)request->buffer, (s64)request->bytes,
			  request->offset, 0);

	if (result != bytes_of(k))
		stop("a write ended with", result);
}

/* The writers that got the error of their case, and those that were not read back. */
static unsigned failed, misread;

static void take_result(int k, s64 result)
{
	if ((kind == 'n' && k == 1 && result == -EAGAIN) || (kind == 'f' && result == -EIO))
		failed |= 1u << k;
	else if (result != bytes_of(k))
		stop("an AIO ended with", result);
}

/* Reads a writer's data through the page cache. */
static void read_back(int k)
{
	static char text[BLOCK];
	s64 i;
	int file = (int)must("open", call(SYS_OPEN, (s64) "/mnt/f", O_RDONLY, 0, 0, 0));

	if (must("pread", call(SYS_PREAD, file, (s64)text, bytes_of(k), start_of(k), 0)) !=
	    bytes_of(k))
		stop("pread gave another number of bytes than", bytes_of(k));
	for (i = 0; i < bytes_of(k); i++)
		if (text[i] != k + 1)
			misread |= 1u << k;
	call(SYS_CLOSE, file, 0, 0, 0, 0);
}

/* Submits writers together and waits until all of them are complete. */
static void submit(const int *order, int count)
{
	u64 context = 0;
	struct iocb *list[MOST];
	int k, asynchronous = 0;

	for (k = 0; k < count; k++)
		if (!is_synchronous(order[k]))
			list[asynchronous++] = &requests[order[k]];
	must("io_setup", call(SYS_IO_SETUP, MOST, (s64)&context, 0, 0, 0));
	if (asynchronous && must("io_submit", call(SYS_IO_SUBMIT, (s64)context, asynchronous,
						   (s64)list, 0, 0)) != asynchronous)
		stop("io_submit took fewer", asynchronous);
	for (k = 0; k < count; k++)
		if (is_synchronous(order[k]))
			write_now(order[k]);
	if (must("io_getevents", call(SYS_IO_GETEVENTS, (s64)context, asynchronous, asynchronous,
				      (s64)events, 0)) != asynchronous)
		stop("io_getevents gave fewer", asynchronous);
	for (k = 0; k < asynchronous; k++) {
		int writer = (int)((struct iocb *)events[k].object - requests);

		take_result(writer, events[k].result);
		if (kind == 'd')
			read_back(writer);
	}
	call(SYS_IO_DESTROY, (s64)context, 0, 0, 0, 0);
}

/* Starts a process that submits one writer and ends when the write is complete. */
static int start_writer(int k)
{
	int process = (int)must("fork", call(SYS_FORK, 0, 0, 0, 0, 0));

	if (!process) {
		submit(&k, 1);
		call(SYS_EXIT, (failed ? 1 : 0) | (misread ? 2 : 0), 0, 0, 0, 0);
	}
	return process;
}

static s64 number(const char **at)
{
	s64 value = 0;

	while (**at >= '0' && **at <= '9')
		value = value * 10 + *(*at)++ - '0';
	return value;
}

static void rest(void)
{
	s64 time[2] = { 0, 1000000 };

	call(SYS_NANOSLEEP, (s64)time, 0, 0, 0, 0);
}

/* Sets a parameter of steer. */
static s64 set(const char *path, const char *text, u64 bytes)
{
	s64 result, file = must(path, call(SYS_OPEN, (s64)path, O_WRONLY, 0, 0, 0));

	result = call(SYS_WRITE, file, (s64)text, (s64)bytes, 0, 0);
	call(SYS_CLOSE, file, 0, 0, 0, 0);
	return result;
}

static s64 set_number(const char *path, s64 value)
{
	char digits[3] = { (char)('0' + value / 100 % 10), (char)('0' + value / 10 % 10),
			   (char)('0' + value % 10) };

	return set(path, digits, sizeof(digits));
}

static s64 arrived(void)
{
	static char text[32];
	const char *at = text;
	s64 file = must("arrived", call(SYS_OPEN, (s64)STEER "arrived", O_RDONLY, 0, 0, 0));

	memset(text, 0, sizeof(text));
	must("arrived", call(SYS_READ, file, (s64)text, sizeof(text) - 1, 0, 0));
	call(SYS_CLOSE, file, 0, 0, 0, 0);
	return number(&at);
}

static int has_ended(int process)
{
	int tries;

	for (tries = 0; tries < PATIENCE; tries++) {
		if (must("wait", call(SYS_WAIT4, process, 0, WNOHANG, 0, 0)))
			return 1;
		rest();
	}
	return 0;
}

static int have_arrived(s64 count)
{
	int tries;

	/* A look after the last one: no more may come than are waited for. */
	for (tries = 0; tries < PATIENCE; tries++) {
		rest();
		if (arrived() >= count)
			break;
	}
	rest();
	return arrived() == count;
}

/* Takes the steps of a case: 0, or the number of the step that could not be taken. */
static int follow(const char *at)
{
	s64 first[MOST], count = 0;
	int process[MOST], k, step, is_good = 1;

	memset(process, 0, sizeof(process));
	must("manual", set(STEER "manual", "Y", 1));
	for (step = 1; *at && is_good; step++) {
		char what = *at++;
		s64 j = 0;

		k = (int)number(&at) - 1;
		if (*at == '.') {
			at++;
			j = number(&at);
		}
		if (*at != '/' || k < 0 || k >= writers)
			stop("a step that is none", step);
		at++;
		switch (what) {
		case 's':
			first[k] = count;
			count += j;
			process[k] = start_writer(k);
			is_good = have_arrived(count);
			break;
		case 'w':
			is_good = set_number(STEER "write", first[k] + j - 1) > 0;
			break;
		case 'e':
			is_good = set_number(STEER "end", first[k] + j - 1) > 0;
			break;
		case 'c':
			is_good = has_ended(process[k]);
			if (is_good)
				process[k] = -1;
			break;
		default:
			stop("a step that is none", step);
		}
	}
	if (is_good && arrived() != count)
		is_good = 0;
	must("manual", set(STEER "manual", "N", 1));
	/* Where a step could not be taken, the writers run as they like to their ends. */
	for (k = 0; k < writers; k++)
		if (!process[k])
			process[k] = start_writer(k);
	for (k = 0; k < writers; k++)
		if (process[k] > 0)
			must("wait", call(SYS_WAIT4, process[k], 0, 0, 0, 0));
	return is_good ? 0 : step - 1;
}

static int is_kept(int k)
{
	s64 at, i;

	for (at = start_of(k); at < start_of(k) + bytes_of(k); at += SECTOR) {
		int owner = content[at] - 1;

		for (i = 1; i < SECTOR; i++)
			if (content[at + i] != content[at])
				return 0;
		/* Where writers overlap, either may be last. */
		if (owner != k && (owner < 0 || owner >= writers || at < start_of(owner) ||
				   at >= start_of(owner) + bytes_of(owner)))
			return 0;
	}
	return 1;
}

/* Finds out the order of appending writes. */
static void find_slots(void)
{
	int j, k;

	for (k = 0; k < writers; k++)
		for (j = 0; j < writers; j++)
			if (content[block + j * unit] == k + 1)
				slot[k] = j;
}

/* struct fiemap with one extent. */
struct fiemap {
	u64 start, bytes;
	unsigned flags, mapped, most, reserved;
	u64 logical, physical, length, more[2];
	unsigned extent_flags, last[3];
};

/* Fills the disk, and frees what lies where it fails: the blocks of the file will be there. */
static void fill(void)
{
	s64 bytes = 0, freed = 0;
	u64 at = 0;
	struct fiemap map;
	int file = (int)must("open", call(SYS_OPEN, (s64) "/mnt/fill", O_RDWR | O_CREAT, 0600, 0, 0));

	while (!call(SYS_FALLOCATE, file, 0, bytes, MEGABYTE, 0))
		bytes += MEGABYTE;
	while (!call(SYS_FALLOCATE, file, 0, bytes, block, 0))
		bytes += block;
	must("fsync", call(SYS_FSYNC, file, 0, 0, 0, 0));
	for (;;) {
		memset(&map, 0, sizeof(map));
		map.start = at;
		map.bytes = ~0ul - at;
		map.most = 1;
		must("fiemap", call(SYS_IOCTL, file, FS_IOC_FIEMAP, (s64)&map, 0, 0));
		if (!map.mapped)
			break;
		at = map.logical + map.length;
		if (map.physical + map.length > failing_from) {
			u64 kept = map.physical < failing_from ? failing_from - map.physical : 0;
			s64 rest = (s64)(map.length - kept);

			must("punch", call(SYS_FALLOCATE, file, PUNCH_HOLE,
					   (s64)(map.logical + kept), rest, 0));
			freed += rest;
		}
	}
	if (!freed)
		stop("nothing could be freed where the disk fails", bytes);
	call(SYS_CLOSE, file, 0, 0, 0, 0);
	call(SYS_SYNC, 0, 0, 0, 0, 0);
}

/*
 * The set of writers whose data is there after a run, and above it those that got an
 * error; the step that could not be taken.
 */
static unsigned run(int *stopped)
{
	unsigned mask = 0;
	int file, cached, k, order[MOST], process[MOST], status;
	s64 size = FILE_BYTES;

	failed = 0;
	misread = 0;
	for (k = 0; k < writers; k++)
		slot[k] = k;
	if (kind == 'e' || kind == 'a')
		size = start_of(writers - 1) + bytes_of(writers - 1);
	call(SYS_UNLINK, (s64) "/mnt/f", 0, 0, 0, 0);
	file = (int)must("open", call(SYS_OPEN, (s64) "/mnt/f", O_RDWR | O_CREAT, 0600, 0, 0));
	if (kind == 'a') {
		memset(content, 0xaa, (u64)block);
		must("pwrite", call(SYS_PWRITE, file, (s64)content, block, 0, 0));
	} else if (kind != 'e') {
		must("ftruncate", call(SYS_FTRUNCATE, file, FILE_BYTES, 0, 0, 0));
	}
	if (kind == 'c')
		must("fchmod", call(SYS_FCHMOD, file, 04755, 0, 0, 0));
	if (state == 'u')
		must("fallocate", call(SYS_FALLOCATE, file, 0, 0, FILE_BYTES, 0));
	if (state == 'w') {
		memset(content, 0xaa, FILE_BYTES);
		must("pwrite", call(SYS_PWRITE, file, (s64)content, FILE_BYTES, 0, 0));
	}
	must("fsync", call(SYS_FSYNC, file, 0, 0, 0, 0));
	call(SYS_CLOSE, file, 0, 0, 0, 0);
	file = (int)must("open", call(SYS_OPEN, (s64) "/mnt/f",
				      O_RDWR | O_DIRECT | (kind == 'a' ? O_APPEND : 0), 0, 0, 0));
	cached = (int)must("open", call(SYS_OPEN, (s64) "/mnt/f", O_RDWR, 0, 0, 0));
	for (k = 0; k < writers; k++) {
		prepare(k, kind == 'm' && k == 1 ? cached : file);
		order[k] = *how == 'r' ? writers - 1 - k : k;
	}
	*stopped = 0;
	if (*how == 'x') {
		*stopped = follow(how + 1);
	} else if (*how != 's') {
		submit(order, writers);
	} else {
		for (k = 0; k < writers; k++)
			process[k] = start_writer(k);
		for (k = 0; k < writers; k++) {
			must("wait", call(SYS_WAIT4, process[k], (s64)&status, 0, 0, 0));
			failed |= (unsigned)(status >> 8 & 1) << k;
			misread |= (unsigned)(status >> 9 & 1) << k;
		}
	}
	memset(content, 0, FILE_BYTES);
	if (must("pread", call(SYS_PREAD, file, (s64)content, FILE_BYTES, 0, 0)) != size)
		stop("pread gave another number of bytes than", size);
	call(SYS_CLOSE, cached, 0, 0, 0, 0);
	call(SYS_CLOSE, file, 0, 0, 0, 0);
	if (kind == 'a')
		find_slots();
	for (k = 0; k < writers; k++)
		if (is_kept(k) && !(misread >> k & 1))
			mask |= 1u << k;
	return mask | failed << writers;
}

static s64 field(const char **at)
{
	s64 value = number(at);

	if (*(*at)++ != ',')
		stop("a case that is none", value);
	return value;
}

static void put_count(const char *name, s64 value, u64 count)
{
	if (!count)
		return;
	put(name);
	put_number(value);
	put("=");
	put_number((s64)count);
}

static void one_case(const char *text)
{
	const char *at = text + 4;
	s64 i, longest = 0;
	static u64 counts[1 << (2 * MOST)];
	u64 stops[MOST_STEPS];
	int stopped, k;
	unsigned mask;

	state = text[0];
	kind = text[2];
	writers = (int)field(&at);
	unit = field(&at);
	base = field(&at);
	block = field(&at);
	runs = field(&at);
	how = at;
	if (writers < 1 || writers > MOST)
		stop("a case with too many writers", writers);
	for (k = 0; k < writers; k++)
		if (bytes_of(k) < SECTOR || bytes_of(k) > BLOCK ||
		    start_of(k) + bytes_of(k) > FILE_BYTES)
			stop("a case that does not fit the file", k);
	if (kind == 'f')
		fill();
	memset(counts, 0, sizeof(counts));
	memset(stops, 0, sizeof(stops));
	for (i = 0; i < runs; i++) {
		s64 start = milliseconds();

		mask = run(&stopped);
		counts[mask]++;
		stops[stopped < MOST_STEPS ? stopped : MOST_STEPS - 1]++;
		start = milliseconds() - start;
		if (start > longest)
			longest = start;
	}
	put(text);
	for (mask = 0; mask < 1u << (2 * writers); mask++)
		put_count(" ", mask, counts[mask]);
	for (stopped = 1; stopped < MOST_STEPS; stopped++)
		put_count(" at", stopped, stops[stopped]);
	put(" ms=");
	put_number(longest);
	flush_line();
}

/* Runs each case of /cases, a line each. */
static void all_cases(void)
{
	static char text[1 << 18];
	s64 file = must("open /cases", call(SYS_OPEN, (s64) "/cases", O_RDONLY, 0, 0, 0));
	s64 length = 0, count, from = 0, i;

	while ((count = must("read /cases", call(SYS_READ, file, (s64)text + length,
						 (s64)sizeof(text) - length, 0, 0))))
		length += count;
	if (length == sizeof(text))
		stop("too many cases", length);
	for (i = 0; i < length; i++)
		if (text[i] == '\n') {
			text[i] = 0;
			one_case(text + from);
			from = i + 1;
		}
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
	if (count < 2)
		stop("too few arguments", count);
	is_steered = arguments[1][0] == 's';
	if (count > 2) {
		const char *text = arguments[2];

		failing_from = (u64)number(&text);
	}
	/* Some kernels mount it themselves: EBUSY. */
	i = call(SYS_MOUNT, (s64) "dev", (s64) "/dev", (s64) "devtmpfs", 0, 0);
	if (i != -16)
		must("mount dev", i);
	if (is_steered) {
		must("mount sys", call(SYS_MOUNT, (s64) "sys", (s64) "/sys", (s64) "sysfs", 0, 0));
		copy_device();
	}
	must("mount ext4",
	     call(SYS_MOUNT, (s64)(is_steered ? "/dev/steer" : "/dev/ubda"), (s64) "/mnt",
		  (s64) "ext4", 0, 0));
	all_cases();
	stop("none", 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
