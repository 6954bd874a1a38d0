/* SPDX-License-Identifier: Apache-2.0
 * Access tokens: issued for client credentials, verified for the management APIs. */
#pragma once

#include "service/core/service.h"
#include "service/token/token_holder.h"

/** Name of the application in scopes of the Destination service. */
#define TOKEN_DESTINATION_XSAPPNAME "destination-xsappname!b1"

/** How long a refresh token may be used [s]. */
#define TOKEN_REFRESH_SECONDS (7 * 86400)

/** A request for a token; all borrowed. */
struct service_token_request {
	/* client_credentials, refresh_token, urn:ietf:params:oauth:grant-type:jwt-bearer */
	const char *grant_type;
	/* may be "" with service_key: the key's own is taken; given, it must be the key's */
	const char *client_id;
	struct str secret;       /* of the client; ignored with service_key */
	const char *service_key; /* id of the service key that a gateway recognised by certificate, or NULL */
	const char *certificate; /* SHA-256 of that certificate, hex; the token is bound to it; or NULL */
	struct str proof;        /* assertion of jwt-bearer, refresh token of refresh_token */
};

/**
 * Issue a token.
 *
 * ret  {"access_token","token_type":"bearer","expires_in","scope","jti"};
 *      after a grant that stands for a user also
 *      "refresh_token", when the instance has that grant type
 *
 * RC_DENIED (err->field invalid_client) unknown client or wrong secret, in like time;
 * RC_INVALID with err->field invalid_grant the assertion or refresh token is not good, unauthorized_client
 * the instance has not the grant type, unsupported_grant_type. Source: RFC 6749 §5.2, RFC 7523, RFC 8705.
 */
MUST_USE enum rc service_token_issue(struct session *session, const char *tenant,
				     const struct service_token_request *request, struct wall now,
				     struct value **ret, struct err *reterr);
/**
 * Whose a client id with its secret is, as Basic has it: filled as a token of it would be.
 * RC_DENIED unknown client or wrong secret, in like time.
 */
MUST_USE enum rc service_token_client(struct session *session, const char *tenant, const char *client_id,
				      struct str secret, struct service_token *ret, struct err *reterr);
