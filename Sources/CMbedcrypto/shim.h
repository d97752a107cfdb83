// SPDX-License-Identifier: GPL-2.0-only
// Debian's libgit2 hashes with mbed TLS, so its headers are there wherever libgit2's are.
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
