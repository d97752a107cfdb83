/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Swift's runtime looks for its own path before main, and aborts where there is no /proc to read it from. With a
 * path in the environment it does not look, so that the program itself can say what is missing.
 */
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor(101))) static void patchkit_survive_without_proc(void)
{
	if (access("/proc/self/exe", F_OK) != 0)
		setenv("SWIFT_ROOT", "/", 0);
}
