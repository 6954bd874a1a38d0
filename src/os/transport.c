/* SPDX-License-Identifier: Apache-2.0
 * The plain transport: a socket and nothing between. */
#include "os/transport.h"

#include "base/memory.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static enum rc plain_handshake(struct transport *t, struct err *reterr)
{
	return RC_OK;
}

static enum rc plain_read(struct transport *t, void *out, size_t size, size_t *ret_n, struct err *reterr)
{
	ssize_t n;
	do {
		n = recv(t->fd, out, size, 0);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		*ret_n = (size_t)n;
		return RC_OK;
	}
	if (n == 0) {
		return err_set(reterr, RC_CLOSED, "the peer closed the connection");
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		t->want = LOOP_READ;
		return RC_AGAIN;
	}
	return err_errno(reterr, "cannot read from the connection");
}

static enum rc plain_write(struct transport *t, const void *p, size_t size, size_t *ret_n, struct err *reterr)
{
	ssize_t n;
	do {
		n = send(t->fd, p, size, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n >= 0) {
		*ret_n = (size_t)n;
		return RC_OK;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		t->want = LOOP_WRITE;
		return RC_AGAIN;
	}
	return err_errno(reterr, "cannot write to the connection");
}

static enum rc plain_shutdown(struct transport *t, struct err *reterr)
{
	if (shutdown(t->fd, SHUT_WR) != 0) {
		return err_errno(reterr, "cannot shut the connection down");
	}
	return RC_OK;
}

static bool plain_pending(const struct transport *t)
{
	return false;
}

static void plain_free(struct transport *t)
{
	(void)close(t->fd);
	mem_free(t);
}

static const struct transport_ops PLAIN = {
	.handshake = plain_handshake,
	.read = plain_read,
	.write = plain_write,
	.shutdown = plain_shutdown,
	.pending = plain_pending,
	.free = plain_free,
};

struct transport *transport_plain_new(int take_fd)
{
	struct transport *t = mem_alloc(sizeof(*t));
	*t = (struct transport){ .ops = &PLAIN, .fd = take_fd, .want = LOOP_READ };
	return t;
}

void transport_free(struct transport *transport)
{
	if (transport) {
		transport->ops->free(transport);
	}
}
