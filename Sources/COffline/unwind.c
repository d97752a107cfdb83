// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unwinding in a static program without sorting its unwind table.
 *
 * What gcc links in front of a static program (crtbeginT.o) registers the table of all functions when the program
 * starts, and libgcc sorts a registered table when something is first unwound. That is when the main thread ends,
 * which it does in every command that waits for other threads: 17 ms. The linker has sorted the same table already
 * (.eh_frame_hdr), and libgcc uses that one where none is registered. Package.swift has the linker call these
 * functions instead of libgcc's.
 */
void __wrap___register_frame_info(const void *table, void *object);
void *__wrap___deregister_frame_info(const void *table);

void __wrap___register_frame_info(const void *table, void *object)
{
	(void)table, (void)object;
}

void *__wrap___deregister_frame_info(const void *table)
{
	(void)table;
	return 0;
}
