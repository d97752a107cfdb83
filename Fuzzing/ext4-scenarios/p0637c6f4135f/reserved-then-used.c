// SPDX-License-Identifier: GPL-2.0-only
/*
 * summary: two blocks are reserved; a task uses one, another one releases one
 */
#include "fs/ext4/inode.c"
#include "pk_ext4.h"

static struct inode *inode;

void pk_setup(void)
{
	inode = pk_ext4_inode(pk_ext4_super(), 12);
	if (ext4_da_reserve_space(inode, 1) || ext4_da_reserve_space(inode, 1))
		pk_wrong("nothing can be reserved");
}

PK_TASK(use)
{
	ext4_da_update_reserve_space(inode, 1);
	return 0;
}

PK_TASK(release)
{
	ext4_da_release_space(inode, 1);
	return 0;
}

void pk_finish(void)
{
	PK_SHOW(EXT4_I(inode)->i_reserved_data_blocks);
	PK_SHOW(EXT4_I(inode)->i_reserved_meta_blocks);
	PK_SHOW(EXT4_SB(inode->i_sb)->s_dirtyblocks_counter.count);
	PK_REQUIRE(EXT4_I(inode)->i_reserved_data_blocks == 0);
}
