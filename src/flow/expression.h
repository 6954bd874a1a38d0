/* SPDX-License-Identifier: Apache-2.0
 * Simple expressions: ${header.X}, ${property.X}, ${body}, ${date:now:FORMAT} and their kin inside text. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"

/** Longest text with expressions, and longest single ${...} [bytes]. */
#define EXPRESSION_MAX_BYTES ((size_t)1024 * 1024)
#define EXPRESSION_MAX_NAME 512

/** What an expression may see. The lookups return a slice with p NULL for what is absent. */
struct expression_scope {
	void *context;
	struct str (*header)(void *context, struct str name);
	struct str (*property)(void *context, struct str name);
	struct str body;
	struct str exception;   /* text of the error being handled; may be empty */
	struct str flow_id;     /* ${camelId} */
	struct str exchange_id; /* ${exchangeId}, ${id} */
	struct wall now;
};

/** Check that every ${...} in text is served. RC_UNSUPPORTED quotes the one that is not, RC_INVALID an
 * unclosed one. */
MUST_USE enum rc expression_check(struct str text, struct err *reterr);

/** Append text with every ${...} replaced; what is absent becomes nothing.
 * RC_LIMIT at out's maximum, else as above. */
MUST_USE enum rc expression_format(struct str text, const struct expression_scope *scope, struct buf *out,
				   struct err *reterr);

/** Whether text holds a "${". */
bool expression_is(struct str text);

/** Whether some ${...} in text is the body, or is not closed. */
bool expression_reads_body(struct str text);

/** Whether text is the body and nothing else: "${in.body}". */
bool expression_is_body(struct str text);

/** Check or append a date in UTC by a Java SimpleDateFormat pattern:
 * y M d H h m s S a E D Z X, 'quoted', literals.
 * RC_UNSUPPORTED at another letter, RC_INVALID at an open quote. */
MUST_USE enum rc expression_date(struct str pattern, struct wall when, struct buf *out, struct err *reterr);
