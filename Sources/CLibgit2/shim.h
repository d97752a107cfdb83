/* SPDX-License-Identifier: GPL-2.0-only */
#include <git2.h>
#include <malloc.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

/* git_libgit2_opts takes a variable number of arguments, which Swift cannot call. */
static inline int patchkit_verify_hashes(int enabled)
{
	return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, enabled);
}

/* Swift's module of the C library leaves malloc.h out. */
static inline void patchkit_keep_freed_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 256 << 20);
	mallopt(M_TRIM_THRESHOLD, 512 << 20);
	mallopt(M_TOP_PAD, 16 << 20);
}
