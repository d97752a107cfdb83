// SPDX-License-Identifier: GPL-2.0-only
/*
 * summary: two tasks map a block of a file whose extent tree has an empty leaf
 */
#include "fs/ext4/extents.c"
#include "pk_ext4.h"

static struct inode *inode;
static struct buffer_head *first_result, *second_result;

void pk_setup(void)
{
	struct super_block *sb = pk_ext4_super();
	struct ext4_extent_header *root, *leaf;
	struct ext4_extent_idx *index;

	inode = pk_ext4_inode(sb, 12);
	root = (struct ext4_extent_header *)EXT4_I(inode)->i_data;
	root->eh_depth = cpu_to_le16(1);
	root->eh_entries = cpu_to_le16(1);
	index = (struct ext4_extent_idx *)(root + 1);
	index->ei_leaf_lo = cpu_to_le32(500);
	leaf = (struct ext4_extent_header *)__getblk(sb->s_bdev, 500, 4096)->b_data;
	leaf->eh_magic = cpu_to_le16(0xf30a);
	leaf->eh_max = cpu_to_le16(340);
	first_result = pk_ext4_buffer(100);
	second_result = pk_ext4_buffer(101);
}

PK_TASK(first) { return ext4_ext_get_blocks(pk_ext4_handle(), inode, 0, 1, first_result, 0); }
PK_TASK(second) { return ext4_ext_get_blocks(pk_ext4_handle(), inode, 0, 1, second_result, 0); }
