/* SPDX-License-Identifier: Apache-2.0
 * A reader of the serialization grammar that keeps nothing but its place. */
#include "container/java/java_object.h"

#define MAX_DEPTH 8
#define MAX_FIELDS 32

enum { TC_NULL = 0x70, TC_REFERENCE, TC_CLASSDESC, TC_OBJECT, TC_STRING, TC_ARRAY, TC_ENDBLOCKDATA = 0x78 };
enum { SC_SERIALIZABLE = 2 };

/* What its instances hold: of a chain of classes, the type codes of their fields, uppermost class first. */
struct shape {
	char fields[MAX_FIELDS];
	size_t n;
};

/* Classes by the order of their handles, for references to them;
 * other things have handles without a shape. */
struct stream {
	struct str rest;
	struct shape shapes[MAX_FIELDS];
	bool is_class[MAX_FIELDS];
	size_t n_handles;
	bool failed;
};

static uint32_t take(struct stream *s, size_t n)
{
	uint32_t value = 0;
	if (s->failed || n > s->rest.n) {
		s->failed = true;
		return 0;
	}
	for (size_t i = 0; i < n && n <= 4; i++) {
		value = value << 8 | (uint8_t)s->rest.p[i];
	}
	s->rest = str_skip(s->rest, n);
	return value;
}

static size_t handle(struct stream *s)
{
	if (s->n_handles == MAX_FIELDS) {
		s->failed = true;
	}
	return s->failed ? 0 : s->n_handles++;
}

static size_t width_of(char type)
{
	switch (type) {
	case 'B':
	case 'Z': return 1;
	case 'C':
	case 'S': return 2;
	case 'I':
	case 'F': return 4;
	case 'J':
	case 'D': return 8;
	}
	return 0;
}

static void text(struct stream *s)
{
	(void)take(s, take(s, 2));
}

/* A string, or a reference to one. */
static void string(struct stream *s)
{
	uint32_t tag = take(s, 1);
	if (tag == TC_STRING) {
		(void)handle(s);
		text(s);
	} else if (tag == TC_REFERENCE) {
		(void)take(s, 4);
	} else {
		s->failed = true;
	}
}

static struct shape class(struct stream *s, int depth);

static struct shape described(struct stream *s, int depth)
{
	struct shape own = { .n = 0 }, all;
	text(s);
	(void)take(s, 8);
	size_t at = handle(s);
	uint32_t flags = take(s, 1), n = take(s, 2);
	for (uint32_t i = 0; i < n && !s->failed; i++) {
		char type = (char)take(s, 1);
		text(s);
		if (type == 'L' || type == '[') {
			string(s);
		} else if (width_of(type) == 0) {
			s->failed = true;
		}
		if (own.n == MAX_FIELDS) {
			s->failed = true;
		} else {
			own.fields[own.n++] = type;
		}
	}
	/* Classes that write themselves put what they like behind their fields. */
	if (take(s, 1) != TC_ENDBLOCKDATA || flags != SC_SERIALIZABLE) {
		s->failed = true;
	}
	all = class(s, depth + 1);
	for (size_t i = 0; i < own.n && !s->failed; i++) {
		if (all.n == MAX_FIELDS) {
			s->failed = true;
		} else {
			all.fields[all.n++] = own.fields[i];
		}
	}
	if (!s->failed) {
		s->shapes[at] = all;
		s->is_class[at] = true;
	}
	return all;
}

/* A class with those above it. */
static struct shape class(struct stream *s, int depth)
{
	struct shape none = { .n = 0 };
	uint32_t tag = take(s, 1);
	if (depth > MAX_DEPTH) {
		s->failed = true;
	}
	if (s->failed || tag == TC_NULL) {
		return none;
	}
	if (tag == TC_CLASSDESC) {
		return described(s, depth);
	}
	size_t at = tag == TC_REFERENCE ? take(s, 4) - 0x7e0000U : MAX_FIELDS;
	if (at < s->n_handles && s->is_class[at]) {
		return s->shapes[at];
	}
	s->failed = true;
	return none;
}

static void content(struct stream *s, int depth);

static void object(struct stream *s, int depth)
{
	struct shape shape = class(s, depth);
	(void)handle(s);
	for (size_t i = 0; i < shape.n && !s->failed; i++) {
		size_t width = width_of(shape.fields[i]);
		if (width) {
			(void)take(s, width);
		} else {
			content(s, depth + 1);
		}
	}
}

/* Arrays of bytes alone. */
static void array(struct stream *s, int depth)
{
	(void)class(s, depth);
	(void)handle(s);
	(void)take(s, take(s, 4));
}

static void content(struct stream *s, int depth)
{
	if (depth > MAX_DEPTH) {
		s->failed = true;
	}
	switch (s->failed ? 0 : take(s, 1)) {
	case TC_NULL: return;
	case TC_REFERENCE: (void)take(s, 4); return;
	case TC_STRING:
		(void)handle(s);
		text(s);
		return;
	case TC_OBJECT: object(s, depth); return;
	case TC_ARRAY: array(s, depth); return;
	}
	s->failed = true;
}

size_t java_object_length(struct str bytes)
{
	struct stream s = { .rest = bytes };
	if (take(&s, 4) != 0xaced0005) {
		return 0;
	}
	content(&s, 0);
	return s.failed ? 0 : bytes.n - s.rest.n;
}
