/* SPDX-License-Identifier: Apache-2.0
 * Remembers which streams the peer has ended or passed over.
 * nghttp2 forgets a stream with its end, and then takes a frame that may not come for one that was on its
 * way. */
#include "http/h2_guard.h"

#include <nghttp2/nghttp2.h>

#define PREFACE_BYTES ((uint32_t)24)
#define HEAD_BYTES ((size_t)9)
#define PRIORITY_BYTES ((uint32_t)5)

enum { NEVER_USED, OPEN, ENDED };

static const struct h2_fault NONE = { 0, NULL };

void h2_guard_init(struct h2_guard *guard)
{
	*guard = (struct h2_guard){ .skip = PREFACE_BYTES };
}

static uint32_t number(const unsigned char *p, size_t n)
{
	uint32_t value = 0;
	for (size_t i = 0; i < n; i++) {
		value = value << 8 | p[i];
	}
	return value;
}

static uint32_t length_of(const struct h2_guard *g)
{
	return number(g->frame, 3);
}

/* Of a stream, or the one depended on; the highest bit means something else. */
static uint32_t stream_at(const struct h2_guard *g, size_t offset)
{
	return number(g->frame + offset, 4) & 0x7fffffff;
}

static uint8_t *state_of(struct h2_guard *g, uint32_t id)
{
	return &g->streams[id / 2 % H2_GUARD_STREAMS];
}

static bool is_known(const struct h2_guard *g, uint32_t id)
{
	return id % 2 == 1 && id <= g->last && (g->last - id) / 2 < H2_GUARD_STREAMS;
}

/* = RFC 9113 §5.1.1: a number that is used closes those below it that were not. */
static void begin_stream(struct h2_guard *g, uint32_t id, bool end)
{
	uint32_t passed = (id - g->last) / 2;
	for (uint32_t i = 1; i < passed && i < H2_GUARD_STREAMS; i++) {
		*state_of(g, id - 2 * i) = NEVER_USED;
	}
	g->last = id;
	*state_of(g, id) = end ? ENDED : OPEN;
}

/* DATA or HEADERS. What is idle, ours, or too far back to be known is left to nghttp2. */
static struct h2_fault use_stream(struct h2_guard *g, uint32_t id, bool begins, bool end)
{
	if (begins && id % 2 == 1 && id > g->last) {
		begin_stream(g, id, end);
		return NONE;
	}
	if (!is_known(g, id)) {
		return NONE;
	}
	uint8_t *state = state_of(g, id);
	if (*state == NEVER_USED) {
		return (struct h2_fault){ NGHTTP2_PROTOCOL_ERROR, "a stream's number below one used before" };
	}
	if (*state == ENDED) {
		return (struct h2_fault){ NGHTTP2_STREAM_CLOSED, "a frame on a stream that has ended" };
	}
	if (end) {
		*state = ENDED;
	}
	return NONE;
}

static struct h2_fault judge_priority(const struct h2_guard *g, uint32_t id)
{
	if (id == 0) {
		return (struct h2_fault){ NGHTTP2_PROTOCOL_ERROR, "PRIORITY of no stream" };
	}
	if (length_of(g) == PRIORITY_BYTES && stream_at(g, HEAD_BYTES) == id) {
		return (struct h2_fault){ NGHTTP2_PROTOCOL_ERROR, "a stream that depends on itself" };
	}
	return NONE;
}

static struct h2_fault judge(struct h2_guard *g)
{
	unsigned type = g->frame[3], flags = g->frame[4];
	uint32_t id = stream_at(g, 5);
	if (g->in_block) { /* nghttp2 lets nothing else come between */
		g->in_block = type != NGHTTP2_CONTINUATION || !(flags & NGHTTP2_FLAG_END_HEADERS);
		return NONE;
	}
	if (type == NGHTTP2_DATA && flags & NGHTTP2_FLAG_PADDED && length_of(g) == 0) {
		return (struct h2_fault){ NGHTTP2_FRAME_SIZE_ERROR, "padding without its length" };
	}
	if (type == NGHTTP2_HEADERS) {
		g->in_block = !(flags & NGHTTP2_FLAG_END_HEADERS);
	}
	if (type == NGHTTP2_DATA || type == NGHTTP2_HEADERS) {
		return use_stream(g, id, type == NGHTTP2_HEADERS, flags & NGHTTP2_FLAG_END_STREAM);
	}
	if (type == NGHTTP2_RST_STREAM && is_known(g, id) && *state_of(g, id) == OPEN) {
		*state_of(g, id) = ENDED;
	}
	return type == NGHTTP2_PRIORITY ? judge_priority(g, id) : NONE;
}

static bool can_judge(const struct h2_guard *g)
{
	if (g->have < HEAD_BYTES) {
		return false;
	}
	return g->frame[3] != NGHTTP2_PRIORITY || length_of(g) != PRIORITY_BYTES ||
	       g->have == sizeof(g->frame);
}

size_t h2_guard_look(struct h2_guard *guard, struct str bytes, struct h2_fault *ret)
{
	size_t at = 0;
	*ret = NONE;
	while (at < bytes.n) {
		if (guard->skip > 0) {
			size_t n = bytes.n - at < guard->skip ? bytes.n - at : guard->skip;
			guard->skip -= (uint32_t)n;
			at += n;
			continue;
		}
		guard->frame[guard->have++] = (unsigned char)bytes.p[at];
		if (can_judge(guard)) {
			*ret = judge(guard);
			if (ret->why) {
				return at;
			}
			guard->skip = (uint32_t)(HEAD_BYTES + length_of(guard) - guard->have);
			guard->have = 0;
		}
		at++;
	}
	return at;
}
