/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before every file that is compiled with the headers of a kernel
 * tree: the tree's own types and functions, but for what x86 does in assembly,
 * where no step could be seen.  Those become calls of world.c.
 */
#ifndef PK_TREE_H
#define PK_TREE_H

#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/spinlock.h>
#include <linux/bit_spinlock.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <asm/atomic.h>
#include <linux/wait.h>

extern int pk_atomic_add_return(int i, int *v);
extern int pk_atomic_xchg(int *v, int new);
extern int pk_atomic_cmpxchg(int *v, int old, int new);
extern int pk_atomic_add_unless(int *v, int i, int unless);
extern long pk_atomic64_add_return(long i, long *v);
extern long pk_atomic64_xchg(long *v, long new);
extern long pk_atomic64_cmpxchg(long *v, long old, long new);
extern int pk_atomic64_add_unless(long *v, long i, long unless);
extern unsigned long pk_cmpxchg(void *v, unsigned long old, unsigned long new, int size);
extern unsigned long pk_xchg(void *v, unsigned long new, int size);
extern int pk_test_bit(long nr, const void *address);
extern int pk_test_and_bit(long nr, void *address, int what, int is_atomic);
extern int pk_is_locked(const void *lock);
extern void pk_bit_spin_lock(int nr, void *address);
extern int pk_bit_spin_trylock(int nr, void *address);
extern void pk_bit_spin_unlock(int nr, void *address);
extern int pk_waitqueue_active(void *queue);
extern void pk_rcu_read_lock(void);
extern void pk_irq_off(void);
extern void *pk_memcpy(void *to, const void *from, unsigned long count);
extern void *pk_memmove(void *to, const void *from, unsigned long count);
extern void *pk_memset(void *to, int byte, unsigned long count);

#define PK_INT(v) ((int *)&(v)->counter)
#define PK_LONG(v) ((long *)&(v)->counter)

#undef atomic_add
#undef atomic_sub
#undef atomic_inc
#undef atomic_dec
#undef atomic_add_return
#undef atomic_sub_return
#undef atomic_inc_return
#undef atomic_dec_return
#undef atomic_sub_and_test
#undef atomic_inc_and_test
#undef atomic_dec_and_test
#undef atomic_add_negative
#undef atomic_xchg
#undef atomic_cmpxchg
#undef atomic_add_unless
#undef atomic_inc_not_zero
#define atomic_add(i, v) ((void)pk_atomic_add_return(i, PK_INT(v)))
#define atomic_sub(i, v) ((void)pk_atomic_add_return(-(i), PK_INT(v)))
#define atomic_inc(v) ((void)pk_atomic_add_return(1, PK_INT(v)))
#define atomic_dec(v) ((void)pk_atomic_add_return(-1, PK_INT(v)))
#define atomic_add_return(i, v) pk_atomic_add_return(i, PK_INT(v))
#define atomic_sub_return(i, v) pk_atomic_add_return(-(i), PK_INT(v))
#define atomic_inc_return(v) pk_atomic_add_return(1, PK_INT(v))
#define atomic_dec_return(v) pk_atomic_add_return(-1, PK_INT(v))
#define atomic_sub_and_test(i, v) (pk_atomic_add_return(-(i), PK_INT(v)) == 0)
#define atomic_inc_and_test(v) (pk_atomic_add_return(1, PK_INT(v)) == 0)
#define atomic_dec_and_test(v) (pk_atomic_add_return(-1, PK_INT(v)) == 0)
#define atomic_add_negative(i, v) (pk_atomic_add_return(i, PK_INT(v)) < 0)
#define atomic_xchg(v, n) pk_atomic_xchg(PK_INT(v), n)
#define atomic_cmpxchg(v, o, n) pk_atomic_cmpxchg(PK_INT(v), o, n)
#define atomic_add_unless(v, i, u) pk_atomic_add_unless(PK_INT(v), i, u)
#define atomic_inc_not_zero(v) pk_atomic_add_unless(PK_INT(v), 1, 0)

#define PK_ATOMIC_LONG(name) name
#undef atomic64_add
#undef atomic64_sub
#undef atomic64_inc
#undef atomic64_dec
#undef atomic64_add_return
#undef atomic64_sub_return
#undef atomic64_inc_return
#undef atomic64_dec_return
#undef atomic64_sub_and_test
#undef atomic64_inc_and_test
#undef atomic64_dec_and_test
#undef atomic64_xchg
#undef atomic64_cmpxchg
#undef atomic64_add_unless
#undef atomic64_inc_not_zero
#define atomic64_add(i, v) ((void)pk_atomic64_add_return(i, PK_LONG(v)))
#define atomic64_sub(i, v) ((void)pk_atomic64_add_return(-(long)(i), PK_LONG(v)))
#define atomic64_inc(v) ((void)pk_atomic64_add_return(1, PK_LONG(v)))
#define atomic64_dec(v) ((void)pk_atomic64_add_return(-1, PK_LONG(v)))
#define atomic64_add_return(i, v) pk_atomic64_add_return(i, PK_LONG(v))
#define atomic64_sub_return(i, v) pk_atomic64_add_return(-(long)(i), PK_LONG(v))
#define atomic64_inc_return(v) pk_atomic64_add_return(1, PK_LONG(v))
#define atomic64_dec_return(v) pk_atomic64_add_return(-1, PK_LONG(v))
#define atomic64_sub_and_test(i, v) (pk_atomic64_add_return(-(long)(i), PK_LONG(v)) == 0)
#define atomic64_inc_and_test(v) (pk_atomic64_add_return(1, PK_LONG(v)) == 0)
#define atomic64_dec_and_test(v) (pk_atomic64_add_return(-1, PK_LONG(v)) == 0)
#define atomic64_xchg(v, n) pk_atomic64_xchg(PK_LONG(v), n)
#define atomic64_cmpxchg(v, o, n) pk_atomic64_cmpxchg(PK_LONG(v), o, n)
#define atomic64_add_unless(v, i, u) pk_atomic64_add_unless(PK_LONG(v), i, u)
#define atomic64_inc_not_zero(v) pk_atomic64_add_unless(PK_LONG(v), 1, 0)
#define atomic_long_add(i, v) atomic64_add(i, v)
#define atomic_long_sub(i, v) atomic64_sub(i, v)
#define atomic_long_inc(v) atomic64_inc(v)
#define atomic_long_dec(v) atomic64_dec(v)
#define atomic_long_add_return(i, v) atomic64_add_return(i, v)
#define atomic_long_sub_return(i, v) atomic64_sub_return(i, v)
#define atomic_long_inc_return(v) atomic64_inc_return(v)
#define atomic_long_dec_return(v) atomic64_dec_return(v)
#define atomic_long_dec_and_test(v) atomic64_dec_and_test(v)

#undef cmpxchg
#undef xchg
#define cmpxchg(p, o, n) \
	((__typeof__(*(p)))pk_cmpxchg((void *)(p), (unsigned long)(o), (unsigned long)(n), sizeof(*(p))))
#define xchg(p, n) ((__typeof__(*(p)))pk_xchg((void *)(p), (unsigned long)(n), sizeof(*(p))))

#undef set_bit
#undef clear_bit
#undef change_bit
#undef __set_bit
#undef __clear_bit
#undef __change_bit
#undef test_bit
#undef test_and_set_bit
#undef test_and_clear_bit
#undef test_and_change_bit
#undef __test_and_set_bit
#undef __test_and_clear_bit
#undef test_and_set_bit_lock
#undef clear_bit_unlock
#undef __clear_bit_unlock
#define set_bit(n, a) ((void)pk_test_and_bit(n, (void *)(a), 1, 1))
#define clear_bit(n, a) ((void)pk_test_and_bit(n, (void *)(a), 0, 1))
#define change_bit(n, a) ((void)pk_test_and_bit(n, (void *)(a), 2, 1))
#define __set_bit(n, a) ((void)pk_test_and_bit(n, (void *)(a), 1, 0))
#define __clear_bit(n, a) ((void)pk_test_and_bit(n, (void *)(a), 0, 0))
#define __change_bit(n, a) ((void)pk_test_and_bit(n, (void *)(a), 2, 0))
#define test_bit(n, a) pk_test_bit(n, (const void *)(a))
#define test_and_set_bit(n, a) pk_test_and_bit(n, (void *)(a), 1, 1)
#define test_and_clear_bit(n, a) pk_test_and_bit(n, (void *)(a), 0, 1)
#define test_and_change_bit(n, a) pk_test_and_bit(n, (void *)(a), 2, 1)
#define __test_and_set_bit(n, a) pk_test_and_bit(n, (void *)(a), 1, 0)
#define __test_and_clear_bit(n, a) pk_test_and_bit(n, (void *)(a), 0, 0)
#define test_and_set_bit_lock(n, a) test_and_set_bit(n, a)
#define clear_bit_unlock(n, a) clear_bit(n, a)
#define __clear_bit_unlock(n, a) clear_bit(n, a)

#define bit_spin_lock(n, a) pk_bit_spin_lock(n, (void *)(a))
#define bit_spin_trylock(n, a) pk_bit_spin_trylock(n, (void *)(a))
#define bit_spin_unlock(n, a) pk_bit_spin_unlock(n, (void *)(a))
#define __bit_spin_unlock(n, a) pk_bit_spin_unlock(n, (void *)(a))
#define bit_spin_is_locked(n, a) test_bit(n, a)

#undef spin_is_locked
#undef assert_spin_locked
#undef mutex_is_locked
#undef waitqueue_active
#define spin_is_locked(l) pk_is_locked(l)
#define assert_spin_locked(l) BUG_ON(!pk_is_locked(l))
#define mutex_is_locked(l) pk_is_locked(l)
#define rwsem_is_locked(l) pk_is_locked(l)
#define waitqueue_active(q) pk_waitqueue_active(q)

#undef rcu_read_lock
#undef rcu_read_unlock
#define rcu_read_lock() pk_rcu_read_lock()
#define rcu_read_unlock() do { } while (0)

#undef local_irq_save
#undef local_irq_restore
#undef local_irq_disable
#undef local_irq_enable
#undef irqs_disabled
#define local_irq_save(f) do { (f) = 0; pk_irq_off(); } while (0)
#define local_irq_restore(f) ((void)(f))
#define local_irq_disable() pk_irq_off()
#define local_irq_enable() do { } while (0)
#define irqs_disabled() 0

#undef mb
#undef rmb
#undef wmb
#undef smp_mb
#undef smp_rmb
#undef smp_wmb
#define mb() __asm__ __volatile__("" : : : "memory")
#define rmb() mb()
#define wmb() mb()
#define smp_mb() mb()
#define smp_rmb() mb()
#define smp_wmb() mb()

#undef memcpy
#undef memmove
#undef memset
#define memcpy(t, f, n) pk_memcpy(t, f, n)
#define memmove(t, f, n) pk_memmove(t, f, n)
#define memset(t, b, n) pk_memset(t, b, n)

#endif /* PK_TREE_H */
