// SPDX-License-Identifier: GPL-2.0-only
/*
 * A lab stand-in for the direct writes of ext4 in Linux 6.1.
 *
 * It is not kernel code: it was written for patchkit's tests.  The functions
 * that the patch in Patches/ext4-unserialize-unaligned-dio changes or calls ask
 * the kernel for the same things in the same order as those of 6.1, in other
 * words.  The lines that the patch has as context are as the patch has them.
 */

#include "lab/kernel.h"
#include "lab/fs.h"
#include "lab/iomap.h"
#include "lab/ext4.h"

/* Whether the position, a length or an address in memory is not a multiple of a block. */
static bool ext4_unaligned_io(struct inode *inode, struct iov_iter *from, loff_t pos)
{
	unsigned long low_bits = inode->i_sb->s_blocksize - 1;

	return ((pos | iov_iter_alignment(from)) & low_bits) != 0;
}

/* Whether the file grows, in memory or on the disk. */
static bool ext4_extending_io(struct inode *inode, loff_t offset, size_t len)
{
	if (offset + len > i_size_read(inode))
		return true;

	return offset + len > EXT4_I(inode)->i_disksize;
}

/* Whether every block is there and written, so that nothing is allocated or zeroed. */
static bool ext4_overwrite_io(struct inode *inode, loff_t pos, loff_t len)
{
	struct ext4_map_blocks map = { 0 };
	int wanted, found;

	if (pos + len > i_size_read(inode))
		return false;

	map.m_lblk = pos >> inode->i_blkbits;
	map.m_len = EXT4_MAX_BLOCKS(len, pos, inode->i_blkbits);
	wanted = map.m_len;
	found = ext4_map_blocks(NULL, inode, &map, 0);

	return found == wanted && map.m_flags & EXT4_MAP_MAPPED;
}

/* What is done at the end of a write: the blocks become written, the file grows. */
static const struct iomap_dio_ops ext4_dio_write_ops = {
	.end_io = ext4_dio_write_end_io,
};

/*
 * Decides where the write begins and how long it is, and which lock it needs.
 * A write that cannot share the lock gives it back, takes it exclusively, and
 * decides everything again: another writer may have been there in between.
 */
static ssize_t ext4_dio_write_checks(struct kiocb *iocb, struct iov_iter *from,
				     bool *ilock_shared, bool *extend)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t bytes, err;

	for (;;) {
		bytes = ext4_generic_write_checks(iocb, from);
		err = bytes;
		if (bytes <= 0)
			break;

		if (ext4_extending_io(inode, iocb->ki_pos, bytes))
			*extend = true;

		if (!*ilock_shared ||
		    (IS_NOSEC(inode) && !*extend &&
		     ext4_overwrite_io(inode, iocb->ki_pos, bytes))) {
			err = file_modified(iocb->ki_filp);
			if (err >= 0)
				return bytes;
			break;
		}

		err = -EAGAIN;
		if (iocb->ki_flags & IOCB_NOWAIT)
			break;

		inode_unlock_shared(inode);
		*ilock_shared = false;
		inode_lock(inode);
	}

	if (*ilock_shared)
		inode_unlock_shared(inode);
	else
		inode_unlock(inode);
	return err;
}

static ssize_t ext4_dio_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	const struct iomap_ops *iomap_ops = &ext4_iomap_ops;
	bool nowait = iocb->ki_flags & IOCB_NOWAIT;
	bool unaligned_io = ext4_unaligned_io(inode, from, iocb->ki_pos);
	bool extend = false, ilock_shared;
	int locked = 1;
	loff_t start, last;
	ssize_t ret, more;
	handle_t *handle;

	/* Nothing is locked yet: ext4_dio_write_checks looks again. */
	ilock_shared = iocb->ki_pos + iov_iter_count(from) <= i_size_read(inode) &&
		       !unaligned_io;

	if (nowait)
		locked = ilock_shared ? inode_trylock_shared(inode) : inode_trylock(inode);
	else if (ilock_shared)
		inode_lock_shared(inode);
	else
		inode_lock(inode);
	if (!locked)
		return -EAGAIN;

	if (!ext4_should_use_dio(iocb, from)) {
		if (ilock_shared)
			inode_unlock_shared(inode);
		else
			inode_unlock(inode);
		return ext4_buffered_write_iter(iocb, from);
	}

	ret = ext4_dio_write_checks(iocb, from, &ilock_shared, &extend);
	if (ret <= 0)
		return ret;

	if (nowait && (unaligned_io || extend)) {
		ret = -EAGAIN;
		goto unlock;
	}
	ext4_clear_inode_state(inode, EXT4_STATE_MAY_INLINE_DATA);

	/*
	 * Two unaligned writes may each put zeros around their data in the
	 * same new block.  So none begins while another is in flight.
	 * If it waited for its own end, it held the lock meanwhile: the
	 * below inode_dio_wait() may anyway become a no-op, since we start
	 * with exclusive lock.
	 */
	if (unaligned_io)
		inode_dio_wait(inode);

	if (extend) {
		handle = ext4_journal_start(inode, EXT4_HT_INODE, 2);
		if (IS_ERR(handle)) {
			ret = PTR_ERR(handle);
			goto unlock;
		}
		ret = ext4_orphan_add(handle, inode);
		ext4_journal_stop(handle);
		if (ret)
			goto unlock;
	}

	if (ilock_shared)
		iomap_ops = &ext4_iomap_overwrite_ops;
	ret = iomap_dio_rw(iocb, from, iomap_ops, &ext4_dio_write_ops,
			   (unaligned_io || extend) ? IOMAP_DIO_FORCE_WAIT : 0,
			   NULL, 0);
	if (ret == -ENOTBLK)
		ret = 0;
	if (extend) {
		WARN_ON_ONCE(ret == -EIOCBQUEUED);
		ext4_inode_extension_cleanup(inode, ret < 0);
	}

unlock:
	if (ilock_shared)
		inode_unlock_shared(inode);
	else
		inode_unlock(inode);

	if (ret < 0 || !iov_iter_count(from))
		return ret;

	/* The page cache takes what could not be written directly. */
	start = iocb->ki_pos;
	more = ext4_buffered_write_iter(iocb, from);
	if (more < 0)
		return more;
	ret += more;
	last = start + more - 1;
	if (!filemap_write_and_wait_range(iocb->ki_filp->f_mapping, start, last))
		invalidate_mapping_pages(iocb->ki_filp->f_mapping, start >> PAGE_SHIFT,
					 last >> PAGE_SHIFT);
	return ret;
}

const struct file_operations ext4_file_operations = {
	.write_iter	= ext4_dio_write_iter,
};
