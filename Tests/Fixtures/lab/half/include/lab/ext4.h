/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_EXT4_H
#define LAB_EXT4_H

#include "lab/fs.h"

struct ext4_sb_info {
	loff_t s_bitmap_maxbytes;
};

struct ext4_inode_info {
	unsigned long i_reserved_data_blocks;
	int has_extents;
};

/* What is left to do for a write once it has reached the disk. */
#define EXT4_IO_END_UNWRITTEN 0x0001

struct ext4_io_end {
	struct inode *inode;
	struct kiocb *iocb;
	unsigned int flag;
	loff_t offset;
	ssize_t size;
	int result;
};

static inline struct ext4_sb_info *EXT4_SB(struct super_block *sb)
{
	return sb->s_fs_info;
}

static inline struct ext4_inode_info *EXT4_I(struct inode *inode)
{
	return inode->i_private;
}

static inline int lab_has_extents(struct inode *inode)
{
	return EXT4_I(inode)->has_extents;
}

int ext4_convert_unwritten_extents(struct inode *inode, loff_t offset,
				   ssize_t size);
void ext4_set_io_unwritten(struct inode *inode, struct ext4_io_end *io);
int ext4_end_io_nolock(struct ext4_io_end *io);

void lab_init_inode(struct inode *inode);
int lab_init_fs(void);

void ext4_msg(struct super_block *sb, const char *level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* LAB_EXT4_H */
