/* SPDX-License-Identifier: Apache-2.0
 * Addresses of HTTPS sender channels: which are allowed, which path each serves, which two collide. */
#pragma once

#include "base/buf.h"

/** Longest address and longest request path that is looked up [bytes]. */
#define ADDRESS_MAX 500
#define ADDRESS_PATH_MAX 4096

/**
 * Check a channel address such as "/orders" or "/$sys/a";
 * at the end it may have a slash and an asterisk, the wildcard.
 * RC_INVALID (err->field is "address") names the rule broken. Source: SAP, HTTPS sender adapter, "Address".
 */
MUST_USE enum rc address_check(struct str address, struct err *reterr);

/**
 * Make the path that is compared with addresses out of a request's raw path:
 * "/http" taken off, percent encoding of letters, digits and "-._~$" undone, everything else left as it came.
 *
 * raw_path  path of the request target, no query, such as "/http/orders/4711"
 * out       gets "/orders/4711"; room for ADDRESS_PATH_MAX [bytes] is enough
 *
 * RC_NOT_FOUND not below /http, or a "." or ".." segment, an empty segment in between or a control byte
 * RC_LIMIT longer than ADDRESS_PATH_MAX
 */
MUST_USE enum rc address_path(struct str raw_path, struct buf *out);

/** Whether a path (of address_path()) is served by address, without regard to case.
 * Address "/a" with wildcard serves "/a", "/a/" and all below.
 * ret_rest may be NULL; it becomes the part behind the wildcard, inside path. */
bool address_match(struct str address, struct str path, struct str *ret_rest);

/** Two addresses that cannot be deployed at the same time:
 * equal but for case, or one below the other's wildcard. */
bool address_conflicts(struct str a, struct str b);

/** Append the form under which an address is indexed: lower case, without a trailing slash. */
void address_key(struct str address, struct buf *out);

/**
 * Walk the index keys that can serve a path, longest first:
 * the path itself, then each folder above it with a wildcard.
 * The first key that is deployed is the endpoint. out is cleared first. False when there are no more.
 * Usage: for (i = 0; address_candidate(path, i, &key); i++).
 */
bool address_candidate(struct str path, size_t i, struct buf *out);
