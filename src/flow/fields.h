/* SPDX-License-Identifier: Apache-2.0
 * A list of names and values with a maximum: the headers, or the properties, of a message. */
#pragma once

#include "base/str.h"

/** Most headers and properties of a message each; largest body, and largest sum of headers or properties
 * [bytes]. */
#define FLOW_MAX_FIELDS 512
#define FLOW_MAX_BODY ((size_t)48 * 1024 * 1024)

/** One header; slices borrowed as told where it is used. */
struct flow_field {
	struct str name;
	struct str value;
};

/** One of them. */
struct flow_entry {
	struct flow_field field;
	char *name, *value; /* its texts, where they belong to the list; else NULL */
};

/** A list of names and values with a maximum. Start zeroed, end with flow_fields_fini(). */
struct flow_fields {
	struct flow_entry *items;
	size_t n, size;
	size_t bytes;  /* sum of names and values [bytes] */
	bool nocase;   /* headers: names without regard to case */
	bool overflow; /* an addition was refused; sticky */
};

/** Release a list; accepts a zeroed one. */
void flow_fields_fini(struct flow_fields *fields);
/** The value of a name; p NULL when absent. Borrowed until the list changes. */
struct str flow_fields_get(const struct flow_fields *fields, struct str name);
/** Set a name, replacing what is there; both texts are copied, and may point into the list. */
void flow_fields_set(struct flow_fields *fields, struct str name, struct str value);
/** The same with texts that are there until flow_fields_fini(). */
void flow_fields_set_borrowed(struct flow_fields *fields, struct str name, struct str value);
/** Set a name, or append ", value" to what is there; Set-Cookie gets a second entry instead. */
void flow_fields_append(struct flow_fields *fields, struct str name, struct str value);
/** Remove a name; one that ends in "*" removes all that begin with what stands before it. */
void flow_fields_remove(struct flow_fields *fields, struct str name);
