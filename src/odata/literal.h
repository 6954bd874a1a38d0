/* SPDX-License-Identifier: Apache-2.0
 * Literals of OData URIs: 'text' with '' for a quote, numbers, true, false, null, datetime'…', guid'…'. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"

/** Longest text of one literal [bytes]. */
#define ODATA_MAX_LITERAL ((size_t)4096)

enum odata_literal_kind {
	ODATA_LITERAL_NULL,
	ODATA_LITERAL_BOOL,
	ODATA_LITERAL_INT,
	ODATA_LITERAL_TEXT, /* of '…' and guid'…' */
	ODATA_LITERAL_TIME, /* of datetime'…' and datetimeoffset'…' */
};

/** One literal; release with odata_literal_fini(). */
struct odata_literal {
	enum odata_literal_kind kind;
	bool boolean;
	int64_t number; /* of ODATA_LITERAL_INT; of ODATA_LITERAL_TIME milliseconds since 1970 */
	char *text;     /* of ODATA_LITERAL_TEXT; owned */
};
/** Release; accepts a zeroed one. */
void odata_literal_fini(struct odata_literal *literal);

/**
 * Take one literal from the front of decoded text.
 *
 * s  moved behind the literal on RC_OK, as it was otherwise
 *
 * RC_INVALID there is none, or it is malformed (an open quote, no date)   RC_LIMIT longer than
 * ODATA_MAX_LITERAL
 * Source: OData 2.0 Overview, "Primitive Data Types".
 */
MUST_USE enum rc odata_literal_take(struct str *s, struct odata_literal *ret, struct err *reterr);
