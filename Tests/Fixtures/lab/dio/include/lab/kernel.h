/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The little of a kernel that this lab's file uses, for userspace compilers.
 * Functions are only declared: whoever runs the code links what they do.
 */
#ifndef LAB_KERNEL_H
#define LAB_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#define EIOCBQUEUED 529

typedef int64_t lab_loff_t;
#ifndef loff_t
#define loff_t lab_loff_t
#endif

#define ALIGN(x, a) (((x) + ((a) - 1)) & ~((__typeof__(x))(a) - 1))
#define IS_ERR(pointer) ((unsigned long)(pointer) >= (unsigned long)-4095)
#define PTR_ERR(pointer) ((long)(pointer))

void lab_warn(void);
#define WARN_ON_ONCE(x) do { if (x) lab_warn(); } while (0)

#endif /* LAB_KERNEL_H */
