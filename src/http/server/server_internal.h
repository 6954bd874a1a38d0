/* SPDX-License-Identifier: Apache-2.0
 * What the files of the HTTP server share: its lists, connections and exchanges, and what a version of HTTP
 * does for them. */
#pragma once

#include "base/memory.h"
#include "http/h1.h"
#include "http/rate.h"
#include "http/server/server.h"
#include "os/socket.h"

/* Exchanges and buffers kept for the next request, so that a request allocates nothing and an idle connection
 * holds nothing. */
#define SERVER_SPARES_MAX 64
/* A buffer that grew above this is freed and not kept [bytes]. */
#define SERVER_SPARE_BYTES_MAX ((size_t)256 * 1024)
/* One read of a connection [bytes]: a record of TLS. */
#define CONNECTION_READ_BYTES ((size_t)16 * 1024)
/* Above this http_exchange_write() says false, below that on_writable comes [bytes]. */
#define EXCHANGE_WRITE_HIGH ((size_t)128 * 1024)
#define EXCHANGE_WRITE_LOW ((size_t)32 * 1024)

enum connection_state {
	CONNECTION_HANDSHAKE,
	CONNECTION_IDLE, /* no byte of a request yet */
	CONNECTION_HEAD, /* some bytes of a head */
	/* head handled, body arriving; of a streamed one the answer may be going out already */
	CONNECTION_BODY,
	CONNECTION_HANDLING, /* the body is whole, the program works on its answer */
	CONNECTION_WRITING,  /* the answer is finished and goes out */
	CONNECTION_LINGER,   /* all said: what the peer still sends is dropped until it closes */
	CONNECTION_ENDED,
	CONNECTION_STATES,
};

/** Connections of one state, oldest first. */
struct connection_list {
	struct http_connection *first, *last;
	size_t n;
};

struct server_listener {
	struct server_listener *next;
	struct http_server *server;
	struct loop_watch *watch;
	int fd;
	http_transport_fn hook;
	void *hook_context;
};

struct http_server {
	struct loop *loop;
	struct http_server_options options;
	struct http_handler handler;
	void *ctx;
	struct server_listener *listeners;
	struct connection_list lists[CONNECTION_STATES];
	size_t n_connections;
	bool accepting;
	struct loop_timer *accept_timer; /* accepts again after a pause */
	bool draining;
	struct loop_timer *drain_timer;
	void (*drained)(void *ctx);
	void *drained_ctx;
	int64_t date_second;
	char date[32];
	struct http_exchange *spare_exchanges; /* linked by next_spare */
	size_t n_spare_exchanges;
	struct buf spare_buffers[SERVER_SPARES_MAX];
	size_t n_spare_buffers;
};

/**
 * What a version of HTTP does for an exchange. server_exchange.c calls these once it has checked what all
 * versions have in common; none of them calls the program back, that comes from the connection's own turn.
 */
struct exchange_ops {
	/** The body is wanted, as x->body_max and x->streamed say: have it sent. */
	void (*accept_body)(struct http_exchange *x);
	/** n [bytes] of x->body were taken out: let the peer send so many more. */
	void (*consumed)(struct http_exchange *x, size_t n);
	/** Queue the answer's head; x->answer_length and x->bodyless are set. */
	void (*begin)(struct http_exchange *x, int status, const struct http_field *fields, size_t n_fields);
	/** Queue a part of the body; never empty, never above x->answer_length in all. */
	void (*write)(struct http_exchange *x, struct str bytes);
	/** Bytes queued that have not left. */
	size_t (*unsent)(const struct http_exchange *x);
	/** Queue the end of the body. */
	void (*finish)(struct http_exchange *x);
	/** Break it off; on_abort comes by exchange_abort(), later. */
	void (*cut)(struct http_exchange *x);
};

/** One request and its answer. What the program sees of it stands here, whichever version carries it. */
struct http_exchange {
	const struct exchange_ops *ops;
	struct http_server *server;
	struct http_connection *connection;
	struct http_exchange *next_spare;
	struct h2_stream *stream; /* of HTTP/2, until its answer is out; NULL */
	struct buf head;          /* what the request's slices point into */
	struct mono start;
	/* The body. */
	struct buf body;   /* arrived and not consumed; its maximum is the limit or the window */
	uint64_t body_max; /* [bytes] accepted in all */
	uint64_t received; /* [bytes] arrived in all */
	uint64_t told;     /* received, when the program was told last */
	bool deferred;     /* whether the body is wanted is said later */
	bool accepted;     /* the body is wanted */
	bool streamed;     /* in parts */
	bool whole;        /* it has been read to its end */
	bool told_whole;   /* and the program was told so */
	struct h1_chunks chunks;
	/* The budget. */
	struct budget_account *account; /* NULL: nothing is counted yet */
	uint64_t held;                  /* [bytes] taken from it */
	uint64_t body_held;             /* [bytes] of them for body */
	/* The answer. */
	uint64_t answer_length; /* [bytes] or HTTP_LENGTH_UNKNOWN */
	uint64_t written;       /* [bytes] */
	bool begun, finished;
	bool cut;      /* it ends as soon as nobody stands in it */
	bool bodyless; /* HEAD, 204, 304 */
	bool blocked;  /* http_exchange_write() said false */
	void *user;
	struct rate rate;          /* of the body's arrival; from here on it is large, and not cleared */
	struct h1_request request; /* HTTP/2 fills it as if it had been sent so */
};

/** What a version of HTTP does on a connection after its handshake. */
struct connection_protocol {
	/** Go one step; false: wait for what connection_read() and connection_flush() asked for. */
	bool (*step)(struct http_connection *c);
	/** due_in has passed. */
	void (*timed_out)(struct http_connection *c);
	/** Put the answer to a malformed request into the output: c->refusal is its status. */
	void (*refuse)(struct http_connection *c, const struct http_field *fields, size_t n_fields,
		       struct str body);
	/** What came is no request, in state IDLE, HEAD or BODY: answer with status, then end.
	 * NULL in HTTP/2, which tells it itself. */
	void (*malformed)(struct http_connection *c, int status, const char *why);
	/** The server drains: take no new requests, as far as the peer can be told. May be NULL. */
	void (*drain)(struct http_connection *c);
	/** An idle connection is about to end: tell the peer, if that can be done at once. May be NULL. */
	void (*goodbye)(struct http_connection *c);
	/** The connection ends: exchange_abort() every exchange, free what belongs to the version. */
	void (*end)(struct http_connection *c);
};

struct http_connection {
	struct http_server *server;
	const struct connection_protocol *protocol;
	struct http_connection *next, *previous; /* in the list of its state */
	enum connection_state state;
	bool running;      /* in connection_run() */
	bool scheduled;    /* connection_run() comes at the end of the turn */
	bool readable;     /* the transport may hold more than was read */
	bool eof;          /* the peer sends no more */
	bool last;         /* closes after this answer */
	int refusal;       /* status of the answer that on_malformed may still add to, else 0 */
	unsigned interest; /* gathered in this run: what to wait for */
	unsigned budget;   /* reads and writes left in this run */
	struct transport *transport;
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct mono due_in;  /* us 0: none. What the peer has to send by then */
	struct mono due_out; /* us 0: none. When it is looked at next how much it has taken */
	struct rate out_rate;
	uint64_t taken; /* [bytes] */
	struct buf in;
	size_t scanned; /* [bytes] of in looked at for the head's end */
	struct buf out;
	size_t out_sent;                /* [bytes] */
	size_t lingered;                /* [bytes] dropped */
	struct http_exchange *exchange; /* of HTTP/1.1 */
	struct h2_connection *h2;       /* of HTTP/2 */
	bool is_unix;
	uid_t uid;
	char peer[SOCKET_PEER_SIZE];
	void *user;
};

/* server_count.c */

/** Take connections off the listeners, or leave them in their queue. A server that drains takes none. */
void server_set_accepting(struct http_server *server, bool accepting);
/** One connection less: accept again, tell that the server has drained. */
void server_connection_gone(struct http_server *server);
/** Tell that the server has drained, once. */
void server_tell_drained(struct http_server *server);

/* server_buffers.c */

/** Free all spare memory. */
void server_free_spares(struct http_server *server);
/** Fill an empty buffer with spare memory; its maximum stays. */
void server_take_buffer(struct http_server *server, struct buf *b);
/** Give a buffer's memory back and empty it; its maximum stays. */
void server_give_buffer(struct http_server *server, struct buf *b);

/* server_connection.c: what all versions need of a connection. */

/** Begin to serve a transport (taken). */
enum rc connection_start(struct http_server *server, struct transport *take_transport, struct err *reterr);
/** The same, at the end of this turn. */
void connection_schedule(struct http_connection *c);
/** End at once; tells the program; freed at the end of the turn. */
void connection_end(struct http_connection *c);
/** Let an idle connection go: told to its peer, closed once the peer has closed.
 * One whose request has just come is served. */
void connection_let_go(struct http_connection *c);
/** The only writer of the state; keeps the server's lists. */
void connection_set_state(struct http_connection *c, enum connection_state state);
/** The peer has to send within ms [ms] what it owes; 0: it owes nothing. */
void connection_due_in(struct http_connection *c, uint32_t ms);
/** Read up to size [bytes] into out. RC_AGAIN: nothing now, and what to wait for is noted;
 * RC_CLOSED sets eof. */
enum rc connection_read(struct http_connection *c, char *out, size_t size, size_t *ret_n);
/** The same, appended to c->in as far as it has room; RC_LIMIT when it has none. */
enum rc connection_fill(struct http_connection *c);
/** Send what stands in c->out. RC_OK all is out and c->out is empty; RC_AGAIN not all, noted;
 * RC_IO and others: end. */
enum rc connection_flush(struct http_connection *c);
/** Bytes in c->out that have not left. */
static inline size_t connection_unsent(const struct http_connection *c)
{
	return c->out.n - c->out_sent;
}
/** All is said: shut down our side, and drop what the peer still sends. */
void connection_linger(struct http_connection *c);
/** Write without waiting, counted as taken by the peer; as transport_write(). */
enum rc connection_write(struct http_connection *c, struct str bytes, size_t *ret_n);

/* server_exchange.c: what all versions need of an exchange. */

/** Make an exchange (or take a spare one), everything but its request cleared. */
struct http_exchange *exchange_new(struct http_connection *c, const struct exchange_ops *ops);
/** Free it, or keep it for the next request; accepts NULL. */
void exchange_free(struct http_exchange *x);
/** Tell the program that it is over, and free it; accepts NULL. */
void exchange_abort(struct http_exchange *x);
/** Tell the program that the answer has left, and free it. */
void exchange_sent(struct http_exchange *x);
/** The head is read: ask the program. */
void exchange_head_read(struct http_exchange *x);
/**
 * x->body, x->received or x->whole have moved: tell the program what it is to be told:
 * on_body of a streamed body, on_request of a whole one. May end the exchange's answer, not the exchange.
 */
void exchange_body_arrived(struct http_exchange *x);
/** The body went above x->body_max: tell the program, answer 413, or cut. */
void exchange_over_limit(struct http_exchange *x);
/** Call on_writable if it is waited for and little enough is unsent. True when it was called. */
bool exchange_tell_writable(struct http_exchange *x);
/**
 * Make room for n [bytes] more of the body, as far as its maximum goes: counted, then allocated.
 * False: that cannot be had; the program was told, the exchange answered or cut.
 */
MUST_USE bool exchange_make_room(struct http_exchange *x, size_t n);
/** Whether its body comes below the least rate, and that is the peer's doing;
 * asked each exchange_rate_ms(). */
bool exchange_is_too_slow(struct http_exchange *x);
/** The program held the body up until now: the peer's rate counts from here. */
void exchange_rate_begin(struct http_exchange *x);
/** How often bodies are looked at [ms]. */
uint32_t exchange_rate_ms(const struct http_server *server);
/** Whether a field may stand in an answer as the program gave it;
 * Content-Length, Date and hop-by-hop fields may not. */
bool exchange_may_send(const struct http_field *f);
/** The Date field's value now: "Sun, 06 Nov 1994 08:49:37 GMT". */
const char *exchange_date(struct http_server *server);

/* server_h1.c */

/** HTTP/1.1, spoken unless something else was agreed upon in the handshake. */
extern const struct connection_protocol H1_PROTOCOL;

/* server_h2.c */

/** HTTP/2, where the handshake agreed on it. */
extern const struct connection_protocol H2_PROTOCOL;
