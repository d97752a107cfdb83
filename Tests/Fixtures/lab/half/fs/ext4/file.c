// SPDX-License-Identifier: GPL-2.0-only
/*
 * A lab stand-in for ext4's file operations.
 *
 * It is no kernel code: it was written for patchkit's tests, in the shape that
 * the kernel's file had before the patch "ext4: serialize unaligned
 * asynchronous DIO".
 *
 * Only the functions that the patch in Patches/ext4-serialize-unaligned-aio
 * touches behave like a kernel's; what is around them is just enough for the
 * file to compile against the headers in include/lab.  The lines that the
 * patch takes as context stand exactly where its hunks say: 55 and 78.
 */

#include "lab/kernel.h"
#include "lab/fs.h"
#include "lab/aio.h"
#include "lab/ext4.h"

/*
 * How often a file was closed by its last writer.  A test reads it to see
 * that releasing a file still does its work after the patch.
 */
unsigned long lab_last_writer_closes;

/* Give back what was reserved for writes that are not going to happen. */
static void lab_drop_reservation(struct inode *inode)
{
	EXT4_I(inode)->i_reserved_data_blocks = 0;
	lab_last_writer_closes++;
}

static int lab_is_last_writer(struct inode *inode, struct file *filp)
{
	if (!(filp->f_mode & FMODE_WRITE))
		return 0;

	return atomic_read(&inode->i_writecount) == 1;
}

/*
 * Called when the last descriptor of an open file is closed.
 */
static int ext4_release_file(struct inode *inode, struct file *filp)
{
	if (lab_is_last_writer(inode, filp))
		lab_drop_reservation(inode);

	if (filp->private_data) {
		lab_free_listing(filp->private_data);
		filp->private_data = NULL;
	}

	/* Closing never fails. */
	return 0;
}

static ssize_t
ext4_file_write(struct kiocb *iocb, const struct iovec *iov,
		unsigned long nr_segs, loff_t pos)
{
	struct inode *inode = iocb->ki_filp->f_path.dentry->d_inode;

	/*
	 * If we have encountered a bitmap-format file, the size limit
	 * lies below the one of the file system: a block map cannot
	 * name blocks as high as an extent can.
	 */
	if (!lab_has_extents(inode)) {
		struct ext4_sb_info *sbi = EXT4_SB(inode->i_sb);
		size_t count = iov_length(iov, nr_segs);

		if (pos > sbi->s_bitmap_maxbytes ||
		    (count && pos == sbi->s_bitmap_maxbytes))
			return -EFBIG;

		if (pos + count > sbi->s_bitmap_maxbytes) {
			nr_segs = iov_shorten((struct iovec *)iov, nr_segs,
					      sbi->s_bitmap_maxbytes - pos);
		}
	}

	return generic_file_aio_write(iocb, iov, nr_segs, pos);
}

static const struct vm_operations_struct ext4_file_vm_ops = {
	.fault		= lab_fault,
	.page_mkwrite	= lab_page_mkwrite,
};

static int ext4_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	(void)file;
	vma->vm_ops = &ext4_file_vm_ops;
	return 0;
}

const struct file_operations ext4_file_operations = {
	.aio_write	= ext4_file_write,
	.mmap		= ext4_file_mmap,
	.release	= ext4_release_file,
};
