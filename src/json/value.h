/* SPDX-License-Identifier: Apache-2.0
 * JSON documents: reading with limits, building, writing. Owns jansson; nobody else includes it. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"

struct value; /* a JSON value, reference counted; NULL stands for "absent" in every getter */

/** Draw the seed by which members are hashed; once, before the first thread. */
void value_start(void);

/** Most bytes and nesting that value_parse() takes from an outsider. */
#define VALUE_MAX_BYTES ((size_t)48 * 1024 * 1024)
#define VALUE_MAX_DEPTH 32

/**
 * Parse one JSON text (any type at the top), duplicates of a name refused.
 * max_bytes at most VALUE_MAX_BYTES. RC_INVALID malformed (line and column in the text), RC_LIMIT too long or
 * deep.
 */
MUST_USE enum rc value_parse(struct value **ret, struct str text, size_t max_bytes, struct err *reterr);
/** Append as compact JSON. RC_LIMIT at out's maximum. */
MUST_USE enum rc value_format(const struct value *v, struct buf *out);
/** Append with two-space indent and order kept, for people. */
MUST_USE enum rc value_format_pretty(const struct value *v, struct buf *out);

/** One more owner of v; accepts NULL. */
struct value *value_ref(struct value *v);
/** One owner less; the last one frees. Accepts NULL. */
void value_free(struct value *v);
DEFINE_CLEANUP(struct value, value_free);
#define AUTO_VALUE AUTO(value_free_cleanup) struct value

/* Makers; the result is owned by the caller. */
struct value *value_object(void);
struct value *value_array(void);
struct value *value_string(struct str s); /* bytes that are no UTF-8 become U+FFFD */
struct value *value_int(int64_t i);
struct value *value_bool(bool b);
struct value *value_null(void);
struct value *value_copy(const struct value *v); /* deep; NULL where v is */
/** Whether both say the same; the order of an object's members does not count. NULL equals NULL alone. */
bool value_equal(const struct value *a, const struct value *b);

/* Setters on an object; the name is copied, bytes of it that are no UTF-8 become U+FFFD.
 * value_set() takes v over; NULL, which stands for absent, sets null. So does value_append(). */
void value_set(struct value *object, const char *name, struct value *take_v);
void value_set_str(struct value *object, const char *name, struct str s);
void value_set_c(struct value *object, const char *name, const char *s); /* NULL sets null */
void value_set_int(struct value *object, const char *name, int64_t i);
void value_set_bool(struct value *object, const char *name, bool b);
void value_set_base64(struct value *object, const char *name, struct str bytes);
void value_set_wall(struct value *object, const char *name, struct wall w); /* RFC 3339; 0 sets null */
void value_remove(struct value *object, const char *name);
void value_append(struct value *array, struct value *take_v);
void value_append_c(struct value *array, const char *s);

/* Questions. */
bool value_is_object(const struct value *v);
bool value_is_array(const struct value *v);
bool value_is_string(const struct value *v);
bool value_is_int(const struct value *v);
bool value_is_bool(const struct value *v);
bool value_is_null(const struct value *v);

/* Getters: borrowed, live as long as the container. Wrong type counts as absent. */
struct value *value_get(const struct value *object, const char *name);
const char *value_get_c(const struct value *object, const char *name);  /* NULL when absent */
struct str value_get_str(const struct value *object, const char *name); /* p NULL when absent */
int64_t value_get_int(const struct value *object, const char *name, int64_t otherwise);
/** A member that is base64 text, decoded and appended to out.
 * RC_INVALID (err->field is name), RC_LIMIT at out's maximum. */
MUST_USE enum rc value_get_base64(const struct value *object, const char *name, struct buf *out,
				  struct err *reterr);
bool value_get_bool(const struct value *object, const char *name, bool otherwise);
const char *value_c(const struct value *v); /* of a string value; NULL otherwise */
struct str value_str(const struct value *v);
int64_t value_to_int(const struct value *v, int64_t otherwise);
bool value_to_bool(const struct value *v, bool otherwise);
size_t value_count(const struct value *v); /* members or elements; 0 for anything else */
struct value *value_at(const struct value *array, size_t i);

/** The first element of an array of objects whose member is that text; borrowed, NULL when there is none, or
 * text.p is NULL. */
struct value *value_find(const struct value *array, const char *member, struct str text);
/** Whether an array of texts has that one; false where text.p is NULL. */
bool value_has(const struct value *array, struct str text);

/** Walk the members of an object in their order: for (i = 0; value_member(v, i, &name, &member); i++).
 * Costs a step a call from the start only when not walked in sequence. */
bool value_member(const struct value *object, size_t i, const char **ret_name, struct value **ret_member);
