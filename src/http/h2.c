/* SPDX-License-Identifier: Apache-2.0
 * nghttp2 behind an interface of our own. */
#include "http/h2.h"

#include "base/memory.h"
#include "http/h2_guard.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>

/* = RFC 9113 §4.2: a head of 64 KiB takes five frames; the rest is for those who cut theirs smaller. */
#define CONTINUATIONS_MAX 8
/* Answers to PING and SETTINGS that a peer who reads nothing can make us hold. */
#define ACKS_MAX 100
#define SETTINGS_MAX 32
/* What the streams of one connection may send together before we have looked at it;
 * not what is held: that is the windows of the streams. */
#define CONNECTION_WINDOW ((int32_t)1024 * 1024)
/* As the size line of a chunked body's trailers, h1_chunks.c. */
#define TRAILERS_MAX ((size_t)8 * 1024)
/* Read past behind an answer that is out. */
#define UNREAD_MAX ((uint64_t)4 * 1024 * 1024)
/* Head of an answer; that of a receiver is at most half of it. */
#define ANSWER_HEAD_MAX ((size_t)128 * 1024)

#define DEFAULT(field, value) (options && options->field ? options->field : (value))

/* So many at once, and so many more each second. */
struct bucket {
	uint32_t burst, rate;
	int64_t tokens_us; /* one token is a second's worth divided by rate */
	struct mono at;
};

struct h2_session {
	nghttp2_session *session;
	struct h2_events events;
	void *ctx;
	struct h1_limits limits;
	struct h2_guard guard;
	struct mono now;
	struct h2_stream *streams; /* newest first */
	struct h2_head *head;      /* of the block that is being decoded, or NULL */
	struct mono head_since;
	const char *trailer_wrong; /* what is wrong with the trailers that are being decoded */
	size_t trailer_size;
	struct bucket resets, controls;
	char why[256];
	bool opened, failed, mute, draining, drained;
};

struct h2_stream {
	struct h2_session *session;
	struct h2_stream *next, *previous;
	int32_t id;
	void *user;
	uint64_t expected; /* [bytes] of body declared, or UINT64_MAX */
	uint64_t received; /* [bytes] */
	bool ended;        /* the request is whole */
	bool malformed;    /* it ends with a reset, answered or not */
	bool discard;      /* nobody reads what still comes */
	bool begun, finished, sent;
	uint64_t unread;     /* [bytes] of body that came after the answer was out */
	struct mono sent_at; /* when it was out */
	bool deferred;       /* nghttp2 waits to be told of more */
	struct buf out;
	size_t out_sent;  /* [bytes] */
	uint64_t taken;   /* [bytes] of the answer */
	struct rate rate; /* of their taking; begun while some wait, or the end does */
};

static const unsigned char DRAIN_PING[8] = { 'd', 'r', 'a', 'i', 'n', 'i', 'n', 'g' };

static bool bucket_take(struct bucket *b, struct mono now)
{
	int64_t each_us = US_PER_SECOND / b->rate;
	int64_t most = each_us * b->burst;
	int64_t since = now.us - b->at.us;
	b->tokens_us += since < most ? since : most;
	b->tokens_us = b->tokens_us < most ? b->tokens_us : most;
	b->at = now;
	if (b->tokens_us < each_us) {
		return false;
	}
	b->tokens_us -= each_us;
	return true;
}

static struct bucket bucket_full(uint32_t burst, uint32_t rate)
{
	return (struct bucket){ .burst = burst, .rate = rate, .tokens_us = US_PER_SECOND / rate * burst };
}

static void tell_failed(struct h2_session *s, const char *why)
{
	if (s->failed || s->mute) {
		return;
	}
	s->failed = true;
	s->events.on_failed(s->ctx, why);
}

/* The peer does what nobody needs, faster than is forgiven. */
static void too_much(struct h2_session *s, const char *why)
{
	(void)nghttp2_session_terminate_session(s->session, NGHTTP2_ENHANCE_YOUR_CALM);
	tell_failed(s, why);
}

static struct h2_stream *stream_of(struct h2_session *s, int32_t id)
{
	return nghttp2_session_get_stream_user_data(s->session, id);
}

static void stream_free(struct h2_stream *stream)
{
	struct h2_session *s = stream->session;
	*(stream->previous ? &stream->previous->next : &s->streams) = stream->next;
	if (stream->next) {
		stream->next->previous = stream->previous;
	}
	buf_fini(&stream->out);
	mem_free(stream);
}

static void stream_new(struct h2_session *s, int32_t id)
{
	struct h2_stream *stream = mem_alloc(sizeof(*stream));
	*stream = (struct h2_stream){
		.session = s, .next = s->streams, .id = id, .expected = UINT64_MAX, .out = BUF(SIZE_MAX)
	};
	if (s->streams) {
		s->streams->previous = stream;
	}
	s->streams = stream;
	(void)nghttp2_session_set_stream_user_data(s->session, id, stream);
}

static void reset(struct h2_stream *stream, uint32_t code)
{
	(void)nghttp2_submit_rst_stream(stream->session->session, NGHTTP2_FLAG_NONE, stream->id, code);
}

/* = RFC 9113 §8.1.1: a malformed request is a stream error;
 * a whole answer may go before it, and half of one ends here. */
static void malformed(struct h2_stream *stream, const char *why)
{
	struct h2_session *s = stream->session;
	bool had_begun = stream->begun;
	if (stream->malformed) {
		return;
	}
	stream->malformed = true;
	h2_stream_discard(stream);
	s->events.on_malformed(s->ctx, stream, why);
	if (!stream->begun || stream->sent || (had_begun && !stream->finished)) {
		reset(stream, NGHTTP2_PROTOCOL_ERROR);
	}
}

static void head_free(struct h2_session *s)
{
	if (s->head) {
		h2_head_fini(s->head);
	}
	mem_free(TAKE(s->head));
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct h2_session *s = context;
	s->head_since = s->now;
	s->trailer_wrong = NULL;
	s->trailer_size = 0;
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
		return 0;
	}
	head_free(s);
	s->head = mem_alloc(sizeof(*s->head));
	h2_head_init(s->head, &s->limits);
	stream_new(s, frame->hd.stream_id);
	return 0;
}

/* = RFC 9113 §8.1: trailers hold no pseudo-header fields. They are checked, and dropped as HTTP/1.1's are. */
static void check_trailer(struct h2_session *s, struct str name, struct str value)
{
	s->trailer_size += name.n + value.n;
	if (s->trailer_size > TRAILERS_MAX) {
		s->trailer_wrong = "trailers larger than allowed";
	}
	if (!s->trailer_wrong) {
		s->trailer_wrong = h2_field_check(name, value);
	}
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_n,
		     const uint8_t *value, size_t value_n, uint8_t flags, void *context)
{
	struct h2_session *s = context;
	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST && s->head) {
		h2_head_add(s->head, str_from(name, name_n), str_from(value, value_n));
	} else {
		check_trailer(s, str_from(name, name_n), str_from(value, value_n));
	}
	return s->mute ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static void request_received(struct h2_session *s, struct h2_stream *stream, bool end)
{
	stream->ended = end;
	s->events.on_head(s->ctx, stream);
	head_free(s);
	if (stream->discard && !stream->begun && !s->mute) {
		reset(stream, NGHTTP2_PROTOCOL_ERROR);
	}
}

static void body_ended(struct h2_session *s, struct h2_stream *stream)
{
	stream->ended = true;
	if (stream->expected != UINT64_MAX && stream->received != stream->expected) {
		malformed(stream, "a body shorter than its Content-Length");
	} else if (!stream->discard) {
		s->events.on_end(s->ctx, stream);
	}
}

static void trailers_received(struct h2_session *s, struct h2_stream *stream, bool end)
{
	stream->ended = stream->ended || end;
	if (!end) {
		malformed(stream, "a second header block that does not end the request");
	} else if (s->trailer_wrong) {
		malformed(stream, s->trailer_wrong);
	} else {
		body_ended(s, stream);
	}
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *context)
{
	struct h2_session *s = context;
	switch (hd->type) {
	case NGHTTP2_DATA:
	case NGHTTP2_HEADERS:
	case NGHTTP2_RST_STREAM:
	case NGHTTP2_WINDOW_UPDATE:
	case NGHTTP2_GOAWAY:
	case NGHTTP2_CONTINUATION: return 0;
	default:
		if (!bucket_take(&s->controls, s->now)) {
			too_much(s, "more PING, SETTINGS and PRIORITY frames than allowed");
		}
		return 0;
	}
}

static void data_frame_received(struct h2_session *s, struct h2_stream *stream, const nghttp2_frame *frame)
{
	bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
	if (frame->hd.length <= frame->data.padlen && !end && !bucket_take(&s->controls, s->now)) {
		too_much(s, "more empty DATA frames than allowed");
	} else if (end && stream) {
		body_ended(s, stream);
	}
}

/* = RFC 9113 §6.8: what was sent before the peer knew has arrived with its answer to our PING. */
static void ping_received(struct h2_session *s, const nghttp2_frame *frame)
{
	if (!s->draining || s->drained || !(frame->hd.flags & NGHTTP2_FLAG_ACK) ||
	    memcmp(frame->ping.opaque_data, DRAIN_PING, sizeof(DRAIN_PING)) != 0) {
		return;
	}
	s->drained = true;
	(void)nghttp2_submit_goaway(s->session, NGHTTP2_FLAG_NONE,
				    nghttp2_session_get_last_proc_stream_id(s->session), NGHTTP2_NO_ERROR,
				    NULL, 0);
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct h2_session *s = context;
	struct h2_stream *stream = frame->hd.stream_id ? stream_of(s, frame->hd.stream_id) : NULL;
	bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
	if (frame->hd.type == NGHTTP2_SETTINGS) {
		s->opened = true;
	} else if (frame->hd.type == NGHTTP2_PING) {
		ping_received(s, frame);
	} else if (frame->hd.type == NGHTTP2_DATA) {
		data_frame_received(s, stream, frame);
	} else if (frame->hd.type == NGHTTP2_HEADERS && stream &&
		   frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
		request_received(s, stream, end);
	} else if (frame->hd.type == NGHTTP2_HEADERS && stream) {
		trailers_received(s, stream, end);
	}
	if (frame->hd.type == NGHTTP2_HEADERS) {
		s->head_since = (struct mono){ 0 };
	}
	return s->mute ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t n,
			 void *context)
{
	struct h2_session *s = context;
	struct h2_stream *stream = stream_of(s, id);
	(void)nghttp2_session_consume_connection(session, n);
	if (!stream) {
		return 0;
	}
	stream->received += n;
	if (stream->received > stream->expected) {
		malformed(stream, "a body longer than its Content-Length");
	}
	if (stream->sent && (stream->unread += n) > UNREAD_MAX) {
		reset(stream, NGHTTP2_NO_ERROR);
	} else if (stream->discard) {
		(void)nghttp2_session_consume_stream(session, id, n);
	} else {
		s->events.on_data(s->ctx, stream, str_from(data, n));
	}
	return s->mute ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static void answer_sent(struct h2_session *s, struct h2_stream *stream)
{
	stream->sent = true;
	stream->sent_at = s->now;
	s->events.on_sent(s->ctx, stream);
	/* = RFC 9113 §8.1: the rest of a request may be cut off without an error.
	 * But there are clients that see the reset alone, where it meets them sending; so the body is read
	 * past for a while, as HTTP/1.1 lingers. */
	h2_stream_discard(stream);
	/* Behind an answer that is whole: who takes it as the end passes over the reset, as it must over one
	 * that crosses. */
	if (stream->malformed) {
		reset(stream, NGHTTP2_PROTOCOL_ERROR);
	}
}

/* What the peer's own mistakes make us reset costs it as its own resets do. */
static void count_reset(struct h2_session *s, uint32_t code)
{
	if (code == NGHTTP2_NO_ERROR || code == NGHTTP2_CANCEL || code == NGHTTP2_INTERNAL_ERROR) {
		return;
	}
	if (!bucket_take(&s->resets, s->now)) {
		too_much(s, "more malformed streams than allowed");
	}
}

static void goaway_sent(struct h2_session *s, const nghttp2_goaway *goaway)
{
	/* nghttp2 would send a PING before a GOAWAY; its answer is to tell that the GOAWAY was read. */
	if (s->draining && !s->drained && goaway->error_code == NGHTTP2_NO_ERROR) {
		(void)nghttp2_submit_ping(s->session, NGHTTP2_FLAG_NONE, DRAIN_PING);
	}
	if (goaway->error_code == NGHTTP2_NO_ERROR) {
		return;
	}
	if (goaway->opaque_data_len > 0) {
		(void)snprintf(s->why, sizeof(s->why), "%.*s", (int)goaway->opaque_data_len,
			       (const char *)goaway->opaque_data);
	} else if (!s->why[0]) {
		(void)snprintf(s->why, sizeof(s->why), "%s", nghttp2_http2_strerror(goaway->error_code));
	}
	tell_failed(s, s->why);
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct h2_session *s = context;
	struct h2_stream *stream = NULL;
	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		stream = stream_of(s, frame->hd.stream_id);
		if (stream && frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
			answer_sent(s, stream);
		}
		break;
	case NGHTTP2_RST_STREAM: count_reset(s, frame->rst_stream.error_code); break;
	case NGHTTP2_GOAWAY: goaway_sent(s, &frame->goaway); break;
	default: break;
	}
	return s->mute ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* An answer whose head nghttp2 does not take would leave its caller waiting. */
static int on_frame_not_send(nghttp2_session *session, const nghttp2_frame *frame, int code, void *context)
{
	struct h2_session *s = context;
	struct h2_stream *stream = stream_of(s, frame->hd.stream_id);
	if (frame->hd.type == NGHTTP2_HEADERS && stream) {
		reset(stream, NGHTTP2_INTERNAL_ERROR);
	}
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *context)
{
	struct h2_session *s = context;
	struct h2_stream *stream = stream_of(s, id);
	if (!stream) {
		return 0;
	}
	s->events.on_closed(s->ctx, stream);
	stream_free(stream);
	(void)nghttp2_session_set_stream_user_data(session, id, NULL);
	return s->mute ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_error(nghttp2_session *session, int code, const char *text, size_t n, void *context)
{
	struct h2_session *s = context;
	(void)snprintf(s->why, sizeof(s->why), "%.*s", (int)n, text);
	return 0;
}

static nghttp2_session_callbacks *callbacks_new(void)
{
	nghttp2_session_callbacks *c = NULL;
	if (nghttp2_session_callbacks_new(&c) != 0) {
		return NULL;
	}
	nghttp2_session_callbacks_set_on_begin_frame_callback(c, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(c, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame_recv);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_send_callback(c, on_frame_send);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(c, on_frame_not_send);
	nghttp2_session_callbacks_set_on_stream_close_callback(c, on_stream_close);
	nghttp2_session_callbacks_set_error_callback2(c, on_error);
	return c;
}

static nghttp2_option *option_new(const struct h2_session *s)
{
	nghttp2_option *o = NULL;
	if (nghttp2_option_new(&o) != 0) {
		return NULL;
	}
	/* The windows open as the program reads, and messages are judged by h2_head.c, with a sentence and an
	 * answer. */
	nghttp2_option_set_no_auto_window_update(o, 1);
	nghttp2_option_set_no_http_messaging(o, 1);
	nghttp2_option_set_no_closed_streams(o, 1);
	nghttp2_option_set_stream_reset_rate_limit(o, s->resets.burst, s->resets.rate);
	nghttp2_option_set_max_continuations(o, CONTINUATIONS_MAX);
	nghttp2_option_set_max_outbound_ack(o, ACKS_MAX);
	nghttp2_option_set_max_settings(o, SETTINGS_MAX);
	nghttp2_option_set_max_send_header_block_length(o, ANSWER_HEAD_MAX);
	return o;
}

static int start(struct h2_session *s, uint32_t max_streams)
{
	nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)s->limits.max_head },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, (uint32_t)H2_STREAM_WINDOW_FIRST },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};
	int result = nghttp2_submit_settings(s->session, NGHTTP2_FLAG_NONE, settings, ARRAY_SIZE(settings));
	return result ? result
		      : nghttp2_session_set_local_window_size(s->session, NGHTTP2_FLAG_NONE, 0,
							      CONNECTION_WINDOW);
}

enum rc h2_session_new(struct h2_session **ret, const struct h2_options *options,
		       const struct h2_events *events, void *ctx, struct err *reterr)
{
	struct h2_session *s = mem_alloc(sizeof(*s));
	*s = (struct h2_session){
		.events = *events,
		.ctx = ctx,
		.limits = { .max_head = DEFAULT(max_head, HTTP_HEAD_MAX),
			    .max_fields = DEFAULT(max_fields, HTTP_FIELDS_MAX) },
		.resets = bucket_full(DEFAULT(reset_burst, 200), DEFAULT(reset_rate, 50)),
		.controls = bucket_full(DEFAULT(control_burst, 1000), DEFAULT(control_rate, 100)),
	};
	h2_guard_init(&s->guard);
	nghttp2_session_callbacks *callbacks = callbacks_new();
	nghttp2_option *option = option_new(s);
	int result = NGHTTP2_ERR_NOMEM;
	if (callbacks && option) {
		result = nghttp2_session_server_new2(&s->session, callbacks, s, option);
	}
	if (result == 0) {
		result = start(s, DEFAULT(max_streams, 100));
	}
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(option);
	if (result != 0) {
		h2_session_free(s);
		return err_set(reterr, RC_BUG, "cannot make an HTTP/2 session: %s", nghttp2_strerror(result));
	}
	*ret = s;
	return RC_OK;
}

void h2_session_free(struct h2_session *session)
{
	if (!session) {
		return;
	}
	nghttp2_session_del(session->session);
	while (session->streams) {
		stream_free(session->streams);
	}
	head_free(session);
	mem_free(session);
}

void h2_session_set_time(struct h2_session *session, struct mono now)
{
	session->now = now;
}

/* A flood is told as such; for the rest the peer did not speak HTTP/2 at all. */
static uint32_t code_for(int result)
{
	switch (result) {
	case NGHTTP2_ERR_FLOODED:
	case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS: return NGHTTP2_ENHANCE_YOUR_CALM;
	case NGHTTP2_ERR_BAD_CLIENT_MAGIC: return NGHTTP2_PROTOCOL_ERROR;
	default: return NGHTTP2_INTERNAL_ERROR;
	}
}

static enum rc hand_on(struct h2_session *s, struct str bytes, struct err *reterr)
{
	ssize_t used = nghttp2_session_mem_recv(s->session, (const uint8_t *)bytes.p, bytes.n);
	if (used >= 0) {
		return RC_OK;
	}
	if (s->mute) {
		return err_set(reterr, RC_CLOSED, "the session was ended");
	}
	(void)nghttp2_session_terminate_session(s->session, code_for((int)used));
	tell_failed(s, nghttp2_strerror((int)used));
	return err_set(reterr, RC_PROTO, "%s", nghttp2_strerror((int)used));
}

enum rc h2_session_input(struct h2_session *session, struct str bytes, struct err *reterr)
{
	struct h2_fault fault;
	size_t good = h2_guard_look(&session->guard, bytes, &fault);
	TRY(hand_on(session, str_first(bytes, good), reterr));
	if (!fault.why) {
		return RC_OK;
	}
	(void)nghttp2_session_terminate_session(session->session, fault.code);
	tell_failed(session, fault.why);
	return err_set(reterr, RC_PROTO, "%s", fault.why);
}

enum rc h2_session_output(struct h2_session *session, struct buf *out, size_t enough)
{
	while (out->n < enough) {
		const uint8_t *p = NULL;
		ssize_t n = nghttp2_session_mem_send(session->session, &p);
		if (n < 0) {
			return RC_BUG;
		}
		if (n == 0) {
			break;
		}
		if (!buf_add(out, str_from(p, (size_t)n))) {
			return RC_BUG;
		}
	}
	return RC_OK;
}

bool h2_session_has_output(const struct h2_session *session)
{
	return nghttp2_session_want_write(session->session) != 0;
}

bool h2_session_is_over(const struct h2_session *session)
{
	return !nghttp2_session_want_read(session->session) && !nghttp2_session_want_write(session->session);
}

bool h2_session_is_open(const struct h2_session *session)
{
	return session->opened;
}

bool h2_session_in_head(const struct h2_session *session, struct mono *ret_since)
{
	if (session->head_since.us == 0) {
		return false;
	}
	if (ret_since) {
		*ret_since = session->head_since;
	}
	return true;
}

void h2_session_drain(struct h2_session *session)
{
	if (session->draining) {
		return;
	}
	session->draining = true;
	(void)nghttp2_submit_shutdown_notice(session->session);
}

void h2_session_close(struct h2_session *session, bool calm)
{
	(void)nghttp2_session_terminate_session(session->session,
						calm ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR);
}

void h2_session_reap(struct h2_session *session, uint32_t ms)
{
	for (struct h2_stream *stream = session->streams; stream; stream = stream->next) {
		if (stream->sent && !stream->ended &&
		    session->now.us - stream->sent_at.us >= (int64_t)ms * US_PER_MS) {
			reset(stream, NGHTTP2_NO_ERROR);
		}
	}
}

void h2_session_mute(struct h2_session *session)
{
	session->mute = true;
}

struct h2_stream *h2_session_first_stream(const struct h2_session *session)
{
	return session->streams;
}

struct h2_stream *h2_stream_next(const struct h2_stream *stream)
{
	return stream->next;
}

enum rc h2_stream_read_head(struct h2_stream *stream, struct buf *bytes, struct h1_request *ret,
			    int *ret_status, struct err *reterr)
{
	enum rc rc = h2_head_read(stream->session->head, stream->ended, bytes, ret, ret_status, reterr);
	if (rc != RC_OK) {
		stream->malformed = rc == RC_PROTO;
		h2_stream_discard(stream);
		return rc;
	}
	if (http_fields_count(ret->fields, ret->n_fields, "content-length")) {
		stream->expected = ret->length;
	}
	return RC_OK;
}

void h2_stream_set_user(struct h2_stream *stream, void *user)
{
	stream->user = user;
}

void *h2_stream_user(const struct h2_stream *stream)
{
	return stream->user;
}

static nghttp2_nv nv(struct str name, struct str value, uint8_t flags)
{
	/* nghttp2 copies both, but its type knows no const. */
	return (nghttp2_nv){ .name = (uint8_t *)(uintptr_t)name.p, /* lint: nghttp2 only reads it */
			     .namelen = name.n,
			     .value = (uint8_t *)(uintptr_t)value.p, /* lint: the same */
			     .valuelen = value.n,
			     .flags = flags };
}

void h2_stream_continue(struct h2_stream *stream)
{
	nghttp2_nv status = nv(STR(":status"), STR("100"), NGHTTP2_NV_FLAG_NONE);
	(void)nghttp2_submit_headers(stream->session->session, NGHTTP2_FLAG_NONE, stream->id, NULL, &status,
				     1, NULL);
}

void h2_stream_widen(struct h2_stream *stream)
{
	(void)nghttp2_session_set_local_window_size(stream->session->session, NGHTTP2_FLAG_NONE, stream->id,
						    (int32_t)H2_STREAM_WINDOW);
}

void h2_stream_consume(struct h2_stream *stream, size_t n)
{
	(void)nghttp2_session_consume_stream(stream->session->session, stream->id, n);
}

void h2_stream_discard(struct h2_stream *stream)
{
	stream->discard = true;
}

static ssize_t read_answer(nghttp2_session *session, int32_t id, uint8_t *p, size_t size, uint32_t *flags,
			   nghttp2_data_source *source, void *context)
{
	struct h2_stream *stream = source->ptr;
	size_t n = h2_stream_unsent(stream);
	n = n < size ? n : size;
	if (n > 0) {
		memcpy(p, stream->out.p + stream->out_sent, n);
	}
	stream->out_sent += n;
	stream->taken += n;
	if (stream->out_sent == stream->out.n) {
		buf_clear(&stream->out);
		stream->out_sent = 0;
		if (stream->finished) {
			*flags |= NGHTTP2_DATA_FLAG_EOF;
		} else {
			rate_end(&stream->rate);
		}
	}
	stream->deferred = n == 0 && !stream->finished;
	return stream->deferred ? NGHTTP2_ERR_DEFERRED : (ssize_t)n;
}

/* Something of the answer is the peer's to take. */
static void waits(struct h2_stream *stream)
{
	if (!rate_is_begun(&stream->rate)) {
		rate_begin(&stream->rate, stream->session->now, stream->taken);
	}
}

/* Values that differ in each answer would only push the others out of the peer's table. */
static bool never_repeats(struct str name)
{
	return str_equal_nocase(name, STR("x-request-id")) || str_equal_nocase(name, STR("x-csrf-token")) ||
	       str_equal_nocase(name, STR("set-cookie"));
}

void h2_stream_begin(struct h2_stream *stream, int status, const struct http_field *fields, size_t n_fields,
		     bool has_body)
{
	char text[8];
	nghttp2_data_provider provider = { .source = { .ptr = stream }, .read_callback = read_answer };
	nghttp2_nv *nvs = mem_array(n_fields + 1, sizeof(*nvs));
	ASSERT(!stream->begun);
	stream->begun = true;
	stream->finished = !has_body;
	if (stream->finished) {
		waits(stream);
	}
	(void)snprintf(text, sizeof(text), "%03d", status);
	nvs[0] = nv(STR(":status"), str_of(text), NGHTTP2_NV_FLAG_NONE);
	for (size_t i = 0; i < n_fields; i++) {
		nvs[i + 1] =
			nv(fields[i].name, fields[i].value,
			   never_repeats(fields[i].name) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE);
	}
	if (nghttp2_submit_response(stream->session->session, stream->id, nvs, n_fields + 1,
				    has_body ? &provider : NULL) != 0) {
		reset(stream, NGHTTP2_INTERNAL_ERROR);
	}
	mem_free(nvs);
}

static void resume(struct h2_stream *stream)
{
	if (stream->deferred) {
		(void)nghttp2_session_resume_data(stream->session->session, stream->id);
	}
	stream->deferred = false;
}

void h2_stream_write(struct h2_stream *stream, struct str bytes)
{
	if (!buf_add(&stream->out, bytes)) {
		reset(stream, NGHTTP2_INTERNAL_ERROR); /* no memory for it */
		return;
	}
	waits(stream);
	resume(stream);
}

void h2_stream_finish(struct h2_stream *stream)
{
	stream->finished = true;
	waits(stream);
	resume(stream);
}

size_t h2_stream_unsent(const struct h2_stream *stream)
{
	return stream->out.n - stream->out_sent;
}

bool h2_stream_is_too_slow(struct h2_stream *stream, uint32_t window_ms, uint32_t least)
{
	return rate_is_begun(&stream->rate) && !stream->sent &&
	       rate_is_too_slow(&stream->rate, stream->session->now, stream->taken, window_ms, least);
}

void h2_stream_reset(struct h2_stream *stream)
{
	reset(stream, stream->malformed ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_INTERNAL_ERROR);
}
