/* SPDX-License-Identifier: Apache-2.0
 * One HTTP/2 connection as a server: bytes in, requests out; answers in, bytes out. Knows no socket. */
#pragma once

#include "base/clock.h"
#include "http/h2_head.h"
#include "http/rate.h"

struct h2_session;
struct h2_stream; /* one request and its answer, until on_closed */

/** Limits; a zeroed field takes the default in brackets. */
struct h2_options {
	size_t max_head;        /* [64 KiB] counted as RFC 9113 §6.5.2 does */
	size_t max_fields;      /* [101] */
	uint32_t max_streams;   /* [100] open at once; the stream above it is an error of the connection */
	uint32_t reset_burst;   /* [200] resets by the peer, and streams that it makes us reset */
	uint32_t reset_rate;    /* [50] of them that are forgiven a second */
	uint32_t control_burst; /* [1000] frames that carry nothing: PING, SETTINGS, PRIORITY, empty DATA */
	uint32_t control_rate;  /* [100] of them that are forgiven a second */
};

/* What the peer may send of one stream before any of it is consumed [bytes], and once its body is wanted. */
#define H2_STREAM_WINDOW_FIRST ((size_t)65535)
#define H2_STREAM_WINDOW ((size_t)128 * 1024 - 1)

/** What comes of h2_session_input() and h2_session_output(); ctx is the one given to h2_session_new(). */
struct h2_events {
	/** A request's fields have come: h2_stream_read_head() in this call.
	 * Where that fails, answer with h2_stream_begin() or leave the stream to be reset. */
	void (*on_head)(void *ctx, struct h2_stream *stream);
	/** Some of the body came. All of it counts against the stream's window until h2_stream_consume(). */
	void (*on_data)(void *ctx, struct h2_stream *stream, struct str bytes);
	/** The body is whole and as long as it was declared. Not called for a request without a body. */
	void (*on_end)(void *ctx, struct h2_stream *stream);
	/** The body is malformed: answer, unless an answer was begun; the stream is reset in any case. */
	void (*on_malformed)(void *ctx, struct h2_stream *stream, const char *why);
	/** The last frame of the answer stands in the output. */
	void (*on_sent)(void *ctx, struct h2_stream *stream);
	/** The stream is over, and freed after this call; before on_sent: it was reset by either side. */
	void (*on_closed)(void *ctx, struct h2_stream *stream);
	/** The peer broke the protocol or a limit; why is for people.
	 * The output tells the peer, then the session is over. */
	void (*on_failed)(void *ctx, const char *why);
};

/** Make a session; its SETTINGS stand in the output. options may be NULL, events is copied.
 * Free with h2_session_free(). */
MUST_USE enum rc h2_session_new(struct h2_session **ret, const struct h2_options *options,
				const struct h2_events *events, void *ctx, struct err *reterr);
/** Free it and its streams, without an event; not inside one. Accepts NULL. */
void h2_session_free(struct h2_session *session);
/** Tell the time; before the other calls, as often as it may have moved. */
void h2_session_set_time(struct h2_session *session, struct mono now);

/** Take bytes of the peer, all of them. RC_PROTO the peer is told in the output and nothing more is taken. */
MUST_USE enum rc h2_session_input(struct h2_session *session, struct str bytes, struct err *reterr);
/** Append what is to be sent, until out holds enough [bytes] or there is no more.
 * RC_BUG the session cannot go on. */
MUST_USE enum rc h2_session_output(struct h2_session *session, struct buf *out, size_t enough);
/** Whether anything is to be sent that no window holds back. */
bool h2_session_has_output(const struct h2_session *session);
/** Whether all is said: nothing to be sent, and nothing expected. */
bool h2_session_is_over(const struct h2_session *session);
/** Whether the peer's preface with its first SETTINGS has come. */
bool h2_session_is_open(const struct h2_session *session);
/** Whether a header block has begun and not ended; *ret_since (may be NULL) is when. */
bool h2_session_in_head(const struct h2_session *session, struct mono *ret_since);
/** Take no new requests: the peer is told, what it sent before it knew is still served, then the session is
 * over. */
void h2_session_drain(struct h2_session *session);
/** Say goodbye: GOAWAY in the output, input is ignored from now on.
 * calm: for the peer's going on in a way it must not. */
void h2_session_close(struct h2_session *session, bool calm);
/** Reset the streams whose answer is out for ms [ms], and whose request still does not end. */
void h2_session_reap(struct h2_session *session, uint32_t ms);
/** No event comes from now on; for the end inside an event. */
void h2_session_mute(struct h2_session *session);

/** First stream, and the next one behind a stream; NULL at the end. */
struct h2_stream *h2_session_first_stream(const struct h2_session *session);
struct h2_stream *h2_stream_next(const struct h2_stream *stream);

/** In on_head: h2_head_read() of this stream's fields. */
MUST_USE enum rc h2_stream_read_head(struct h2_stream *stream, struct buf *bytes, struct h1_request *ret,
				     int *ret_status, struct err *reterr);
void h2_stream_set_user(struct h2_stream *stream, void *user);
void *h2_stream_user(const struct h2_stream *stream);
/** Answer 100 to a request that waits for it. */
void h2_stream_continue(struct h2_stream *stream);
/** The body is wanted: its window is opened wide. */
void h2_stream_widen(struct h2_stream *stream);
/** n [bytes] of the body are done with: the peer may send so many more. */
void h2_stream_consume(struct h2_stream *stream, size_t n);
/** What still comes of the body is dropped, and does not stop the peer. */
void h2_stream_discard(struct h2_stream *stream);
/** Begin the answer, once; fields as they are to stand, in any case of letters.
 * has_body false: it ends with its head. */
void h2_stream_begin(struct h2_stream *stream, int status, const struct http_field *fields, size_t n_fields,
		     bool has_body);
/** Queue a part of the answer's body; copied. */
void h2_stream_write(struct h2_stream *stream, struct str bytes);
/** The answer is written to its end. What comes of the request after it is dropped:
 * at most 4 MiB, then it is reset without an error, as RFC 9113 §8.1 allows; or by h2_session_reap(). */
void h2_stream_finish(struct h2_stream *stream);
/** Bytes of the answer that do not stand in the output yet. */
size_t h2_stream_unsent(const struct h2_stream *stream);
/** Whether some are, or the end is, and the peer takes them below the least rate [bytes/s] over a window
 * [ms]: rate_is_too_slow(), which is to be asked each rate_interval_ms(). */
bool h2_stream_is_too_slow(struct h2_stream *stream, uint32_t window_ms, uint32_t least);
/** Break it off: the caller sees a broken transfer. INTERNAL_ERROR, or PROTOCOL_ERROR where the request is
 * malformed. on_closed comes from the output. */
void h2_stream_reset(struct h2_stream *stream);
