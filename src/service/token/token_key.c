/* SPDX-License-Identifier: Apache-2.0
 * The keys that sign tokens: made, announced, in use, retired, gone; each subaccount has its own. */
#include "service/token/token_key.h"

#include "base/memory.h"
#include "base/random.h"
#include "log/log.h"
#include "service/publish/publish.h"
#include "store/subaccount/tenant.h"
#include "store/key/token_key.h"

void token_key_set_fini(struct token_key_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		jws_key_free(set->keys[i]);
	}
	*set = (struct token_key_set){ 0 };
}

static bool has_ended(const struct store_token_key *row, struct wall now)
{
	return row->retired.us != 0 && row->retired.us + TOKEN_KEY_KEEP_SECONDS * US_PER_SECOND <= now.us;
}

static bool is_retired(const struct store_token_key *row, struct wall now)
{
	return row->retired.us != 0 && row->retired.us <= now.us;
}

enum rc token_key_set_read(struct session *session, const char *tenant, struct token_key_set *ret,
			   struct err *reterr)
{
	AUTO(store_token_key_list_fini) struct store_token_key_list list = { 0 };
	AUTO(token_key_set_fini) struct token_key_set set = { 0 };
	TRY(store_token_key_list_all(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n && set.n < TOKEN_KEY_MAX; i++) {
		if (!has_ended(&list.items[i], wall_now())) {
			TRY(jws_key_new(&set.keys[set.n], list.items[i].kid, list.items[i].public_key,
					reterr));
			set.n++;
		}
	}
	*ret = set;
	set = (struct token_key_set){ 0 };
	return RC_OK;
}

static enum rc insert(struct session *session, const char *tenant, struct key *given, struct wall now,
		      struct store_token_key *ret_row, char kid[RANDOM_UUID_SIZE], struct buf *public_key,
		      struct err *reterr)
{
	AUTO(key_free_cleanup) struct key *key = key_ref(given);
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_BUF(sealed, KEY_MAX_BYTES + 256);
	if (!key) {
		TRY(key_generate(&key, TOKEN_KEY_TYPE, reterr));
	}
	if (key_format_pkcs8(key, &der) != RC_OK || key_format_public(key, public_key) != RC_OK) {
		return err_set(reterr, RC_BUG, "The token key cannot be written.");
	}
	(void)random_uuid(kid);
	TRY(service_seal(session, tenant, "token_key", kid, buf_str(&der), &sealed, reterr));
	*ret_row = (struct store_token_key){ .tenant = tenant,
					     .kid = kid,
					     .public_key = buf_str(public_key),
					     .key = buf_str(&sealed),
					     .created = now };
	enum rc rc = store_token_key_insert(session->store, ret_row, reterr);
	ret_row->key = STR_NONE;
	return rc;
}

enum rc service_token_key_make(struct session *session, const char *tenant, struct key *key, struct wall now,
			       struct err *reterr)
{
	struct store_token_key row;
	char kid[RANDOM_UUID_SIZE];
	AUTO_BUF(public_key, KEY_MAX_BYTES);
	return insert(session, tenant, key, now, &row, kid, &public_key, reterr);
}

/* The oldest that is not retired: a newer one beside it is announced. Newest first in the list. */
static const struct store_token_key *signing_row(const struct store_token_key_list *list, struct wall now)
{
	for (size_t i = list->n; i-- > 0;) {
		if (!is_retired(&list->items[i], now)) {
			return &list->items[i];
		}
	}
	return NULL;
}

enum rc service_token_key_signing(struct session *session, const char *tenant, struct wall now,
				  struct key **ret, char **ret_kid, struct err *reterr)
{
	AUTO(store_token_key_list_fini) struct store_token_key_list list = { 0 };
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	TRY(store_token_key_list_all(session->store, tenant, &list, reterr));
	const struct store_token_key *row = signing_row(&list, now);
	if (!row) {
		return err_set(reterr, RC_BUG, "There is no key to sign tokens with.");
	}
	TRY(service_unseal(session, tenant, "token_key", row->kid, row->key, &der, reterr));
	TRY(key_new_der(ret, buf_str(&der), reterr));
	*ret_kid = mem_strdup(row->kid);
	return RC_OK;
}

static enum rc drop(struct change *change, const struct store_token_key *row, struct err *reterr)
{
	TRY(store_token_key_delete(change->session->store, row->tenant, row->kid, reterr));
	return publish_gone(change, REGISTRY_TOKEN_KEY, row->tenant, row->kid, reterr);
}

/* Former keys sign until the new one does. ret_n: how many still verify. */
static enum rc retire(struct change *change, const char *tenant, struct wall at, bool revoke, struct wall now,
		      size_t *ret_n, struct err *reterr)
{
	AUTO(store_token_key_list_fini) struct store_token_key_list list = { 0 };
	TRY(store_token_key_list_all(change->session->store, tenant, &list, reterr));
	*ret_n = 0;
	for (size_t i = 0; i < list.n; i++) {
		struct store_token_key row = list.items[i];
		if (revoke || has_ended(&row, now)) {
			TRY(drop(change, &row, reterr));
			continue;
		}
		(*ret_n)++;
		if (row.retired.us == 0 || row.retired.us > at.us) {
			row.retired = at;
			TRY(store_token_key_update(change->session->store, &row, reterr));
		}
	}
	return RC_OK;
}

/* They are sealed, not signed, so that they do not end with the keys. */
static enum rc end_refresh_tokens(struct session *session, const char *tenant, struct wall now,
				  struct err *reterr)
{
	AUTO(store_tenant_fini) struct store_tenant row = { 0 };
	TRY(store_tenant_get(session->store, tenant, &row, reterr));
	row.tokens_since = now;
	return store_tenant_update(session->store, &row, reterr);
}

enum rc service_token_key_rotate(struct session *session, const char *tenant, struct key *key,
				 int64_t announce_seconds, bool revoke, struct wall now, struct value **ret,
				 struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_BUF(public_key, KEY_MAX_BYTES);
	struct store_token_key row;
	char kid[RANDOM_UUID_SIZE];
	size_t n = 0;
	struct wall at = { now.us + announce_seconds * US_PER_SECOND };
	TRY(change_begin(&change, session, reterr));
	TRY(retire(&change, tenant, at, revoke, now, &n, reterr));
	if (revoke) {
		TRY(end_refresh_tokens(session, tenant, now, reterr));
	}
	if (n >= TOKEN_KEY_MAX - 1) {
		(void)err_set(reterr, RC_LIMIT,
			      "The last %d token keys still verify tokens that have not expired.",
			      TOKEN_KEY_MAX - 1);
		return err_fix(reterr,
			       "Wait a day, or `postern token-key rotate --revoke`, which ends every token.");
	}
	TRY(insert(session, tenant, key, now, &row, kid, &public_key, reterr));
	TRY(publish_token_key(&change, &row, reterr));
	TRY(change_commit(&change, reterr));
	log_event(LOG_INFO, "token_key_rotated", "subaccount=%s kid=%s signs_in_s=%lld revoked_former=%s",
		  tenant, kid, (long long)announce_seconds, revoke ? "yes" : "no");
	return ret ? service_token_key_list(session, tenant, now, ret, reterr) : RC_OK;
}

static struct value *key_state(const struct store_token_key *row, const struct store_token_key *signing,
			       struct wall now)
{
	struct value *v = value_object();
	struct wall ends = { row->retired.us + TOKEN_KEY_KEEP_SECONDS * US_PER_SECOND };
	value_set_c(v, "kid", row->kid);
	value_set_c(v, "state",
		    row == signing         ? "signing"
		    : is_retired(row, now) ? "verifying"
					   : "announced");
	value_set_wall(v, "created", row->created);
	value_set_wall(v, "retired", row->retired);
	value_set_wall(v, "ends", row->retired.us ? ends : (struct wall){ 0 });
	return v;
}

enum rc service_token_key_list(struct session *session, const char *tenant, struct wall now,
			       struct value **ret, struct err *reterr)
{
	AUTO(store_token_key_list_fini) struct store_token_key_list list = { 0 };
	TRY(store_token_key_list_all(session->store, tenant, &list, reterr));
	*ret = value_array();
	for (size_t i = 0; i < list.n; i++) {
		if (!has_ended(&list.items[i], now)) {
			value_append(*ret, key_state(&list.items[i], signing_row(&list, now), now));
		}
	}
	return RC_OK;
}

static enum rc drop_ended(struct session *session, const struct store_token_key_list *list, struct wall now,
			  struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	bool any = false;
	for (size_t i = 0; i < list->n; i++) {
		any |= has_ended(&list->items[i], now);
	}
	if (!any) {
		return RC_OK;
	}
	TRY(change_begin(&change, session, reterr));
	for (size_t i = 0; i < list->n; i++) {
		if (has_ended(&list->items[i], now)) {
			TRY(drop(&change, &list->items[i], reterr));
		}
	}
	return change_commit(&change, reterr);
}

enum rc service_token_key_tick(struct session *session, struct wall now, char **ret_tenant,
			       struct err *reterr)
{
	AUTO(store_tenant_list_fini) struct store_tenant_list tenants = { 0 };
	*ret_tenant = NULL;
	TRY(store_tenant_list_all(session->store, &tenants, reterr));
	for (size_t i = 0; i < tenants.n && !*ret_tenant; i++) {
		AUTO(store_token_key_list_fini) struct store_token_key_list list = { 0 };
		const char *tenant = tenants.items[i].name;
		TRY(store_token_key_list_all(session->store, tenant, &list, reterr));
		TRY(drop_ended(session, &list, now, reterr));
		/* The newest counts: one that is announced is not followed by another. */
		if (list.n > 0 &&
		    list.items[0].created.us + INT64_C(86400) * TOKEN_KEY_DAYS * US_PER_SECOND <= now.us) {
			*ret_tenant = mem_strdup(tenant);
		}
	}
	return RC_OK;
}

enum rc service_token_keys(struct session *session, const char *tenant, struct value **ret,
			   struct err *reterr)
{
	AUTO(token_key_set_fini) struct token_key_set set = { 0 };
	TRY(token_key_set_read(session, tenant, &set, reterr));
	struct value *keys = value_array();
	for (size_t i = 0; i < set.n; i++) {
		value_append(keys, jws_key_to_value(set.keys[i]));
	}
	*ret = value_object();
	value_set(*ret, "keys", keys);
	return RC_OK;
}
