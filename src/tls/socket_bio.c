/* SPDX-License-Identifier: Apache-2.0
 * OpenSSL's way to the socket: what a handshake writes is gathered, so that each flight, and a ticket together with the first
 * answer, leaves with one call. */
#include "tls/internal.h"

#include <errno.h>
#include <openssl/bio.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* A flight of ours has a few KiB; the chain of the server's certificate makes most of it. */
#define HELD_MAX ((size_t)256 * 1024)

static bool is_retry(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* What is held, then p: one call. Returns bytes of p taken, or -1. */
static int send_both(struct tls_connection *c, BIO *bio, const char *p, size_t n)
{
	struct iovec parts[2] = { { c->held.p, c->held.n }, { (void *)(uintptr_t)p, n } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t sent = sendmsg(c->transport.fd, &message, MSG_NOSIGNAL);
	if (sent < 0) {
		if (is_retry(errno))
			BIO_set_retry_write(bio);
		return -1;
	}
	size_t of_held = (size_t)sent < c->held.n ? (size_t)sent : c->held.n;
	buf_drop(&c->held, of_held);
	if (c->held.n == 0)
		buf_fini(&c->held);
	if ((size_t)sent == of_held) {
		BIO_set_retry_write(bio);
		return -1;
	}
	return (int)((size_t)sent - of_held);
}

static int bio_write(BIO *bio, const char *p, int n)
{
	struct tls_connection *c = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (n <= 0)
		return 0;
	c->held.max = HELD_MAX;
	if (c->hold && buf_add(&c->held, str_from(p, (size_t)n)))
		return n;
	errno = 0;
	if (c->held.n)
		return send_both(c, bio, p, (size_t)n);
	ssize_t sent = send(c->transport.fd, p, (size_t)n, MSG_NOSIGNAL);
	if (sent < 0 && is_retry(errno))
		BIO_set_retry_write(bio);
	return (int)sent;
}

static int bio_read(BIO *bio, char *out, int n)
{
	struct tls_connection *c = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (!out || n <= 0)
		return 0;
	/* The loop tells of what has come meanwhile. */
	if (c->hold && c->emptied) {
		errno = EAGAIN;
		BIO_set_retry_read(bio);
		return -1;
	}
	errno = 0;
	ssize_t got = recv(c->transport.fd, out, (size_t)n, 0);
	if (got < 0 && is_retry(errno))
		BIO_set_retry_read(bio);
	c->emptied = got > 0 && got < n;
	if (got > 0 && !c->began) {
		c->began = true;
		c->plain_text = out[0] > 0x20 && out[0] < 0x7f;
	}
	if (got == 0)
		c->eof = true;
	return (int)got;
}

static long bio_ctrl(BIO *bio, int command, long number, void *p)
{
	const struct tls_connection *c = BIO_get_data(bio);
	switch (command) {
	case BIO_CTRL_EOF: return c->eof;
	case BIO_CTRL_FLUSH:
	case BIO_CTRL_DUP: return 1;
	default: return 0;
	}
}

static BIO_METHOD *method;

static void make_method(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "postern socket");
	if (method &&
	    (BIO_meth_set_write(method, bio_write) != 1 || BIO_meth_set_read(method, bio_read) != 1 ||
	     BIO_meth_set_ctrl(method, bio_ctrl) != 1)) {
		BIO_meth_free(method);
		method = NULL;
	}
}

bool tls_socket_attach(struct tls_connection *c)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
	BIO *bio = CRYPTO_THREAD_run_once(&once, make_method) == 1 && method ? BIO_new(method) : NULL;
	if (!bio)
		return false;
	BIO_set_data(bio, c);
	BIO_set_init(bio, 1);
	SSL_set_bio(c->ssl, bio, bio);
	return true;
}

bool tls_socket_flush(struct tls_connection *c)
{
	while (c->held.n) {
		ssize_t sent = send(c->transport.fd, c->held.p, c->held.n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		buf_drop(&c->held, (size_t)sent);
	}
	buf_fini(&c->held);
	return true;
}
