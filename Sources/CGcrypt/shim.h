/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA functions, from the library that Debian's libgit2 loads for SSH. gcry_md_hash_buffer has had this
 * signature since libgcrypt 1.2 (2004); it uses the processor's SHA instructions, and its license is
 * LGPL-2.1-or-later. (mbed TLS renamed its functions in version 3, nettle in version 4; OpenSSL 3 and
 * swift-crypto are under Apache-2.0, which a GPL-2.0-only program cannot be linked with.)
 */
#include <gcrypt.h>
#include <string.h>

/* The values of an enumeration without a name, which Swift imports without a type of their own. */
static inline void patchkit_sha1(const void *bytes, size_t count, void *digest)
{
	gcry_md_hash_buffer(GCRY_MD_SHA1, digest, bytes, count);
}

static inline void patchkit_sha256(const void *bytes, size_t count, void *digest)
{
	gcry_md_hash_buffer(GCRY_MD_SHA256, digest, bytes, count);
}

/* Starts the library; threads may hash from then on. */
static inline int patchkit_start_hashing(void)
{
	return gcry_check_version("1.8.0") != NULL;
}

/* A hash of bytes that come in pieces. */
static inline void *patchkit_start_sha1(void)
{
	gcry_md_hd_t state = NULL;

	return gcry_md_open(&state, GCRY_MD_SHA1, 0) ? NULL : state;
}

static inline void patchkit_add_sha1(void *state, const void *bytes, size_t count)
{
	if (state && count)
		gcry_md_write((gcry_md_hd_t)state, bytes, count);
}

static inline void patchkit_read_sha1(void *state, unsigned char *digest)
{
	if (state)
		memcpy(digest, gcry_md_read((gcry_md_hd_t)state, GCRY_MD_SHA1), 20);
}

static inline void patchkit_end_sha1(void *state)
{
	if (state)
		gcry_md_close((gcry_md_hd_t)state);
}
