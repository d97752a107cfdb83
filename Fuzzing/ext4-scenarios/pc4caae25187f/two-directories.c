// SPDX-License-Identifier: GPL-2.0-only
/*
 * summary: two tasks claim inodes of one group, and of one flex group, for directories
 */
#include "fs/ext4/ialloc.c"
#include "pk_ext4.h"

static struct super_block *sb;
static struct buffer_head *bitmap;

void pk_setup(void)
{
	sb = pk_ext4_super();
	EXT4_SB(sb)->s_log_groups_per_flex = 4;
	EXT4_SB(sb)->s_flex_groups = pk_allocate(4096);
	bitmap = pk_ext4_buffer(3);
}

PK_TASK(first) { return ext4_claim_inode(sb, bitmap, 20, 0, S_IFDIR); }
PK_TASK(second) { return ext4_claim_inode(sb, bitmap, 21, 0, S_IFDIR); }

void pk_finish(void)
{
	struct ext4_group_desc *gdp = ext4_get_group_desc(sb, 0, NULL);

	pk_show("free inodes", ext4_free_inodes_count(sb, gdp));
	pk_show("directories", ext4_used_dirs_count(sb, gdp));
	PK_SHOW(EXT4_SB(sb)->s_flex_groups[0].used_dirs);
	PK_REQUIRE(ext4_used_dirs_count(sb, gdp) == 2);
	PK_REQUIRE(atomic_read(&EXT4_SB(sb)->s_flex_groups[0].used_dirs) == 2);
}
