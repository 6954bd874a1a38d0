/* SPDX-License-Identifier: Apache-2.0
 * Tokens and their keys where time passes and claims are forged by one who could sign. */
#include "service/key/instance.h"
#include "service/key/key_row.h"
#include "service/key/service_key.h"
#include "service/token/token.h"
#include "service/token/token_key.h"
#include "service/token/token_verify.h"
#include "unit/service/world.h"

#define HOUR (INT64_C(3600) * US_PER_SECOND)
#define DAY (24 * HOUR)

static struct wall later(int64_t us)
{
	return (struct wall){ wall_now().us + us };
}

static struct value *make_client(struct world *w)
{
	AUTO_VALUE *input = json("{'name':'i','service':'destination','plan':'lite'}");
	AUTO_VALUE *named = json("{'name':'k'}");
	AUTO_VALUE *instance = NULL, *key = NULL;
	struct value *credentials = NULL;
	OK(w, service_instance_create(w->session, TENANT, input, &instance, &w->err));
	OK(w, service_key_create(w->session, TENANT, "i", named, NULL, &key, &w->err));
	OK(w, service_key_credentials(w->session, TENANT, "i", "k", &credentials, &w->err));
	return credentials;
}

static struct value *issue(struct world *w, const struct value *client, struct wall now)
{
	struct value *ret = NULL;
	const struct service_token_request request = { .grant_type = "client_credentials",
						       .client_id = value_get_c(client, "clientid"),
						       .secret = value_get_str(client, "clientsecret") };
	OK(w, service_token_issue(w->session, TENANT, &request, now, &ret, &w->err));
	return ret;
}

static enum rc verify(struct world *w, struct str token, struct wall now)
{
	AUTO(service_token_fini) struct service_token ret = { 0 };
	return service_token_verify(w->session, TENANT, token, now, &ret, &w->err);
}

/* The claims of a good token, changed, signed with the subaccount's own key. */
static enum rc verify_forged(struct world *w, const struct value *client, const char *name,
			     struct value *take_claim)
{
	AUTO_VALUE *good = issue(w, client, wall_now());
	AUTO_VALUE *claims = NULL;
	AUTO(token_key_set_fini) struct token_key_set set = { 0 };
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO_FREE char *kid = NULL;
	AUTO_BUF(token, 16384);
	OK(w, token_key_set_read(w->session, TENANT, &set, &w->err));
	OK(w, jws_verify(value_get_str(good, "access_token"), set.keys, set.n, &claims, &w->err));
	OK(w, service_token_key_signing(w->session, TENANT, wall_now(), &key, &kid, &w->err));
	if (take_claim) {
		value_set(claims, name, take_claim);
	} else {
		value_remove(claims, name);
	}
	OK(w, jws_sign(key, kid, NULL, claims, &token, &w->err));
	return verify(w, buf_str(&token), wall_now());
}

static void a_signature_is_not_enough(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *client = make_client(w);
	int64_t now = wall_seconds(wall_now());
	assert_int_equal(verify_forged(w, client, "jti", value_string(STR("other"))), RC_OK);
	assert_int_equal(verify_forged(w, client, "zid", value_string(STR("another"))), RC_DENIED);
	assert_int_equal(verify_forged(w, client, "zid", NULL), RC_DENIED);
	assert_int_equal(verify_forged(w, client, "cid", value_string(STR("sb-nobody!b1|it!b1"))), RC_DENIED);
	assert_int_equal(verify_forged(w, client, "cid", NULL), RC_DENIED);
	assert_int_equal(verify_forged(w, client, "aud", json("['it!b1']")), RC_DENIED);
	assert_int_equal(verify_forged(w, client, "aud", NULL), RC_DENIED);
	assert_int_equal(verify_forged(w, client, "exp", value_int(now)), RC_DENIED);
	assert_int_equal(verify_forged(w, client, "exp", NULL), RC_DENIED);
	/* Two clocks may differ by a minute. */
	assert_int_equal(verify_forged(w, client, "nbf", value_int(now + 90)), RC_DENIED);
	assert_int_equal(verify_forged(w, client, "nbf", value_int(now + 30)), RC_OK);
	assert_int_equal(verify_forged(w, client, "nbf", value_int(now - 60)), RC_OK);
	assert_int_equal(verify_forged(w, client, "iat", value_int(now + 90)), RC_DENIED);
	assert_int_equal(verify_forged(w, client, "iat", value_int(now + 30)), RC_OK);
	assert_int_equal(verify_forged(w, client, "iat", value_int(INT64_MAX)), RC_DENIED);
}

static enum rc exchange(struct world *w, const struct value *client, const char *grant, struct str proof,
			struct wall now, struct value **ret)
{
	const struct service_token_request request = { .grant_type = grant,
						       .client_id = value_get_c(client, "clientid"),
						       .secret = value_get_str(client, "clientsecret"),
						       .proof = proof };
	return service_token_issue(w->session, TENANT, &request, now, ret, &w->err);
}

static void nothing_that_was_issued_in_the_future_is_taken(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *client = make_client(w);
	AUTO_VALUE *answer = issue(w, client, wall_now()), *user = NULL, *none = NULL, *again = NULL;
	static const char jwt[] = "urn:ietf:params:oauth:grant-type:jwt-bearer";
	struct str token = value_get_str(answer, "access_token");
	OK(w, exchange(w, client, jwt, token, wall_now(), &user));
	struct str refresh = value_get_str(user, "refresh_token");
	/* The clock goes back by a day: what was issued before would last a day longer. Remembered or not. */
	assert_int_equal(verify(w, token, wall_now()), RC_OK);
	assert_int_equal(verify(w, token, later(-24 * HOUR)), RC_DENIED);
	REFUSED(w, exchange(w, client, jwt, token, later(-24 * HOUR), &none), RC_INVALID, "");
	REFUSED(w, exchange(w, client, "refresh_token", refresh, later(-24 * HOUR), &none), RC_INVALID, "");
	assert_string_equal(w->err.field, "invalid_grant");
	assert_int_equal(verify(w, token, later(-30 * US_PER_SECOND)), RC_OK);
	OK(w, exchange(w, client, "refresh_token", refresh, later(-30 * US_PER_SECOND), &again));
}

static void a_remembered_token_still_expires_and_ends_with_its_key(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *client = make_client(w);
	AUTO_VALUE *answer = issue(w, client, wall_now());
	struct str token = value_get_str(answer, "access_token");
	assert_int_equal(verify(w, token, wall_now()), RC_OK);
	assert_int_equal(verify(w, token, wall_now()), RC_OK);
	assert_int_equal(verify(w, token, later(12 * HOUR)), RC_DENIED);
	assert_int_equal(verify(w, token, wall_now()), RC_OK);
	OK(w, service_key_delete(w->session, TENANT, "i", "k", &w->err));
	assert_int_equal(verify(w, token, wall_now()), RC_DENIED);
}

static const char *state_of(struct world *w, struct wall now, size_t i)
{
	static char state[32];
	AUTO_VALUE *list = NULL;
	OK(w, service_token_key_list(w->session, TENANT, now, &list, &w->err));
	const char *c = value_get_c(value_at(list, i), "state");
	(void)snprintf(state, sizeof(state), "%s", c ? c : "");
	return state;
}

static char *signing_at(struct world *w, struct wall now)
{
	AUTO(key_free_cleanup) struct key *key = NULL;
	char *kid = NULL;
	OK(w, service_token_key_signing(w->session, TENANT, now, &key, &kid, &w->err));
	return kid;
}

static void the_next_key_is_announced_signs_and_the_former_verifies_until_its_tokens_have_ended(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *due = NULL, *not_due = NULL, *ended = NULL;
	AUTO_FREE char *first = signing_at(w, wall_now());
	OK(w, service_token_key_tick(w->session, later((TOKEN_KEY_DAYS - 1) * DAY), &not_due, &w->err));
	assert_null(not_due);
	struct wall day = later(TOKEN_KEY_DAYS * DAY);
	OK(w, service_token_key_tick(w->session, day, &due, &w->err));
	assert_string_equal(due, TENANT);
	OK(w, service_token_key_rotate(w->session, TENANT, NULL, TOKEN_KEY_ANNOUNCE_SECONDS, false, day, NULL,
				       &w->err));
	AUTO_FREE char *still = signing_at(w, day);
	assert_string_equal(still, first);
	assert_string_equal(state_of(w, day, 0), "announced");
	assert_string_equal(state_of(w, day, 1), "signing");
	struct wall then = { day.us + HOUR };
	AUTO_FREE char *second = signing_at(w, then);
	assert_string_not_equal(second, first);
	assert_true(published(w, REGISTRY_TOKEN_KEY, TENANT, second, NULL));
	assert_string_equal(state_of(w, then, 0), "signing");
	assert_string_equal(state_of(w, then, 1), "verifying");
	struct wall end = { then.us + TOKEN_KEY_KEEP_SECONDS * US_PER_SECOND };
	OK(w, service_token_key_tick(w->session, (struct wall){ end.us - 1 }, &ended, &w->err));
	assert_true(published(w, REGISTRY_TOKEN_KEY, TENANT, first, NULL));
	OK(w, service_token_key_tick(w->session, end, &ended, &w->err));
	assert_null(ended);
	assert_false(published(w, REGISTRY_TOKEN_KEY, TENANT, first, NULL));
}

static void rotating_at_once_overtakes_an_announced_key(void **state)
{
	struct world *w = *state;
	OK(w, service_token_key_rotate(w->session, TENANT, NULL, 3600, false, wall_now(), NULL, &w->err));
	OK(w, service_token_key_rotate(w->session, TENANT, NULL, 0, false, wall_now(), NULL, &w->err));
	assert_string_equal(state_of(w, later(US_PER_SECOND), 0), "signing");
	assert_string_equal(state_of(w, later(US_PER_SECOND), 1), "verifying");
	assert_string_equal(state_of(w, later(US_PER_SECOND), 2), "verifying");
}

static void no_rotation_ends_tokens_early_unless_it_is_asked_to(void **state)
{
	struct world *w = *state;
	AUTO(key_free_cleanup) struct key *key = NULL;
	enum rc rc = RC_OK;
	assert_int_equal(key_generate(&key, TOKEN_KEY_TYPE, NULL), RC_OK);
	for (int i = 0; i < TOKEN_KEY_MAX && rc == RC_OK; i++) {
		rc = service_token_key_rotate(w->session, TENANT, key, 0, false, wall_now(), NULL, &w->err);
	}
	assert_int_equal(rc, RC_LIMIT);
	assert_non_null(strstr(w->err.fix, "--revoke"));
	OK(w, service_token_key_rotate(w->session, TENANT, key, 0, true, wall_now(), NULL, &w->err));
	assert_string_equal(state_of(w, wall_now(), 0), "signing");
	assert_string_equal(state_of(w, wall_now(), 1), "");
}

static void revoking_the_token_keys_ends_refresh_tokens_too(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *client = make_client(w);
	AUTO_VALUE *first = issue(w, client, wall_now()), *again = NULL, *user = NULL, *after = NULL,
		   *fresh = NULL, *next = NULL;
	static const char jwt[] = "urn:ietf:params:oauth:grant-type:jwt-bearer";
	OK(w, exchange(w, client, jwt, value_get_str(first, "access_token"), wall_now(), &user));
	struct str refresh = value_get_str(user, "refresh_token");
	OK(w, exchange(w, client, "refresh_token", refresh, wall_now(), &again));
	OK(w, service_token_key_rotate(w->session, TENANT, NULL, 0, false, wall_now(), NULL, &w->err));
	value_free(TAKE(again));
	OK(w, exchange(w, client, "refresh_token", refresh, wall_now(), &again));
	OK(w,
	   service_token_key_rotate(w->session, TENANT, NULL, 0, true, later(US_PER_SECOND), NULL, &w->err));
	REFUSED(w, exchange(w, client, "refresh_token", refresh, later(2 * US_PER_SECOND), &after),
		RC_INVALID, "");
	assert_string_equal(w->err.field, "invalid_grant");
	/* What is issued afterwards is good. */
	fresh = issue(w, client, later(2 * US_PER_SECOND));
	value_free(TAKE(user));
	OK(w,
	   exchange(w, client, jwt, value_get_str(fresh, "access_token"), later(2 * US_PER_SECOND), &user));
	OK(w, exchange(w, client, "refresh_token", value_get_str(user, "refresh_token"),
		       later(3 * US_PER_SECOND), &next));
}

RUN_TESTS(WORLD_TEST(a_signature_is_not_enough), WORLD_TEST(nothing_that_was_issued_in_the_future_is_taken),
	  WORLD_TEST(a_remembered_token_still_expires_and_ends_with_its_key),
	  WORLD_TEST(the_next_key_is_announced_signs_and_the_former_verifies_until_its_tokens_have_ended),
	  WORLD_TEST(rotating_at_once_overtakes_an_announced_key),
	  WORLD_TEST(no_rotation_ends_tokens_early_unless_it_is_asked_to),
	  WORLD_TEST(revoking_the_token_keys_ends_refresh_tokens_too))
