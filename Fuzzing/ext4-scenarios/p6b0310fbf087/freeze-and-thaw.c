// SPDX-License-Identifier: GPL-2.0-only
/*
 * summary: a task freezes the file system, another one thaws it
 * link: fs/jbd2
 */
#include "fs/ext4/super.c"
#include "pk_ext4.h"

static struct super_block *sb;
static struct completion frozen;

void pk_setup(void)
{
	sb = pk_ext4_super();
	pk_ext4_journal(sb);
}

PK_TASK(freeze)
{
	int result = ext4_freeze(sb);

	complete(&frozen);
	return result;
}

PK_TASK(thaw)
{
	wait_for_completion(&frozen);
	return ext4_unfreeze(sb);
}

void pk_finish(void)
{
	PK_SHOW(EXT4_SB(sb)->s_journal->j_barrier_count);
	PK_SHOW(EXT4_SB(sb)->s_es->s_feature_incompat);
}
