/* SPDX-License-Identifier: Apache-2.0
 * The fields of what requests carry: one table an object, of which reading, checks and the schema in openapi.json come. */
#pragma once

#include "base/buf.h"
#include "json/value.h"

/** What a field takes. */
enum field_type {
	FIELD_LINE,    /* text without control characters; required means not empty */
	FIELD_TEXT,    /* any text */
	FIELD_NAME,    /* text of some characters */
	FIELD_CHOICE,  /* one of words, in either case */
	FIELD_INTEGER, /* whole number; digits in a text are taken */
	FIELD_BOOLEAN,
	FIELD_BYTES,  /* base64, PEM or other text */
	FIELD_BASE64, /* a file as base64; whoever opens it says what is wrong with it */
	FIELD_LIST,   /* of texts */
	FIELD_OBJECT,
	FIELD_ANY, /* whatever another field says */
};

/** One field. A table of them ends with an empty row. */
struct field {
	const char *name; /* member in JSON, or parameter of a query */
	enum field_type type;
	bool required;
	bool secret; /* goes in, and never comes out */
	int64_t least,
		most; /* value of an integer, [bytes] of texts, entries of a list; most 0: no limit of its own */
	const char *initial;        /* default, as text; NULL for none */
	const char *characters;     /* of a name: a class as "A-Za-z0-9._-", the - at its end */
	const char *const *words;   /* of a choice, and of a list of choices; ends with NULL */
	const struct field *fields; /* of an object; NULL: any */
	const char
		*refusal; /* what is said of a name or a choice that is none; NULL: whoever uses it says so */
	const char *help; /* one sentence */
};

/** What a request carries: its body, or the query of one without body. */
struct object {
	const char *name; /* "service-key": of its schema */
	const struct field *fields;
};

/** The field of that name, which there has to be. */
const struct field *field_find(const struct object *object, const char *name);
/**
 * Check a text: there, not too long, of no other characters.
 *
 * ret  NULL where it is absent, which only what is not required may be; borrowed from input
 *
 * RC_INVALID, RC_LIMIT (err->field its name)
 */
MUST_USE enum rc field_text(const struct field *field, const struct value *input, const char **ret,
			    struct err *reterr);
/** A whole number between its limits, or its default where it is absent; digits in a text are taken. RC_INVALID (err->field). */
MUST_USE enum rc field_integer(const struct field *field, const struct value *input, int64_t *ret,
			       struct err *reterr);
/** Bytes, from base64, PEM or other text. RC_INVALID, RC_LIMIT (err->field). */
MUST_USE enum rc field_bytes(const struct field *field, const struct value *input, struct buf *out,
			     struct err *reterr);
/** Check an input against every field, in their order. Members that are no fields are passed over. RC_INVALID, RC_LIMIT. */
MUST_USE enum rc object_check(const struct object *object, const struct value *input, struct err *reterr);
/** JSON schema of a field, and of all. Owned. */
struct value *field_schema(const struct field *field);
struct value *object_schema(const struct object *object);
