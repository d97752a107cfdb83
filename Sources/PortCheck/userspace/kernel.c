// SPDX-License-Identifier: GPL-2.0-only
/*
 * The userspace kernel: its objects, and its primitives, which ask the model.
 *
 * Results that depend on the arguments alone (iov_length, iov_shorten) are
 * computed here and compared; those that depend on a state are the model's.
 */
#include "kernel.h"

#define PK_MOST 64
#define PK_SEGMENTS 64
#define PK_BUCKETS 37

/* Room in front of an inode, so that its address has the remainder it needs. */
struct pk_inode_slot {
	char room[PK_BUCKETS * 16];
	struct ext4_inode_info info;
	char following[PK_BUCKETS * 16];
};

static struct pk_inode_slot pk_inode_slots[PK_MOST];
static struct ext4_inode_info *pk_inodes[PK_MOST];
static struct super_block pk_super_blocks[PK_MOST];
static struct ext4_sb_info pk_sb_infos[PK_MOST];
static struct dentry pk_dentries[PK_MOST];
static struct file pk_files[PK_MOST];
static struct kiocb pk_kiocbs[PK_MOST];
static struct ext4_io_end pk_io_ends[PK_MOST];
static struct pk_iovec_slot {
	int pk_id;
	unsigned count;
	struct iovec vec[PK_SEGMENTS];
} pk_iovecs[PK_MOST];
static struct pk_iter_slot {
	int pk_id;
	struct iov_iter iter;
	struct iovec vec[PK_SEGMENTS];
} pk_iov_iters[PK_MOST];
static struct pk_flag_slot {
	int pk_id;
	bool value;
} pk_flags[PK_MOST];
static struct address_space pk_mappings[PK_MOST];
static handle_t pk_handle = { 1 };
static unsigned pk_inode_count, pk_file_count, pk_kiocb_count, pk_iovec_count,
	pk_io_end_count, pk_iov_iter_count, pk_flag_count;
static struct mutex pk_mutexes[PK_BUCKETS];
static wait_queue_head_t pk_queues[PK_BUCKETS];
static int pk_bucket_count = PK_BUCKETS;
static unsigned long *pk_first_word;
static int pk_first_word_id;
/* The first store that the ports do not have. */
static char pk_stray[128];

unsigned long pk_hz = 250;

extern int vsnprintf(char *, size_t, const char *, __builtin_va_list);
extern int snprintf(char *, size_t, const char *, ...);

void pk_reset(void)
{
	pk_inode_count = 0;
	pk_file_count = 0;
	pk_kiocb_count = 0;
	pk_iovec_count = 0;
	pk_io_end_count = 0;
	pk_iov_iter_count = 0;
	pk_flag_count = 0;
	pk_first_word = NULL;
	pk_stray[0] = 0;
}

static unsigned pk_next(unsigned *count)
{
	if (*count == PK_MOST)
		pk_fail("more objects than the userspace kernel has room for");
	return (*count)++;
}

/* The kinds are those of CWorker.Definition, as are the words of each. */
static void pk_define_kernel(const pk_word *w)
{
	int i;

	pk_hz = (unsigned long)w[0];
	pk_bucket_count = (int)w[1];
	pk_first_word_id = (int)w[2];
	if (pk_bucket_count < 1 || pk_bucket_count > PK_BUCKETS)
		pk_fail("an odd number of buckets");
	for (i = 0; i < pk_bucket_count; i++) {
		pk_mutexes[i].pk_id = (int)(w[3] + i);
		pk_queues[i].pk_id = (int)(w[4] + i);
	}
}

static void pk_define_inode(const pk_word *w)
{
	unsigned n = pk_next(&pk_inode_count);
	char *at = (char *)&pk_inode_slots[n].info - PK_BUCKETS * 16;
	struct ext4_inode_info *info;
	struct inode *inode;
	struct super_block *sb = &pk_super_blocks[n];
	unsigned long wanted = (unsigned long)w[2] % PK_BUCKETS;

	/* Multiples of 16 run through all remainders of a prime. */
	while ((unsigned long)&((struct ext4_inode_info *)at)->vfs_inode %
	       PK_BUCKETS != wanted)
		at += 16;
	info = (struct ext4_inode_info *)at;
	pk_inodes[n] = info;
	inode = &info->vfs_inode;
	inode->pk_id = (int)w[0];
	inode->i_ino = (unsigned long)w[1];
	inode->i_size = w[3];
	inode->i_sb = sb;
	inode->i_private = info;
	inode->i_mutex.pk_id = (int)w[8];
	inode->i_rwsem.pk_id = (int)w[9];
	info->i_disksize = w[10];
	inode->i_blkbits = (unsigned int)w[11];
	inode->i_flags = w[12] ? S_NOSEC : 0;
	pk_mappings[n].pk_id = (int)w[0];
	inode->i_mapping = &pk_mappings[n];
	sb->s_blocksize = (unsigned long)w[4];
	sb->s_fs_info = &pk_sb_infos[n];
	sb->s_fs_info->s_bitmap_maxbytes = w[5];
	info->has_extents = (int)w[6];
	info->i_aiodio_unwritten.pk_id = (int)w[7];
	snprintf(sb->s_id, sizeof(sb->s_id), "%s", "sda1");
}

static void pk_define_file(const pk_word *w)
{
	unsigned n = pk_next(&pk_file_count);

	pk_files[n].pk_id = (int)w[0];
	pk_dentries[n].d_inode = pk_inode(w[1]);
	pk_files[n].f_path.dentry = &pk_dentries[n];
	pk_files[n].f_flags = (unsigned int)w[2];
	pk_files[n].f_mode = FMODE_WRITE;
	pk_files[n].f_mapping = pk_dentries[n].d_inode->i_mapping;
}

static void pk_define_kiocb(const pk_word *w)
{
	unsigned n = pk_next(&pk_kiocb_count);

	pk_kiocbs[n].pk_id = (int)w[0];
	pk_kiocbs[n].ki_filp = pk_file(w[1]);
	pk_kiocbs[n].ki_key = w[2] ? KIOCB_SYNC_KEY : 0;
	pk_kiocbs[n].ki_pos = w[3];
	pk_kiocbs[n].ki_flags = (w[4] ? IOCB_NOWAIT : 0) |
		(pk_kiocbs[n].ki_filp->f_flags & O_APPEND ? IOCB_APPEND : 0);
}

static void pk_define_iovec(const pk_word *w, unsigned count)
{
	struct pk_iovec_slot *slot = &pk_iovecs[pk_next(&pk_iovec_count)];
	unsigned i;

	if (count - 1 > PK_SEGMENTS)
		pk_fail("more segments than the userspace kernel has room for");
	slot->pk_id = (int)w[0];
	slot->count = count - 1;
	for (i = 0; i < slot->count; i++)
		slot->vec[i].iov_len = (size_t)w[1 + i];
}

static void pk_define_iov_iter(const pk_word *w, unsigned count)
{
	struct pk_iter_slot *slot = &pk_iov_iters[pk_next(&pk_iov_iter_count)];
	unsigned i;

	if ((count - 1) / 2 > PK_SEGMENTS)
		pk_fail("more segments than the userspace kernel has room for");
	slot->pk_id = (int)w[0];
	slot->iter.iov = slot->vec;
	slot->iter.iov_offset = 0;
	slot->iter.nr_segs = (count - 1) / 2;
	slot->iter.count = 0;
	for (i = 0; i < slot->iter.nr_segs; i++) {
		slot->vec[i].iov_base = (void *)(unsigned long)w[1 + 2 * i];
		slot->vec[i].iov_len = (size_t)w[2 + 2 * i];
		slot->iter.count += slot->vec[i].iov_len;
	}
}

static void pk_define_flag(const pk_word *w)
{
	struct pk_flag_slot *slot = &pk_flags[pk_next(&pk_flag_count)];

	slot->pk_id = (int)w[0];
	slot->value = w[1] != 0;
}

static void pk_define_io_end(const pk_word *w)
{
	struct ext4_io_end *io = &pk_io_ends[pk_next(&pk_io_end_count)];

	io->pk_id = (int)w[0];
	io->inode = pk_inode(w[1]);
	io->iocb = w[2] < 0 ? NULL : pk_kiocb(w[2]);
	io->flag = (unsigned int)w[3];
	io->offset = w[4];
	io->size = (ssize_t)w[5];
	io->result = (int)w[6];
}

void pk_define(unsigned kind, const pk_word *words, unsigned count)
{
	switch (kind) {
	case 0: pk_define_kernel(words); break;
	case 1: pk_define_inode(words); break;
	case 2: pk_define_file(words); break;
	case 3: pk_define_kiocb(words); break;
	case 4: pk_define_iovec(words, count); break;
	case 5: pk_define_io_end(words); break;
	case 6: pk_define_iov_iter(words, count); break;
	case 7: pk_define_flag(words); break;
	default: pk_fail("a kind of object that is not known");
	}
}

void pk_tell_state(void)
{
	unsigned i, j;

	for (i = 0; i < pk_iovec_count; i++)
		for (j = 0; j < pk_iovecs[i].count; j++)
			pk_tell((pk_word)pk_iovecs[i].vec[j].iov_len);
	for (i = 0; i < pk_io_end_count; i++)
		pk_tell((pk_word)pk_io_ends[i].flag);
	for (i = 0; i < pk_iov_iter_count; i++)
		pk_tell((pk_word)pk_iov_iters[i].iter.count);
	for (i = 0; i < pk_kiocb_count; i++)
		pk_tell((pk_word)pk_kiocbs[i].ki_pos);
	for (i = 0; i < pk_flag_count; i++)
		pk_tell(pk_flags[i].value);
}

#define PK_FIND(name, type, table, count)				\
	type *name(pk_word id)						\
	{								\
		unsigned i;						\
		for (i = 0; i < count; i++)				\
			if (table[i].pk_id == (int)id)			\
				return &table[i];			\
		pk_fail("no " #name " with such a number");		\
	}

PK_FIND(pk_file, struct file, pk_files, pk_file_count)
PK_FIND(pk_kiocb, struct kiocb, pk_kiocbs, pk_kiocb_count)
PK_FIND(pk_io_end, struct ext4_io_end, pk_io_ends, pk_io_end_count)

struct inode *pk_inode(pk_word id)
{
	unsigned i;

	for (i = 0; i < pk_inode_count; i++)
		if (pk_inodes[i]->vfs_inode.pk_id == (int)id)
			return &pk_inodes[i]->vfs_inode;
	pk_fail("no pk_inode with such a number");
}

struct iovec *pk_iovec(pk_word id)
{
	unsigned i;

	for (i = 0; i < pk_iovec_count; i++)
		if (pk_iovecs[i].pk_id == (int)id)
			return pk_iovecs[i].vec;
	pk_fail("no pk_iovec with such a number");
}

struct iov_iter *pk_iov_iter(pk_word id)
{
	unsigned i;

	for (i = 0; i < pk_iov_iter_count; i++)
		if (pk_iov_iters[i].pk_id == (int)id)
			return &pk_iov_iters[i].iter;
	pk_fail("no pk_iov_iter with such a number");
}

bool *pk_flag(pk_word id)
{
	unsigned i;

	for (i = 0; i < pk_flag_count; i++)
		if (pk_flags[i].pk_id == (int)id)
			return &pk_flags[i].value;
	pk_fail("no pk_flag with such a number");
}

struct task_struct *pk_current(void)
{
	static struct task_struct tasks[PK_MOST];
	static unsigned next;
	struct task_struct *task = &tasks[next++ % PK_MOST];

	snprintf(task->comm, sizeof(task->comm), "%s", pk_task_name());
	return task;
}

int ext4_test_inode_flag(struct inode *inode, int bit)
{
	return bit == EXT4_INODE_EXTENTS && EXT4_I(inode)->has_extents;
}

int lab_has_extents(struct inode *inode)
{
	return EXT4_I(inode)->has_extents;
}

#ifndef PK_PATCHED_ext4_ioend_wq
wait_queue_head_t *ext4_ioend_wq(struct inode *inode)
{
	return &pk_queues[(unsigned long)inode % (unsigned)pk_bucket_count];
}
#endif

#ifndef PK_PATCHED_ext4_aio_mutex
struct mutex *ext4_aio_mutex(struct inode *inode)
{
	return &pk_mutexes[(unsigned long)inode % (unsigned)pk_bucket_count];
}
#endif

static pk_word pk_about(unsigned primitive, int id)
{
	return pk_call(primitive, id, NULL, 0, NULL);
}

void mutex_lock(struct mutex *lock) { pk_about(PK_mutex_lock, lock->pk_id); }
void mutex_unlock(struct mutex *lock) { pk_about(PK_mutex_unlock, lock->pk_id); }
void mutex_init(struct mutex *lock) { lock->pk_id = (int)pk_about(PK_mutex_init, -1); }

int atomic_read(const atomic_t *v) { return (int)pk_about(PK_atomic_read, v->pk_id); }
void atomic_inc(atomic_t *v) { pk_about(PK_atomic_inc, v->pk_id); }

void atomic_set(atomic_t *v, int i)
{
	pk_word value = i;

	pk_call(PK_atomic_set, v->pk_id, &value, 1, NULL);
}

int atomic_dec_and_test(atomic_t *v)
{
	return (int)pk_about(PK_atomic_dec_and_test, v->pk_id);
}

void init_waitqueue_head(wait_queue_head_t *wq)
{
	wq->pk_id = (int)pk_about(PK_init_waitqueue_head, -1);
}

int waitqueue_active(wait_queue_head_t *wq)
{
	return (int)pk_about(PK_waitqueue_active, wq->pk_id);
}

void wake_up_all(wait_queue_head_t *wq) { pk_about(PK_wake_up_all, wq->pk_id); }

int pk_wait_begin(void)
{
	return pk_is_replay() ? 1 : (int)pk_about(PK_wait_begin, -1);
}

void pk_wait_again(void)
{
	if (!pk_is_replay())
		pk_about(PK_wait_again, -1);
}

void pk_prepare_to_wait(wait_queue_head_t *wq) { pk_about(PK_prepare_to_wait, wq->pk_id); }
void pk_schedule(wait_queue_head_t *wq) { pk_about(PK_schedule, wq->pk_id); }
void pk_finish_wait(wait_queue_head_t *wq) { pk_about(PK_finish_wait, wq->pk_id); }

size_t iov_length(const struct iovec *iov, unsigned long nr_segs)
{
	size_t sum = 0;
	unsigned long i;

	for (i = 0; i < nr_segs; i++)
		sum += iov[i].iov_len;
	return sum;
}

/* Cuts the segments to "to" bytes; how many are left. */
unsigned long iov_shorten(struct iovec *iov, unsigned long nr_segs, size_t to)
{
	size_t before = 0;
	unsigned long used;

	for (used = 1; used <= nr_segs; used++, iov++) {
		if (before + iov->iov_len >= to) {
			iov->iov_len = to - before;
			return used;
		}
		before += iov->iov_len;
	}
	return nr_segs;
}

ssize_t generic_file_aio_write(struct kiocb *iocb, const struct iovec *iov,
			       unsigned long nr_segs, loff_t pos)
{
	pk_word words[2 + PK_SEGMENTS];
	unsigned long i;

	if (nr_segs > PK_SEGMENTS)
		pk_fail("a number of segments that was not asked for");
	words[0] = (pk_word)nr_segs;
	words[1] = pos;
	for (i = 0; i < nr_segs; i++)
		words[2 + i] = (pk_word)iov[i].iov_len;
	return (ssize_t)pk_call(PK_generic_file_aio_write, iocb->pk_id, words,
				(unsigned)(2 + nr_segs), NULL);
}

/* Whether an address is a local variable's of the running task. */
static int pk_is_local(const void *address)
{
	char here;

	return (const char *)address > &here - 4096 &&
	       (const char *)address < &here + (8 << 20);
}

/*
 * The word is the model's.  The first one seen is the model's own; any other,
 * and any on a stack, has a number that no word of the model has.  The C's own
 * word stays as it was at the start: 0, as the model's.
 */
int printk_timed_ratelimit(unsigned long *caller_jiffies, unsigned int msecs)
{
	pk_word interval = msecs;

	if (!pk_first_word && !pk_is_local(caller_jiffies))
		pk_first_word = caller_jiffies;
	if (*caller_jiffies)
		snprintf(pk_stray, sizeof(pk_stray), "%s",
			 "the word of printk_timed_ratelimit, which is not 0 at the start");
	return (int)pk_call(PK_printk_timed_ratelimit,
			    caller_jiffies == pk_first_word ? pk_first_word_id : -2,
			    &interval, 1, NULL);
}

void ext4_msg(struct super_block *sb, const char *level, const char *format, ...)
{
	char text[512];
	int length = snprintf(text, sizeof(text), "EXT4-fs (%s): ", sb->s_id);
	pk_word number = level[0] == '<' ? level[1] - '0' : -1;
	__builtin_va_list arguments;

	__builtin_va_start(arguments, format);
	vsnprintf(text + length, sizeof(text) - (unsigned)length, format, arguments);
	__builtin_va_end(arguments);
	pk_call(PK_ext4_msg, -1, &number, 1, text);
}

int ext4_convert_unwritten_extents(struct inode *inode, loff_t offset, ssize_t size)
{
	pk_word words[2] = { offset, size };

	return (int)pk_call(PK_ext4_convert_unwritten_extents, inode->pk_id, words, 2, NULL);
}

void aio_complete(struct kiocb *iocb, long result, long result2)
{
	pk_word words[2] = { result, result2 };

	pk_call(PK_aio_complete, iocb->pk_id, words, 2, NULL);
}

void inode_lock(struct inode *inode) { pk_about(PK_inode_lock, inode->i_rwsem.pk_id); }

void inode_lock_shared(struct inode *inode)
{
	pk_about(PK_inode_lock_shared, inode->i_rwsem.pk_id);
}

int inode_trylock(struct inode *inode)
{
	return (int)pk_about(PK_inode_trylock, inode->i_rwsem.pk_id);
}

int inode_trylock_shared(struct inode *inode)
{
	return (int)pk_about(PK_inode_trylock_shared, inode->i_rwsem.pk_id);
}

void inode_unlock(struct inode *inode) { pk_about(PK_inode_unlock, inode->i_rwsem.pk_id); }

void inode_unlock_shared(struct inode *inode)
{
	pk_about(PK_inode_unlock_shared, inode->i_rwsem.pk_id);
}

void inode_dio_wait(struct inode *inode) { pk_about(PK_inode_dio_wait, inode->pk_id); }
void pk_warn_once(void) { pk_about(PK_WARN_ON_ONCE, -1); }

/* The addresses and the lengths of all segments that are not empty, or-ed. */
unsigned long iov_iter_alignment(const struct iov_iter *from)
{
	unsigned long bits = 0;
	size_t left = from->count, skip = from->iov_offset;
	unsigned long i;

	for (i = 0; i < from->nr_segs; i++, skip = 0) {
		size_t length = from->iov[i].iov_len - skip;

		if (!length)
			continue;
		if (length > left)
			length = left;
		bits |= ((unsigned long)from->iov[i].iov_base + skip) | length;
		left -= length;
		if (!left)
			break;
	}
	return bits;
}

void iov_iter_truncate(struct iov_iter *from, u64 count)
{
	if (from->count > count)
		from->count = count;
}

static void pk_advance(struct iov_iter *from, size_t bytes)
{
	if (bytes > from->count)
		bytes = from->count;
	from->count -= bytes;
	while (bytes && from->nr_segs) {
		size_t length = from->iov->iov_len - from->iov_offset;

		if (bytes < length) {
			from->iov_offset += bytes;
			return;
		}
		bytes -= length;
		from->iov++;
		from->nr_segs--;
		from->iov_offset = 0;
	}
}

/* What a write returned is taken off the iterator: all of one that is on its way. */
static ssize_t pk_written(struct kiocb *iocb, struct iov_iter *from, pk_word result)
{
	if (result > 0) {
		pk_advance(from, (size_t)result);
		iocb->ki_pos = (loff_t)((u64)iocb->ki_pos + (u64)result);
	} else if (result == -EIOCBQUEUED) {
		pk_advance(from, from->count);
	}
	return (ssize_t)result;
}

bool ext4_should_use_dio(struct kiocb *iocb, struct iov_iter *from)
{
	pk_word count = (pk_word)from->count;

	return pk_call(PK_ext4_should_use_dio, iocb->pk_id, &count, 1, NULL) != 0;
}

ssize_t ext4_buffered_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	pk_word words[2] = { iocb->ki_pos, (pk_word)from->count };

	return pk_written(iocb, from, pk_call(PK_ext4_buffered_write_iter, iocb->pk_id,
					      words, 2, NULL));
}

ssize_t ext4_generic_write_checks(struct kiocb *iocb, struct iov_iter *from)
{
	pk_word words[2], result;

	/* Where an appending write begins is decided here. */
	if (iocb->ki_flags & IOCB_APPEND && from->count) {
		struct inode *inode = file_inode(iocb->ki_filp);

		iocb->ki_pos = pk_has_memory_hooks ? pk_about(PK_i_size, inode->pk_id) :
						     inode->i_size;
	}
	words[0] = iocb->ki_pos;
	words[1] = (pk_word)from->count;
	result = pk_call(PK_ext4_generic_write_checks, iocb->pk_id, words, 2, NULL);
	if (result > 0)
		iov_iter_truncate(from, (u64)result);
	return (ssize_t)result;
}

int file_modified(struct file *file) { return (int)pk_about(PK_file_modified, file->pk_id); }

int ext4_map_blocks(handle_t *handle, struct inode *inode, struct ext4_map_blocks *map,
		    int flags)
{
	pk_word words[4] = { handle != NULL, map->m_lblk, map->m_len, flags };
	pk_word found = pk_call(PK_ext4_map_blocks, inode->pk_id, words, 4, NULL);
	int result = (int)(found & 0xffffffff);

	map->m_flags = (unsigned int)((u64)found >> 32);
	if (result > 0)
		map->m_len = (unsigned int)result;
	return result;
}

void ext4_clear_inode_state(struct inode *inode, int bit)
{
	pk_word word = bit;

	pk_call(PK_ext4_clear_inode_state, inode->pk_id, &word, 1, NULL);
}

handle_t *ext4_journal_start(struct inode *inode, int type, int blocks)
{
	pk_word words[2] = { type, blocks };
	pk_word result = pk_call(PK_ext4_journal_start, inode->pk_id, words, 2, NULL);

	return result < 0 ? ERR_PTR(result) : &pk_handle;
}

static pk_word pk_handle_number(handle_t *handle)
{
	return handle == &pk_handle ? pk_handle.pk_id : -1;
}

int ext4_journal_stop(handle_t *handle)
{
	pk_word word = pk_handle_number(handle);

	pk_call(PK_ext4_journal_stop, -1, &word, 1, NULL);
	return 0;
}

int ext4_orphan_add(handle_t *handle, struct inode *inode)
{
	pk_word word = pk_handle_number(handle);

	return (int)pk_call(PK_ext4_orphan_add, inode->pk_id, &word, 1, NULL);
}

void ext4_inode_extension_cleanup(struct inode *inode, bool need_trunc)
{
	pk_word word = need_trunc;

	pk_call(PK_ext4_inode_extension_cleanup, inode->pk_id, &word, 1, NULL);
}

const struct iomap_ops ext4_iomap_ops = { 0 }, ext4_iomap_overwrite_ops = { 1 };

int ext4_dio_write_end_io(struct kiocb *iocb, ssize_t size, int error, unsigned int flags)
{
	(void)iocb;
	(void)size;
	(void)error;
	(void)flags;
	return 0;
}

ssize_t iomap_dio_rw(struct kiocb *iocb, struct iov_iter *from, const struct iomap_ops *ops,
		     const struct iomap_dio_ops *dops, unsigned int dio_flags,
		     void *private, size_t done_before)
{
	pk_word words[7] = {
		iocb->ki_pos, (pk_word)from->count, ops->pk_id,
		dops && dops->end_io == ext4_dio_write_end_io, dio_flags,
		private != NULL, (pk_word)done_before,
	};

	return pk_written(iocb, from, pk_call(PK_iomap_dio_rw, iocb->pk_id, words, 7, NULL));
}

int filemap_write_and_wait_range(struct address_space *mapping, loff_t start, loff_t end)
{
	pk_word words[2] = { start, end };

	return (int)pk_call(PK_filemap_write_and_wait_range, mapping->pk_id, words, 2, NULL);
}

unsigned long invalidate_mapping_pages(struct address_space *mapping, unsigned long start,
				       unsigned long end)
{
	pk_word words[2] = { (pk_word)start, (pk_word)end };

	return (unsigned long)pk_call(PK_invalidate_mapping_pages, mapping->pk_id, words, 2,
				      NULL);
}

/* The fields of the objects, so that a store can be named. */
#define PK_FIELD(type, field)						\
	{ "struct " #type, #field, __builtin_offsetof(struct type, field),	\
	  sizeof(((struct type *)0)->field) }
static const struct pk_field {
	const char *type, *name;
	unsigned long offset, size;
} pk_fields[] = {
	PK_FIELD(inode, i_ino), PK_FIELD(inode, i_size), PK_FIELD(inode, i_sb),
	PK_FIELD(inode, i_mutex), PK_FIELD(inode, i_rwsem),
	PK_FIELD(inode, i_blkbits), PK_FIELD(inode, i_flags),
	PK_FIELD(inode, i_mapping), PK_FIELD(inode, i_writecount),
	PK_FIELD(inode, i_private),
	PK_FIELD(ext4_inode_info, i_aiodio_unwritten),
	PK_FIELD(ext4_inode_info, i_flags),
	PK_FIELD(ext4_inode_info, i_reserved_data_blocks),
	PK_FIELD(ext4_inode_info, has_extents),
	PK_FIELD(ext4_inode_info, i_disksize),
	PK_FIELD(super_block, s_blocksize), PK_FIELD(super_block, s_blocksize_bits),
	PK_FIELD(super_block, s_id), PK_FIELD(super_block, s_fs_info),
	PK_FIELD(ext4_sb_info, s_bitmap_maxbytes),
	PK_FIELD(file, f_path), PK_FIELD(file, f_flags), PK_FIELD(file, f_mode),
	PK_FIELD(file, private_data),
	PK_FIELD(file, f_mapping),
	PK_FIELD(kiocb, ki_filp), PK_FIELD(kiocb, ki_key), PK_FIELD(kiocb, ki_pos),
	PK_FIELD(kiocb, ki_flags),
	PK_FIELD(iov_iter, iov_offset), PK_FIELD(iov_iter, count),
	PK_FIELD(iov_iter, iov), PK_FIELD(iov_iter, nr_segs),
	PK_FIELD(iovec, iov_base), PK_FIELD(iovec, iov_len),
	PK_FIELD(ext4_io_end, inode), PK_FIELD(ext4_io_end, iocb),
	PK_FIELD(ext4_io_end, flag), PK_FIELD(ext4_io_end, offset),
	PK_FIELD(ext4_io_end, size), PK_FIELD(ext4_io_end, result),
};

/* Whether an address lies in an object: then the store is noted. */
static int pk_stores_in(const char *address, const void *object, unsigned long size,
			const char *type)
{
	unsigned long at = (unsigned long)(address - (const char *)object);
	unsigned i;

	if (address < (const char *)object || at >= size)
		return 0;
	snprintf(pk_stray, sizeof(pk_stray), "%s, byte %lu", type, at);
	for (i = 0; i < ARRAY_SIZE(pk_fields); i++) {
		const struct pk_field *field = &pk_fields[i];

		if (!__builtin_strcmp(field->type, type) && at >= field->offset &&
		    at - field->offset < field->size)
			snprintf(pk_stray, sizeof(pk_stray), "%s of a %s", field->name, type);
	}
	return 1;
}

/*
 * A store is compared where a port has it: the flag of an io_end and a bool that
 * is given by its address, by the value at the end.  Any other, but to a local variable, is one that no port has.
 */
void pk_before_write(void *address)
{
	const char *at = address;
	unsigned i, j;

	if (pk_stray[0] || pk_is_local(address))
		return;
	for (i = 0; i < pk_io_end_count; i++)
		if (address == (void *)&pk_io_ends[i].flag)
			return;
		else if (pk_stores_in(at, &pk_io_ends[i], sizeof(pk_io_ends[i]),
				      "struct ext4_io_end"))
			return;
	for (i = 0; i < pk_inode_count; i++)
		if (pk_stores_in(at, &pk_inodes[i]->vfs_inode, sizeof(struct inode),
				 "struct inode") ||
		    pk_stores_in(at, pk_inodes[i], sizeof(*pk_inodes[i]),
				 "struct ext4_inode_info") ||
		    pk_stores_in(at, &pk_super_blocks[i], sizeof(pk_super_blocks[i]),
				 "struct super_block") ||
		    pk_stores_in(at, &pk_sb_infos[i], sizeof(pk_sb_infos[i]),
				 "struct ext4_sb_info"))
			return;
	for (i = 0; i < pk_file_count; i++)
		if (pk_stores_in(at, &pk_files[i], sizeof(pk_files[i]), "struct file"))
			return;
	for (i = 0; i < pk_kiocb_count; i++)
		if (pk_stores_in(at, &pk_kiocbs[i], sizeof(pk_kiocbs[i]), "struct kiocb"))
			return;
	for (i = 0; i < pk_iovec_count; i++)
		for (j = 0; j < pk_iovecs[i].count; j++)
			if (pk_stores_in(at, &pk_iovecs[i].vec[j], sizeof(struct iovec),
					 "struct iovec"))
				return;
	for (i = 0; i < pk_iov_iter_count; i++)
		if (pk_stores_in(at, &pk_iov_iters[i].iter, sizeof(struct iov_iter),
				 "struct iov_iter"))
			return;
	for (i = 0; i < pk_flag_count; i++)
		if (address == (void *)&pk_flags[i].value)
			return;
	snprintf(pk_stray, sizeof(pk_stray), "%s", "a variable outside the function");
}

const char *pk_take_stray(void)
{
	static char taken[sizeof(pk_stray)];

	__builtin_memcpy(taken, pk_stray, sizeof(taken));
	pk_stray[0] = 0;
	return taken;
}

void pk_before_read(void *address)
{
	unsigned i;

	for (i = 0; i < pk_inode_count; i++) {
		struct inode *inode = &pk_inodes[i]->vfs_inode;

		if (address == (void *)&inode->i_size) {
			inode->i_size = pk_about(PK_i_size, inode->pk_id);
			return;
		}
		if (address == (void *)&pk_inodes[i]->i_disksize) {
			pk_inodes[i]->i_disksize = pk_about(PK_i_disksize, inode->pk_id);
			return;
		}
	}
	for (i = 0; i < pk_file_count; i++) {
		struct file *file = &pk_files[i];

		if (address == (void *)&file->f_flags) {
			if (pk_about(PK_f_flags, file->pk_id))
				file->f_flags |= O_DIRECT;
			else
				file->f_flags &= ~(unsigned int)O_DIRECT;
			return;
		}
	}
}
