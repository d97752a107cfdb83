// SPDX-License-Identifier: GPL-2.0-only
/*
 * A lab stand-in for the end of ext4's writes; no kernel code, but written for
 * patchkit's tests.  Nobody can wait here for conversions that are under way:
 * that is what the patch in Patches/ext4-count-unwritten-aio brings.
 */

#include "lab/kernel.h"
#include "lab/fs.h"
#include "lab/aio.h"
#include "lab/ext4.h"

/*
 * Remembers that blocks of a write are unwritten until it is done.
 */
void ext4_set_io_unwritten(struct inode *inode, struct ext4_io_end *io)
{
	if (io->inode != inode)
		return;

	io->flag |= EXT4_IO_END_UNWRITTEN;
}

/*
 * Does what is left to do for a write that has reached the disk.  The caller
 * has i_mutex.
 */
int ext4_end_io_nolock(struct ext4_io_end *io)
{
	struct inode *inode = io->inode;
	int ret;

	if (!(io->flag & EXT4_IO_END_UNWRITTEN))
		return 0;

	ret = ext4_convert_unwritten_extents(inode, io->offset, io->size);
	if (ret < 0) {
		ext4_msg(inode->i_sb, KERN_ERR,
			 "blocks of inode %lu stay unwritten: error %d",
			 inode->i_ino, ret);
		return ret;
	}

	if (io->iocb)
		aio_complete(io->iocb, io->result, 0);

	io->flag &= ~EXT4_IO_END_UNWRITTEN;
	return ret;
}
