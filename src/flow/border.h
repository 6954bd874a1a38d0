/* SPDX-License-Identifier: Apache-2.0
 * The borders of a message: which headers come in and go out. */
#pragma once

#include "flow/fields.h"

/** Whether a header of a caller may come in: never what frames HTTP or is the runtime's;
 * what claims an identity only where an element of the allowed list (filter.h) is that name; anything else
 * where the list matches it. Names are compared as the laxest reader would: "x_ssl_client_cert" is
 * X-SSL-Client-Cert, but is not named by it. */
bool border_may_enter(struct str allowed, struct str name);
/** Whether a Connection field among fields says that name goes no further than this hop.
 * Source: RFC 9110 §7.6.1. */
bool border_is_nominated(const struct flow_field *fields, size_t n, struct str name);
/** Whether a header may be sent to a receiver, before the channel's list is asked. */
bool border_may_call(struct flow_field field);
/** Whether a header of a receiver's answer may come in, before the channel's list is asked. */
bool border_may_return(struct str name);
/** Whether a header may be sent to the caller. */
bool border_may_leave(struct flow_field field);
