/* SPDX-License-Identifier: Apache-2.0
 * Whose a token is: what its service key and its instance tell. */
#pragma once

#include "json/value.h"

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
/** What a key's record and its instance's tell of a token's holder. ret is written over. */
void token_holder_fill(const char *tenant, const struct value *key, const struct value *instance,
		       struct service_token *ret);
