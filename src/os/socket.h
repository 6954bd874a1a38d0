/* SPDX-License-Identifier: Apache-2.0
 * Sockets: listening, accepting, connecting, and who is at the other end.
 * All are non-blocking and close-on-exec. */
#pragma once

#include "base/result.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/** An address to connect to. */
struct socket_address {
	struct sockaddr_storage storage;
	socklen_t n; /* [bytes] used of storage */
};

#define SOCKET_PEER_SIZE 64

/**
 * Listen on host ("localhost" is 127.0.0.1, else an IPv4 or IPv6 literal, "*" all) and port (0:
 * any free one).
 * What it accepts sends small writes at once (TCP_NODELAY, which Linux hands on). ret_fd is the caller's;
 * ret_port (may be NULL) is the real port. RC_INVALID host, RC_EXISTS port taken, RC_IO.
 */
MUST_USE enum rc socket_listen_tcp(const char *host, uint16_t port, int *ret_fd, uint16_t *ret_port,
				   struct err *reterr);
/** Listen on a path; a socket left over there is replaced. mode e.g.
 * 0600, in force before anyone can connect. */
MUST_USE enum rc socket_listen_unix(const char *path, mode_t mode, int *ret_fd, struct err *reterr);
/** Take one connection. RC_AGAIN none waits, RC_LIMIT out of descriptors, RC_IO. */
MUST_USE enum rc socket_accept(int listener, int *ret_fd, struct err *reterr);
/** User id of the process at the other end of a unix socket. RC_UNSUPPORTED for others. */
MUST_USE enum rc socket_peer_uid(int fd, uid_t *ret);
/** "127.0.0.1:4711", "[::1]:4711", "unix", or "unknown"; out has at least SOCKET_PEER_SIZE [bytes].
 * Returns out. */
const char *socket_peer_text(int fd, char *out, size_t size);
/** Closing fd resets the connection instead of ending it in order:
 * the peer learns that something is missing. */
void socket_reset_at_close(int fd);

/** Start to connect. RC_OK connected or under way: writable when done, then ask socket_connect_result(). */
MUST_USE enum rc socket_connect_start(const struct socket_address *address, int *ret_fd, struct err *reterr);
/** The outcome of a connect under way, after fd became writable. RC_IO. */
MUST_USE enum rc socket_connect_result(int fd, struct err *reterr);
/** Address of a unix socket's path. RC_LIMIT too long. */
MUST_USE enum rc socket_address_unix(const char *path, struct socket_address *ret, struct err *reterr);
/** Address of an IPv4 or IPv6 literal (also in brackets). RC_INVALID it is a name. */
MUST_USE enum rc socket_address_literal(const char *host, uint16_t port, struct socket_address *ret);
