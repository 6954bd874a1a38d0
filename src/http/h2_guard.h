/* SPDX-License-Identifier: Apache-2.0
 * What nghttp2 lets pass: frames on streams that are over, and priorities that cannot be.
 * Reads heads of frames alone. */
#pragma once

#include "base/str.h"

/** So many numbers of streams back it is known what the peer may still send on each. */
#define H2_GUARD_STREAMS ((uint32_t)1024)

/** What the peer has said so far. Caller's storage: h2_guard_init(). */
struct h2_guard {
	uint8_t streams[H2_GUARD_STREAMS]; /* by half of their numbers, a ring */
	uint32_t last;                     /* highest number that the peer has used, 0 before */
	uint32_t skip;                     /* [bytes] until the next frame */
	unsigned char frame[13];           /* its head, and of a PRIORITY frame what it depends on */
	size_t have;                       /* [bytes] of frame */
	bool in_block;                     /* a header block has begun and not ended */
};

/** An error of the connection: its code on the wire, and words for people (static). */
struct h2_fault {
	uint32_t code;
	const char *why; /* NULL: none */
};

/** Begin a connection, before its preface. */
void h2_guard_init(struct h2_guard *guard);
/**
 * Look at the next bytes of the peer, in any portions. Returns how many of them may be handed on:
 * all, or those before the frame that *ret tells of; nothing may be handed on after that one.
 *
 * What comes on a stream that we have reset, and the peer has not ended, was on its way and is no fault.
 * Source: RFC 9113 §4.2, §5.1, §5.1.1, §6.3; RFC 7540 §5.3.1.
 */
size_t h2_guard_look(struct h2_guard *guard, struct str bytes, struct h2_fault *ret);
