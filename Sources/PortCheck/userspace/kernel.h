/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small kernel for userspace: what the functions of a patch use, written for
 * patchkit.  Types have the widths that they have on a 64-bit kernel.  It uses
 * no header of the C library, so that no name of it conflicts.
 *
 * A name that the patch itself defines is announced as PK_PATCHED_name: then
 * kernel.c leaves it to the patch.
 */
#ifndef PK_KERNEL_H
#define PK_KERNEL_H

#include "pk.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef u32 __u32;
typedef u64 __u64;
typedef unsigned long size_t;
typedef long ssize_t;
typedef long long loff_t;
typedef unsigned long long sector_t;
typedef u32 ext4_lblk_t;
typedef u64 ext4_fsblk_t;
typedef unsigned int gfp_t;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)

#define __user
#define __init
#define __exit
#define __iomem
#define __must_check
#define noinline
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ALIGN(x, a) (((x) + ((a) - 1)) & ~((__typeof__(x))(a) - 1))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define container_of(p, type, member) \
	((type *)((char *)(p) - __builtin_offsetof(type, member)))
#define BUG_ON(x) do { if (x) pk_fail("BUG_ON(" #x ")"); } while (0)
#define WARN_ON(x) (!!(x))
#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_GPL(x)

#define EPERM 1
#define EIO 5
#define ENOTBLK 15
#define EAGAIN 11
#define ENOMEM 12
#define EINVAL 22
#define EFBIG 27
#define ENOSPC 28
#define EIOCBQUEUED 529

#define O_APPEND 02000
#define O_DIRECT 040000
#define FMODE_WRITE 0x2u
#define KIOCB_SYNC_KEY (~0U)

#define KERN_ERR "<3>"
#define KERN_WARNING "<4>"
#define KERN_NOTICE "<5>"
#define KERN_INFO "<6>"

extern unsigned long pk_hz;
#define HZ pk_hz

/* The number by which the model knows an object comes first in each. */
typedef struct {
	int pk_id;
	int counter;
} atomic_t;

struct mutex {
	int pk_id;
};

typedef struct __wait_queue_head {
	int pk_id;
} wait_queue_head_t;

struct iovec {
	void *iov_base;
	size_t iov_len;
};

/* What is left to be written of a row of segments. */
struct iov_iter {
	size_t iov_offset;
	size_t count;
	const struct iovec *iov;
	unsigned long nr_segs;
};

struct rw_semaphore {
	int pk_id;
};

/* The pages of an inode, by its number. */
struct address_space {
	int pk_id;
};

struct ext4_sb_info {
	loff_t s_bitmap_maxbytes;
};

struct super_block {
	unsigned long s_blocksize;
	unsigned char s_blocksize_bits;
	char s_id[32];
	struct ext4_sb_info *s_fs_info;
};

struct inode {
	int pk_id;
	unsigned long i_ino;
	loff_t i_size;
	struct super_block *i_sb;
	struct mutex i_mutex;
	struct rw_semaphore i_rwsem;
	unsigned int i_blkbits;
	unsigned int i_flags;
	struct address_space *i_mapping;
	atomic_t i_writecount;
	struct ext4_inode_info *i_private;
};

struct ext4_inode_info {
	atomic_t i_aiodio_unwritten;
	unsigned long i_flags;
	unsigned long i_reserved_data_blocks;
	int has_extents;
	loff_t i_disksize;
	struct inode vfs_inode;
};

struct dentry {
	struct inode *d_inode;
};

struct path {
	struct dentry *dentry;
};

struct file {
	int pk_id;
	struct path f_path;
	unsigned int f_flags;
	unsigned int f_mode;
	struct address_space *f_mapping;
	void *private_data;
};

struct kiocb {
	int pk_id;
	struct file *ki_filp;
	unsigned int ki_key;
	int ki_flags;
	loff_t ki_pos;
};

#define EXT4_IO_END_UNWRITTEN 0x0001

typedef struct ext4_io_end {
	int pk_id;
	struct inode *inode;
	struct kiocb *iocb;
	unsigned int flag;
	loff_t offset;
	ssize_t size;
	int result;
} ext4_io_end_t;

struct task_struct {
	char comm[16];
};

struct task_struct *pk_current(void);
#define current pk_current()

static inline struct ext4_inode_info *EXT4_I(struct inode *inode)
{
	return inode->i_private;
}

static inline struct ext4_sb_info *EXT4_SB(struct super_block *sb)
{
	return sb->s_fs_info;
}

static inline loff_t i_size_read(const struct inode *inode)
{
	return inode->i_size;
}

/*
 * What ext4's direct writes use since they are built on iomap (linux-source-6.1).
 */
#define IOCB_NOWAIT 0x8
#define IOCB_APPEND 0x10
#define S_NOSEC 4096
#define IS_NOSEC(inode) ((inode)->i_flags & S_NOSEC)
#define PAGE_SHIFT 12

#define ERR_PTR(error) ((void *)(long)(error))
#define PTR_ERR(pointer) ((long)(pointer))
#define IS_ERR(pointer) ((unsigned long)(pointer) >= (unsigned long)-4095)
#define WARN_ON_ONCE(x)							\
	({								\
		int pk_holds = !!(x);					\
		if (pk_holds)						\
			pk_warn_once();					\
		pk_holds;						\
	})
void pk_warn_once(void);

static inline struct inode *file_inode(const struct file *file)
{
	return file->f_path.dentry->d_inode;
}

static inline size_t iov_iter_count(const struct iov_iter *from)
{
	return from->count;
}

unsigned long iov_iter_alignment(const struct iov_iter *from);
void iov_iter_truncate(struct iov_iter *from, u64 count);

void inode_lock(struct inode *inode);
void inode_lock_shared(struct inode *inode);
int inode_trylock(struct inode *inode);
int inode_trylock_shared(struct inode *inode);
void inode_unlock(struct inode *inode);
void inode_unlock_shared(struct inode *inode);
void inode_dio_wait(struct inode *inode);

bool ext4_should_use_dio(struct kiocb *iocb, struct iov_iter *from);
ssize_t ext4_buffered_write_iter(struct kiocb *iocb, struct iov_iter *from);
ssize_t ext4_generic_write_checks(struct kiocb *iocb, struct iov_iter *from);
int file_modified(struct file *file);

#define EXT4_MAP_MAPPED 0x10
#define EXT4_MAP_NEW 0x20
#define EXT4_MAP_UNWRITTEN 0x800
/* How many blocks a range of bytes touches. */
#define EXT4_MAX_BLOCKS(size, offset, bits)				\
	((ALIGN((size) + (offset), 1 << (bits)) >> (bits)) - ((offset) >> (bits)))

struct ext4_map_blocks {
	ext4_fsblk_t m_pblk;
	ext4_lblk_t m_lblk;
	unsigned int m_len;
	unsigned int m_flags;
};

typedef struct {
	int pk_id;
} handle_t;

int ext4_map_blocks(handle_t *handle, struct inode *inode,
		    struct ext4_map_blocks *map, int flags);

#define EXT4_STATE_MAY_INLINE_DATA 7
#define EXT4_HT_INODE 1
void ext4_clear_inode_state(struct inode *inode, int bit);
handle_t *ext4_journal_start(struct inode *inode, int type, int blocks);
int ext4_journal_stop(handle_t *handle);
int ext4_orphan_add(handle_t *handle, struct inode *inode);
void ext4_inode_extension_cleanup(struct inode *inode, bool need_trunc);

struct iomap_ops {
	int pk_id;
};

struct iomap_dio_ops {
	int (*end_io)(struct kiocb *iocb, ssize_t size, int error, unsigned int flags);
};

#define IOMAP_DIO_FORCE_WAIT (1 << 0)
#define IOMAP_DIO_OVERWRITE_ONLY (1 << 1)
#define IOMAP_DIO_PARTIAL (1 << 2)
extern const struct iomap_ops ext4_iomap_ops, ext4_iomap_overwrite_ops;
int ext4_dio_write_end_io(struct kiocb *iocb, ssize_t size, int error,
			  unsigned int flags);
ssize_t iomap_dio_rw(struct kiocb *iocb, struct iov_iter *from,
		     const struct iomap_ops *ops, const struct iomap_dio_ops *dops,
		     unsigned int dio_flags, void *private, size_t done_before);
int filemap_write_and_wait_range(struct address_space *mapping, loff_t start,
				 loff_t end);
unsigned long invalidate_mapping_pages(struct address_space *mapping,
				       unsigned long start, unsigned long end);

#define EXT4_INODE_EXTENTS 19
int ext4_test_inode_flag(struct inode *inode, int bit);
int lab_has_extents(struct inode *inode);

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void mutex_init(struct mutex *lock);

int atomic_read(const atomic_t *v);
void atomic_set(atomic_t *v, int i);
void atomic_inc(atomic_t *v);
int atomic_dec_and_test(atomic_t *v);

void init_waitqueue_head(wait_queue_head_t *wq);
int waitqueue_active(wait_queue_head_t *wq);
void wake_up_all(wait_queue_head_t *wq);
int pk_wait_begin(void);
void pk_wait_again(void);
void pk_prepare_to_wait(wait_queue_head_t *wq);
void pk_schedule(wait_queue_head_t *wq);
void pk_finish_wait(wait_queue_head_t *wq);

/*
 * Test; then queue up, test again and sleep, until it holds.  Where the model
 * takes out the barrier of prepare_to_wait, the second test may come first.
 */
#define wait_event(wq, condition)					\
	do {								\
		int pk_ordered, pk_early = 0;				\
		if (condition)						\
			break;						\
		pk_ordered = pk_wait_begin();				\
		for (;;) {						\
			pk_wait_again();				\
			if (!pk_ordered)				\
				pk_early = !!(condition);		\
			pk_prepare_to_wait(&(wq));			\
			if (pk_ordered ? !!(condition) : pk_early)	\
				break;					\
			pk_schedule(&(wq));				\
		}							\
		pk_finish_wait(&(wq));					\
	} while (0)

#define is_sync_kiocb(iocb) ((iocb)->ki_key == KIOCB_SYNC_KEY)

size_t iov_length(const struct iovec *iov, unsigned long nr_segs);
unsigned long iov_shorten(struct iovec *iov, unsigned long nr_segs, size_t to);
ssize_t generic_file_aio_write(struct kiocb *iocb, const struct iovec *iov,
			       unsigned long nr_segs, loff_t pos);

int printk_timed_ratelimit(unsigned long *caller_jiffies, unsigned int msecs);
void ext4_msg(struct super_block *sb, const char *level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

int ext4_convert_unwritten_extents(struct inode *inode, loff_t offset,
				   ssize_t size);
void aio_complete(struct kiocb *iocb, long result, long result2);

wait_queue_head_t *ext4_ioend_wq(struct inode *inode);
struct mutex *ext4_aio_mutex(struct inode *inode);

/* For the calls that are made from the patch's functions. */
struct inode *pk_inode(pk_word id);
struct file *pk_file(pk_word id);
struct kiocb *pk_kiocb(pk_word id);
struct iovec *pk_iovec(pk_word id);
struct ext4_io_end *pk_io_end(pk_word id);
struct iov_iter *pk_iov_iter(pk_word id);
bool *pk_flag(pk_word id);

#endif /* PK_KERNEL_H */
