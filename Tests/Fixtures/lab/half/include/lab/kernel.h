/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The little of a kernel that the lab's files lean on, for userspace compilers.
 * Types have the widths that they have on a 64-bit kernel; functions are only
 * declared: whoever runs the code links what they are to do.
 */
#ifndef LAB_KERNEL_H
#define LAB_KERNEL_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef O_DIRECT
#define O_DIRECT 040000
#endif

typedef int64_t lab_loff_t;
#ifndef loff_t
#define loff_t lab_loff_t
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Ticks in a second; a test may set another value. */
extern unsigned long lab_hz;
#define HZ lab_hz

typedef struct {
	int counter;
} atomic_t;

int atomic_read(const atomic_t *v);
void atomic_set(atomic_t *v, int i);
void atomic_inc(atomic_t *v);
int atomic_dec_and_test(atomic_t *v);

struct mutex {
	int owner;
};

void mutex_init(struct mutex *lock);
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

typedef struct lab_wait_queue_head {
	int waiters;
} wait_queue_head_t;

void init_waitqueue_head(wait_queue_head_t *wq);
int waitqueue_active(wait_queue_head_t *wq);
void wake_up_all(wait_queue_head_t *wq);
void lab_prepare_to_wait(wait_queue_head_t *wq);
void lab_schedule(wait_queue_head_t *wq);
void lab_finish_wait(wait_queue_head_t *wq);

/* Test, queue up, test again, sleep: a wake-up in between is never lost. */
#define wait_event(wq, condition)			\
	do {						\
		while (!(condition)) {			\
			lab_prepare_to_wait(&(wq));	\
			if (!(condition))		\
				lab_schedule(&(wq));	\
			lab_finish_wait(&(wq));		\
		}					\
	} while (0)

struct task_struct {
	char comm[16];
};

struct task_struct *lab_current(void);
#define current lab_current()

#define KERN_ERR "<3>"
#define KERN_WARNING "<4>"

int printk_timed_ratelimit(unsigned long *caller_jiffies,
			   unsigned int interval_msec);

#endif /* LAB_KERNEL_H */
