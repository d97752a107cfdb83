// SPDX-License-Identifier: GPL-2.0-only
/*
 * A lab stand-in for what ext4 does when it is loaded and when it makes an
 * inode; no kernel code, but written for patchkit's tests.
 */

#include "lab/kernel.h"
#include "lab/fs.h"
#include "lab/ext4.h"

/* How often the file system was loaded: a test reads it. */
unsigned long lab_loads;

/*
 * Makes a new inode ready.
 */
void lab_init_inode(struct inode *inode)
{
	EXT4_I(inode)->i_reserved_data_blocks = 0;
	EXT4_I(inode)->has_extents = 1;
}

/*
 * Makes the file system ready.
 */
int lab_init_fs(void)
{
	lab_loads++;
	return 0;
}
