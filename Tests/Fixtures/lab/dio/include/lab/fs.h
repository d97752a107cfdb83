/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_FS_H
#define LAB_FS_H

#include "lab/kernel.h"

#define PAGE_SHIFT 12
#define S_NOSEC 4096
#define IS_NOSEC(inode) ((inode)->i_flags & S_NOSEC)
#define IOCB_NOWAIT 0x8

struct super_block {
	unsigned long s_blocksize;
};

struct address_space;

struct inode {
	loff_t i_size;
	unsigned int i_blkbits;
	unsigned int i_flags;
	struct super_block *i_sb;
	void *i_private;
};

struct file {
	struct inode *f_inode;
	struct address_space *f_mapping;
};

struct kiocb {
	struct file *ki_filp;
	int ki_flags;
	loff_t ki_pos;
};

struct iov_iter {
	size_t count;
};

struct file_operations {
	ssize_t (*write_iter)(struct kiocb *iocb, struct iov_iter *from);
};

static inline struct inode *file_inode(const struct file *file)
{
	return file->f_inode;
}

static inline loff_t i_size_read(const struct inode *inode)
{
	return inode->i_size;
}

static inline size_t iov_iter_count(const struct iov_iter *from)
{
	return from->count;
}

unsigned long iov_iter_alignment(const struct iov_iter *from);

void inode_lock(struct inode *inode);
void inode_lock_shared(struct inode *inode);
int inode_trylock(struct inode *inode);
int inode_trylock_shared(struct inode *inode);
void inode_unlock(struct inode *inode);
void inode_unlock_shared(struct inode *inode);
void inode_dio_wait(struct inode *inode);

int file_modified(struct file *file);
int filemap_write_and_wait_range(struct address_space *mapping, loff_t start, loff_t end);
unsigned long invalidate_mapping_pages(struct address_space *mapping, unsigned long start,
				       unsigned long end);

#endif /* LAB_FS_H */
