/* SPDX-License-Identifier: Apache-2.0
 * Tokens: RS256 JWTs in the form clients of XSUAA expect. */
#include "service/token.h"

#include "base/memory.h"
#include "base/random.h"
#include "pki/digest.h"
#include "pki/jws.h"
#include "service/service_key.h"
#include "store/tenant.h"
#include "store/token_key.h"

#define TOKEN_MAX ((size_t)16 * 1024)
#define KEYS_MAX 16
#define DESTINATION_SECONDS 43199
#define RUNTIME_SECONDS 3600

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

static enum rc denied(struct err *reterr)
{
	return err_set(reterr, RC_DENIED, "Bad credentials");
}

/* Like time whether the client exists or not: something is hashed and compared in each case. */
static bool secret_is_good(const struct value *credential, struct str secret)
{
	char sent[DIGEST_SHA256_TEXT_SIZE], other[DIGEST_SHA256_TEXT_SIZE];
	const char *stored = value_get_c(credential, "secret_sha256");
	digest_sha256_text(secret, sent);
	memset(other, '-', sizeof(other));
	bool known = stored && strlen(stored) == DIGEST_SHA256_TEXT_SIZE - 1;
	return mem_equal_secret(sent, known ? stored : other, DIGEST_SHA256_TEXT_SIZE - 1) && known;
}

static enum rc client_find(struct service *service, const char *tenant, const char *client_id,
			   struct str secret, const char *credential, struct value **ret_key,
			   struct value **ret_instance, struct err *reterr)
{
	enum rc rc =
		credential
			? service_key_find_id(service, tenant, credential, ret_key, ret_instance, reterr)
			: service_key_find_client(service, tenant, client_id, ret_key, ret_instance, reterr);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (credential && rc == RC_OK) {
		bool same = !*client_id || str_is(value_get_str(*ret_key, "client_id"), client_id);
		return same ? RC_OK : denied(reterr);
	}
	bool good = secret_is_good(rc == RC_OK ? *ret_key : NULL, secret);
	return good && rc == RC_OK ? RC_OK : denied(reterr);
}

/* The key that signs: the newest that is not retired. */
static enum rc signing_key(struct service *service, const char *tenant, struct key **ret, char **ret_kid,
			   struct err *reterr)
{
	AUTO(store_token_key_list_fini) struct store_token_key_list list = { 0 };
	TRY(store_token_key_list_all(service->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		const struct store_token_key *row = &list.items[i];
		AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
		if (row->retired.us != 0)
			continue;
		TRY(service_unseal(service, tenant, "token_key", row->kid, row->key, &der, reterr));
		TRY(key_new_der(ret, buf_str(&der), reterr));
		*ret_kid = mem_strdup(row->kid);
		return RC_OK;
	}
	return err_set(reterr, RC_BUG, "There is no key to sign tokens with.");
}

static struct value *scopes_of(const struct value *instance, struct value *aud)
{
	struct value *scope = value_array();
	const struct value *roles = value_get(instance, "roles");
	value_append_c(scope, "uaa.resource");
	if (str_is(value_get_str(instance, "service"), "destination")) {
		value_append_c(scope, TOKEN_DESTINATION_XSAPPNAME ".Read");
		value_append_c(scope, TOKEN_DESTINATION_XSAPPNAME ".Modify");
		value_append_c(aud, TOKEN_DESTINATION_XSAPPNAME);
	}
	for (size_t i = 0; i < value_count(roles); i++) {
		AUTO_FREE char *name = mem_printf("it-rt!b1.%s", value_c(value_at(roles, i)));
		value_append_c(scope, name);
	}
	if (value_count(roles) > 0)
		value_append_c(aud, "it-rt!b1");
	return scope;
}

/* A list of texts on one line, as the token answer's "scope" has it. */
static void join(const struct value *list, struct buf *out)
{
	for (size_t i = 0; i < value_count(list); i++) {
		if (out->n > 0)
			buf_add_char(out, ' ');
		buf_add(out, value_str(value_at(list, i)));
	}
}

static struct value *claims_make(struct service *service, const char *tenant, const char *zid,
				 const struct value *credential, const struct value *instance,
				 struct wall now, int64_t seconds)
{
	char jti[33];
	const char *client_id = value_get_c(credential, "client_id");
	AUTO_FREE char *iss = mem_printf("%s/oauth/token", service_setting_c(service, "management_url", ""));
	struct value *v = value_object(), *aud = value_array(), *ext = value_object();
	value_set_c(v, "jti", random_text(jti, 32));
	value_set_c(v, "iss", iss);
	value_set_c(v, "sub", client_id);
	value_set_c(v, "client_id", client_id);
	value_set_c(v, "cid", client_id);
	value_set_c(v, "azp", client_id);
	value_set_c(v, "zid", zid);
	value_set_c(v, "grant_type", "client_credentials");
	value_append_c(aud, client_id);
	value_set(v, "scope", scopes_of(instance, aud));
	value_set(v, "aud", aud);
	value_set_int(v, "iat", wall_seconds(now));
	value_set_int(v, "exp", wall_seconds(now) + seconds);
	value_set_c(ext, "zdn", tenant);
	value_set_c(ext, "serviceinstanceid", value_get_c(instance, "id"));
	value_set(v, "ext_attr", ext);
	return v;
}

static enum rc token_sign(struct service *service, const char *tenant, const struct value *claims,
			  struct buf *out, struct err *reterr)
{
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO_FREE char *kid = NULL,
		       *jku = mem_printf("%s/token_keys", service_setting_c(service, "management_url", ""));
	TRY(signing_key(service, tenant, &key, &kid, reterr));
	return jws_sign(key, kid, jku, claims, out, reterr);
}

enum rc service_token_issue(struct service *service, const char *tenant, const char *client_id,
			    struct str secret, const char *credential, struct wall now, struct value **ret,
			    struct err *reterr)
{
	AUTO_VALUE *key = NULL, *instance = NULL, *claims = NULL;
	AUTO_FREE char *zid = NULL;
	AUTO_BUF_SECRET(token, TOKEN_MAX);
	AUTO_BUF(scope, TOKEN_MAX);
	TRY(client_find(service, tenant, client_id, secret, credential, &key, &instance, reterr));
	TRY(service_tenant_id(service, tenant, &zid, reterr));
	bool destination = str_is(value_get_str(instance, "service"), "destination");
	int64_t seconds = destination ? DESTINATION_SECONDS
				      : value_get_int(instance, "token_validity", RUNTIME_SECONDS);
	claims = claims_make(service, tenant, zid, key, instance, now, seconds);
	TRY(token_sign(service, tenant, claims, &token, reterr));
	join(value_get(claims, "scope"), &scope);
	struct value *v = value_object();
	value_set_str(v, "access_token", buf_str(&token));
	value_set_c(v, "token_type", "bearer");
	value_set_int(v, "expires_in", seconds);
	value_set_str(v, "scope", buf_str(&scope));
	value_set_c(v, "jti", value_get_c(claims, "jti"));
	*ret = v;
	return RC_OK;
}

/* Verify with the keys of one subaccount. */
static enum rc verify_with(struct service *service, const char *tenant, struct str text, struct value **ret,
			   struct err *reterr)
{
	AUTO(store_token_key_list_fini) struct store_token_key_list list = { 0 };
	struct jws_key *keys[KEYS_MAX] = { 0 };
	size_t n = 0;
	enum rc rc = store_token_key_list_all(service->store, tenant, &list, reterr);
	for (size_t i = 0; rc == RC_OK && i < list.n && n < KEYS_MAX; i++)
		rc = jws_key_new(&keys[n++], list.items[i].kid, list.items[i].public_key, reterr);
	if (rc == RC_OK)
		rc = jws_verify(text, keys, n, ret, reterr);
	for (size_t i = 0; i < n; i++)
		jws_key_free(keys[i]);
	return rc;
}

static void fill(const char *tenant, const struct value *key, const struct value *instance,
		 struct service_token *ret)
{
	ret->client_id = str_dup(value_get_str(key, "client_id"));
	ret->tenant = mem_strdup(tenant);
	ret->instance = str_dup(value_get_str(instance, "id"));
	ret->plan = str_dup(value_get_str(instance, "plan"));
	ret->service = str_dup(value_get_str(instance, "service"));
	ret->roles = value_copy(value_get(instance, "roles"));
}

static enum rc token_fill(struct service *service, const char *tenant, const struct value *claims,
			  struct wall now, struct service_token *ret, struct err *reterr)
{
	AUTO_VALUE *key = NULL, *instance = NULL;
	AUTO_FREE char *zid = NULL;
	const char *client_id = value_get_c(claims, "cid");
	TRY(service_tenant_id(service, tenant, &zid, reterr));
	if (!client_id || !str_is(value_get_str(claims, "zid"), zid) ||
	    value_get_int(claims, "exp", 0) <= wall_seconds(now))
		return denied(reterr);
	if (service_key_find_client(service, tenant, client_id, &key, &instance, reterr) != RC_OK)
		return denied(reterr);
	fill(tenant, key, instance, ret);
	return RC_OK;
}

enum rc service_token_client(struct service *service, const char *tenant, const char *client_id,
			     struct str secret, struct service_token *ret, struct err *reterr)
{
	AUTO_VALUE *key = NULL, *instance = NULL;
	TRY(client_find(service, tenant, client_id, secret, NULL, &key, &instance, reterr));
	fill(tenant, key, instance, ret);
	return RC_OK;
}

enum rc service_token_verify(struct service *service, struct str text, struct wall now,
			     struct service_token *ret, struct err *reterr)
{
	AUTO(store_tenant_list_fini) struct store_tenant_list tenants = { 0 };
	TRY(store_tenant_list_all(service->store, &tenants, reterr));
	for (size_t i = 0; i < tenants.n; i++) {
		AUTO_VALUE *claims = NULL;
		enum rc rc = verify_with(service, tenants.items[i].name, text, &claims, reterr);
		if (rc == RC_OK)
			return token_fill(service, tenants.items[i].name, claims, now, ret, reterr);
		if (rc != RC_DENIED)
			return rc == RC_LIMIT ? denied(reterr) : rc;
	}
	return denied(reterr);
}

enum rc service_token_keys(struct service *service, const char *tenant, struct value **ret,
			   struct err *reterr)
{
	AUTO(store_token_key_list_fini) struct store_token_key_list list = { 0 };
	AUTO_VALUE *v = value_object();
	struct value *keys = value_array();
	value_set(v, "keys", keys);
	TRY(store_token_key_list_all(service->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		struct jws_key *key = NULL;
		TRY(jws_key_new(&key, list.items[i].kid, list.items[i].public_key, reterr));
		value_append(keys, jws_key_to_value(key));
		jws_key_free(key);
	}
	*ret = TAKE(v);
	return RC_OK;
}
