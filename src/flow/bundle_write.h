/* SPDX-License-Identifier: Apache-2.0
 * Bundles are written as the ecosystem has them. */
#pragma once

#include "base/buf.h"
#include "flow/bundle_limits.h"

/** What `artifact create` is told. Members are borrowed. */
struct bundle_spec {
	struct str name;    /* id and name: 1 to 120 of A-Z a-z 0-9 _ . - and space */
	struct str version; /* "1.0.0" when empty */
	struct str address; /* "/orders" */
	struct str role;    /* "ESBMessaging.send" when empty */
	bool csrf;
	uint32_t max_body_mb; /* [MB], 40 when 0 */
	struct str to;        /* URL to pass the request on to; p NULL for none */
	struct str reply;     /* text to answer with, an expression where it holds "${"; p NULL for none */
};

/**
 * Write a bundle as the ecosystem has it, the same bytes for the same spec. Without `to` and `reply` the flow
 * answers with what it was sent. RC_INVALID (err->field names the member), RC_LIMIT at out's maximum.
 */
MUST_USE enum rc bundle_write(const struct bundle_spec *spec, struct buf *out, struct err *reterr);
