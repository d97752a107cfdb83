/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>

struct embedded_file {
	const char *name;
	/* Its folder below Sources. */
	const char *folder;
	const unsigned char *bytes;
	size_t count;
};

const struct embedded_file *patchkit_embedded_files(size_t *count);
