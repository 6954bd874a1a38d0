/* SPDX-License-Identifier: Apache-2.0
 * What `artifact create` is told. */
#pragma once

#include "base/buf.h"

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
