/* SPDX-License-Identifier: Apache-2.0
 * Whose a token is: what its service key and its instance tell. */
#include "service/token/token_holder.h"

#include "base/memory.h"

void service_token_fini(struct service_token *token)
{
	mem_free(token->client_id);
	mem_free(token->tenant);
	mem_free(token->instance);
	mem_free(token->plan);
	mem_free(token->service);
	value_free(token->roles);
	*token = (struct service_token){ 0 };
}

void token_holder_fill(const char *tenant, const struct value *key, const struct value *instance,
		       struct service_token *ret)
{
	ret->client_id = str_dup(value_get_str(key, "client_id"));
	ret->tenant = mem_strdup(tenant);
	ret->instance = str_dup(value_get_str(instance, "id"));
	ret->plan = str_dup(value_get_str(instance, "plan"));
	ret->service = str_dup(value_get_str(instance, "service"));
	ret->roles = value_copy(value_get(instance, "roles"));
}
