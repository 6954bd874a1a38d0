/* SPDX-License-Identifier: Apache-2.0
 * Host names to addresses without holding up the loop: getaddrinfo on a helper thread. */
#pragma once

#include "os/loop.h"
#include "os/socket.h"

#define RESOLVE_ADDRESSES_MAX 8

struct resolve;

/** rc RC_OK: n addresses (1 or more) in the order to try, valid during the call; else err tells why. */
typedef void (*resolve_fn)(void *context, enum rc rc, const struct socket_address *addresses, size_t n,
			   const struct err *err);

/**
 * Resolve host (name or literal) for port; fn runs once, never inside this call, unless cancelled before.
 * Literals and "localhost" (127.0.0.1, then ::1) need no thread. ret lives until fn ran or resolve_cancel().
 */
MUST_USE enum rc resolve_start(struct resolve **ret, struct loop *loop, const char *host, uint16_t port,
			       resolve_fn fn, void *context, struct err *reterr);
/** Forget it: fn is not called any more. Accepts NULL. */
void resolve_cancel(struct resolve *resolve);
