/* SPDX-License-Identifier: GPL-2.0-only */
#include <git2.h>

#include <malloc.h>

/* As the product does: freed memory is kept for the next file. */
static inline void bench_keep_freed_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 256 << 20);
	mallopt(M_TRIM_THRESHOLD, 512 << 20);
	mallopt(M_TOP_PAD, 16 << 20);
}
