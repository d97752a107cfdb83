/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_FS_H
#define LAB_FS_H

#include "lab/kernel.h"

#define FMODE_WRITE 0x2u

struct super_block {
	unsigned long s_blocksize;
	char s_id[32];
	void *s_fs_info;
};

struct inode {
	unsigned long i_ino;
	loff_t i_size;
	atomic_t i_writecount;
	struct super_block *i_sb;
	void *i_private;
};

struct dentry {
	struct inode *d_inode;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	unsigned int f_flags;
	unsigned int f_mode;
	void *private_data;
};

struct vm_operations_struct {
	int (*fault)(void);
	int (*page_mkwrite)(void);
};

struct vm_area_struct {
	const struct vm_operations_struct *vm_ops;
};

struct kiocb;

struct file_operations {
	ssize_t (*aio_write)(struct kiocb *iocb, const struct iovec *iov,
			     unsigned long nr_segs, loff_t pos);
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	int (*release)(struct inode *inode, struct file *filp);
};

int lab_fault(void);
int lab_page_mkwrite(void);
void lab_free_listing(void *listing);

#endif /* LAB_FS_H */
