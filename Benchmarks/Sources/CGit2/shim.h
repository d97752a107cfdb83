/* SPDX-License-Identifier: GPL-2.0-only */
#include <git2.h>
