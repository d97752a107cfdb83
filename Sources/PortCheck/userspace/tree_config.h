/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration that files of a kernel tree are compiled with: x86_64, with
 * locks that are functions, and without what the userspace kernel does not have.
 */
#ifndef PK_TREE_CONFIG_H
#define PK_TREE_CONFIG_H

#define CONFIG_64BIT 1
#define CONFIG_X86 1
#define CONFIG_X86_64 1
#define CONFIG_SMP 1
#define CONFIG_NR_CPUS 1
#define CONFIG_MMU 1
#define CONFIG_BLOCK 1
#define CONFIG_HZ 250
#define CONFIG_FLATMEM 1
#define CONFIG_FLAT_NODE_MEM_MAP 1
#define CONFIG_BASE_SMALL 1
#define CONFIG_LBDAF 1
#define CONFIG_X86_L1_CACHE_SHIFT 6
#define CONFIG_X86_INTERNODE_CACHE_SHIFT 6
#define CONFIG_PHYSICAL_START 0x1000000
#define CONFIG_PHYSICAL_ALIGN 0x1000000
#define CONFIG_EXT4_FS 1
#define CONFIG_EXT4_FS_XATTR 1
#define CONFIG_JBD2 1
#define CONFIG_QUOTA 1
#define CONFIG_SPLIT_PTLOCK_CPUS 999
#define CONFIG_PRINTK 1
#define CONFIG_BUG 1
#define CONFIG_GENERIC_BUG 1
#define CONFIG_PROC_FS 1
#define CONFIG_SYSFS 1
#define CONFIG_TREE_RCU 1
#define CONFIG_RCU_FANOUT 32
#define CONFIG_X86_CMPXCHG 1
#define CONFIG_X86_TSC 1
#define CONFIG_RWSEM_GENERIC_SPINLOCK 1
#define CONFIG_SLOB 1
#define CONFIG_DEBUG_SPINLOCK 1
#define CONFIG_DEBUG_SPINLOCK_SLEEP 1
#define CONFIG_DEFAULT_SECURITY_DAC 1
#define WANT_PAGE_VIRTUAL 1

#define KBUILD_MODNAME "patch"
#define KBUILD_BASENAME "patch"

#endif /* PK_TREE_CONFIG_H */
