/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of ext4 for scenarios, made with the types of the tree: an ext4 of
 * 2.6.32 to 2.6.38, mounted without a journal unless pk_ext4_journal makes one.
 * To be included after a file of fs/ext4.
 */
#ifndef PK_EXT4_OBJECTS_H
#define PK_EXT4_OBJECTS_H

#include <linux/mount.h>
#include <linux/genhd.h>
#include <linux/jbd2.h>
#include "fs/ext4/ext4.h"
#include "fs/ext4/ext4_extents.h"
#include "fs/ext4/mballoc.h"
#include "pk_scenario.h"

/* What new_inode asks the file system for. */
static struct inode *pk_ext4_alloc_inode(struct super_block *sb)
{
	struct ext4_inode_info *ei = pk_new(struct ext4_inode_info);

	INIT_LIST_HEAD(&ei->vfs_inode.i_dentry);
	INIT_LIST_HEAD(&ei->i_orphan);
	INIT_LIST_HEAD(&ei->i_prealloc_list);
	INIT_LIST_HEAD(&ei->i_aio_dio_complete_list);
	return &ei->vfs_inode;
}
/* No quota is on; what an inode has reserved is counted all the same. */
static struct dquot_operations pk_ext4_quota = { .get_reserved_space = ext4_get_reserved_space };
static const struct super_operations pk_ext4_operations = { .alloc_inode = pk_ext4_alloc_inode };

/* A super block of blocks of 4,096 bytes and one group of 32,768. */
static struct super_block *pk_ext4_super(void)
{
	struct super_block *sb = pk_new(struct super_block);
	struct ext4_sb_info *sbi = pk_new(struct ext4_sb_info);
	struct ext4_super_block *es = pk_allocate(4096);
	struct buffer_head *bh = pk_new(struct buffer_head);
	struct buffer_head **groups = pk_allocate(sizeof(*groups));
	struct ext4_group_desc *gdp = pk_allocate(4096);

	sb->s_fs_info = sbi;
	sb->s_op = &pk_ext4_operations;
	sb->dq_op = &pk_ext4_quota;
	sb->s_blocksize = 4096;
	sb->s_blocksize_bits = 12;
	sb->s_maxbytes = 1ll << 43;
	sb->s_root = pk_new(struct dentry);
	sb->s_bdev = pk_new(struct block_device);
	sb->s_bdev->bd_part = pk_new(struct hd_struct);
#ifdef CONFIG_SMP
	sb->s_bdev->bd_part->dkstats = pk_new(struct disk_stats);
#endif
	INIT_LIST_HEAD(&sb->s_inodes);
	sbi->s_es = es;
	sbi->s_sbh = bh;
	bh->b_data = (char *)es;
	bh->b_size = 4096;
	es->s_magic = cpu_to_le16(EXT4_SUPER_MAGIC);
	es->s_rev_level = cpu_to_le32(EXT4_DYNAMIC_REV);
	es->s_inodes_count = cpu_to_le32(8192);
	es->s_inodes_per_group = cpu_to_le32(8192);
	es->s_blocks_count_lo = cpu_to_le32(32768);
	es->s_free_blocks_count_lo = cpu_to_le32(30000);
	es->s_free_inodes_count = cpu_to_le32(8000);
	es->s_first_ino = cpu_to_le32(11);
	es->s_state = cpu_to_le16(EXT4_VALID_FS);
	es->s_feature_incompat = cpu_to_le32(EXT4_FEATURE_INCOMPAT_EXTENTS);
	sbi->s_desc_size = 32;
	sbi->s_inode_size = 256;
	sbi->s_first_ino = 11;
	sbi->s_inodes_per_block = 16;
	sbi->s_inodes_per_group = 8192;
	sbi->s_blocks_per_group = 32768;
	sbi->s_itb_per_group = 512;
	sbi->s_gdb_count = 1;
	sbi->s_desc_per_block = 128;
	sbi->s_desc_per_block_bits = 7;
	sbi->s_addr_per_block_bits = 10;
	sbi->s_groups_count = 1;
	sbi->s_log_groups_per_flex = 0;
	sbi->s_mount_state = EXT4_VALID_FS;
	sbi->s_bitmap_maxbytes = 1ll << 42;
	INIT_LIST_HEAD(&sbi->s_orphan);
	sbi->s_group_desc = groups;
	groups[0] = pk_new(struct buffer_head);
	groups[0]->b_data = (char *)gdp;
	groups[0]->b_size = 4096;
	gdp->bg_block_bitmap_lo = cpu_to_le32(2);
	gdp->bg_inode_bitmap_lo = cpu_to_le32(3);
	gdp->bg_inode_table_lo = cpu_to_le32(4);
	gdp->bg_free_blocks_count_lo = cpu_to_le16(30000);
	gdp->bg_free_inodes_count_lo = cpu_to_le16(8000);
	sbi->s_blockgroup_lock = pk_new(struct blockgroup_lock);
	/* What mount gives the counters. */
	sbi->s_freeblocks_counter.count = 30000;
	sbi->s_freeinodes_counter.count = 8000;
	return sb;
}

/* A file of extents, in use once. */
static struct inode *pk_ext4_inode(struct super_block *sb, unsigned long number)
{
	struct inode *inode = pk_ext4_alloc_inode(sb);
	struct ext4_inode_info *ei = EXT4_I(inode);
	struct ext4_extent_header *header = (struct ext4_extent_header *)ei->i_data;

	inode->i_sb = sb;
	inode->i_ino = number;
	inode->i_mode = S_IFREG | 0644;
	inode->i_blkbits = 12;
	inode->i_nlink = 1;
	inode->i_mapping = &inode->i_data;
	inode->i_data.host = inode;
	atomic_set(&inode->i_count, 1);
	atomic_set(&inode->i_writecount, 1);
	ei->i_flags = 0x80000;
	header->eh_magic = cpu_to_le16(0xf30a);
	header->eh_max = cpu_to_le16(4);
	return inode;
}

/* An open file. */
static struct file *pk_ext4_file(struct inode *inode)
{
	struct file *file = pk_new(struct file);
	struct dentry *dentry = pk_new(struct dentry);

	dentry->d_inode = inode;
	dentry->d_sb = inode->i_sb;
	file->f_path.dentry = dentry;
	file->f_path.mnt = pk_new(struct vfsmount);
	file->f_mode = FMODE_READ | FMODE_WRITE;
	file->f_mapping = inode->i_mapping;
	return file;
}

/* A journal of 1,000 free blocks that nothing runs in: for functions of fs/jbd2. */
static journal_t *pk_ext4_journal(struct super_block *sb)
{
	journal_t *journal = EXT4_SB(sb)->s_journal;

	if (journal)
		return journal;
	journal = pk_new(journal_t);
	journal->j_superblock = pk_allocate(4096);
	journal->j_sb_buffer = pk_new(struct buffer_head);
	journal->j_sb_buffer->b_data = (char *)journal->j_superblock;
	journal->j_sb_buffer->b_size = 4096;
	journal->j_sb_buffer->b_state = 1 << BH_Uptodate | 1 << BH_Mapped;
	journal->j_blocksize = 4096;
	journal->j_first = 1;
	journal->j_last = 1001;
	journal->j_maxlen = 1001;
	journal->j_free = 1000;
	journal->j_head = 1;
	journal->j_tail = 1;
	journal->j_tail_sequence = 1;
	journal->j_transaction_sequence = 1;
	journal->j_max_transaction_buffers = 250;
	journal->j_dev = sb->s_bdev;
	journal->j_fs_dev = sb->s_bdev;
	journal->j_private = sb;
	init_waitqueue_head(&journal->j_wait_transaction_locked);
	mutex_init(&journal->j_barrier);
	EXT4_SB(sb)->s_journal = journal;
	return journal;
}

/* The transaction of a journal that is running, with nothing in it. */
static transaction_t *pk_ext4_transaction(struct super_block *sb)
{
	transaction_t *transaction = pk_new(transaction_t);

	transaction->t_journal = pk_ext4_journal(sb);
	transaction->t_tid = 1;
	INIT_LIST_HEAD(&transaction->t_inode_list);
	INIT_LIST_HEAD(&transaction->t_private_list);
	transaction->t_journal->j_running_transaction = transaction;
	return transaction;
}

/* The way to the first extent of a file that has a single one, of 16 blocks. */
static struct ext4_ext_path *pk_ext4_path(struct inode *inode)
{
	struct ext4_ext_path *path = pk_allocate(8 * sizeof(*path));
	struct ext4_extent_header *header = (struct ext4_extent_header *)EXT4_I(inode)->i_data;
	struct ext4_extent *extent = EXT_FIRST_EXTENT(header);

	header->eh_entries = cpu_to_le16(1);
	extent->ee_len = cpu_to_le16(16);
	extent->ee_start_lo = cpu_to_le32(1000);
	path->p_hdr = header;
	path->p_ext = extent;
	return path;
}

/* An extent of one block. */
static struct ext4_extent *pk_ext4_extent(void)
{
	struct ext4_extent *extent = pk_new(struct ext4_extent);

	extent->ee_len = cpu_to_le16(1);
	extent->ee_start_lo = cpu_to_le32(2000);
	return extent;
}

/* The first page of a file, with the buffer of its block. */
static struct page *pk_ext4_page(struct inode *inode)
{
	struct page *page = pk_new(struct page);
	struct buffer_head *bh = pk_new(struct buffer_head);

	page->mapping = inode->i_mapping;
	page->virtual = pk_allocate(PAGE_SIZE);
	atomic_set(&page->_count, 2);
	page->flags = 1ul << PG_locked | 1ul << PG_uptodate | 1ul << PG_private;
	page->private = (unsigned long)bh;
	bh->b_this_page = bh;
	bh->b_page = page;
	bh->b_size = inode->i_sb->s_blocksize;
	bh->b_data = page->virtual;
	bh->b_state = 1 << BH_Uptodate | 1 << BH_Mapped;
	return page;
}

/* A handle of no journal: what ext4_journal_start gives without one. */
#define pk_ext4_handle() ((handle_t *)1)

/* A buffer that is read. */
static struct buffer_head *pk_ext4_buffer(sector_t block)
{
	struct buffer_head *bh = pk_new(struct buffer_head);

	bh->b_blocknr = block;
	bh->b_size = 4096;
	bh->b_data = pk_allocate(4096);
	bh->b_state = 1 << BH_Uptodate | 1 << BH_Mapped;
	atomic_set(&bh->b_count, 1);
	return bh;
}

/* What is known of the only group: its first 30,000 blocks are free. */
static struct ext4_group_info *pk_ext4_group(struct super_block *sb)
{
	struct ext4_sb_info *sbi = EXT4_SB(sb);
	struct ext4_group_info *group;
	int i;

	if (sbi->s_group_info)
		return sbi->s_group_info[0][0];
	group = pk_allocate(sizeof(*group) + 16 * sizeof(group->bb_counters[0]));
	sbi->s_group_info = pk_allocate(sizeof(*sbi->s_group_info));
	sbi->s_group_info[0] = pk_allocate(sizeof(**sbi->s_group_info));
	sbi->s_group_info[0][0] = group;
	INIT_LIST_HEAD(&group->bb_prealloc_list);
	/* The buddy data is made when it is used first. */
	sbi->s_buddy_cache = pk_ext4_inode(sb, 0xffff);
	group->bb_state = 1 << EXT4_GROUP_INFO_NEED_INIT_BIT;
	group->bb_free = 30000;
	group->bb_fragments = 1;
	sbi->s_mb_stats = 1;
	sbi->s_mb_stream_request = 16;
	sbi->s_mb_group_prealloc = 512;
	sbi->s_mb_order2_reqs = 2;
	sbi->s_mb_maxs = pk_allocate(64 * sizeof(*sbi->s_mb_maxs));
	sbi->s_mb_offsets = pk_allocate(64 * sizeof(*sbi->s_mb_offsets));
	sbi->s_locality_groups = pk_allocate(sizeof(*sbi->s_locality_groups));
	mutex_init(&sbi->s_locality_groups->lg_mutex);
	for (i = 0; i < PREALLOC_TB_SIZE; i++)
		INIT_LIST_HEAD(&sbi->s_locality_groups->lg_prealloc_list[i]);
	for (i = 0; i <= sb->s_blocksize_bits + 1; i++) {
		sbi->s_mb_maxs[i] = i == 0 ? 32768 : 32768 >> (i - 1);
		sbi->s_mb_offsets[i] = i < 2 ? 0 : 4096 - (4096 >> (i - 1));
	}
	return group;
}

/* Where small files get their blocks from: nothing is reserved yet. */
static struct ext4_locality_group *pk_ext4_locality(struct super_block *sb)
{
	pk_ext4_group(sb);
	return EXT4_SB(sb)->s_locality_groups;
}

/* 16 blocks of the only group, reserved for an inode. */
static struct ext4_prealloc_space *pk_ext4_reserved(struct inode *inode)
{
	struct ext4_prealloc_space *pa = pk_new(struct ext4_prealloc_space);

	pk_ext4_group(inode->i_sb);
	INIT_LIST_HEAD(&pa->pa_inode_list);
	INIT_LIST_HEAD(&pa->pa_group_list);
	INIT_LIST_HEAD(&pa->u.pa_tmp_list);
	atomic_set(&pa->pa_count, 1);
	pa->pa_pstart = 1000;
	pa->pa_len = 16;
	pa->pa_free = 16;
	pa->pa_obj_lock = &EXT4_I(inode)->i_prealloc_lock;
	pa->pa_inode = inode;
	return pa;
}

/* A request for one block. */
static struct ext4_allocation_context *pk_ext4_allocation(struct inode *inode)
{
	struct ext4_allocation_context *ac = pk_new(struct ext4_allocation_context);

	pk_ext4_group(inode->i_sb);
	ac->ac_inode = inode;
	ac->ac_sb = inode->i_sb;
	ac->ac_status = AC_STATUS_CONTINUE;
	ac->ac_flags = EXT4_MB_HINT_DATA;
	ac->ac_o_ex.fe_len = 1;
	ac->ac_g_ex.fe_len = 1;
	ac->ac_groups_scanned = 0;
	return ac;
}

/* The buddy data of the only group. */
static struct ext4_buddy *pk_ext4_buddy(struct super_block *sb)
{
	struct ext4_buddy *buddy = pk_new(struct ext4_buddy);

	buddy->bd_info = pk_ext4_group(sb);
	buddy->bd_sb = sb;
	buddy->bd_blkbits = 12;
	buddy->bd_buddy = pk_allocate(4096);
	buddy->bd_bitmap = pk_allocate(4096);
	return buddy;
}

#endif /* PK_EXT4_OBJECTS_H */
