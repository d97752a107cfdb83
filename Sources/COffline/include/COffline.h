/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing to call: the linker takes what offline.c defines instead of libgit2's own. */
