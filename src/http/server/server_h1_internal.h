/* SPDX-License-Identifier: Apache-2.0
 * What the files of HTTP/1.1 on a connection share. */
#pragma once

#include "http/server/server_internal.h"

/* server_h1_answer.c */

/** An exchange of HTTP/1.1, from its accepted body to the end of its answer. */
extern const struct exchange_ops H1_EXCHANGE;
/** Put the answer to a malformed request into c->out: connection_protocol.refuse(), c->refusal is its status.
 */
void h1_answer_refuse(struct http_connection *c, const struct http_field *fields, size_t n_fields,
		      struct str body);
