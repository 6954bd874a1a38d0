/* SPDX-License-Identifier: Apache-2.0
 * Verifying tokens; a verdict is remembered until it could be another. */
#include "service/token/token_verify.h"

#include "base/memory.h"
#include "pki/digest.h"
#include "service/key/key_row.h"
#include "service/core/session.h"
#include "service/core/tenant.h"
#include "service/token/token_key.h"

/* Each is one token that was good; a newer one takes the place. */
#define SLOTS 1024

struct slot {
	uint8_t digest[DIGEST_SHA256_SIZE]; /* of subaccount and token */
	uint64_t generation;
	struct wall not_before, issued, expires;
	struct service_token token;
};

struct token_verify_cache {
	struct slot slots[SLOTS];
};

static enum rc denied(struct err *reterr)
{
	return err_set(reterr, RC_DENIED, "Bad credentials");
}

static void copy(const struct service_token *from, struct service_token *ret)
{
	*ret = (struct service_token){ .client_id = mem_strdup(from->client_id),
				       .tenant = mem_strdup(from->tenant),
				       .instance = mem_strdup(from->instance),
				       .plan = mem_strdup(from->plan),
				       .service = mem_strdup(from->service),
				       .roles = value_copy(from->roles) };
}

/* The application that the client id names has to be among those the token is for. */
static bool is_for(const struct value *claims, const char *client_id)
{
	const char *bar = strchr(client_id, '|');
	return value_has(value_get(claims, "aud"), str_of(bar ? bar + 1 : client_id));
}

static void read_time(const struct value *claims, struct slot *ret)
{
	ret->expires = wall_from_outside(value_get_int(claims, "exp", 0));
	ret->not_before = wall_from_outside(value_get_int(claims, "nbf", 0));
	ret->issued = wall_from_outside(value_get_int(claims, "iat", 0));
}

static bool is_in_time(const struct slot *slot, struct wall now)
{
	return now.us < slot->expires.us && !wall_is_ahead(slot->not_before, now) &&
	       !wall_is_ahead(slot->issued, now);
}

static enum rc judge(struct session *session, const char *tenant, const struct value *claims, struct wall now,
		     struct service_token *ret, struct err *reterr)
{
	AUTO_VALUE *key = NULL, *instance = NULL;
	AUTO_FREE char *zid = NULL;
	const char *client_id = value_get_c(claims, "cid");
	struct slot time = { 0 };
	read_time(claims, &time);
	TRY(service_tenant_id(session, tenant, &zid, reterr));
	if (!client_id || !str_is(value_get_str(claims, "zid"), zid) || !is_for(claims, client_id) ||
	    !is_in_time(&time, now)) {
		return denied(reterr);
	}
	enum rc rc = service_key_find_client(session, tenant, client_id, &key, &instance, reterr);
	if (rc != RC_OK) {
		return rc == RC_NOT_FOUND ? denied(reterr) : rc;
	}
	token_holder_fill(tenant, key, instance, ret);
	return RC_OK;
}

static enum rc verify(struct session *session, const char *tenant, struct str text, struct wall now,
		      struct value **ret_claims, struct service_token *ret, struct err *reterr)
{
	AUTO(token_key_set_fini) struct token_key_set set = { 0 };
	TRY(token_key_set_read(session, tenant, &set, reterr));
	enum rc rc = jws_verify(text, set.keys, set.n, ret_claims, reterr);
	if (rc != RC_OK) {
		return rc == RC_LIMIT ? denied(reterr) : rc;
	}
	return judge(session, tenant, *ret_claims, now, ret, reterr);
}

static void digest_of(const char *tenant, struct str text, uint8_t out[DIGEST_SHA256_SIZE])
{
	AUTO_BUF(all, JWS_MAX_BYTES + 128);
	(void)buf_printf(&all, "%s\n", tenant);
	(void)buf_add(&all, text);
	digest_sha256(buf_str(&all), out);
}

static struct slot *slot_of(struct token_verify_cache *cache, const uint8_t digest[DIGEST_SHA256_SIZE])
{
	return &cache->slots[((size_t)digest[0] << 8 | digest[1]) % SLOTS];
}

/* Nobody's rights have changed since, and the time is right. */
static bool is_remembered(struct service *service, const uint8_t digest[DIGEST_SHA256_SIZE], struct wall now,
			  struct service_token *ret)
{
	monitor_enter(&service->monitor);
	const struct slot *slot = slot_of(service->tokens, digest);
	bool known = slot->token.client_id && slot->generation == service->generation &&
		     memcmp(slot->digest, digest, DIGEST_SHA256_SIZE) == 0 && is_in_time(slot, now);
	if (known) {
		copy(&slot->token, ret);
	}
	monitor_leave(&service->monitor);
	return known;
}

/* generation as it was before the token was judged: rights that changed meanwhile make it another. */
static void remember(struct service *service, const uint8_t digest[DIGEST_SHA256_SIZE], uint64_t generation,
		     const struct value *claims, const struct service_token *token)
{
	monitor_enter(&service->monitor);
	struct slot *slot = slot_of(service->tokens, digest);
	service_token_fini(&slot->token);
	*slot = (struct slot){ .generation = generation };
	copy(token, &slot->token);
	read_time(claims, slot);
	memcpy(slot->digest, digest, DIGEST_SHA256_SIZE);
	monitor_leave(&service->monitor);
}

enum rc service_token_verify(struct session *session, const char *tenant, struct str text, struct wall now,
			     struct service_token *ret, struct err *reterr)
{
	AUTO_VALUE *claims = NULL;
	AUTO(service_token_fini) struct service_token token = { 0 };
	uint8_t digest[DIGEST_SHA256_SIZE];
	uint64_t generation = session->service->generation;
	if (text.n > JWS_MAX_BYTES) {
		return denied(reterr);
	}
	digest_of(tenant, text, digest);
	if (is_remembered(session->service, digest, now, ret)) {
		return RC_OK;
	}
	TRY(session_check_store(session, reterr));
	TRY(verify(session, tenant, text, now, &claims, &token, reterr));
	remember(session->service, digest, generation, claims, &token);
	*ret = token;
	token = (struct service_token){ 0 };
	return RC_OK;
}

struct token_verify_cache *token_verify_cache_new(void)
{
	return mem_alloc(sizeof(struct token_verify_cache));
}

void token_verify_cache_free(struct token_verify_cache *cache)
{
	for (size_t i = 0; cache && i < SLOTS; i++) {
		service_token_fini(&cache->slots[i].token);
	}
	mem_free(cache);
}
