/* SPDX-License-Identifier: Apache-2.0
 * What the files of the HTTP client share: receivers with their kept connections, and calls. */
#pragma once

#include "base/memory.h"
#include "http/client/client.h"
#include "http/h1.h"
#include "os/resolve.h"
#include "os/transport.h"

/* Calls whose memory is kept for the next. */
#define CLIENT_SPARES_MAX 16
/* A buffer that grew above this is not kept with it [bytes]. */
#define CLIENT_SPARE_BYTES_MAX ((size_t)256 * 1024)

enum client_state {
	CLIENT_CONNECT,
	CLIENT_HANDSHAKE,
	CLIENT_WORK,  /* request and answer, both at once */
	CLIENT_IDLE,  /* kept for the next call */
	CLIENT_ENDED, /* freed at the end of the turn */
	CLIENT_STATES,
};

/** Where calls lead: one for each host, port, socket and TLS context that has calls or connections. */
struct client_receiver {
	struct http_client *client;
	struct client_receiver *next;
	size_t owners; /* calls and connections */
	bool https;
	char *host;
	uint16_t port;
	char *unix_path;
	struct tls_client_context *tls;
	struct client_connection *idle; /* latest first */
	size_t n_idle;
};

struct client_connection {
	struct http_client *client;
	struct client_receiver *receiver;
	struct client_connection *next, *previous; /* among the receiver's idle ones */
	struct http_call *call;                    /* NULL while idle */
	enum client_state state;
	int fd; /* until there is a transport; then -1 */
	struct transport *transport;
	struct loop_watch *watch;
	struct loop_timer *timer;
	unsigned interest; /* gathered in this run: what to wait for */
	bool running;
	bool scheduled;
	bool readable; /* the transport may hold more than was read */
	bool used;     /* it served a call before */
};

/** Addresses of a receiver, while a connection is being opened. */
struct client_addresses {
	struct socket_address items[RESOLVE_ADDRESSES_MAX];
	size_t n, at;
};

struct http_call {
	struct http_client *client;
	struct http_call *next, *previous; /* of the client's; next links the spare ones too */
	struct client_receiver *receiver;
	struct client_connection *connection; /* NULL before it is open and after the answer is whole */
	struct resolve *resolve;
	struct client_addresses *addresses;
	struct loop_timer *timer; /* of the connecting; NULL before the first time */
	bool dead;                /* freed at the end of the turn */
	bool ending;              /* call_end_later() is on its way */
	/* Whose it is. */
	const struct http_call_handler *handler; /* of one in parts; else fn */
	http_client_fn fn;
	void *context;
	uint32_t connect_timeout_ms, response_timeout_ms;
	/* The request. */
	bool is_head;
	bool chunked;     /* a body of unknown length follows */
	bool finished;    /* it stands in out to its end */
	bool blocked;     /* http_call_write() said false */
	bool send_failed; /* the server stopped listening; it may have answered */
	struct buf out;
	size_t out_sent;   /* [bytes] */
	bool sent_any;     /* it must not be sent again */
	uint64_t to_write; /* [bytes] of a body that follows, not written yet */
	/* The answer. */
	struct buf in;
	size_t scanned;
	unsigned n_interim; /* 1xx */
	bool head_read;
	struct buf head; /* what the answer's slices point into */
	struct buf body; /* arrived, not consumed */
	uint64_t max_response;
	uint64_t received; /* [bytes] */
	uint64_t told;     /* received, when on_body was called last */
	bool whole;
	bool told_whole;
	struct h1_chunks chunks;
	bool reused;
	struct tls_connection *tls;
	struct h1_response response; /* last: it is large, and not cleared */
};

struct http_client {
	struct loop *loop;
	struct http_client_options options;
	struct client_receiver *receivers;
	size_t n_idle;
	struct http_call *calls;
	struct http_call *spare_calls;
	size_t n_spare_calls;
};

/* client_pool.c */

/** Find or make the receiver; one more owner. */
struct client_receiver *receiver_get(struct http_client *client, bool https, struct str host, uint16_t port,
				     const char *unix_path, struct tls_client_context *tls);
/** One owner less. */
void receiver_release(struct client_receiver *receiver);
/** The only writer of a connection's state; keeps the receiver's list of idle ones. */
void client_connection_set_state(struct client_connection *c, enum client_state state);
/** Take the latest kept connection that is still open, for a call; NULL. */
struct client_connection *pool_take(struct client_receiver *receiver);
/** Keep a connection whose answer was whole, or drop it. */
void pool_keep(struct client_connection *c);
/** Close at the end of the turn; whoever has its call must have let go of it. */
void pool_drop(struct client_connection *c);
/** Drop all kept connections. */
void pool_clear(struct http_client *client);

/* client_call.c */

/** Make a call, or take a spare one; everything but the answer's head is cleared. */
struct http_call *client_call_new(struct http_client *client);
/** Free a call (a struct http_call *), or keep its memory for the next. */
void client_call_free(void *object);
/** Free a call with its memory. */
void client_call_release(struct http_call *call);
/** Take a call out of everything that could still reach it; freed at the end of the turn. */
void client_call_detach(struct http_call *call);
/** It failed: tell its owner. */
void client_call_fail(struct http_call *call, enum rc rc, const struct err *err);
/** The answer's head is read: tell its owner. */
void client_call_head_read(struct http_call *call);
/** body, received or whole have moved: tell its owner what is to be told. */
void client_call_body_arrived(struct http_call *call);
/** Call on_writable if it is waited for and little enough is unsent. True when it was called. */
bool client_call_tell_writable(struct http_call *call);
/** The owner has taken everything: tell it the end, unless it gave up meanwhile.
 * object is a struct http_call *. */
void client_call_end_later(void *object);
/** Bytes queued that have not left. */
static inline size_t client_call_unsent(const struct http_call *call)
{
	return call->out.n - call->out_sent;
}

/* client_answer.c */

/** Note what to wait for. Returns RC_AGAIN. */
static inline enum rc client_connection_rest(struct client_connection *c, unsigned interest)
{
	c->interest |= interest;
	return RC_AGAIN;
}
/** Read the answer's head, as far as it has come; nothing once it is read.
 * RC_AGAIN not whole yet, noted; RC_PROTO, RC_LIMIT, RC_CLOSED. */
MUST_USE enum rc client_answer_read_head(struct client_connection *c, struct err *reterr);
/** Read on in the body, as far as its window goes. RC_AGAIN not whole yet, noted; RC_PROTO, RC_LIMIT. */
MUST_USE enum rc client_answer_read_body(struct client_connection *c, struct err *reterr);

/* client_connection.c */

/** Find or open a connection for a call, and go on. */
void client_connection_begin(struct http_call *call);
/** Go on at the end of this turn. */
void client_connection_schedule(struct client_connection *c);
/** Send what a call has queued, as far as it goes now. RC_AGAIN; other errors: the server does not listen. */
enum rc client_connection_send(struct client_connection *c, struct err *reterr);
