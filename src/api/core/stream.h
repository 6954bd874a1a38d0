/* SPDX-License-Identifier: Apache-2.0
 * Answers in pieces, for what is larger than memory should hold:
 * a clerk makes a piece, the loop sends it, and only when it has left, a clerk makes the next. No clerk waits
 * for a reader, and a reader that stops costs one piece. */
#pragma once

#include "api/core/call.h"

/**
 * In a handler of a route that reads, as the last thing: answer 200 with JSON in pieces.
 *
 * more  makes the next piece, on a clerk that reads: some stream_write(), then perhaps stream_end() or
 *       stream_fail(). Called at once for the first one. Each has a snapshot of the store of its own;
 *       what is kept between them is call->state.
 */
void stream_begin(struct call *call, void (*more)(struct call *call));
/** In more: a part of the body; copied. */
void stream_write(struct call *call, struct str bytes);
/** In more: the body is whole with this piece. */
void stream_end(struct call *call);
/** In more: it cannot be gone on with. Told as an error before anything was sent, else the answer is cut,
 * which readers notice. */
void stream_fail(struct call *call, const struct err *err);
