/* SPDX-License-Identifier: Apache-2.0
 * Find and Consume: a destination with its fragments, certificates and tokens. */
#include "api/core/call.h"
#include "api/destination/destination_api.h"
#include "api/destination/destination_call.h"
#include "base/memory.h"
#include "service/destination/auth_token.h"
#include "service/doctor/check.h"
#include "service/destination/destination_property.h"
#include "service/core/session.h"

#define FRAGMENT_HEADER_MAX ((size_t)4096)

/* One Find from its request to its answer; state of the call while a token service is asked. */
struct finding {
	struct call *call;
	struct destination_find find;
	char *name;      /* of the destination, without its level */
	char *fragments; /* header, cut into the names that find points to */
	bool with_owner, v2, skip_token;
	char etag[DESTINATION_ETAG_SIZE];
	struct value *found;
	struct value *trust; /* of the call for a token, where a store was at hand */
	struct auth_token_wait *wait;
};

static void finding_free(void *object)
{
	struct finding *f = object;
	auth_token_cancel(f->wait);
	value_free(f->found);
	value_free(f->trust);
	mem_free(f->name);
	mem_free(f->fragments);
	mem_free(f);
}

static struct str header(const struct finding *f, const char *name)
{
	return call_field(f->call, name);
}

static enum rc invalid(struct err *reterr, const char *text)
{
	return err_set(reterr, RC_INVALID, "%s", text);
}

/* The instance id, or "", that a level's name stands for. Provider and subscriber are one here. */
static enum rc level_read(const struct finding *f, const char *level, const char **ret, struct err *reterr)
{
	if (strcmp(level, "subaccount") == 0 || strcmp(level, "provider_subaccount") == 0) {
		*ret = "";
		return RC_OK;
	}
	if (strcmp(level, "instance") != 0 && strcmp(level, "provider_instance") != 0) {
		return invalid(
			reterr,
			"The level is subaccount, instance, provider_subaccount or provider_instance.");
	}
	*ret = f->call->login.instance;
	return *ret ? RC_OK : invalid(reterr, "The instance level needs a token of a destination instance.");
}

/* "name@level" is cut at the last @; the level is NULL where there is none. */
static char *level_cut(char *name)
{
	char *at = strrchr(name, '@');
	if (!at) {
		return NULL;
	}
	*at = '\0';
	return at + 1;
}

static enum rc fragment_add(struct finding *f, char *name, bool *subaccount_named, struct err *reterr)
{
	size_t i = f->find.n_fragments;
	char *level = f->v2 ? level_cut(name) : NULL;
	if (i == DESTINATION_FRAGMENTS_MAX) {
		return invalid(reterr, "At most 10 fragments are merged.");
	}
	f->find.fragments[i].name = name;
	if (level) {
		TRY(level_read(f, level, &f->find.fragments[i].instance, reterr));
		*subaccount_named = strcmp(level, "subaccount") == 0;
	}
	f->find.n_fragments++;
	return RC_OK;
}

/* Source: SAP, Extending Destinations with Fragments; Consume:
 * the level subaccount does not mix with others. */
static enum rc fragments_read(struct finding *f, const char *level, struct err *reterr)
{
	struct str names = header(f, "X-fragment-name"), optional = header(f, "X-fragment-optional"), one;
	if (names.n > FRAGMENT_HEADER_MAX) {
		return invalid(reterr, "The header X-fragment-name is too long.");
	}
	f->find.fragment_optional = str_equal_nocase(optional, STR("true"));
	f->fragments = str_dup(names);
	size_t at = 0;
	for (struct str rest = names; names.n > 0 && str_split(&rest, ',', &one); at += one.n + 1) {
		char *name = f->fragments + at + (str_trim(one).p - one.p);
		bool this_subaccount = level && strcmp(level, "subaccount") == 0,
		     subaccount = this_subaccount;
		name[str_trim(one).n] = '\0';
		if (!*name) {
			return invalid(reterr,
				       "The header X-fragment-name names fragments with commas between.");
		}
		TRY(fragment_add(f, name, &subaccount, reterr));
		if (subaccount != this_subaccount) {
			return invalid(reterr, "The level subaccount cannot be mixed with another level.");
		}
	}
	if (f->find.n_fragments > 1 && optional.n > 0) {
		return invalid(reterr, "X-fragment-optional goes with one fragment only.");
	}
	return RC_OK;
}

static enum rc headers_check(const struct finding *f, struct err *reterr)
{
	bool assertion = header(f, "X-client-assertion").n > 0;
	bool provider = header(f, "X-client-assertion-destination-name").n > 0;
	if (header(f, "X-chain-name").n > 0) {
		return invalid(reterr, "Destination chains (X-chain-name) are not served.");
	}
	if (provider && f->v2) {
		return invalid(
			reterr,
			"X-client-assertion-destination-name is not a header of the consumption API v2.");
	}
	if (provider && assertion) {
		return invalid(reterr,
			       "Send either X-client-assertion or X-client-assertion-destination-name.");
	}
	if (provider) {
		return invalid(reterr, "Client assertions of another destination are not served; send "
				       "X-client-assertion and X-client-assertion-type.");
	}
	return RC_OK;
}

static enum rc query_read(struct finding *f, struct err *reterr)
{
	AUTO_FREE char *metadata = call_query(f->call, "$includeMetadata");
	AUTO_FREE char *plain = call_query(f->call, "includeMetadata");
	const char *wanted = metadata ? metadata : plain;
	f->find.skip_credentials = destination_call_flag(f->call, "$skipCredentials");
	f->skip_token = destination_call_flag(f->call, "$skipTokenRetrieval");
	f->with_owner = wanted && strcmp(wanted, "owner") == 0;
	if (f->v2 && wanted && !f->with_owner) {
		return invalid(reterr, "$includeMetadata takes owner, nothing else.");
	}
	return RC_OK;
}

static enum rc finding_read(struct finding *f, struct err *reterr)
{
	const char *level = NULL;
	f->name = mem_strdup(f->call->params[0]);
	f->find.tenant = f->call->tenant;
	f->find.instance = f->call->login.instance;
	if (f->v2) {
		level = level_cut(f->name);
		TRY(level_read(f, level ? level : "instance", &f->find.instance, reterr));
		f->find.explicit_level = true;
	}
	f->find.name = f->name;
	TRY(query_read(f, reterr));
	TRY(headers_check(f, reterr));
	return fragments_read(f, level, reterr);
}

/* What a caller without need of credentials is not told; nor the token that is nothing but them. */
static void credentials_remove(struct value *found)
{
	struct value *configuration = value_get(found, "destinationConfiguration"), *bare = value_object(),
		     *v;
	const char *name;
	bool basic = str_is(value_get_str(configuration, "Authentication"), "BasicAuthentication");
	for (size_t i = 0; value_member(configuration, i, &name, &v); i++) {
		if (!destination_property_is_secret(name)) {
			value_set(bare, name, value_ref(v));
		}
	}
	value_set(found, "destinationConfiguration", bare);
	if (basic) {
		value_remove(found, "authTokens");
	}
}

static void owner_move(const struct finding *f)
{
	struct value *configuration = value_get(f->found, "destinationConfiguration");
	struct value *metadata = value_object();
	if (f->with_owner) {
		value_set(metadata, "owner", value_ref(value_get(f->found, "owner")));
		value_set(configuration, "$metadata", value_ref(metadata));
	}
	value_free(metadata);
	if (f->v2) {
		value_remove(f->found, "owner");
	}
}

/* The last step; the call, and with it the finding, ends here. */
static void answer(struct finding *f, const struct value *tokens)
{
	if (value_count(tokens) > 0) { /* never an empty list: clients look at its first element */
		value_set(f->found, "authTokens", value_copy(tokens));
	}
	if (f->find.skip_credentials) {
		credentials_remove(f->found);
	}
	owner_move(f);
	destination_call_tagged(f->call, TAKE(f->found), f->etag);
}

static void tokens_done(void *context, const struct value *list)
{
	struct finding *f = context;
	f->wait = NULL;
	answer(f, list);
	call_send(f->call);
}

static enum rc tokens_get(struct finding *f, struct value **ret_list, struct err *reterr)
{
	struct str authorization = header(f, "Authorization");
	const struct auth_token_headers headers = {
		.user_token = header(f, "X-user-token"),
		.authorization = authorization.n > 7 ? str_trim(str_skip(authorization, 7)) : STR_NONE,
		.tenant = header(f, "X-tenant"),
		.refresh_token = header(f, "X-refresh-token"),
		.code = header(f, "X-code"),
		.redirect_uri = header(f, "X-redirect-uri"),
		.code_verifier = header(f, "X-code-verifier"),
		.subject_token = header(f, "X-subject-token"),
		.subject_token_type = header(f, "X-subject-token-type"),
		.actor_token = header(f, "X-actor-token"),
		.actor_token_type = header(f, "X-actor-token-type"),
		.client_assertion = header(f, "X-client-assertion"),
		.client_assertion_type = header(f, "X-client-assertion-type"),
	};
	return auth_token_get(f->call->api->auth_tokens, f->call->tenant, f->found, f->etag, f->trust,
			      &headers, tokens_done, f, ret_list, &f->wait, reterr);
}

static void fail(struct call *call, const struct err *err)
{
	int status = err->code == RC_LIMIT ? 503 : destination_call_status(err);
	call_fail_status(call, status, err);
}

/* On the loop, where the tokens are. */
static void then_tokens(struct call *call)
{
	struct finding *f = call->state;
	struct err err = { 0 };
	AUTO_VALUE *list = NULL;
	enum rc rc = tokens_get(f, &list, &err);
	if (rc == RC_AGAIN) {
		call->notes.again = true;
	} else if (rc != RC_OK) {
		fail(call, &err);
	} else if (f->wait) {
		call->notes.later = true;
	} else {
		answer(f, list);
	}
}

static enum rc trust_read(struct finding *f, struct err *reterr)
{
	if (session_check_store(f->call->session, NULL) != RC_OK) {
		return RC_OK;
	}
	f->trust = value_object();
	return service_check_trust(f->call->session, f->call->tenant, f->found, f->trust, reterr);
}

static void find(struct call *call, bool v2)
{
	struct finding *f = mem_alloc(sizeof(*f));
	struct err err = { 0 };
	f->call = call;
	f->v2 = v2;
	call->state = f;
	call->state_free = finding_free;
	enum rc rc = finding_read(f, &err);
	/* Credentials are needed to get a token, whoever is told of them. */
	struct destination_find wish = f->find;
	wish.skip_credentials = f->find.skip_credentials && f->skip_token;
	if (rc == RC_OK) {
		rc = service_destination_find(call->session, &wish, &f->found, f->etag, &err);
	}
	if (rc == RC_OK && !destination_call_wants(call, f->etag)) {
		return;
	}
	if (rc == RC_OK && !f->skip_token) {
		rc = trust_read(f, &err);
	}
	if (rc != RC_OK) {
		fail(call, &err);
	} else if (f->skip_token) {
		answer(f, NULL);
	} else {
		call->notes.then = then_tokens;
	}
}

void destination_find_api_find(struct call *call)
{
	find(call, false);
}

void destination_find_api_consume(struct call *call)
{
	find(call, true);
}
