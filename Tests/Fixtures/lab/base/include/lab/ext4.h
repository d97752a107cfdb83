/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_EXT4_H
#define LAB_EXT4_H

#include "lab/fs.h"

struct ext4_sb_info {
	loff_t s_bitmap_maxbytes;
};

struct ext4_inode_info {
	unsigned long i_reserved_data_blocks;
	atomic_t i_aiodio_unwritten;
	int has_extents;
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

wait_queue_head_t *ext4_ioend_wq(struct inode *inode);
struct mutex *ext4_aio_mutex(struct inode *inode);

void ext4_msg(struct super_block *sb, const char *level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* LAB_EXT4_H */
