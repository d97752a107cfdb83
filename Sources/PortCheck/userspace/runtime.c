// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that hand over one at a time, and the pipe to whoever steers them.
 *
 * A task is a thread that runs the patch's C until it asks the model for
 * something.  Then it writes its request, and reads what arrives: its own
 * answer, and it continues; or something for another task, and it wakes that
 * one and sleeps.  So at any time one thread runs, and it is the one that reads.
 *
 * A frame is a word with its kind in the low half and the number of words that
 * follow in the high half.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pk.h"

enum { IN_RESET = 1, IN_DEFINE, IN_START, IN_ANSWER, IN_ABORT, IN_SCRIPT, IN_INVOKE, IN_FLUSH };
enum { OUT_HELLO = 1, OUT_CALL, OUT_RETURN, OUT_RESULT };

#define PK_ARGUMENTS 8
#define PK_CALLERS 8
#define PK_TASKS 64
#define PK_FRAME 4096
#define PK_BLOCKED ((pk_word)1 << 32)

struct pk_task {
	pthread_t thread;
	sem_t go;
	int is_started, is_free;
	unsigned function;
	pk_word arguments[PK_ARGUMENTS];
	char name[16];
	pk_word answer;
	int is_aborted;
	jmp_buf out;
	/* The frame of the thread's own function. */
	unsigned long *base;
};

static struct pk_task pk_tasks[PK_TASKS];
static __thread struct pk_task *pk_self;
static sem_t pk_main_go;

/* What comes in. */
static unsigned char pk_input[1 << 16];
static size_t pk_input_at, pk_input_end;
static pk_word pk_frame[PK_FRAME];
static unsigned pk_frame_kind, pk_frame_count;

/* What goes out. */
static unsigned char *pk_output;
static size_t pk_output_end, pk_output_room;

/* The script of one task alone. */
static int pk_replaying, pk_serving;
static pk_word pk_script[PK_FRAME];
static unsigned pk_script_at, pk_script_end;
static char pk_why[256];

static void pk_die(const char *why)
{
	fprintf(stderr, "userspace kernel: %s\n", why);
	_exit(96);
}

static void pk_write_out(void)
{
	size_t at = 0;

	while (at < pk_output_end) {
		ssize_t n = write(1, pk_output + at, pk_output_end - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(97);
		at += (size_t)n;
	}
	pk_output_end = 0;
}

static void pk_put(const void *bytes, size_t count)
{
	if (pk_output_end + count > pk_output_room) {
		pk_output_room = 2 * pk_output_room + count + 4096;
		pk_output = realloc(pk_output, pk_output_room);
		if (!pk_output)
			pk_die("no memory");
	}
	memcpy(pk_output + pk_output_end, bytes, count);
	pk_output_end += count;
}

static void pk_put_word(pk_word word)
{
	pk_put(&word, sizeof(word));
}

static size_t pk_open_frame(unsigned kind)
{
	size_t at = pk_output_end;

	pk_put_word(kind);
	return at;
}

static void pk_close_frame(size_t at)
{
	pk_word head;

	memcpy(&head, pk_output + at, sizeof(head));
	head |= (pk_word)((pk_output_end - at) / sizeof(pk_word) - 1) << 32;
	memcpy(pk_output + at, &head, sizeof(head));
}

static void pk_put_text(const char *text)
{
	size_t length = text ? strlen(text) : 0;
	static const char zeros[8];

	pk_put_word((pk_word)length);
	pk_put(text ? text : "", length);
	pk_put(zeros, (8 - length % 8) % 8);
}

void pk_tell(pk_word word)
{
	pk_put_word(word);
}

static void pk_get(void *into, size_t count)
{
	while (count) {
		size_t have = pk_input_end - pk_input_at;

		if (!have) {
			ssize_t n = read(0, pk_input, sizeof(pk_input));

			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				_exit(0);
			pk_input_at = 0;
			pk_input_end = (size_t)n;
			continue;
		}
		if (have > count)
			have = count;
		memcpy(into, pk_input + pk_input_at, have);
		pk_input_at += have;
		into = (char *)into + have;
		count -= have;
	}
}

static void pk_read_frame(void)
{
	pk_word head;

	pk_get(&head, sizeof(head));
	pk_frame_kind = (unsigned)(head & 0xffffffff);
	pk_frame_count = (unsigned)(head >> 32);
	if (pk_frame_count > PK_FRAME)
		pk_die("a frame that is too long");
	pk_get(pk_frame, pk_frame_count * sizeof(pk_word));
}

static void pk_sleep(sem_t *go)
{
	while (sem_wait(go) && errno == EINTR)
		;
}

static void *pk_thread(void *task);

/*
 * Reads and does what comes until it is for "self", a task that waits for an
 * answer, or for a task that is woken; NULL is a thread without a task.
 */
static void pk_serve(struct pk_task *self, sem_t *own)
{
	for (;;) {
		struct pk_task *task;

		pk_serving = 1;
		pk_read_frame();
		switch (pk_frame_kind) {
		case IN_RESET:
			pk_reset();
			continue;
		case IN_DEFINE:
			pk_define((unsigned)pk_frame[0], pk_frame + 1, pk_frame_count - 1);
			continue;
		case IN_SCRIPT:
			memcpy(pk_script, pk_frame, pk_frame_count * sizeof(pk_word));
			pk_script_at = 0;
			pk_script_end = pk_frame_count;
			continue;
		case IN_FLUSH:
			pk_write_out();
			continue;
		case IN_START:
		case IN_INVOKE:
			pk_replaying = pk_frame_kind == IN_INVOKE;
			task = &pk_tasks[pk_frame[0] & (PK_TASKS - 1)];
			task->function = (unsigned)pk_frame[1];
			memcpy(task->arguments, pk_frame + 2, sizeof(task->arguments));
			memcpy(task->name, pk_frame + 2 + PK_ARGUMENTS, sizeof(task->name));
			task->name[sizeof(task->name) - 1] = 0;
			task->is_aborted = 0;
			if (!task->is_started) {
				task->is_started = 1;
				sem_init(&task->go, 0, 0);
				if (pthread_create(&task->thread, NULL, pk_thread, task))
					pk_die("no thread");
			} else if (!task->is_free) {
				pk_die("a task was started twice");
			}
			task->is_free = 0;
			break;
		case IN_ANSWER:
		case IN_ABORT:
			task = &pk_tasks[pk_frame[0] & (PK_TASKS - 1)];
			task->answer = pk_frame[1];
			task->is_aborted = pk_frame_kind == IN_ABORT;
			break;
		default:
			pk_die("a frame of a kind that is not known");
		}
		pk_serving = 0;
		if (task == self)
			return;
		sem_post(&task->go);
		pk_sleep(own);
		/* A task is woken by its answer; a thread without one, to read on. */
		if (self)
			return;
		if (pk_self && !pk_self->is_free)
			return;
	}
}

static void *pk_thread(void *argument)
{
	struct pk_task *self = argument;

	pk_self = self;
	self->base = __builtin_frame_address(0);
	pk_sleep(&self->go);
	for (;;) {
		volatile pk_word value = 0;
		volatile int how;
		volatile size_t frame;

		/* In a replay, what was asked for comes first; 0 marks its end. */
		frame = pk_replaying ? pk_open_frame(OUT_RESULT) : 0;
		how = setjmp(self->out);
		if (!how)
			value = pk_invoke(self->function, self->arguments);
		if (!pk_replaying)
			frame = pk_open_frame(OUT_RETURN);
		pk_put_word(pk_replaying ? 0 : self - pk_tasks);
		pk_put_word(how);
		pk_put_word(value);
		pk_put_text(how == 3 ? pk_why : NULL);
		pk_put_text(pk_take_stray());
		pk_tell_state();
		pk_close_frame(frame);
		if (!pk_replaying)
			pk_write_out();
		self->is_free = 1;
		pk_serve(NULL, &self->go);
	}
	return NULL;
}

/* How a task ended: 0 returned, 1 was broken off, 2 asked otherwise, 3 failed. */
void pk_fail(const char *why)
{
	if (!pk_self || pk_serving)
		pk_die(why);
	snprintf(pk_why, sizeof(pk_why), "%s", why);
	longjmp(pk_self->out, 3);
}

const char *pk_task_name(void)
{
	return pk_self ? pk_self->name : "";
}

int pk_is_replay(void)
{
	return pk_replaying;
}

static void pk_put_call(unsigned primitive, pk_word object, const pk_word *arguments,
			unsigned count, const char *text)
{
	pk_put_word((pk_word)primitive + 1);
	pk_put_word(object);
	pk_put_word(count);
	pk_put(arguments ? (const void *)arguments : "", count * sizeof(pk_word));
	pk_put_text(text);
}

/* Where the call was made, innermost first: everything has frame pointers. */
static void pk_put_callers(struct pk_task *self)
{
	unsigned long *frame = __builtin_frame_address(0);
	unsigned count;

	for (count = 0; count < PK_CALLERS && frame < self->base; count++) {
		pk_put_word((pk_word)frame[1]);
		if ((unsigned long *)frame[0] <= frame)
			break;
		frame = (unsigned long *)frame[0];
	}
}

pk_word pk_call(unsigned primitive, pk_word object, const pk_word *arguments, unsigned count,
		const char *text)
{
	struct pk_task *self = pk_self;
	size_t frame;

	if (!self)
		pk_die("a primitive outside of a task");
	if (pk_replaying) {
		pk_word wanted;

		pk_put_call(primitive, object, arguments, count, text);
		if (pk_script_at + 2 > pk_script_end)
			longjmp(self->out, 2);
		wanted = pk_script[pk_script_at];
		if ((wanted & 0xffffffff) != primitive)
			longjmp(self->out, 2);
		if (wanted & PK_BLOCKED)
			longjmp(self->out, 1);
		pk_script_at += 2;
		return pk_script[pk_script_at - 1];
	}
	frame = pk_open_frame(OUT_CALL);
	pk_put_word(self - pk_tasks);
	pk_put_call(primitive, object, arguments, count, text);
	pk_put_callers(self);
	pk_close_frame(frame);
	pk_write_out();
	pk_serve(self, &self->go);
	if (self->is_aborted)
		longjmp(self->out, 1);
	return self->answer;
}

/*
 * What -fsanitize=thread puts before each access of memory that may be shared:
 * here it is our scheduling point, and the library of that sanitizer is not used.
 */
void __tsan_init(void) {}
void __tsan_func_entry(void *pc) { (void)pc; }
void __tsan_func_exit(void) {}

static void pk_hook(void *address)
{
	if (pk_self && !pk_self->is_free)
		pk_before_read(address);
}

static void pk_write_hook(void *address)
{
	if (pk_self && !pk_self->is_free)
		pk_before_write(address);
}

#define PK_READ(n) void __tsan_read##n(void *p) { pk_hook(p); }
#define PK_WRITE(n) void __tsan_write##n(void *p) { pk_write_hook(p); }
PK_READ(1) PK_READ(2) PK_READ(4) PK_READ(8) PK_READ(16)
PK_WRITE(1) PK_WRITE(2) PK_WRITE(4) PK_WRITE(8) PK_WRITE(16)
void __tsan_unaligned_read2(void *p) { pk_hook(p); }
void __tsan_unaligned_read4(void *p) { pk_hook(p); }
void __tsan_unaligned_read8(void *p) { pk_hook(p); }
void __tsan_unaligned_write2(void *p) { pk_write_hook(p); }
void __tsan_unaligned_write4(void *p) { pk_write_hook(p); }
void __tsan_unaligned_write8(void *p) { pk_write_hook(p); }
void __tsan_read_range(void *p, unsigned long n) { (void)n; pk_hook(p); }
void __tsan_write_range(void *p, unsigned long n) { (void)n; pk_write_hook(p); }
void *__tsan_memcpy(void *to, const void *from, unsigned long n)
{
	pk_write_hook(to);
	return memcpy(to, from, n);
}
void *__tsan_memmove(void *to, const void *from, unsigned long n)
{
	pk_write_hook(to);
	return memmove(to, from, n);
}
void *__tsan_memset(void *to, int byte, unsigned long n)
{
	pk_write_hook(to);
	return memset(to, byte, n);
}

int main(void)
{
	size_t frame;

	sem_init(&pk_main_go, 0, 0);
	frame = pk_open_frame(OUT_HELLO);
	pk_put_word(pk_has_memory_hooks);
#define PK_NAME(name) pk_put_text(#name);
	PK_PRIMITIVES(PK_NAME)
	pk_close_frame(frame);
	pk_write_out();
	pk_serve(NULL, &pk_main_go);
	return 0;
}
