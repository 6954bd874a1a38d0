/* SPDX-License-Identifier: Apache-2.0
 * The fields of what requests carry and answers tell: one table an object, of which reading, checks, the
 * command line's help and openapi.json come. */
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
	FIELD_LIST,   /* of texts, or of objects */
	FIELD_OBJECT,
	FIELD_TIME, /* RFC 3339; told alone */
	FIELD_ANY,  /* whatever another field says */
};

/** Which way a field goes, or an object. */
enum field_way {
	FIELD_BOTH,
	FIELD_IN,  /* requests carry it */
	FIELD_OUT, /* answers tell it */
};

struct object;

/** One field. A table of them ends with an empty row. */
struct field {
	const char *name; /* member in JSON, or parameter of a query */
	enum field_type type;
	enum field_way way;
	bool required; /* of a request */
	bool always;   /* in every answer; otherwise in some */
	bool or_null;  /* an answer says null where there is none */
	bool secret;   /* a password or a private key */
	/* value of an integer, [bytes] of texts, entries of a list; most 0: no limit of its own */
	int64_t least, most;
	const char *initial;      /* default, as text; NULL for none */
	const char *characters;   /* of a name: a class as "A-Za-z0-9._-", the - at its end */
	const char *const *words; /* of a choice, and of a list of choices; ends with NULL */
	/* of an object, and of a list of them; NULL: any object, a list of texts */
	const struct object *object;
	/* what is said of a name or a choice that is none; NULL: whoever uses it says so */
	const char *refusal;
	const char *help; /* one sentence */
};

/** What a request carries (its body, or its query), and what an answer tells of the same. */
struct object {
	const char *name; /* "service-key": of its schema */
	enum field_way way;
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
/** A whole number between its limits, or its default where it is absent; digits in a text are taken.
 * RC_INVALID (err->field). */
MUST_USE enum rc field_integer(const struct field *field, const struct value *input, int64_t *ret,
			       struct err *reterr);
/** Bytes, from base64, PEM or other text. RC_INVALID, RC_LIMIT (err->field). */
MUST_USE enum rc field_bytes(const struct field *field, const struct value *input, struct buf *out,
			     struct err *reterr);
/** Check an input against every field, in their order. Members that are no fields are passed over.
 * RC_INVALID, RC_LIMIT. */
MUST_USE enum rc object_check(const struct object *object, const struct value *input, struct err *reterr);
/** The most that text of a field of bytes may be, as base64 with lines and labels. [bytes] */
size_t field_text_most(const struct field *field);
/** Append what a field takes, in words: "1 to 7300", "client, server or both", "at most 250 bytes";
 * nothing where it has no limit. */
void field_add_limits(const struct field *field, struct buf *out);
/** Whether a field of an object goes that way, which is FIELD_IN or FIELD_OUT. */
bool field_goes(const struct object *object, const struct field *field, enum field_way way);
/** Whether an object has a field that goes that way. */
bool object_goes(const struct object *object, enum field_way way);
/** Name of an object's schema in openapi.json: its own, or with -request of what goes in where answers tell
 * it otherwise. Owned. */
char *object_schema_name(const struct object *object, enum field_way way);
/**
 * JSON schema of a field, and of all that go one way. Limits are those of requests.
 * Other objects are referred to as
 * #/components/schemas/NAME. Owned. Source: JSON Schema 2020-12, as OpenAPI 3.1 has it.
 */
struct value *field_schema(const struct field *field, enum field_way way);
struct value *object_schema(const struct object *object, enum field_way way);
/** {"$ref": …} to an object's schema. Owned. */
struct value *object_reference(const struct object *object, enum field_way way);
