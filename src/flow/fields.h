/* SPDX-License-Identifier: Apache-2.0
 * Headers and properties of a message, and which of them come in and go out. */
#pragma once

#include "flow/run.h"

/** One of them. */
struct message_field {
	struct flow_field field;
	bool owned; /* its texts belong to the list */
};

/** A list of names and values with a maximum. Start zeroed, end with message_fini(). */
struct message_fields {
	struct message_field *items;
	size_t n, size;
	size_t bytes;  /* sum of names and values [bytes] */
	bool nocase;   /* headers: names without regard to case */
	bool overflow; /* an addition was refused; sticky */
};

/** Release a list; accepts a zeroed one. */
void message_fini(struct message_fields *fields);
/** The value of a name; p NULL when absent. Borrowed until the list changes. */
struct str message_get(const struct message_fields *fields, struct str name);
/** Set a name, replacing what is there; both texts are copied, and may point into the list. */
void message_set(struct message_fields *fields, struct str name, struct str value);
/** The same with texts that are there until message_fini(). */
void message_set_borrowed(struct message_fields *fields, struct str name, struct str value);
/** Set a name, or append ", value" to what is there; Set-Cookie gets a second entry instead. */
void message_append(struct message_fields *fields, struct str name, struct str value);
/** Remove a name; one that ends in "*" removes all that begin with what stands before it. */
void message_remove(struct message_fields *fields, struct str name);

/** Whether a header of a caller may come in: never what frames HTTP or is the runtime's; what claims an identity only where an element
 * of the allowed list (filter.h) is that name; anything else where the list matches it. Names are compared as the laxest
 * reader would: "x_ssl_client_cert" is X-SSL-Client-Cert, but is not named by it. */
bool message_may_enter(struct str allowed, struct str name);
/** Whether a Connection field among fields says that name goes no further than this hop. Source: RFC 9110 §7.6.1. */
bool message_is_nominated(const struct flow_field *fields, size_t n, struct str name);
/** Whether a header may be sent to a receiver, before the channel's list is asked. */
bool message_may_call(struct flow_field field);
/** Whether a header of a receiver's answer may come in, before the channel's list is asked. */
bool message_may_return(struct str name);
/** Whether a header may be sent to the caller. */
bool message_may_leave(struct flow_field field);
