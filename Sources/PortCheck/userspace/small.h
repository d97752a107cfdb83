/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For a tree without the kernel's headers: every <linux/X.h> and <asm/X.h> that
 * it lacks is this file.  It has what callers of ext4, jbd2 and the block layer
 * use most; the functions are those of world.c.
 */
#ifndef PK_SMALL_H
#define PK_SMALL_H

typedef unsigned char u8, __u8;
typedef unsigned short u16, __u16;
typedef unsigned int u32, __u32;
typedef unsigned long long u64, __u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef unsigned long size_t;
typedef long ssize_t;
typedef long long loff_t;
typedef unsigned long long sector_t;
typedef unsigned int gfp_t;
typedef unsigned short umode_t;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)
#define __user
#define __init
#define __exit
#define __must_check
#define noinline __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ __volatile__("" : : : "memory")
#define ACCESS_ONCE(x) (*(volatile __typeof__(x) *)&(x))
#define READ_ONCE(x) ACCESS_ONCE(x)
#define WRITE_ONCE(x, v) (ACCESS_ONCE(x) = (v))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ALIGN(x, a) (((x) + ((a) - 1)) & ~((__typeof__(x))(a) - 1))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(t, a, b) ((t)(a) < (t)(b) ? (t)(a) : (t)(b))
#define max_t(t, a, b) ((t)(a) > (t)(b) ? (t)(a) : (t)(b))
#define offsetof(t, m) __builtin_offsetof(t, m)
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define BUG() __builtin_trap()
#define BUG_ON(x) do { if (unlikely(x)) BUG(); } while (0)
void warn_slowpath_null(const char *file, int line);
#define WARN_ON(x) \
	({ int pk_bad = !!(x); if (pk_bad) warn_slowpath_null(__FILE__, __LINE__); pk_bad; })
#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_GPL(x)
#define MODULE_LICENSE(x)
#define HZ 250
extern unsigned long jiffies;

#define EPERM 1
#define ENOENT 2
#define EINTR 4
#define EIO 5
#define EAGAIN 11
#define ENOMEM 12
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define EINVAL 22
#define EFBIG 27
#define ENOSPC 28
#define EROFS 30
#define EDQUOT 122
#define EIOCBQUEUED 529

#define KERN_ERR "<3>"
#define KERN_WARNING "<4>"
#define KERN_INFO "<6>"
int printk(const char *format, ...);
void dump_stack(void);

#define GFP_KERNEL 0xd0u
#define GFP_NOFS 0x50u
#define GFP_ATOMIC 0x20u
void *__kmalloc(size_t size, unsigned flags);
void kfree(const void *address);
void __might_sleep(void);
/* Memory is always there, and zero. */
#define kmalloc(size, flags) ({ if ((flags) & 0x10u) __might_sleep(); __kmalloc(size, flags); })
#define kzalloc(size, flags) kmalloc(size, flags)
#define kcalloc(n, size, flags) kmalloc((n) * (size), flags)
#define might_sleep() __might_sleep()
int _cond_resched(void);
#define cond_resched() _cond_resched()
void yield(void);
#define cpu_relax() yield()

/* Atomics. */
typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic64_t;
typedef atomic64_t atomic_long_t;
#define ATOMIC_INIT(i) { (i) }
int pk_atomic_add_return(int i, int *v);
int pk_atomic_xchg(int *v, int new);
int pk_atomic_cmpxchg(int *v, int old, int new);
int pk_atomic_add_unless(int *v, int i, int unless);
long pk_atomic64_add_return(long i, long *v);
unsigned long pk_cmpxchg(void *v, unsigned long old, unsigned long new, int size);
unsigned long pk_xchg(void *v, unsigned long new, int size);
#define atomic_read(v) (*(volatile int *)&(v)->counter)
#define atomic_set(v, i) ((v)->counter = (i))
#define atomic_add(i, v) ((void)pk_atomic_add_return(i, &(v)->counter))
#define atomic_sub(i, v) ((void)pk_atomic_add_return(-(i), &(v)->counter))
#define atomic_inc(v) atomic_add(1, v)
#define atomic_dec(v) atomic_sub(1, v)
#define atomic_add_return(i, v) pk_atomic_add_return(i, &(v)->counter)
#define atomic_inc_return(v) atomic_add_return(1, v)
#define atomic_dec_return(v) atomic_add_return(-1, v)
#define atomic_sub_and_test(i, v) (atomic_add_return(-(i), v) == 0)
#define atomic_dec_and_test(v) (atomic_add_return(-1, v) == 0)
#define atomic_inc_and_test(v) (atomic_add_return(1, v) == 0)
#define atomic_xchg(v, n) pk_atomic_xchg(&(v)->counter, n)
#define atomic_cmpxchg(v, o, n) pk_atomic_cmpxchg(&(v)->counter, o, n)
#define atomic_add_unless(v, i, u) pk_atomic_add_unless(&(v)->counter, i, u)
#define atomic_inc_not_zero(v) atomic_add_unless(v, 1, 0)
#define atomic64_read(v) (*(volatile long *)&(v)->counter)
#define atomic64_set(v, i) ((v)->counter = (i))
#define atomic64_add(i, v) ((void)pk_atomic64_add_return(i, &(v)->counter))
#define atomic64_sub(i, v) ((void)pk_atomic64_add_return(-(long)(i), &(v)->counter))
#define atomic64_inc(v) atomic64_add(1, v)
#define atomic64_dec(v) atomic64_sub(1, v)
#define cmpxchg(p, o, n) \
	((__typeof__(*(p)))pk_cmpxchg((void *)(p), (unsigned long)(o), (unsigned long)(n), sizeof(*(p))))
#define xchg(p, n) ((__typeof__(*(p)))pk_xchg((void *)(p), (unsigned long)(n), sizeof(*(p))))
#define smp_mb() barrier()
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define smp_mb__after_atomic_inc() barrier()
#define smp_mb__before_atomic_dec() barrier()

/* Bits. */
#define BITS_PER_LONG 64
int pk_test_bit(long nr, const void *address);
int pk_test_and_bit(long nr, void *address, int what, int is_atomic);
#define test_bit(n, a) pk_test_bit(n, a)
#define set_bit(n, a) ((void)pk_test_and_bit(n, a, 1, 1))
#define clear_bit(n, a) ((void)pk_test_and_bit(n, a, 0, 1))
#define __set_bit(n, a) ((void)pk_test_and_bit(n, a, 1, 0))
#define __clear_bit(n, a) ((void)pk_test_and_bit(n, a, 0, 0))
#define test_and_set_bit(n, a) pk_test_and_bit(n, a, 1, 1)
#define test_and_clear_bit(n, a) pk_test_and_bit(n, a, 0, 1)
void pk_bit_spin_lock(int nr, void *address);
void pk_bit_spin_unlock(int nr, void *address);
#define bit_spin_lock(n, a) pk_bit_spin_lock(n, a)
#define bit_spin_unlock(n, a) pk_bit_spin_unlock(n, a)

/* Locks: the model knows each by its address, so none is empty. */
typedef struct { int pk_lock; } spinlock_t;
typedef struct { int pk_lock; } rwlock_t;
struct mutex { int pk_lock; };
struct rw_semaphore { int pk_lock; };
#define DEFINE_SPINLOCK(x) spinlock_t x
#define DEFINE_RWLOCK(x) rwlock_t x
#define DEFINE_MUTEX(x) struct mutex x
#define DECLARE_RWSEM(x) struct rw_semaphore x
#define spin_lock_init(l) ((void)(l))
#define rwlock_init(l) ((void)(l))
#define mutex_init(l) ((void)(l))
#define init_rwsem(l) ((void)(l))
int pk_is_locked(const void *lock);
void _spin_lock(void *l);
int _spin_trylock(void *l);
void _spin_unlock(void *l);
void _read_lock(void *l);
void _read_unlock(void *l);
#define spin_lock(l) _spin_lock(l)
#define spin_trylock(l) _spin_trylock(l)
#define spin_unlock(l) _spin_unlock(l)
#define spin_lock_irq(l) _spin_lock(l)
#define spin_unlock_irq(l) _spin_unlock(l)
#define spin_lock_bh(l) _spin_lock(l)
#define spin_unlock_bh(l) _spin_unlock(l)
#define spin_lock_irqsave(l, f) do { (f) = 0; _spin_lock(l); } while (0)
#define spin_unlock_irqrestore(l, f) do { (void)(f); _spin_unlock(l); } while (0)
#define read_lock(l) _read_lock(l)
#define read_unlock(l) _read_unlock(l)
#define write_lock(l) _spin_lock(l)
#define write_unlock(l) _spin_unlock(l)
#define spin_is_locked(l) pk_is_locked(l)
#define assert_spin_locked(l) BUG_ON(!pk_is_locked(l))
void mutex_lock(void *l);
int mutex_lock_interruptible(void *l);
int mutex_trylock(void *l);
void mutex_unlock(void *l);
#define mutex_is_locked(l) pk_is_locked(l)
void down_read(void *l);
int down_read_trylock(void *l);
void up_read(void *l);
void down_write(void *l);
int down_write_trylock(void *l);
void up_write(void *l);
void downgrade_write(void *l);
#define rwsem_is_locked(l) pk_is_locked(l)

/* Completions and wait queues. */
struct completion { int pk_completion; };
#define init_completion(x) ((void)(x))
#define DECLARE_COMPLETION(x) struct completion x
#define DECLARE_COMPLETION_ONSTACK(x) struct completion x
void wait_for_completion(void *x);
void complete(void *x);
void complete_all(void *x);

typedef struct __wait_queue_head { int pk_queue; } wait_queue_head_t;
typedef struct __wait_queue { int pk_entry; } wait_queue_t;
#define DECLARE_WAIT_QUEUE_HEAD(x) wait_queue_head_t x
#define DEFINE_WAIT(x) wait_queue_t x
#define init_waitqueue_head(q) ((void)(q))
#define TASK_RUNNING 0
#define TASK_INTERRUPTIBLE 1
#define TASK_UNINTERRUPTIBLE 2
void prepare_to_wait(void *q, void *w, int state);
void finish_wait(void *q, void *w);
void schedule(void);
void io_schedule(void);
void __wake_up(void *q, unsigned mode, int count, void *key);
int pk_waitqueue_active(void *q);
#define waitqueue_active(q) pk_waitqueue_active(q)
#define wake_up(q) __wake_up(q, 3, 1, NULL)
#define wake_up_all(q) __wake_up(q, 3, 0, NULL)
#define wait_event(wq, condition)						\
	do {									\
		wait_queue_t pk_wait;						\
		if (condition)							\
			break;							\
		for (;;) {							\
			prepare_to_wait(&(wq), &pk_wait, TASK_UNINTERRUPTIBLE);	\
			if (condition)						\
				break;						\
			schedule();						\
		}								\
		finish_wait(&(wq), &pk_wait);					\
	} while (0)

/* The RCU read side does nothing, and the report says so. */
struct rcu_head { void *pk_head; };
void pk_rcu_read_lock(void);
void synchronize_rcu(void);
void call_rcu(void *head, void (*function)(struct rcu_head *));
#define rcu_read_lock() pk_rcu_read_lock()
#define rcu_read_unlock() do { } while (0)
#define rcu_dereference(p) ACCESS_ONCE(p)
#define rcu_assign_pointer(p, v) ((p) = (v))
#define local_irq_save(f) do { (f) = 0; } while (0)
#define local_irq_restore(f) ((void)(f))
#define preempt_disable() barrier()
#define preempt_enable() barrier()

/* Lists. */
struct list_head { struct list_head *next, *prev; };
#define LIST_HEAD_INIT(x) { &(x), &(x) }
#define LIST_HEAD(x) struct list_head x = LIST_HEAD_INIT(x)
static inline void INIT_LIST_HEAD(struct list_head *l) { l->next = l; l->prev = l; }
static inline void __list_add(struct list_head *n, struct list_head *p, struct list_head *f)
{
	f->prev = n;
	n->next = f;
	n->prev = p;
	p->next = n;
}
static inline void list_add(struct list_head *n, struct list_head *h) { __list_add(n, h, h->next); }
static inline void list_add_tail(struct list_head *n, struct list_head *h) { __list_add(n, h->prev, h); }
static inline void __list_del(struct list_head *p, struct list_head *n) { n->prev = p; p->next = n; }
static inline void list_del(struct list_head *e)
{
	__list_del(e->prev, e->next);
	e->next = (struct list_head *)0x100100;
	e->prev = (struct list_head *)0x200200;
}
static inline void list_del_init(struct list_head *e) { __list_del(e->prev, e->next); INIT_LIST_HEAD(e); }
static inline int list_empty(const struct list_head *h) { return h->next == h; }
static inline void list_move(struct list_head *e, struct list_head *h)
{
	__list_del(e->prev, e->next);
	list_add(e, h);
}
static inline void list_move_tail(struct list_head *e, struct list_head *h)
{
	__list_del(e->prev, e->next);
	list_add_tail(e, h);
}
static inline void list_splice_init(struct list_head *l, struct list_head *h)
{
	if (!list_empty(l)) {
		l->next->prev = h;
		l->prev->next = h->next;
		h->next->prev = l->prev;
		h->next = l->next;
		INIT_LIST_HEAD(l);
	}
}
#define list_entry(p, t, m) container_of(p, t, m)
#define list_first_entry(h, t, m) list_entry((h)->next, t, m)
#define list_for_each(p, h) for (p = (h)->next; p != (h); p = p->next)
#define list_for_each_safe(p, n, h) for (p = (h)->next, n = p->next; p != (h); p = n, n = p->next)
#define list_for_each_entry(p, h, m)						\
	for (p = list_entry((h)->next, __typeof__(*p), m); &p->m != (h);	\
	     p = list_entry(p->m.next, __typeof__(*p), m))
#define list_for_each_entry_safe(p, n, h, m)					\
	for (p = list_entry((h)->next, __typeof__(*p), m),			\
	     n = list_entry(p->m.next, __typeof__(*p), m); &p->m != (h);	\
	     p = n, n = list_entry(n->m.next, __typeof__(*n), m))
#define list_for_each_entry_rcu(p, h, m) list_for_each_entry(p, h, m)
#define list_add_rcu(n, h) list_add(n, h)
#define list_del_rcu(e) __list_del((e)->prev, (e)->next)

/* The memory of a write or a read. */
struct iovec { void *iov_base; size_t iov_len; };
struct iov_iter {
	const struct iovec *iov;
	unsigned long nr_segs;
	size_t iov_offset, count;
};
static inline void iov_iter_init(struct iov_iter *i, const struct iovec *iov,
				 unsigned long nr_segs, size_t count, size_t written)
{
	i->iov = iov;
	i->nr_segs = nr_segs;
	i->iov_offset = 0;
	i->count = count - written;
}
static inline size_t iov_iter_count(const struct iov_iter *i) { return i->count; }
static inline void iov_iter_truncate(struct iov_iter *i, u64 count)
{
	if (i->count > count)
		i->count = count;
}
static inline void iov_iter_advance(struct iov_iter *i, size_t bytes)
{
	BUG_ON(i->count < bytes);
	i->count -= bytes;
	bytes += i->iov_offset;
	while (i->nr_segs && bytes >= i->iov->iov_len) {
		bytes -= i->iov->iov_len;
		i->iov++;
		i->nr_segs--;
	}
	i->iov_offset = bytes;
}
static inline size_t iov_iter_single_seg_count(const struct iov_iter *i)
{
	size_t left = i->nr_segs ? i->iov->iov_len - i->iov_offset : 0;

	return left < i->count ? left : i->count;
}
static inline size_t iov_length(const struct iovec *iov, unsigned long nr_segs)
{
	size_t length = 0;

	while (nr_segs--)
		length += iov++->iov_len;
	return length;
}

void *pk_memcpy(void *to, const void *from, size_t count);
void *pk_memmove(void *to, const void *from, size_t count);
void *pk_memset(void *to, int byte, size_t count);
#define memcpy(t, f, n) pk_memcpy(t, f, n)
#define memmove(t, f, n) pk_memmove(t, f, n)
#define memset(t, b, n) pk_memset(t, b, n)

#endif /* PK_SMALL_H */
