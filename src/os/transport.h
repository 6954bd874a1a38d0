/* SPDX-License-Identifier: Apache-2.0
 * A two-way stream of bytes that never blocks: a plain socket, or TLS over one. */
#pragma once

#include "base/result.h"
#include "os/loop.h"

struct transport;

/** What a kind of transport does. None of it blocks. */
struct transport_ops {
	/** Finish the opening handshake. RC_OK done (at once for plain), RC_AGAIN, RC_CLOSED, RC_PROTO,
	 * RC_CERT, RC_IO. */
	enum rc (*handshake)(struct transport *, struct err *);
	/** Read 1 to size [bytes]. RC_AGAIN nothing yet, RC_CLOSED orderly end, RC_IO cut off, RC_PROTO. */
	enum rc (*read)(struct transport *, void *out, size_t size, size_t *ret_n, struct err *);
	/** Write 1 to n [bytes]; after RC_AGAIN the same bytes must be offered again. */
	enum rc (*write)(struct transport *, const void *p, size_t n, size_t *ret_n, struct err *);
	/** Tell the peer that nothing more comes. RC_AGAIN: call again once ready. */
	enum rc (*shutdown)(struct transport *, struct err *);
	/** Bytes are buffered inside that no readiness of the descriptor will announce. */
	bool (*pending)(const struct transport *);
	/** Free it and close the descriptor. */
	void (*free)(struct transport *);
};

/** First member of every transport. */
struct transport {
	const struct transport_ops *ops;
	int fd;
	unsigned want; /* LOOP_READ or LOOP_WRITE: what the last RC_AGAIN waits for */
};

/** Transport over a connected, non-blocking socket; takes fd. */
struct transport *transport_plain_new(int take_fd);
/** Free it and close its descriptor; accepts NULL. */
void transport_free(struct transport *transport);
DEFINE_CLEANUP(struct transport, transport_free);

static inline enum rc transport_handshake(struct transport *t, struct err *reterr)
{
	return t->ops->handshake(t, reterr);
}
static inline enum rc transport_read(struct transport *t, void *out, size_t size, size_t *ret_n,
				     struct err *reterr)
{
	return t->ops->read(t, out, size, ret_n, reterr);
}
static inline enum rc transport_write(struct transport *t, const void *p, size_t n, size_t *ret_n,
				      struct err *reterr)
{
	return t->ops->write(t, p, n, ret_n, reterr);
}
static inline enum rc transport_shutdown(struct transport *t, struct err *reterr)
{
	return t->ops->shutdown(t, reterr);
}
static inline bool transport_pending(const struct transport *t)
{
	return t->ops->pending(t);
}
