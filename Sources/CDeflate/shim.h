// SPDX-License-Identifier: GPL-2.0-only
// What git compresses its objects with; its headers come with libgit2's.
#include <libdeflate.h>
