/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_EXT4_H
#define LAB_EXT4_H

#include "lab/iomap.h"

struct ext4_inode_info {
	loff_t i_disksize;
};

static inline struct ext4_inode_info *EXT4_I(struct inode *inode)
{
	return inode->i_private;
}

struct ext4_map_blocks {
	uint64_t m_pblk;
	uint32_t m_lblk;
	unsigned int m_len;
	unsigned int m_flags;
};

typedef struct lab_handle handle_t;

#define EXT4_MAP_MAPPED 0x10
#define EXT4_STATE_MAY_INLINE_DATA 7
#define EXT4_HT_INODE 1
/* How many blocks a range of bytes touches. */
#define EXT4_MAX_BLOCKS(size, offset, bits) \
	((ALIGN((size) + (offset), 1 << (bits)) >> (bits)) - ((offset) >> (bits)))

extern const struct iomap_ops ext4_iomap_ops, ext4_iomap_overwrite_ops;

int ext4_map_blocks(handle_t *handle, struct inode *inode, struct ext4_map_blocks *map,
		    int flags);
bool ext4_should_use_dio(struct kiocb *iocb, struct iov_iter *from);
ssize_t ext4_buffered_write_iter(struct kiocb *iocb, struct iov_iter *from);
ssize_t ext4_generic_write_checks(struct kiocb *iocb, struct iov_iter *from);
void ext4_clear_inode_state(struct inode *inode, int bit);
handle_t *ext4_journal_start(struct inode *inode, int type, int blocks);
int ext4_journal_stop(handle_t *handle);
int ext4_orphan_add(handle_t *handle, struct inode *inode);
void ext4_inode_extension_cleanup(struct inode *inode, bool need_trunc);
int ext4_dio_write_end_io(struct kiocb *iocb, ssize_t size, int error, unsigned int flags);

#endif /* LAB_EXT4_H */
