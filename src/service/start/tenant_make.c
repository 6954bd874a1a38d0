/* SPDX-License-Identifier: Apache-2.0
 * A subaccount is made: its roles, CA, token key and administrator. */
#include "service/start/tenant_make.h"

#include "base/memory.h"
#include "base/random.h"
#include "service/authority/authority.h"
#include "service/token/token_key.h"
#include "service/token/user.h"
#include "store/subaccount/publication.h"
#include "store/key/role.h"
#include "store/subaccount/tenant.h"

#define ADMIN_PASSWORD_DIGITS 32

static enum rc make_roles(struct session *session, const char *tenant, struct wall now, struct err *reterr)
{
	static const char *const predefined[][2] = {
		{ "ESBMessaging.send", "Send messages to integration flow endpoints." },
		{ "API.invoke", "Call APIs." },
	};
	for (size_t i = 0; i < ARRAY_SIZE(predefined); i++) {
		struct store_role row = { tenant, predefined[i][0], predefined[i][1], "SAP", now };
		TRY(store_role_insert(session->store, &row, reterr));
	}
	return RC_OK;
}

/* Keys of a new subaccount, as they are ordered. */
enum { KEY_ROOT, KEY_ISSUING, KEY_TOKEN };

void service_tenant_key_order(struct job_key_order *ret)
{
	job_key_order_add(ret, AUTHORITY_KEY_TYPE);
	job_key_order_add(ret, AUTHORITY_KEY_TYPE);
	job_key_order_add(ret, TOKEN_KEY_TYPE);
}

enum rc service_tenant_make(struct session *session, const char *tenant, const struct job_keys *keys,
			    struct buf *ret_password, struct err *reterr)
{
	char id[RANDOM_UUID_SIZE];
	char password[ADMIN_PASSWORD_DIGITS + 1];
	struct wall now = wall_now();
	(void)random_text(password, ADMIN_PASSWORD_DIGITS);
	(void)buf_add_c(ret_password, password);
	mem_wipe(password, sizeof(password));
	TRY(store_tenant_insert(session->store, &(struct store_tenant){ tenant, random_uuid(id), now },
				reterr));
	TRY(make_roles(session, tenant, now, reterr));
	TRY(service_authority_make(session, tenant, keys->items[KEY_ROOT], keys->items[KEY_ISSUING], reterr));
	TRY(service_token_key_make(session, tenant, keys->items[KEY_TOKEN], now, reterr));
	TRY(user_make_admin(session, tenant, buf_c(ret_password), now, reterr));
	return store_publication_next(session->store, reterr);
}
