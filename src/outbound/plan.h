/* SPDX-License-Identifier: Apache-2.0
 * From what Find answered to the call that is to be made: one plan and one trust, whoever calls. Pure. */
#pragma once

#include "model/reason.h"

/** What is wanted beside the destination; all borrowed. */
struct outbound_wish {
	const char *method; /* a token */
	const char *path;   /* appended to the URL; NULL or "" for none */
	/* "Name: value" lines, n_headers of them; an Authorization stands for the destination's */
	const char *const *headers;
	size_t n_headers;
	struct str own_ca; /* PEM of Postern's own CA, trusted beside whatever else is */
};

/** The content (base64) of the certificate that Find gave along under a name;
 * p NULL when there is none, or name is NULL. */
struct str outbound_certificate(const struct value *found, const char *name);

/** What fills in fixes: {"destination","file"?,"url"?}; url is the destination's with https where it is http.
 * Owned. */
struct value *outbound_evidence(const struct value *configuration);

/**
 * Plan a call through a destination.
 *
 * found  answer of Find Destination, with its certificates and authTokens
 * ret    the request that outbound_call() and outbound_run() take; owned, holds secrets
 *
 * RC_INVALID with its reason: the destination cannot be called as it is (D401, D402, D407, D409, D411, D412,
 * D423)
 */
MUST_USE enum rc outbound_plan(const struct value *found, const struct outbound_wish *wish,
			       struct value **ret, struct err *reterr);
/**
 * Say in a request whom it trusts: Postern's own CA, and the destination's trust store or, where it names
 * none, the anchors of the system; everybody with TrustAll. A destination's token calls trust the same.
 * RC_INVALID (D412): the trust store is not uploaded.
 */
MUST_USE enum rc outbound_plan_trust(const struct value *found, struct str own_ca, struct value *request,
				     struct err *reterr);
