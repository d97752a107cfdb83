// SPDX-License-Identifier: GPL-2.0-only
/*
 * What files of a kernel tree call and world.c cannot have, as it depends on
 * the tree's types: compiled with the tree's headers.
 */
#include <linux/fs.h>
#include <linux/buffer_head.h>
#include <linux/percpu_counter.h>
#include <linux/slab.h>
#include <linux/sched.h>
#include <linux/uio.h>
#include <linux/semaphore.h>
#include <linux/pagemap.h>
#include <linux/cred.h>
#include <linux/ktime.h>

void *pk_allocate(unsigned long size);
void pk_assume(const char *what);

/* One processor. */
static DECLARE_BITMAP(pk_processors, CONFIG_NR_CPUS) = { 1 };
const struct cpumask *const cpu_possible_mask = to_cpumask(pk_processors);
const struct cpumask *const cpu_online_mask = to_cpumask(pk_processors);
const struct cpumask *const cpu_present_mask = to_cpumask(pk_processors);

/* A counter of all processors is one number, changed in one step. */
void __percpu_counter_add(struct percpu_counter *fbc, s64 amount, s32 batch)
{
	pk_atomic64_add_return((long)amount, (long *)&fbc->count);
}
s64 __percpu_counter_sum(struct percpu_counter *fbc) { return *(volatile s64 *)&fbc->count; }
void percpu_counter_set(struct percpu_counter *fbc, s64 amount) { *(volatile s64 *)&fbc->count = amount; }
int __percpu_counter_init(struct percpu_counter *fbc, s64 amount, struct lock_class_key *key)
{
	fbc->count = amount;
	return 0;
}
void percpu_counter_destroy(struct percpu_counter *fbc) { }
int percpu_counter_batch = 32;

void pk_down(void *semaphore, int start);
void pk_up(void *semaphore, int start);
void down(struct semaphore *semaphore) { pk_down(semaphore, (int)semaphore->count); }
void up(struct semaphore *semaphore) { pk_up(semaphore, (int)semaphore->count); }

/* A task is root's, and nothing that it may use is limited. */
static struct cred pk_cred;
static struct signal_struct pk_signal;
__attribute__((no_sanitize_thread)) void pk_prepare_current(struct task_struct *task)
{
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		pk_signal.rlim[i].rlim_cur = pk_signal.rlim[i].rlim_max = RLIM_INFINITY;
	task->signal = &pk_signal;
	task->cred = &pk_cred;
	task->real_cred = &pk_cred;
}

/* Buffers: one for each block, read and zero; writing is done at once. */
#define PK_BUFFERS 64
static struct buffer_head *pk_buffers[PK_BUFFERS];

static __attribute__((no_sanitize_thread)) struct buffer_head *pk_buffer(sector_t block, unsigned size)
{
	struct buffer_head *bh;
	int i;

	for (i = 0; i < PK_BUFFERS && pk_buffers[i]; i++)
		if (pk_buffers[i]->b_blocknr == block)
			return pk_buffers[i];
	bh = pk_allocate(sizeof(*bh));
	bh->b_blocknr = block;
	bh->b_size = size;
	bh->b_data = pk_allocate(size);
	bh->b_state = 1 << BH_Mapped | 1 << BH_Uptodate;
	if (i < PK_BUFFERS)
		pk_buffers[i] = bh;
	return bh;
}
struct buffer_head *__getblk(struct block_device *bdev, sector_t block, unsigned size)
{
	struct buffer_head *bh = pk_buffer(block, size);

	get_bh(bh);
	return bh;
}
struct buffer_head *__find_get_block(struct block_device *bdev, sector_t block, unsigned size)
{
	return __getblk(bdev, block, size);
}
struct buffer_head *__bread(struct block_device *bdev, sector_t block, unsigned size)
{
	return __getblk(bdev, block, size);
}
void __breadahead(struct block_device *bdev, sector_t block, unsigned size) { }
void __brelse(struct buffer_head *bh) { put_bh(bh); }
void __bforget(struct buffer_head *bh) { put_bh(bh); }
void mark_buffer_dirty(struct buffer_head *bh) { set_buffer_dirty(bh); }
int sync_dirty_buffer(struct buffer_head *bh)
{
	clear_buffer_dirty(bh);
	return 0;
}
int bh_submit_read(struct buffer_head *bh)
{
	set_buffer_uptodate(bh);
	unlock_buffer(bh);
	return 0;
}
int bh_uptodate_or_lock(struct buffer_head *bh)
{
	if (!buffer_uptodate(bh)) {
		lock_buffer(bh);
		if (!buffer_uptodate(bh))
			return 0;
		unlock_buffer(bh);
	}
	return 1;
}
void ll_rw_block(int rw, int count, struct buffer_head *bhs[])
{
	int i;

	for (i = 0; i < count; i++)
		set_buffer_uptodate(bhs[i]);
}
void end_buffer_read_sync(struct buffer_head *bh, int good)
{
	if (good)
		set_buffer_uptodate(bh);
	unlock_buffer(bh);
	put_bh(bh);
}

int submit_bh(int rw, struct buffer_head *bh)
{
	if (bh->b_end_io)
		bh->b_end_io(bh, 1);
	return 0;
}

/* Pages: one for each index of a file, in memory for good. */
#define PK_PAGES 32
static struct page *pk_pages[PK_PAGES];

struct page *find_or_create_page(struct address_space *mapping, pgoff_t index, gfp_t mask);
static __attribute__((no_sanitize_thread)) struct page *pk_page(struct address_space *mapping, pgoff_t index, int makes)
{
	struct page *page;
	int i;

	for (i = 0; i < PK_PAGES && pk_pages[i]; i++)
		if (pk_pages[i]->mapping == mapping && pk_pages[i]->index == index)
			return pk_pages[i];
	if (!makes)
		return NULL;
	page = pk_allocate(sizeof(*page));
	page->mapping = mapping;
	page->index = index;
	page->virtual = pk_allocate(PAGE_SIZE);
	if (i < PK_PAGES)
		pk_pages[i] = page;
	return page;
}
struct page *find_get_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page = pk_page(mapping, index, 0);

	if (page)
		atomic_inc(&page->_count);
	return page;
}
struct page *find_or_create_page(struct address_space *mapping, pgoff_t index, gfp_t mask)
{
	struct page *page = pk_page(mapping, index, 1);

	atomic_inc(&page->_count);
	lock_page(page);
	return page;
}
struct page *find_lock_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page = find_get_page(mapping, index);

	if (page)
		lock_page(page);
	return page;
}
void put_page(struct page *page) { atomic_dec(&page->_count); }
void mark_page_accessed(struct page *page) { }

/* Inodes. */
void __mark_inode_dirty(struct inode *inode, int flags)
{
	if (inode->i_sb->s_op && inode->i_sb->s_op->dirty_inode)
		pk_assume("__mark_inode_dirty marks nothing");
}
void iput(struct inode *inode)
{
	if (inode && atomic_dec_and_test(&inode->i_count))
		pk_assume("an inode is no longer in use, and is not deleted");
}
struct inode *igrab(struct inode *inode)
{
	atomic_inc(&inode->i_count);
	return inode;
}
int is_bad_inode(struct inode *inode) { return 0; }
/* A new inode is as the file system's alloc_inode makes it, but for what every one has. */
struct inode *new_inode(struct super_block *sb)
{
	struct inode *inode = sb->s_op && sb->s_op->alloc_inode ? sb->s_op->alloc_inode(sb) :
								    pk_allocate(sizeof(*inode));

	if (!inode)
		return NULL;
	inode->i_sb = sb;
	inode->i_blkbits = sb->s_blocksize_bits;
	inode->i_mapping = &inode->i_data;
	inode->i_data.host = inode;
	inode->i_nlink = 1;
	atomic_set(&inode->i_count, 1);
	return inode;
}
/* No inode is in memory but those that the scenario has made. */
struct inode *iget_locked(struct super_block *sb, unsigned long number)
{
	struct inode *inode = new_inode(sb);

	if (inode) {
		inode->i_ino = number;
		inode->i_state = I_NEW;
	}
	return inode;
}
void iget_failed(struct inode *inode) { }
int insert_inode_locked(struct inode *inode)
{
	pk_assume("no inode has the number of a new one");
	return 0;
}
void unlock_new_inode(struct inode *inode) { }
void clear_inode(struct inode *inode) { }
struct timespec current_fs_time(struct super_block *sb)
{
	struct timespec now = { 1000000000, 0 };

	return now;
}
int capable(int what) { return 1; }
int in_group_p(gid_t group) { return 0; }
void inode_add_bytes(struct inode *inode, loff_t bytes)
{
	spin_lock(&inode->i_lock);
	inode->i_blocks += bytes >> 9;
	spin_unlock(&inode->i_lock);
}
void inode_sub_bytes(struct inode *inode, loff_t bytes)
{
	spin_lock(&inode->i_lock);
	inode->i_blocks -= bytes >> 9;
	spin_unlock(&inode->i_lock);
}
void __inode_add_bytes(struct inode *inode, loff_t bytes) { inode->i_blocks += bytes >> 9; }
int filemap_flush(struct address_space *mapping)
{
	pk_assume("filemap_flush writes nothing");
	return 0;
}
int filemap_write_and_wait(struct address_space *mapping)
{
	pk_assume("filemap_write_and_wait writes nothing");
	return 0;
}
/* A device has sectors of 512 bytes, and takes every size of blocks. */
int sb_set_blocksize(struct super_block *sb, int size)
{
	sb->s_blocksize = size;
	sb->s_blocksize_bits = ffs(size) - 1;
	return size;
}
int sb_min_blocksize(struct super_block *sb, int size) { return sb_set_blocksize(sb, size); }
ktime_t ktime_get(void) { return ktime_set(1000, 0); }
int sync_blockdev(struct block_device *bdev) { return 0; }
int bdev_read_only(struct block_device *bdev) { return 0; }
void lock_super(struct super_block *sb) { mutex_lock(&sb->s_lock); }
void unlock_super(struct super_block *sb) { mutex_unlock(&sb->s_lock); }
