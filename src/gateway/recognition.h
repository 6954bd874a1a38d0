/* SPDX-License-Identifier: Apache-2.0
 * From a request's certificate and Authorization header to the service key that calls. */
#pragma once

#include "gateway/caller.h"
#include "gateway/judgement.h"

/**
 * Judge who makes a request. The answer for a certificate is kept with its judgement, for every connection
 * that presents it, and given again as long as neither the registry has moved nor the chain been judged anew.
 *
 * judgement     of peer_judge(), NULL without a certificate; must outlive the caller
 * fields        of the request
 *
 * Returns one reference; caller_free() it.
 */
struct caller *recognition_judge(struct gateway *g, const struct tenant *tenant, struct judgement *judgement,
				 const struct http_field *fields, size_t n_fields, struct wall now);
