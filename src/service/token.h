/* SPDX-License-Identifier: Apache-2.0
 * Access tokens: issued for client credentials, verified for the management APIs. */
#pragma once

#include "service/service.h"

/** Name of the application in scopes of the Destination service. */
#define TOKEN_DESTINATION_XSAPPNAME "destination-xsappname!b1"

/** What a verified token says. */
struct service_token {
	char *client_id;
	char *tenant;        /* name of the subaccount */
	char *instance;      /* id of the service instance */
	char *plan;          /* of that instance */
	char *service;       /* "it-rt" or "destination" */
	struct value *roles; /* names that the instance has now, whatever it had when the token was issued */
};
/** Release; accepts a zeroed one. */
void service_token_fini(struct service_token *token);

/**
 * Issue a token for a client's id and secret, or for the key that a gateway recognised by certificate.
 *
 * client_id   may be "" with credential: the key's own is taken; given, it must be the key's
 * secret      of the client; ignored with credential
 * credential  id of the service key, told by a gateway; NULL when the caller sent a secret
 * ret         {"access_token","token_type":"bearer","expires_in","scope","jti"}
 *
 * RC_DENIED unknown client or wrong secret, in like time
 */
MUST_USE enum rc service_token_issue(struct service *service, const char *tenant, const char *client_id,
				     struct str secret, const char *credential, struct wall now,
				     struct value **ret, struct err *reterr);
/**
 * Whose a client id with its secret is, as Basic has it: filled as a token of it would be.
 * RC_DENIED unknown client or wrong secret, in like time.
 */
MUST_USE enum rc service_token_client(struct service *service, const char *tenant, const char *client_id,
				      struct str secret, struct service_token *ret, struct err *reterr);
/** Verify a token of any subaccount of this server. RC_DENIED malformed, forged, expired, or its key was deleted. */
MUST_USE enum rc service_token_verify(struct service *service, struct str text, struct wall now,
				      struct service_token *ret, struct err *reterr);
/** {"keys":[JWK]} of all that sign or still verify. RC_STORE. */
MUST_USE enum rc service_token_keys(struct service *service, const char *tenant, struct value **ret,
				    struct err *reterr);
