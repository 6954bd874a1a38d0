/* SPDX-License-Identifier: Apache-2.0
 * A pipe in memory: two transports, each the other's peer.
 * An eventfd stands for each end's descriptor; it is ready while there is something to read, so that a loop
 * can watch it as it watches a socket. Writing never waits. */
#pragma once

#include "base/buf.h"
#include "base/memory.h"
#include "os/transport.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct pipe_end {
	struct transport transport; /* first: a transport is cast back to it */
	struct pipe_end *peer;      /* NULL: it is gone */
	struct buf in;              /* on its way to this end */
	bool ended;                 /* nothing more comes */
};

static inline void pipe_tell(struct pipe_end *end)
{
	(void)!write(end->transport.fd, &(uint64_t){ 1 }, sizeof(uint64_t));
}

static inline void pipe_finish(struct pipe_end *end)
{
	if (!end->peer) {
		return;
	}
	end->peer->ended = true;
	pipe_tell(end->peer);
}

static inline enum rc pipe_handshake(struct transport *t, struct err *reterr)
{
	return RC_OK;
}

static inline enum rc pipe_read(struct transport *t, void *out, size_t size, size_t *ret_n,
				struct err *reterr)
{
	struct pipe_end *end = (struct pipe_end *)t;
	uint64_t told;
	size_t n = end->in.n < size ? end->in.n : size;
	if (n == 0 && end->ended) {
		return err_set(reterr, RC_CLOSED, "the peer closed the pipe");
	}
	if (n > 0) {
		memcpy(out, end->in.p, n);
	}
	buf_drop(&end->in, n);
	if (end->in.n == 0 && !end->ended) {
		(void)!read(t->fd, &told, sizeof(told));
	}
	*ret_n = n;
	t->want = LOOP_READ;
	return n > 0 ? RC_OK : RC_AGAIN;
}

static inline enum rc pipe_write(struct transport *t, const void *p, size_t n, size_t *ret_n,
				 struct err *reterr)
{
	struct pipe_end *peer = ((struct pipe_end *)t)->peer;
	if (!peer) {
		errno = EPIPE;
		return err_errno(reterr, "cannot write to the pipe");
	}
	ASSERT(buf_add(&peer->in, str_from(p, n)));
	pipe_tell(peer);
	*ret_n = n;
	return RC_OK;
}

static inline enum rc pipe_shutdown(struct transport *t, struct err *reterr)
{
	pipe_finish((struct pipe_end *)t);
	return RC_OK;
}

static inline bool pipe_pending(const struct transport *t)
{
	return false;
}

static inline void pipe_free(struct transport *t)
{
	struct pipe_end *end = (struct pipe_end *)t;
	pipe_finish(end);
	if (end->peer) {
		end->peer->peer = NULL;
	}
	buf_fini(&end->in);
	(void)close(t->fd);
	mem_free(end);
}

static inline struct pipe_end *pipe_end_new(void)
{
	static const struct transport_ops ops = { .handshake = pipe_handshake,
						  .read = pipe_read,
						  .write = pipe_write,
						  .shutdown = pipe_shutdown,
						  .pending = pipe_pending,
						  .free = pipe_free };
	struct pipe_end *end = mem_alloc(sizeof(*end));
	*end = (struct pipe_end){ .transport = { .ops = &ops, .want = LOOP_READ }, .in = BUF(SIZE_MAX) };
	end->transport.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT(end->transport.fd >= 0);
	return end;
}

/** Make both ends; each is freed by itself. */
static inline void pipe_new(struct transport **ret_a, struct transport **ret_b)
{
	struct pipe_end *a = pipe_end_new(), *b = pipe_end_new();
	a->peer = b;
	b->peer = a;
	*ret_a = &a->transport;
	*ret_b = &b->transport;
}
