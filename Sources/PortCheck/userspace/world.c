// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the tasks of a scenario in C, one at a time, and asks whoever steers
 * them before each step.
 *
 * The patched file is compiled with the headers of its own tree.  This file
 * knows none of them: it has what the compiled code calls, by the names and
 * with the calling conventions of the kernel, and it knows locks by their
 * addresses.  What neither it nor the tree has lies on pages that cannot be
 * accessed, so that only what a task reaches is missing.
 *
 * Each execution is a child of a process that has run nothing yet: memory
 * starts the same, addresses are the same, and a crash ends one execution.
 * The protocol is that of runtime.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

typedef long long pk_word;

enum { IN_RESET = 1, IN_DEFINE, IN_START, IN_ANSWER, IN_ABORT };
enum { OUT_HELLO = 1, OUT_CALL, OUT_RETURN };

#define PK_STEPS(X) \
	X(read) X(write) X(read_write) X(lock) X(unlock) X(trylock) X(lock_shared) \
	X(unlock_shared) X(trylock_shared) X(downgrade) X(is_locked) X(down) X(up) X(complete_all) \
	X(prepare_to_wait) X(finish_wait) X(schedule) X(wake_up) X(waitqueue_active) \
	X(wait_for_change) X(complain) X(note) X(missing)
#define PK_ENUM(name) PK_##name,
enum pk_step { PK_STEPS(PK_ENUM) PK_STEP_COUNT };

#define PK_TASKS 16
#define PK_SETUP (PK_TASKS - 1)
#define PK_FRAME 8192
#define PK_STACK (512 << 10)
#define PK_ARENA (4 << 20)
#define PK_MISSING_START 0x50000000ul
#define PK_MISSING_STRIDE 0x10000ul
#define PK_DEPTH 12

/* A task as the scenario registers it (scenario.h). */
struct pk_entry {
	const char *name;
	pk_word (*run)(void);
};
extern struct pk_entry __start_pk_tasks[], __stop_pk_tasks[];
void pk_setup(void) __attribute__((weak));
void pk_finish(void) __attribute__((weak));
/* Fills in a task_struct: tree.c, which knows the tree's types. */
void pk_prepare_current(void *task_struct) __attribute__((weak));

/* Written by the build: the names that are missing, in the order of their pages. */
extern const char *const pk_missing_names[];
extern const unsigned pk_missing_count;

struct pk_task {
	ucontext_t context;
	char *stack;
	int is_started, is_done, how;
	pk_word value, answer;
	pk_word (*run)(void);
	/* struct task_struct and struct thread_info, whatever they hold. */
	char *task_struct;
	char *arena;
	size_t arena_end;
	int spin_depth;
	int queues;
	sigjmp_buf out;
	char why[512];
};

static struct pk_task pk_tasks[PK_TASKS];
static struct pk_task *pk_self;
static ucontext_t pk_main;
static int pk_is_quiet = 1, pk_has_setup;
static char pk_text[8192];
static char pk_alternate[64 << 10];

/* What x86's current and current_thread_info() read. */
void *per_cpu__current_task, *current_task;
unsigned long per_cpu__kernel_stack, kernel_stack;
unsigned long jiffies = 100000, jiffies_64 = 100000;
int nr_cpu_ids = 1;
unsigned long __per_cpu_offset[64];

/* -------- the pipe -------- */

static pk_word pk_frame[PK_FRAME], pk_out[PK_FRAME];
static unsigned pk_frame_kind, pk_frame_count, pk_out_count;

static void pk_die(const char *why)
{
	fprintf(stderr, "userspace kernel: %s\n", why);
	_exit(96);
}

static void pk_get(void *into, size_t count)
{
	while (count) {
		ssize_t n = read(0, into, count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(0);
		into = (char *)into + n;
		count -= (size_t)n;
	}
}

static void pk_send(void)
{
	const char *at = (const char *)pk_out;
	size_t left = pk_out_count * sizeof(pk_word);

	pk_out[0] |= (pk_word)(pk_out_count - 1) << 32;
	while (left) {
		ssize_t n = write(1, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(97);
		at += n;
		left -= (size_t)n;
	}
	pk_out_count = 0;
}

static void pk_put(pk_word word)
{
	if (pk_out_count < PK_FRAME)
		pk_out[pk_out_count++] = word;
}

static void pk_put_text(const char *text)
{
	size_t length = text ? strlen(text) : 0, at;

	if (length > 6000)
		length = 6000;
	pk_put((pk_word)length);
	for (at = 0; at < length; at += 8) {
		pk_word word = 0;

		memcpy(&word, text + at, length - at < 8 ? length - at : 8);
		pk_put(word);
	}
}

/* -------- steps -------- */

/*
 * The calls that led here, innermost first: the other side takes the first one
 * that is in the tree.  Everything is compiled with frame pointers.
 */
static unsigned pk_backtrace(pk_word *into)
{
	unsigned long *frame = __builtin_frame_address(0);
	char *low = pk_self->stack, *high = low + PK_STACK;
	unsigned count = 0;

	while (count < PK_DEPTH && (char *)frame >= low && (char *)(frame + 2) <= high) {
		into[count++] = (pk_word)frame[1];
		if ((unsigned long *)frame[0] <= frame)
			break;
		frame = (unsigned long *)frame[0];
	}
	return count;
}

static pk_word pk_step(enum pk_step kind, const void *object, pk_word extra, const char *text)
{
	pk_word callers[PK_DEPTH];
	unsigned count, i;

	if (!pk_self || pk_self == &pk_tasks[PK_SETUP])
		return kind == PK_trylock || kind == PK_trylock_shared;
	count = pk_backtrace(callers);
	pk_put(OUT_CALL);
	pk_put(pk_self - pk_tasks);
	pk_put(kind + 1);
	pk_put((pk_word)object);
	pk_put(1 + count);
	pk_put(extra);
	for (i = 0; i < count; i++)
		pk_put(callers[i]);
	pk_put_text(text);
	pk_send();
	swapcontext(&pk_self->context, &pk_main);
	return pk_self->answer;
}

static void pk_note(const char *text) { pk_step(PK_note, NULL, 0, text); }
static void pk_complain(const char *text) { pk_step(PK_complain, NULL, 0, text); }

/* -------- plain memory -------- */

/*
 * Memory is touched in steps where two tasks touch it and one of them stores to
 * it.  Which memory that is, is found out: an access that is not a step is
 * noted, and the other side starts anew where the notes show a conflict.
 */
#define PK_SLOTS (1 << 16)
static struct pk_slot {
	unsigned long granule;
	unsigned readers, writers;
	int is_step, is_told;
} pk_slots[PK_SLOTS];

static struct pk_slot *pk_slot(unsigned long granule)
{
	unsigned long at = granule * 0x9e3779b97f4a7c15ul >> 48;

	for (;; at++) {
		struct pk_slot *slot = &pk_slots[at % PK_SLOTS];

		if (slot->granule == granule)
			return slot;
		if (!slot->granule) {
			slot->granule = granule;
			return slot;
		}
	}
}

struct pk_block {
	char *start;
	size_t size;
	int is_free;
};
static struct pk_block pk_blocks[4096];
static unsigned pk_block_count, pk_free_count;

static void pk_check_free(const char *at)
{
	unsigned i;

	if (!pk_free_count)
		return;
	for (i = 0; i < pk_block_count; i++)
		if (pk_blocks[i].is_free && at >= pk_blocks[i].start &&
		    at < pk_blocks[i].start + pk_blocks[i].size) {
			pk_complain("memory is used after it was freed");
			return;
		}
}

static void pk_access(const void *address, size_t size, int stores, int loads)
{
	unsigned long granule, last;

	if (pk_is_quiet || !pk_self || pk_self == &pk_tasks[PK_SETUP])
		return;
	if ((const char *)address >= pk_self->stack &&
	    (const char *)address < pk_self->stack + PK_STACK)
		return;
	if ((const char *)address >= pk_self->task_struct &&
	    (const char *)address < pk_self->task_struct + (64 << 10))
		return;
	if ((unsigned long)address < 4096)
		return;
	pk_check_free(address);
	granule = (unsigned long)address >> 3;
	last = ((unsigned long)address + (size ? size - 1 : 0)) >> 3;
	for (; granule <= last; granule++) {
		struct pk_slot *slot = pk_slot(granule);
		unsigned bit = 1u << (pk_self - pk_tasks);

		if (stores)
			slot->writers |= bit;
		else
			slot->readers |= bit;
		if (slot->is_step)
			pk_step(stores ? loads ? PK_read_write : PK_write : PK_read,
				(void *)(granule << 3), 0, NULL);
	}
}

/* What was touched by two tasks, one of which stores, without steps. */
static void pk_put_conflicts(void)
{
	unsigned i;

	for (i = 0; i < PK_SLOTS; i++) {
		struct pk_slot *slot = &pk_slots[i];
		unsigned all = slot->readers | slot->writers;

		if (!slot->writers || !(all & (all - 1)) || slot->is_step || slot->is_told)
			continue;
		slot->is_told = 1;
		if (pk_out_count < PK_FRAME - 2)
			pk_put((pk_word)(slot->granule << 3));
	}
}

void __tsan_init(void) {}
void __tsan_func_entry(void *pc) { (void)pc; }
void __tsan_func_exit(void) {}
#define PK_HOOK(n) \
	void __tsan_read##n(void *p) { pk_access(p, n, 0, 1); } \
	void __tsan_write##n(void *p) { pk_access(p, n, 1, 0); } \
	void __tsan_volatile_read##n(void *p) { pk_access(p, n, 0, 1); } \
	void __tsan_volatile_write##n(void *p) { pk_access(p, n, 1, 0); } \
	void __tsan_unaligned_read##n(void *p) { pk_access(p, n, 0, 1); } \
	void __tsan_unaligned_write##n(void *p) { pk_access(p, n, 1, 0); }
PK_HOOK(1) PK_HOOK(2) PK_HOOK(4) PK_HOOK(8) PK_HOOK(16)
void __tsan_read_range(void *p, unsigned long n) { pk_access(p, n, 0, 1); }
void __tsan_write_range(void *p, unsigned long n) { pk_access(p, n, 1, 0); }

void *pk_memcpy(void *to, const void *from, size_t n)
{
	pk_access(from, n, 0, 1);
	pk_access(to, n, 1, 0);
	return memcpy(to, from, n);
}
void *pk_memmove(void *to, const void *from, size_t n)
{
	pk_access(from, n, 0, 1);
	pk_access(to, n, 1, 0);
	return memmove(to, from, n);
}
void *pk_memset(void *to, int byte, size_t n)
{
	pk_access(to, n, 1, 0);
	return memset(to, byte, n);
}
void *__tsan_memcpy(void *to, const void *from, size_t n) { return pk_memcpy(to, from, n); }
void *__tsan_memmove(void *to, const void *from, size_t n) { return pk_memmove(to, from, n); }
void *__tsan_memset(void *to, int byte, size_t n) { return pk_memset(to, byte, n); }
void *__memcpy(void *to, const void *from, size_t n) { return pk_memcpy(to, from, n); }

/* -------- atomics and bits: one step each -------- */

int pk_atomic_add_return(int i, int *v)
{
	pk_access(v, 4, 1, 1);
	return *v += i;
}
int pk_atomic_xchg(int *v, int new)
{
	int old;

	pk_access(v, 4, 1, 1);
	old = *v;
	*v = new;
	return old;
}
int pk_atomic_cmpxchg(int *v, int old, int new)
{
	int was;

	pk_access(v, 4, 1, 1);
	was = *v;
	if (was == old)
		*v = new;
	return was;
}
int pk_atomic_add_unless(int *v, int i, int unless)
{
	pk_access(v, 4, 1, 1);
	if (*v == unless)
		return 0;
	*v += i;
	return 1;
}
long pk_atomic64_add_return(long i, long *v)
{
	pk_access(v, 8, 1, 1);
	return *v += i;
}
long pk_atomic64_xchg(long *v, long new)
{
	long old;

	pk_access(v, 8, 1, 1);
	old = *v;
	*v = new;
	return old;
}
long pk_atomic64_cmpxchg(long *v, long old, long new)
{
	long was;

	pk_access(v, 8, 1, 1);
	was = *v;
	if (was == old)
		*v = new;
	return was;
}
int pk_atomic64_add_unless(long *v, long i, long unless)
{
	pk_access(v, 8, 1, 1);
	if (*v == unless)
		return 0;
	*v += i;
	return 1;
}
unsigned long pk_cmpxchg(void *v, unsigned long old, unsigned long new, int size)
{
	unsigned long was = 0;

	pk_access(v, (size_t)size, 1, 1);
	memcpy(&was, v, (size_t)size);
	if (was == (size == 8 ? old : old & ((1ul << size * 8) - 1)))
		memcpy(v, &new, (size_t)size);
	return was;
}
unsigned long pk_xchg(void *v, unsigned long new, int size)
{
	unsigned long was = 0;

	pk_access(v, (size_t)size, 1, 1);
	memcpy(&was, v, (size_t)size);
	memcpy(v, &new, (size_t)size);
	return was;
}

static unsigned char *pk_byte(long nr, const void *address)
{
	return (unsigned char *)address + (nr >> 3);
}
int pk_test_bit(long nr, const void *address)
{
	pk_access(pk_byte(nr, address), 1, 0, 1);
	return *pk_byte(nr, address) >> (nr & 7) & 1;
}
/* What: 0 clears, 1 sets, 2 changes; as one step, or as a read and a write. */
int pk_test_and_bit(long nr, void *address, int what, int is_atomic)
{
	unsigned char *at = pk_byte(nr, address), bit = (unsigned char)(1 << (nr & 7)), old;

	pk_access(at, 1, is_atomic, 1);
	old = *at;
	if (!is_atomic)
		pk_access(at, 1, 1, 0);
	*at = what == 0 ? old & ~bit : what == 1 ? old | bit : old ^ bit;
	return !!(old & bit);
}

/* -------- locks -------- */

static void pk_may_sleep(void)
{
	if (pk_self && pk_self->spin_depth > 0)
		pk_complain("a task sleeps, or may sleep, while it holds a spin lock");
}
void __might_sleep(void) { pk_may_sleep(); }
void might_fault(void) {}

static void pk_spin(const void *lock, int shared)
{
	pk_step(shared ? PK_lock_shared : PK_lock, lock, 1, NULL);
	if (pk_self)
		pk_self->spin_depth++;
}
static int pk_try_spin(const void *lock, int shared)
{
	int got = (int)pk_step(shared ? PK_trylock_shared : PK_trylock, lock, 1, NULL);

	if (got && pk_self)
		pk_self->spin_depth++;
	return got;
}
static void pk_unspin(const void *lock, int shared)
{
	if (pk_self)
		pk_self->spin_depth--;
	pk_step(shared ? PK_unlock_shared : PK_unlock, lock, 1, NULL);
}

/* The spellings of 2.6.32, and those since 2.6.33. */
#define PK_SPIN(pre) \
	void pre##spin_lock(void *l) { pk_spin(l, 0); } \
	void pre##spin_lock_nested(void *l, int c) { (void)c; pk_spin(l, 0); } \
	void pre##spin_lock_irq(void *l) { pk_spin(l, 0); } \
	void pre##spin_lock_bh(void *l) { pk_spin(l, 0); } \
	unsigned long pre##spin_lock_irqsave(void *l) { pk_spin(l, 0); return 0; } \
	int pre##spin_trylock(void *l) { return pk_try_spin(l, 0); } \
	int pre##spin_trylock_bh(void *l) { return pk_try_spin(l, 0); } \
	void pre##spin_unlock(void *l) { pk_unspin(l, 0); } \
	void pre##spin_unlock_irq(void *l) { pk_unspin(l, 0); } \
	void pre##spin_unlock_bh(void *l) { pk_unspin(l, 0); } \
	void pre##spin_unlock_irqrestore(void *l, unsigned long f) { (void)f; pk_unspin(l, 0); } \
	void pre##read_lock(void *l) { pk_spin(l, 1); } \
	void pre##read_lock_irq(void *l) { pk_spin(l, 1); } \
	void pre##read_lock_bh(void *l) { pk_spin(l, 1); } \
	unsigned long pre##read_lock_irqsave(void *l) { pk_spin(l, 1); return 0; } \
	int pre##read_trylock(void *l) { return pk_try_spin(l, 1); } \
	void pre##read_unlock(void *l) { pk_unspin(l, 1); } \
	void pre##read_unlock_irq(void *l) { pk_unspin(l, 1); } \
	void pre##read_unlock_bh(void *l) { pk_unspin(l, 1); } \
	void pre##read_unlock_irqrestore(void *l, unsigned long f) { (void)f; pk_unspin(l, 1); } \
	void pre##write_lock(void *l) { pk_spin(l, 0); } \
	void pre##write_lock_irq(void *l) { pk_spin(l, 0); } \
	void pre##write_lock_bh(void *l) { pk_spin(l, 0); } \
	unsigned long pre##write_lock_irqsave(void *l) { pk_spin(l, 0); return 0; } \
	int pre##write_trylock(void *l) { return pk_try_spin(l, 0); } \
	void pre##write_unlock(void *l) { pk_unspin(l, 0); } \
	void pre##write_unlock_irq(void *l) { pk_unspin(l, 0); } \
	void pre##write_unlock_bh(void *l) { pk_unspin(l, 0); } \
	void pre##write_unlock_irqrestore(void *l, unsigned long f) { (void)f; pk_unspin(l, 0); }
PK_SPIN(_)
PK_SPIN(_raw_)
void __spin_lock_init(void *l) { (void)l; }
void __raw_spin_lock_init(void *l) { (void)l; }
void __rwlock_init(void *l) { (void)l; }
int pk_is_locked(const void *l) { return (int)pk_step(PK_is_locked, l, 0, NULL); }

/* A bit of memory as a lock: of a page, a buffer or a list. */
static void pk_lock_bit(long nr, void *address)
{
	while (pk_test_and_bit(nr, address, 1, 1))
		pk_step(PK_wait_for_change, (void *)((unsigned long)pk_byte(nr, address) & ~7ul), 0,
			NULL);
}
static void pk_wait_bit(long nr, void *address)
{
	while (pk_test_bit(nr, address))
		pk_step(PK_wait_for_change, (void *)((unsigned long)pk_byte(nr, address) & ~7ul), 0,
			NULL);
}
void pk_bit_spin_lock(int nr, void *address)
{
	pk_lock_bit(nr, address);
	if (pk_self)
		pk_self->spin_depth++;
}
int pk_bit_spin_trylock(int nr, void *address)
{
	if (pk_test_and_bit(nr, address, 1, 1))
		return 0;
	if (pk_self)
		pk_self->spin_depth++;
	return 1;
}
void pk_bit_spin_unlock(int nr, void *address)
{
	if (pk_self)
		pk_self->spin_depth--;
	if (!pk_test_and_bit(nr, address, 0, 1))
		pk_complain("a bit lock is released that is not held");
}
/* BH_Lock is bit 2 of the first word of a buffer, PG_locked bit 0 of a page's. */
void __lock_buffer(void *bh) { pk_may_sleep(); pk_lock_bit(2, bh); }
void unlock_buffer(void *bh) { pk_test_and_bit(2, bh, 0, 1); }
void __wait_on_buffer(void *bh) { pk_may_sleep(); pk_wait_bit(2, bh); }
void __lock_page(void *page) { pk_may_sleep(); pk_lock_bit(0, page); }
void unlock_page(void *page) { pk_test_and_bit(0, page, 0, 1); }
int out_of_line_wait_on_bit(void *word, int bit, void *action, unsigned mode)
{
	(void)action; (void)mode;
	pk_may_sleep();
	pk_wait_bit(bit, word);
	return 0;
}
int out_of_line_wait_on_bit_lock(void *word, int bit, void *action, unsigned mode)
{
	(void)action; (void)mode;
	pk_may_sleep();
	pk_lock_bit(bit, word);
	return 0;
}
void wake_up_bit(void *word, int bit) { (void)word; (void)bit; }

void mutex_lock(void *l) { pk_may_sleep(); pk_step(PK_lock, l, 0, NULL); }
void mutex_lock_nested(void *l, unsigned c) { (void)c; mutex_lock(l); }
int mutex_lock_interruptible(void *l) { mutex_lock(l); return 0; }
int mutex_lock_killable(void *l) { mutex_lock(l); return 0; }
int mutex_trylock(void *l) { return (int)pk_step(PK_trylock, l, 0, NULL); }
void mutex_unlock(void *l) { pk_step(PK_unlock, l, 0, NULL); }
void __mutex_init(void *l) { (void)l; }

void down_read(void *l) { pk_may_sleep(); pk_step(PK_lock_shared, l, 0, NULL); }
void down_read_nested(void *l, int c) { (void)c; down_read(l); }
int down_read_trylock(void *l) { return (int)pk_step(PK_trylock_shared, l, 0, NULL); }
void up_read(void *l) { pk_step(PK_unlock_shared, l, 0, NULL); }
void down_write(void *l) { pk_may_sleep(); pk_step(PK_lock, l, 0, NULL); }
void down_write_nested(void *l, int c) { (void)c; down_write(l); }
int down_write_trylock(void *l) { return (int)pk_step(PK_trylock, l, 0, NULL); }
void up_write(void *l) { pk_step(PK_unlock, l, 0, NULL); }
void downgrade_write(void *l) { pk_step(PK_downgrade, l, 0, NULL); }
void __init_rwsem(void *l) { (void)l; }

/* -------- completions, semaphores and wait queues -------- */

void wait_for_completion(void *x) { pk_may_sleep(); pk_step(PK_down, x, 0, NULL); }
int wait_for_completion_interruptible(void *x) { wait_for_completion(x); return 0; }
int wait_for_completion_killable(void *x) { wait_for_completion(x); return 0; }
void complete(void *x) { pk_step(PK_up, x, 0, NULL); }
void complete_all(void *x) { pk_step(PK_complete_all, x, 0, NULL); }
/* A semaphore starts at what its memory holds when it is used first (tree.c). */
void pk_down(void *s, int start) { pk_may_sleep(); pk_step(PK_down, s, start, NULL); }
void pk_up(void *s, int start) { pk_step(PK_up, s, start, NULL); }

void __init_waitqueue_head(void *q) { (void)q; }
void init_waitqueue_head(void *q) { (void)q; }
int autoremove_wake_function(void) { return 1; }
int default_wake_function(void) { return 1; }
static void pk_enqueue(void *q) { pk_step(PK_prepare_to_wait, q, 0, NULL); if (pk_self) pk_self->queues++; }
static void pk_dequeue(void *q) { pk_step(PK_finish_wait, q, 0, NULL); if (pk_self) pk_self->queues--; }
static void *pk_own_queue[PK_TASKS];
void prepare_to_wait(void *q, void *w, int state)
{
	unsigned n = pk_self ? (unsigned)(pk_self - pk_tasks) : 0;

	(void)w; (void)state;
	if (pk_own_queue[n] == q)
		pk_self->queues--;
	pk_own_queue[n] = q;
	pk_enqueue(q);
}
void prepare_to_wait_exclusive(void *q, void *w, int state) { prepare_to_wait(q, w, state); }
long prepare_to_wait_event(void *q, void *w, int state) { prepare_to_wait(q, w, state); return 0; }
void init_wait_entry(void *w, int flags) { (void)w; (void)flags; }
void finish_wait(void *q, void *w)
{
	unsigned n = pk_self ? (unsigned)(pk_self - pk_tasks) : 0;

	(void)w;
	pk_dequeue(q);
	if (pk_own_queue[n] == q)
		pk_own_queue[n] = NULL;
}
void add_wait_queue(void *q, void *w) { (void)w; pk_enqueue(q); }
void add_wait_queue_exclusive(void *q, void *w) { (void)w; pk_enqueue(q); }
void remove_wait_queue(void *q, void *w) { (void)w; pk_dequeue(q); }
void schedule(void)
{
	pk_may_sleep();
	if (pk_self && pk_self->queues > 0)
		pk_step(PK_schedule, NULL, 0, NULL);
}
void io_schedule(void) { schedule(); }
long schedule_timeout(long timeout) { (void)timeout; pk_may_sleep(); return 0; }
void yield(void) {}
int _cond_resched(void) { pk_may_sleep(); return 0; }
int __cond_resched(void) { pk_may_sleep(); return 0; }
void __wake_up(void *q, unsigned mode, int count, void *key)
{
	(void)mode; (void)count; (void)key;
	pk_step(PK_wake_up, q, 0, NULL);
}
void __wake_up_sync(void *q, unsigned mode, int count) { __wake_up(q, mode, count, NULL); }
void __wake_up_locked(void *q, unsigned mode) { __wake_up(q, mode, 1, NULL); }
int pk_waitqueue_active(void *q) { return (int)pk_step(PK_waitqueue_active, q, 0, NULL); }

/* -------- what does nothing here, with a note -------- */

void pk_rcu_read_lock(void) { pk_note("the RCU read side does nothing: no grace period is modeled"); }
void synchronize_rcu(void) { pk_note("synchronize_rcu does nothing: no grace period is modeled"); }
void synchronize_sched(void) { synchronize_rcu(); }
void call_rcu(void *head, void (*function)(void *))
{
	(void)head; (void)function;
	pk_note("call_rcu never calls: no grace period is modeled");
}
void init_timer_key(void *timer, const char *name, void *key) { (void)timer; (void)name; (void)key; }
void add_timer(void *timer) { (void)timer; pk_note("timers never fire"); }
int mod_timer(void *timer, unsigned long at) { (void)at; add_timer(timer); return 0; }
int del_timer(void *timer) { (void)timer; return 0; }
int del_timer_sync(void *timer) { (void)timer; return 0; }
unsigned long round_jiffies_up(unsigned long j) { return j; }
void pk_irq_off(void) { pk_note("interrupts are not modeled: turning them off does nothing"); }

/* -------- memory -------- */

void *pk_allocate(size_t size)
{
	struct pk_task *task = pk_self ? pk_self : &pk_tasks[PK_SETUP];
	char *start;

	size = (size + 63) & ~63ul;
	if (task->arena_end + size > PK_ARENA || pk_block_count == 4096)
		pk_die("a task uses more memory than there is");
	start = task->arena + task->arena_end;
	task->arena_end += size + 64;
	pk_blocks[pk_block_count].start = start;
	pk_blocks[pk_block_count].size = size;
	pk_blocks[pk_block_count++].is_free = 0;
	return start;
}
struct pk_cache {
	size_t size;
	void (*construct)(void *);
};
void *__kmalloc(size_t size, unsigned flags) { (void)flags; return pk_allocate(size); }
void *__kmalloc_node(size_t size, unsigned flags, int node) { (void)flags; (void)node; return pk_allocate(size); }
void *kmem_cache_create(const char *name, size_t size, size_t align, unsigned long flags, void (*construct)(void *))
{
	struct pk_cache *cache = pk_allocate(sizeof(*cache));

	(void)name; (void)align; (void)flags;
	cache->size = size;
	cache->construct = construct;
	return cache;
}
/* A cache that no initialization has made is as large as any object. */
void *kmem_cache_alloc(struct pk_cache *cache, unsigned flags)
{
	void *object = pk_allocate(cache ? cache->size : 4096);

	(void)flags;
	if (cache && cache->construct)
		cache->construct(object);
	return object;
}
void *kmem_cache_alloc_node(struct pk_cache *cache, unsigned flags, int node)
{
	(void)node;
	return kmem_cache_alloc(cache, flags);
}
void kfree(const void *address)
{
	unsigned i;

	if (!address)
		return;
	for (i = 0; i < pk_block_count; i++)
		if (pk_blocks[i].start == address) {
			if (pk_blocks[i].is_free)
				pk_complain("memory is freed twice");
			pk_blocks[i].is_free = 1;
			pk_free_count++;
			return;
		}
	pk_complain("memory is freed that was not allocated");
}
void kmem_cache_free(void *cache, void *object) { (void)cache; kfree(object); }
void kmem_cache_destroy(void *cache) { (void)cache; }
void *vmalloc(unsigned long size) { return pk_allocate(size); }
void vfree(const void *address) { kfree(address); }
char *kstrdup(const char *s, unsigned flags)
{
	(void)flags;
	return s ? strcpy(pk_allocate(strlen(s) + 1), s) : NULL;
}

/* -------- messages, warnings, and small functions of lib/ -------- */

int printk(const char *format, ...) { (void)format; return 0; }
int _printk(const char *format, ...) { (void)format; return 0; }
int vprintk(const char *format, va_list list) { (void)format; (void)list; return 0; }
int printk_ratelimit(void) { return 0; }
int __printk_ratelimit(const char *name) { (void)name; return 0; }
int ___ratelimit(void *state, const char *name) { (void)state; (void)name; return 0; }
void dump_stack(void) {}
void warn_slowpath_null(const char *file, int line)
{
	(void)file; (void)line;
	pk_complain("WARN_ON");
}
void warn_slowpath_fmt(const char *file, int line, const char *format, ...)
{
	(void)file; (void)line; (void)format;
	pk_complain("WARN");
}
void panic(const char *format, ...)
{
	(void)format;
	snprintf(pk_self->why, sizeof(pk_self->why), "panic");
	siglongjmp(pk_self->out, 3);
}
int raw_smp_processor_id(void) { return 0; }
unsigned long get_seconds(void) { return 1000000000; }
unsigned int jiffies_to_msecs(unsigned long j) { return (unsigned)(j * 4); }
unsigned long msecs_to_jiffies(unsigned m) { return m / 4; }
unsigned int hweight32(unsigned w) { return (unsigned)__builtin_popcount(w); }
unsigned int hweight16(unsigned w) { return (unsigned)__builtin_popcount(w & 0xffff); }
unsigned int hweight8(unsigned w) { return (unsigned)__builtin_popcount(w & 0xff); }
unsigned long hweight64(unsigned long w) { return (unsigned long)__builtin_popcountl(w); }
static unsigned long pk_find(const void *map, unsigned long size, unsigned long from, int wanted)
{
	for (; from < size; from++)
		if (pk_test_bit((long)from, map) == wanted)
			return from;
	return size;
}
unsigned long find_next_bit(const void *m, unsigned long s, unsigned long o) { return pk_find(m, s, o, 1); }
unsigned long find_next_zero_bit(const void *m, unsigned long s, unsigned long o) { return pk_find(m, s, o, 0); }
unsigned long find_first_bit(const void *m, unsigned long s) { return pk_find(m, s, 0, 1); }
unsigned long find_first_zero_bit(const void *m, unsigned long s) { return pk_find(m, s, 0, 0); }
unsigned long generic_find_next_le_bit(const void *m, unsigned long s, unsigned long o) { return pk_find(m, s, o, 1); }
unsigned long generic_find_next_zero_le_bit(const void *m, unsigned long s, unsigned long o) { return pk_find(m, s, o, 0); }

/* A random number is always the same: a schedule has to repeat an execution. */
void get_random_bytes(void *into, int count) { memset(into, 0x5a, (size_t)count); }
unsigned int random32(void) { return 0x5a5a5a5a; }

/* -------- the scenario's calls -------- */

void pk_show(const char *name, pk_word value)
{
	size_t at = strlen(pk_text);

	snprintf(pk_text + at, sizeof(pk_text) - at, "%s%s=%lld", at ? " " : "", name, value);
}
void pk_show_bytes(const char *name, const void *address, size_t size, int is_pointer)
{
	pk_word value = 0;

	memcpy(&value, address, size < 8 ? size : 8);
	if (size == 4 || is_pointer)
		value = is_pointer ? !!value : (int)value;
	pk_show(name, value);
}
/* At the end it is a part of the outcome. */
void pk_wrong(const char *what)
{
	size_t at = strlen(pk_text);

	if (pk_self != &pk_tasks[PK_SETUP])
		pk_complain(what);
	else
		snprintf(pk_text + at, sizeof(pk_text) - at, " !%s", what);
}
void pk_assume(const char *what) { pk_note(what); }
char *pk_current_struct(void) { return pk_self->task_struct; }

/* -------- tasks -------- */

static void pk_become(struct pk_task *task)
{
	pk_self = task;
	per_cpu__current_task = current_task = task->task_struct;
	/* THREAD_SIZE and KERNEL_STACK_OFFSET of x86_64. */
	per_cpu__kernel_stack = kernel_stack = (unsigned long)task->task_struct + (32 << 10) + 8192 - 40;
}

static void pk_body(void)
{
	struct pk_task *task = pk_self;
	int how = sigsetjmp(task->out, 1);

	if (!how)
		task->value = task->run();
	task->how = how;
	task->is_done = 1;
	for (;;)
		swapcontext(&task->context, &pk_main);
}

static void pk_prepare(struct pk_task *task, pk_word (*run)(void))
{
	if (pk_prepare_current)
		pk_prepare_current(task->task_struct);
	task->run = run;
	task->is_done = 0;
	task->value = 0;
	task->why[0] = 0;
	getcontext(&task->context);
	task->context.uc_stack.ss_sp = task->stack;
	task->context.uc_stack.ss_size = PK_STACK;
	task->context.uc_link = &pk_main;
	makecontext(&task->context, pk_body, 0);
	task->is_started = 1;
}

static void pk_run(struct pk_task *task)
{
	pk_become(task);
	pk_is_quiet = task == &pk_tasks[PK_SETUP];
	swapcontext(&pk_main, &task->context);
	pk_is_quiet = 1;
	pk_self = NULL;
	if (!task->is_done)
		return;
	pk_put(OUT_RETURN);
	pk_put(task - pk_tasks);
	pk_put(task->how);
	pk_put(task->value);
	pk_put_text(task->how ? task->why : NULL);
	pk_put_text(task == &pk_tasks[PK_SETUP] ? pk_text : NULL);
	pk_put_conflicts();
	pk_send();
}

/* A fault: of a page of something missing, of BUG(), or of a wrong address. */
static void pk_fault(int number, siginfo_t *info, void *context)
{
	ucontext_t *at = context;
	unsigned long pc = (unsigned long)at->uc_mcontext.gregs[REG_RIP];
	unsigned long sp = (unsigned long)at->uc_mcontext.gregs[REG_RSP];
	unsigned long address = (unsigned long)info->si_addr;
	unsigned long end = PK_MISSING_START + pk_missing_count * PK_MISSING_STRIDE;
	struct pk_task *task = pk_self;

	if (!task) {
		fprintf(stderr, "userspace kernel: signal %d at %#lx\n", number, pc);
		_exit(96);
	}
	if (number == SIGSEGV && address >= PK_MISSING_START && address < end) {
		/* A call: the caller is on top of the stack. */
		if (pc == address)
			pc = *(unsigned long *)sp;
		snprintf(task->why, sizeof(task->why), "missing %#lx %s", pc - 1,
			 pk_missing_names[(address - PK_MISSING_START) / PK_MISSING_STRIDE]);
	} else if (number == SIGILL) {
		snprintf(task->why, sizeof(task->why), "bug %#lx BUG", pc);
	} else if (address < 65536 && number == SIGSEGV && info->si_code != SI_KERNEL) {
		snprintf(task->why, sizeof(task->why), "null %#lx a null pointer is used", pc);
		if (pc == address)
			snprintf(task->why, sizeof(task->why), "null %#lx a null pointer is called",
				 *(unsigned long *)sp - 1);
	} else {
		/* An address of the kernel's own maps, or one that nothing has set up. */
		snprintf(task->why, sizeof(task->why), "missing %#lx memory at %#lx", pc,
			 number == SIGSEGV && info->si_code == SI_KERNEL ? 0ul : address);
	}
	siglongjmp(task->out, 3);
}

static pk_word pk_run_setup(void)
{
	if (pk_setup)
		pk_setup();
	return 0;
}
static pk_word pk_run_finish(void)
{
	if (pk_finish)
		pk_finish();
	return 0;
}

/* One execution; ends with 42 where the next one is to start. */
static void pk_execute(void)
{
	for (;;) {
		struct pk_task *task;
		pk_word head;
		unsigned i;

		pk_get(&head, sizeof(head));
		pk_frame_kind = (unsigned)(head & 0xffffffff);
		pk_frame_count = (unsigned)(head >> 32);
		if (pk_frame_count > PK_FRAME)
			pk_die("a frame that is too long");
		pk_get(pk_frame, pk_frame_count * sizeof(pk_word));
		task = &pk_tasks[pk_frame_count ? pk_frame[0] & (PK_TASKS - 1) : 0];
		switch (pk_frame_kind) {
		case IN_RESET:
			_exit(42);
		case IN_DEFINE:
			for (i = 1; i < pk_frame_count; i++)
				pk_slot((unsigned long)pk_frame[i] >> 3)->is_step = 1;
			continue;
		case IN_START:
			if (task == &pk_tasks[PK_SETUP]) {
				pk_text[0] = 0;
				pk_prepare(task, pk_has_setup ? pk_run_finish : pk_run_setup);
				pk_has_setup = 1;
			} else {
				pk_prepare(task, __start_pk_tasks[pk_frame[1]].run);
			}
			pk_run(task);
			continue;
		case IN_ANSWER:
			task->answer = pk_frame[1];
			pk_run(task);
			continue;
		case IN_ABORT:
			snprintf(task->why, sizeof(task->why), "aborted");
			task->is_done = 1;
			task->how = 1;
			pk_put(OUT_RETURN);
			pk_put(task - pk_tasks);
			pk_put(1);
			pk_put(0);
			pk_put_text(NULL);
			pk_put_text(NULL);
			pk_send();
			continue;
		default:
			pk_die("a frame of a kind that is not known");
		}
	}
}

static void pk_handle(int number)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	action.sa_sigaction = pk_fault;
	sigaction(number, &action, NULL);
}

int main(void)
{
	stack_t alternate = { .ss_sp = pk_alternate, .ss_size = sizeof(pk_alternate) };
	struct pk_entry *entry;
	unsigned i;

	for (i = 0; i < PK_TASKS; i++) {
		char *room = mmap(NULL, PK_STACK + PK_ARENA + (64 << 10), PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (room == MAP_FAILED)
			pk_die("no memory");
		pk_tasks[i].stack = room;
		pk_tasks[i].arena = room + PK_STACK;
		pk_tasks[i].task_struct = room + PK_STACK + PK_ARENA;
	}
	if (pk_missing_count)
		mmap((void *)PK_MISSING_START, pk_missing_count * PK_MISSING_STRIDE, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	sigaltstack(&alternate, NULL);
	pk_handle(SIGSEGV);
	pk_handle(SIGBUS);
	pk_handle(SIGILL);
	pk_handle(SIGFPE);
	pk_handle(SIGTRAP);
	pk_put(OUT_HELLO);
	pk_put(1);
#define PK_NAME(name) pk_put_text(#name);
	PK_STEPS(PK_NAME)
	for (entry = __start_pk_tasks; entry < __stop_pk_tasks; entry++)
		pk_put_text(entry->name);
	pk_send();
	/* Up to the first reset nothing comes. */
	for (;;) {
		pk_word head;
		int status;
		pid_t child;

		pk_get(&head, sizeof(head));
	again:
		if ((unsigned)(head & 0xffffffff) != IN_RESET)
			pk_die("an execution does not start with a reset");
		child = fork();
		if (child < 0)
			pk_die("no process");
		if (!child)
			pk_execute();
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 42)
			goto again;
		if (WIFEXITED(status) && !WEXITSTATUS(status))
			return 0;
		pk_die("an execution ended in an error");
	}
}
