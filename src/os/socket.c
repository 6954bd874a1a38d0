/* SPDX-License-Identifier: Apache-2.0
 * Opens sockets and tells who is at the other end. */
#include "os/socket.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096

/* sockaddr_storage is made to be read as each family's own type. */
static struct sockaddr *generic(struct socket_address *a)
{
	return (struct sockaddr *)&a->storage;
}

enum rc socket_address_literal(const char *host, uint16_t port, struct socket_address *ret)
{
	struct str h = str_of(host);
	char text[INET6_ADDRSTRLEN];
	struct socket_address a = { .n = 0 };
	struct sockaddr_in *in4 = (struct sockaddr_in *)&a.storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a.storage;
	if (h.n >= 2 && h.p[0] == '[' && h.p[h.n - 1] == ']') {
		h = str_from(h.p + 1, h.n - 2);
	}
	if (h.n >= sizeof(text)) {
		return RC_INVALID;
	}
	(void)snprintf(text, sizeof(text), "%.*s", STR_ARG(h));
	if (inet_pton(AF_INET, text, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		a.n = sizeof(*in4);
	} else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		a.n = sizeof(*in6);
	} else {
		return RC_INVALID;
	}
	*ret = a;
	return RC_OK;
}

enum rc socket_address_unix(const char *path, struct socket_address *ret, struct err *reterr)
{
	struct socket_address a = { .n = sizeof(struct sockaddr_un) };
	struct sockaddr_un *un = (struct sockaddr_un *)&a.storage;
	size_t n = strlen(path);
	if (n >= sizeof(un->sun_path)) {
		return err_set(reterr, RC_LIMIT, "the socket's path %s is longer than %zu bytes", path,
			       sizeof(un->sun_path) - 1);
	}
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, n + 1);
	*ret = a;
	return RC_OK;
}

static uint16_t bound_port(int fd)
{
	struct socket_address a = { .n = sizeof(a.storage) };
	if (getsockname(fd, generic(&a), &a.n) != 0) {
		return 0;
	}
	if (a.storage.ss_family == AF_INET6) {
		return ntohs(((struct sockaddr_in6 *)&a.storage)->sin6_port);
	}
	return ntohs(((struct sockaddr_in *)&a.storage)->sin_port);
}

enum rc socket_listen_tcp(const char *host, uint16_t port, int *ret_fd, uint16_t *ret_port,
			  struct err *reterr)
{
	struct socket_address a;
	const int on = 1;
	if (str_is(str_of("localhost"), host)) {
		host = "127.0.0.1";
	} else if (str_is(str_of("*"), host)) {
		host = "::";
	}
	if (socket_address_literal(host, port, &a) != RC_OK) {
		return err_set(reterr, RC_INVALID, "%s is no address to listen on", host);
	}
	int fd = socket(a.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return err_errno(reterr, "cannot make a socket for %s", host);
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
	    bind(fd, generic(&a), a.n) != 0 || listen(fd, BACKLOG) != 0) {
		enum rc rc = errno == EADDRINUSE ? RC_EXISTS : RC_IO;
		(void)err_errno(reterr, "cannot listen on %s port %u", host, port);
		if (reterr) {
			reterr->code = rc;
		}
		(void)close(fd);
		return rc;
	}
	*ret_fd = fd;
	if (ret_port) {
		*ret_port = bound_port(fd);
	}
	return RC_OK;
}

enum rc socket_listen_unix(const char *path, mode_t mode, int *ret_fd, struct err *reterr)
{
	struct socket_address a;
	struct stat st;
	TRY(socket_address_unix(path, &a, reterr));
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		(void)unlink(path);
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return err_errno(reterr, "cannot make a unix socket");
	}
	/* Between bind and chmod nobody can connect, for it does not listen yet. */
	if (bind(fd, generic(&a), a.n) != 0 || chmod(path, mode) != 0 || listen(fd, BACKLOG) != 0) {
		enum rc rc = err_errno(reterr, "cannot listen on %s", path);
		(void)close(fd);
		return rc;
	}
	*ret_fd = fd;
	return RC_OK;
}

enum rc socket_accept(int listener, int *ret_fd, struct err *reterr)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		switch (errno) {
		case EAGAIN:
		case EINTR:
		case ECONNABORTED: return RC_AGAIN;
		case EMFILE:
		case ENFILE:
		case ENOBUFS:
		case ENOMEM: return err_set(reterr, RC_LIMIT, "out of descriptors for connections");
		default: return err_errno(reterr, "cannot accept a connection");
		}
	}
	*ret_fd = fd;
	return RC_OK;
}

/* Whether fd is a unix socket. */
static bool is_unix(int fd)
{
	int domain = 0;
	socklen_t n = sizeof(domain);
	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain == AF_UNIX;
}

enum rc socket_peer_uid(int fd, uid_t *ret)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);
	if (!is_unix(fd) || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0) {
		return RC_UNSUPPORTED;
	}
	*ret = cred.uid;
	return RC_OK;
}

const char *socket_peer_text(int fd, char *out, size_t size)
{
	struct socket_address a = { .n = sizeof(a.storage) };
	char text[INET6_ADDRSTRLEN] = "";
	const char *result = "unknown";
	if (getpeername(fd, generic(&a), &a.n) == 0) {
		struct sockaddr_in *in4 = (struct sockaddr_in *)&a.storage;
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a.storage;
		if (a.storage.ss_family == AF_UNIX) {
			result = "unix";
		} else if (a.storage.ss_family == AF_INET &&
			   inet_ntop(AF_INET, &in4->sin_addr, text, sizeof(text))) {
			(void)snprintf(out, size, "%s:%u", text, ntohs(in4->sin_port));
			return out;
		} else if (a.storage.ss_family == AF_INET6 &&
			   inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text))) {
			(void)snprintf(out, size, "[%s]:%u", text, ntohs(in6->sin6_port));
			return out;
		}
	}
	(void)snprintf(out, size, "%s", result);
	return out;
}

void socket_reset_at_close(int fd)
{
	const struct linger now = { .l_onoff = 1 };
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

enum rc socket_connect_start(const struct socket_address *address, int *ret_fd, struct err *reterr)
{
	struct socket_address a = *address;
	const int on = 1;
	int fd = socket(a.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return err_errno(reterr, "cannot make a socket");
	}
	if (a.storage.ss_family != AF_UNIX) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
	if (connect(fd, generic(&a), a.n) != 0 && errno != EINPROGRESS) {
		enum rc rc = err_errno(reterr, "cannot connect");
		(void)close(fd);
		return rc;
	}
	*ret_fd = fd;
	return RC_OK;
}

enum rc socket_connect_result(int fd, struct err *reterr)
{
	int error = 0;
	socklen_t n = sizeof(error);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0) {
		return err_errno(reterr, "cannot connect");
	}
	if (error == 0) {
		return RC_OK;
	}
	errno = error;
	return err_errno(reterr, "cannot connect");
}
