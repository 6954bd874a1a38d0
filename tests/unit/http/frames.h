/* SPDX-License-Identifier: Apache-2.0
 * Frames of HTTP/2 made by hand, and read as text. */
#pragma once

#include "base/buf.h"
#include "unit/test.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define SETTINGS_EMPTY "\0\0\0\4\0\0\0\0\0"

enum {
	DATA,
	HEADERS,
	PRIORITY,
	RST_STREAM,
	SETTINGS,
	PUSH_PROMISE,
	PING,
	GOAWAY,
	WINDOW_UPDATE,
	CONTINUATION
};
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8 };

/* What one side said: "HEADERS(1,200) DATA(1,5,end)". */
struct frames {
	struct buf text;
	struct buf body; /* of all DATA */
	nghttp2_hd_inflater *inflater;
};

static inline uint32_t read_uint(const char *p, size_t n)
{
	uint32_t value = 0;
	for (size_t i = 0; i < n; i++) {
		value = value << 8 | (unsigned char)p[i];
	}
	return value;
}

/* The status of a header block; keeps the table of the peer's side in step. */
static inline int status_of(nghttp2_hd_inflater *inflater, const char *p, size_t n)
{
	int status = 0;
	const uint8_t *in = (const uint8_t *)p;
	for (;;) {
		nghttp2_nv nv;
		int flags = 0;
		ssize_t used = nghttp2_hd_inflate_hd2(inflater, &nv, &flags, in, n, 1);
		assert_true(used >= 0);
		in += used;
		n -= (size_t)used;
		if (flags & NGHTTP2_HD_INFLATE_EMIT && nv.namelen == 7 &&
		    memcmp(nv.name, ":status", 7) == 0) {
			status = (nv.value[0] - '0') * 100 + (nv.value[1] - '0') * 10 + nv.value[2] - '0';
		}
		if (flags & NGHTTP2_HD_INFLATE_FINAL) {
			break;
		}
	}
	(void)nghttp2_hd_inflate_end_headers(inflater);
	return status;
}

static inline void describe(struct frames *f, struct str frame)
{
	static const char *const names[] = { "DATA", "HEADERS", "PRIORITY", "RST",   "SETTINGS",
					     "PUSH", "PING",    "GOAWAY",   "WINDOW" };
	unsigned type = (unsigned char)frame.p[3], flags = (unsigned char)frame.p[4];
	const char *payload = frame.p + 9;
	struct buf *out = &f->text;
	assert_true(type < ARRAY_SIZE(names));
	(void)buf_printf(out, "%s%s", out->n ? " " : "", names[type]);
	if (type == SETTINGS || type == PING) {
		(void)buf_printf(out, "%s", flags & ACK ? "+ack" : "");
		return;
	}
	(void)buf_printf(out, "(%u", read_uint(frame.p + 5, 4));
	if (type == HEADERS) {
		(void)buf_printf(out, ",%d", status_of(f->inflater, payload, frame.n - 9));
	} else if (type == RST_STREAM) {
		(void)buf_printf(out, ",%s", nghttp2_http2_strerror(read_uint(payload, 4)));
	} else if (type == GOAWAY) {
		(void)buf_printf(out, ",%d,%s", (int)read_uint(payload, 4),
				 nghttp2_http2_strerror(read_uint(payload + 4, 4)));
	} else if (type == WINDOW_UPDATE) {
		(void)buf_printf(out, ",%u", read_uint(payload, 4));
	} else {
		(void)buf_printf(out, ",%zu", frame.n - 9);
	}
	(void)buf_printf(out, "%s)", type <= HEADERS && flags & END_STREAM ? ",end" : "");
	if (type == DATA) {
		(void)buf_add(&f->body, str_skip(frame, 9));
	}
}

/* All whole frames of rest; returns what is left. */
static inline struct str describe_all(struct frames *f, struct str rest)
{
	while (rest.n >= 9 && rest.n >= 9 + read_uint(rest.p, 3)) {
		size_t n = 9 + read_uint(rest.p, 3);
		describe(f, str_first(rest, n));
		rest = str_skip(rest, n);
	}
	return rest;
}

static inline void frames_init(struct frames *f)
{
	*f = (struct frames){ .text = BUF(SIZE_MAX), .body = BUF(SIZE_MAX) };
	assert_int_equal(nghttp2_hd_inflate_new(&f->inflater), 0);
}

static inline void frames_clear(struct frames *f)
{
	buf_clear(&f->text);
	buf_clear(&f->body);
}

static inline void frames_fini(struct frames *f)
{
	nghttp2_hd_inflate_del(f->inflater);
	buf_fini(&f->text);
	buf_fini(&f->body);
}

static inline void add_uint(struct buf *b, uint32_t value, size_t n)
{
	while (n-- > 0) {
		(void)buf_add_char(b, (char)(value >> (8 * n)));
	}
}

static inline void add_frame(struct buf *out, unsigned type, unsigned flags, uint32_t stream,
			     struct str payload)
{
	add_uint(out, (uint32_t)payload.n, 3);
	add_uint(out, type, 1);
	add_uint(out, flags, 1);
	add_uint(out, stream, 4);
	(void)buf_add(out, payload);
}

/* Lines of "name=value" as literals that touch no table; long values take two bytes of length. */
static inline void add_block(struct buf *block, const char *lines)
{
	struct str rest = str_of(lines);
	struct str line;
	while (rest.n > 0 && str_split(&rest, '\n', &line)) {
		size_t equals = str_find(line, '=');
		struct str part[2] = { str_first(line, equals), str_skip(line, equals + 1) };
		(void)buf_add_char(block, 0);
		for (int i = 0; i < 2; i++) {
			assert_true(part[i].n < 127 + 128 * 128);
			if (part[i].n < 127) {
				add_uint(block, (uint32_t)part[i].n, 1);
			} else {
				add_uint(block, 127, 1);
				add_uint(block, ((uint32_t)part[i].n - 127) % 128 | 128, 1);
				add_uint(block, ((uint32_t)part[i].n - 127) / 128, 1);
			}
			(void)buf_add(block, part[i]);
		}
	}
}

static inline void add_headers(struct buf *out, unsigned flags, uint32_t stream, const char *lines)
{
	AUTO_BUF(block, SIZE_MAX);
	add_block(&block, lines);
	add_frame(out, HEADERS, flags | END_HEADERS, stream, buf_str(&block));
}

#define GET ":method=GET\n:scheme=https\n:path=/x\n:authority=a\n"
#define POST ":method=POST\n:scheme=https\n:path=/x\n:authority=a\n"
