/* SPDX-License-Identifier: GPL-2.0-only */
#include <git2.h>
#include <malloc.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

/*
 * git_libgit2_opts takes a variable number of arguments, which Swift cannot call.
 *
 * Objects are read as git reads them from a pack: zlib's checksum is looked at, and the content is not
 * hashed again; the strict apply reads files under made-up ids. Folders of a kernel have hundreds of
 * entries, and the library keeps none above 4 KiB by itself. Packs are mapped in windows of which few
 * are kept: the library maps each pack whole.
 *
 * A partial clone is read as far as it was fetched, and objects are never collected here; the
 * configuration of a work tree is read in Configuration.swift.
 */
static inline void patchkit_set_options(void)
{
	const char *extensions[] = { "worktreeconfig", "partialclone", "preciousobjects" };

	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, (size_t)3);
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, (size_t)1 << 20);
	git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)24 << 20);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)8 << 20);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)32 << 20);
}

/*
 * What few allocations need is returned at once: the text of a huge file would leave a hole that nothing
 * else fits. The heap grows by less than such an allocation needs; otherwise the allocation would come from the
 * heap and not be returned. Swift's module of the C library leaves malloc.h out.
 */
static inline void patchkit_keep_freed_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 4 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_TOP_PAD, 2 << 20);
}

/*
 * Whether references and the index are flushed before they take their names, as git does. Objects
 * are flushed together, which is cheaper.
 */
static inline void patchkit_flush_names(int flushes)
{
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, flushes);
}
