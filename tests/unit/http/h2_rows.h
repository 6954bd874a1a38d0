/* SPDX-License-Identifier: Apache-2.0
 * Tables of frames that an HTTP/2 peer says, and of what it is told. */
#pragma once

#include "base/memory.h"
#include "http/h2.h"
#include "unit/http/frames.h"

/* One frame of the peer: a payload, or the lines of a header block. */
struct step {
	unsigned type, flags;
	uint32_t stream;
	struct str payload;
	const char *lines;
};

struct row {
	const char *what;
	/* the program answers at once: 200 where the request is whole, 400 where it is malformed */
	bool answered;
	bool together; /* the frames come before anything of ours is sent */
	struct step steps[4];
	const char *said;
};

/* The program behind the session. */
struct program {
	struct h2_session *session;
	struct frames said;
	bool answers;
};

static inline void answer(struct h2_stream *stream, int status)
{
	h2_stream_begin(stream, status, NULL, 0, true);
	h2_stream_finish(stream);
}

static inline void on_head(void *ctx, struct h2_stream *stream)
{
	struct program *p = ctx;
	struct h1_request *r = mem_alloc(sizeof(*r));
	int status = 200;
	AUTO_BUF(bytes, 0);
	enum rc rc = h2_stream_read_head(stream, &bytes, r, &status, NULL);
	if (p->answers && (rc != RC_OK || r->framing == H1_BODY_NONE)) {
		answer(stream, status);
	}
	mem_free(r);
}

static inline void on_data(void *ctx, struct h2_stream *stream, struct str bytes)
{
	h2_stream_consume(stream, bytes.n);
}

static inline void on_end(void *ctx, struct h2_stream *stream)
{
	struct program *p = ctx;
	if (p->answers) {
		answer(stream, 200);
	}
}

static inline void on_malformed(void *ctx, struct h2_stream *stream, const char *why)
{
	struct program *p = ctx;
	if (p->answers) {
		answer(stream, 400);
	}
}

static inline void on_sent(void *ctx, struct h2_stream *stream)
{
}

static inline void on_closed(void *ctx, struct h2_stream *stream)
{
}

static inline void on_failed(void *ctx, const char *why)
{
}

static const struct h2_events EVENTS = {
	on_head, on_data, on_end, on_malformed, on_sent, on_closed, on_failed
};

static inline void read_said(struct program *p)
{
	AUTO_BUF(out, SIZE_MAX);
	assert_int_equal(h2_session_output(p->session, &out, SIZE_MAX), RC_OK);
	assert_int_equal(describe_all(&p->said, buf_str(&out)).n, 0);
}

static inline void begin(struct program *p, bool answers)
{
	*p = (struct program){ .answers = answers };
	frames_init(&p->said);
	assert_int_equal(h2_session_new(&p->session, NULL, &EVENTS, p, NULL), RC_OK);
	h2_session_set_time(p->session, (struct mono){ 1000 * US_PER_SECOND });
	assert_int_equal(h2_session_input(p->session, STR(PREFACE SETTINGS_EMPTY), NULL), RC_OK);
	read_said(p);
	frames_clear(&p->said);
}

static inline void end(struct program *p)
{
	h2_session_free(p->session);
	frames_fini(&p->said);
}

static inline void say(struct program *p, const struct step *step, bool together)
{
	AUTO_BUF(in, SIZE_MAX);
	if (step->lines) {
		add_headers(&in, step->flags, step->stream, step->lines);
	} else {
		add_frame(&in, step->type, step->flags, step->stream, step->payload);
	}
	(void)!h2_session_input(p->session, buf_str(&in), NULL);
	if (!together) {
		read_said(p);
	}
}

static inline void check(const struct row *rows, size_t n)
{
	size_t failed = 0;
	for (size_t i = 0; i < n; i++) {
		struct program p;
		begin(&p, rows[i].answered);
		for (size_t j = 0; j < ARRAY_SIZE(rows[i].steps); j++) {
			if (rows[i].steps[j].lines || rows[i].steps[j].payload.p) {
				say(&p, &rows[i].steps[j], rows[i].together);
			}
		}
		read_said(&p);
		if (strcmp(buf_c(&p.said.text), rows[i].said) != 0) {
			print_error("%s: said \"%s\", expected \"%s\"\n", rows[i].what, buf_c(&p.said.text),
				    rows[i].said);
			failed++;
		}
		end(&p);
	}
	assert_int_equal(failed, 0);
}

#define NOTHING \
	{ \
		"", 0 \
	}
#define X \
	{ \
		"x", 1 \
	}
#define CODE \
	{ \
		"\0\0\0\10", 4 \
	}
#define ONE_MORE \
	{ \
		"\0\0\0\1", 4 \
	}
#define BEGUN(id) \
	{ \
		HEADERS, 0, id, NOTHING, POST \
	}
#define WHOLE(id) \
	{ \
		HEADERS, END_STREAM, id, NOTHING, GET \
	}
#define TRAILER(id) \
	{ \
		HEADERS, END_STREAM, id, NOTHING, "checksum=1\n" \
	}
