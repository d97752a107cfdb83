// SPDX-License-Identifier: GPL-2.0-only
/*
 * libgit2 without the network.
 *
 * patchkit opens repositories on this machine alone. libgit2's start nevertheless reads the system's
 * certificates (8 of its 9 ms), and its archive pulls in mbed TLS, libssh2 and Kerberos, of which Debian has
 * no archive. Most of what is defined here is what the rest of libgit2 1.5 asks of the parts that talk to
 * servers (its streams/mbedtls.c, transports/ssh.c and transports/http.c): where libgit2.a is linked, the
 * linker then takes none of them. The last function is for libgit2.so. Package.swift links this file with
 * version 1.5 only.
 */
#include <git2.h>
#include <git2/sys/stream.h>
#include <git2/sys/transport.h>
#include <stdbool.h>

#if LIBGIT2_VER_MAJOR != 1 || LIBGIT2_VER_MINOR != 5
#error "the parts of libgit2 that are left out are those of version 1.5"
#endif

static int refuse(void)
{
	git_error_set_str(GIT_ERROR_NET, "patchkit does not use the network");
	return GIT_ERROR;
}

/* streams/mbedtls.c */
int git_mbedtls_stream_global_init(void) { return 0; }
int git_mbedtls__set_cert_location(const char *file, const char *path)
{
	(void)file, (void)path;
	return refuse();
}
int git_mbedtls_stream_new(git_stream **out, const char *host, const char *port)
{
	(void)out, (void)host, (void)port;
	return refuse();
}
int git_mbedtls_stream_wrap(git_stream **out, git_stream *in, const char *host)
{
	(void)out, (void)in, (void)host;
	return refuse();
}

/* transports/ssh.c */
int git_transport_ssh_global_init(void) { return 0; }
int git_transport_ssh_with_paths(git_transport **out, git_remote *owner, void *payload)
{
	(void)out, (void)owner, (void)payload;
	return refuse();
}
int git_smart_subtransport_ssh(git_smart_subtransport **out, git_transport *owner, void *param)
{
	(void)out, (void)owner, (void)param;
	return refuse();
}

/* transports/http.c */
bool git_http__expect_continue;
int git_smart_subtransport_http(git_smart_subtransport **out, git_transport *owner, void *param)
{
	(void)out, (void)owner, (void)param;
	return refuse();
}

/*
 * A program's own function precedes that of a shared library, so libgit2.so asks this one for the system's
 * certificates at its start, and gets none.
 */
int mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	(void)chain, (void)path;
	return 0;
}
