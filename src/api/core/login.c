/* SPDX-License-Identifier: Apache-2.0
 * Judging logins; wrong ones are counted and slowed by refusing them. */
#include "api/core/login.h"

#include "api/core/throttle.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "http/host.h"
#include "service/core/service.h"
#include "service/core/session.h"
#include "service/core/tenant.h"
#include "service/token/token.h"
#include "service/token/token_verify.h"
#include "service/token/user.h"

#include <unistd.h>

#define CREDENTIALS_MAX ((size_t)2048)

enum rc login_parse_basic(struct str authorization, struct buf *user, struct buf *password)
{
	if (authorization.n < 6 || !str_equal_nocase(str_first(authorization, 6), STR("Basic "))) {
		return RC_INVALID;
	}
	AUTO_BUF_SECRET(pair, CREDENTIALS_MAX);
	TRY(base64_decode(&pair, str_trim(str_skip(authorization, 6)), false));
	struct str text = buf_str(&pair);
	size_t colon = str_find(text, ':');
	if (colon == text.n) {
		return RC_INVALID;
	}
	if (!buf_add(user, str_first(text, colon)) || !buf_add(password, str_skip(text, colon + 1))) {
		return RC_INVALID;
	}
	return RC_OK;
}

/* The subaccount that the host names: "NAME." in front of the server's own, else the default one. Owned. */
static char *tenant_of_host(const struct call *call)
{
	struct str label = host_label(call->request.host, str_of(call->api->management_host));
	if (label.n == 0) {
		return mem_strdup(SERVICE_TENANT_DEFAULT);
	}
	char *name = str_dup(label);
	str_lower(name);
	return name;
}

/* How a request proves who sent it. */
enum proof { PROOF_NONE, PROOF_SOCKET, PROOF_BEARER, PROOF_BASIC };

static enum proof proof_of(const struct call *call)
{
	struct str authorization = call_field(call, "Authorization");
	bool token_route = call->route && call->route->shape == ROUTE_SHAPE_TOKEN;
	if (call->listener != API_LISTENER_TCP) {
		return PROOF_SOCKET;
	}
	if (authorization.n > 7 && str_equal_nocase(str_first(authorization, 7), STR("Bearer "))) {
		return PROOF_BEARER;
	}
	/* At the token endpoint it is the client's id and secret. */
	return authorization.n > 0 && !token_route ? PROOF_BASIC : PROOF_NONE;
}

static bool is_client_id(struct str user)
{
	return str_starts_with(user, STR("sb-"));
}

static int unauthorized(struct call *call, const char *client, struct err *reterr)
{
	mem_free(call->notes.denied);
	call->notes.denied = mem_strdup(client);
	(void)err_set(reterr, RC_DENIED, "Unauthorized");
	return 401;
}

static int begin_basic(struct call *call, struct err *reterr)
{
	AUTO_BUF(user, 256);
	AUTO_BUF_SECRET(password, CREDENTIALS_MAX);
	if (login_parse_basic(call_field(call, "Authorization"), &user, &password) != RC_OK) {
		return unauthorized(call, "?", reterr);
	}
	if (!throttle_refuses(call->api->throttle, str_of(call->request.peer), buf_str(&user), mono_now())) {
		return 0;
	}
	(void)err_set(reterr, RC_LIMIT, "Too many wrong logins; wait a minute.");
	return 429;
}

static int begin_socket(struct call *call, struct err *reterr)
{
	uid_t uid = (uid_t)-1;
	bool is_unix = http_connection_is_unix(http_exchange_connection(call->exchange), &uid);
	if (is_unix && (uid == 0 || uid == geteuid())) {
		return 0;
	}
	(void)err_set(reterr, RC_DENIED, "This socket serves the user of the server and root.");
	return 403;
}

int login_begin(struct call *call, struct err *reterr)
{
	enum proof proof = proof_of(call);
	(void)random_uuid(call->request_id);
	return proof == PROOF_SOCKET  ? begin_socket(call, reterr)
	       : proof == PROOF_BASIC ? begin_basic(call, reterr)
				      : 0;
}

bool login_derives(const struct call *call)
{
	AUTO_BUF(user, 256);
	AUTO_BUF_SECRET(password, CREDENTIALS_MAX);
	return proof_of(call) == PROOF_BASIC &&
	       login_parse_basic(call_field(call, "Authorization"), &user, &password) == RC_OK &&
	       !is_client_id(buf_str(&user));
}

/* What the key of an instance may do, by token or by secret. */
static void take_client(struct call *call, struct service_token *token)
{
	call->login.client_id = TAKE(token->client_id);
	call->login.subjects |= SUBJECT_CLIENT;
	if (strcmp(token->service, "destination") == 0) {
		call->login.instance = TAKE(token->instance);
		call->login.subjects |= SUBJECT_DESTINATION_READ | SUBJECT_DESTINATION_MODIFY;
	} else if (strcmp(token->plan, "api") == 0) {
		call->login.subjects |= subjects_of_roles(token->roles);
	}
}

static int status_of(struct call *call, enum rc rc, const char *client, struct err *reterr)
{
	switch ((int)rc) {
	case RC_OK: return 0;
	case RC_AGAIN: return LOGIN_UNKNOWN;
	case RC_AWAY:
	case RC_STORE: return call_status(reterr);
	default: return unauthorized(call, client, reterr);
	}
}

/* Tenants of Cloud Integration take a service key's id and secret at their API;
 * the Destination service takes tokens only. */
static int judge_client(struct call *call, const char *client_id, struct str secret, struct err *reterr)
{
	AUTO(service_token_fini) struct service_token token = { 0 };
	if (!call->route || !(call->route->serves & SUBJECT_API)) {
		return unauthorized(call, client_id, reterr);
	}
	enum rc rc = session_check_store(call->session, reterr);
	if (rc == RC_OK) {
		rc = service_token_client(call->session, call->tenant, client_id, secret, &token, reterr);
	}
	if (rc == RC_OK && strcmp(token.plan, "api") != 0) {
		rc = RC_DENIED;
	}
	if (rc == RC_OK) {
		take_client(call, &token);
	}
	return status_of(call, rc, client_id, reterr);
}

static int judge_basic(struct call *call, struct err *reterr)
{
	AUTO_BUF(user, 256);
	AUTO_BUF_SECRET(password, CREDENTIALS_MAX);
	if (login_parse_basic(call_field(call, "Authorization"), &user, &password) != RC_OK) {
		return unauthorized(call, "?", reterr);
	}
	if (is_client_id(buf_str(&user))) {
		return judge_client(call, buf_c(&user), buf_str(&password), reterr);
	}
	enum rc rc = user_login(call->session, call->tenant, buf_c(&user), buf_str(&password), reterr);
	int status = status_of(call, rc, buf_c(&user), reterr);
	if (status != 0) {
		return status;
	}
	call->login.user = buf_take(&user);
	call->login.subjects |= SUBJECT_ADMINISTRATOR;
	if (strcmp(call->tenant, SERVICE_TENANT_DEFAULT) == 0) {
		call->login.subjects |= SUBJECT_SERVER;
	}
	return 0;
}

/* Who manages the whole server works in the subaccount that the field names;
 * everybody else in that of the host. */
static int judge_choice(struct call *call, struct err *reterr)
{
	struct str asked = call_field(call, "X-Postern-Subaccount");
	if (asked.n == 0 || str_is(asked, call->tenant)) {
		return 0;
	}
	if (!call_is(call, SUBJECTS_SERVER | SUBJECT_GATEWAY)) {
		(void)err_set(reterr, RC_DENIED, "The login is for another subaccount than the one named.");
		return 403;
	}
	mem_free(call->tenant);
	call->tenant = str_dup(asked);
	return 0;
}

static int judge_bearer(struct call *call, struct err *reterr)
{
	AUTO(service_token_fini) struct service_token token = { 0 };
	struct str text = str_trim(str_skip(call_field(call, "Authorization"), 7));
	enum rc rc = service_token_verify(call->session, call->tenant, text, wall_now(), &token, reterr);
	if (rc == RC_AGAIN) {
		return LOGIN_UNKNOWN;
	}
	if (rc != RC_OK && rc != RC_DENIED) {
		return call_status(reterr);
	}
	/* Nobody guesses a signature, so wrong tokens are not slowed:
	 * 401 tells a client to fetch the next one. */
	if (rc == RC_DENIED) {
		call->notes.forged = true;
		(void)err_set(reterr, RC_DENIED, "Unauthorized");
		return 401;
	}
	take_client(call, &token);
	return 0;
}

static int judge_proof(struct call *call, struct err *reterr)
{
	switch (proof_of(call)) {
	case PROOF_NONE: break;
	case PROOF_SOCKET:
		call->login.subjects |=
			call->listener == API_LISTENER_ADMIN ? SUBJECT_SOCKET : SUBJECT_GATEWAY;
		break;
	case PROOF_BEARER: return judge_bearer(call, reterr);
	case PROOF_BASIC: return judge_basic(call, reterr);
	}
	return 0;
}

/* A stranger does not learn which subaccounts there are. */
static int judge_subaccount(struct call *call, struct err *reterr)
{
	bool token_route = call->route && call->route->shape == ROUTE_SHAPE_TOKEN;
	if (!call_is(call, SUBJECTS_KNOWN | SUBJECT_GATEWAY) && !token_route) {
		return 0;
	}
	enum rc rc = service_tenant_check(call->session, call->tenant, reterr);
	return rc == RC_OK          ? 0
	       : rc == RC_AGAIN     ? LOGIN_UNKNOWN
	       : rc == RC_NOT_FOUND ? 404
				    : call_status(reterr);
}

static void login_clear(struct call *call)
{
	mem_free(call->login.user);
	mem_free(call->login.client_id);
	mem_free(call->login.instance);
	mem_free(TAKE(call->tenant));
	call->login = (struct call_login){ .subjects = SUBJECT_ANYBODY };
}

void login_judge(struct call *call)
{
	struct err *err = &call->login_err;
	*err = (struct err){ 0 };
	login_clear(call);
	call->tenant = call->listener == API_LISTENER_TCP ? tenant_of_host(call)
							  : mem_strdup(SERVICE_TENANT_DEFAULT);
	int status = judge_proof(call, err);
	if (status == 0) {
		status = judge_choice(call, err);
	}
	if (status == 0) {
		status = judge_subaccount(call, err);
	}
	call->login_status = status;
}

static enum actor_kind actor_kind_of(const struct call *call)
{
	return call_is(call, SUBJECT_GATEWAY)         ? ACTOR_GATEWAY
	       : call_is(call, SUBJECT_CLIENT)        ? ACTOR_CLIENT
	       : call_is(call, SUBJECT_ADMINISTRATOR) ? ACTOR_USER
	       : call_is(call, SUBJECT_SOCKET)        ? ACTOR_SOCKET
						      : ACTOR_ANYBODY;
}

void login_actor(struct call *call)
{
	const struct call_login *login = &call->login;
	call->actor = (struct actor){
		.kind = actor_kind_of(call),
		.name = login->client_id ? login->client_id
			: login->user    ? login->user
					 : "",
		.subaccount = call->tenant,
		.address = call->request.peer,
		.request_id = call->request_id,
	};
}

int login_check(const struct call *call, const struct route *route, struct err *reterr)
{
	if (call_is(call, route ? route->serves : SUBJECTS_KNOWN)) {
		return 0;
	}
	bool known = call_is(call, SUBJECTS_KNOWN);
	(void)err_set(reterr, RC_DENIED, known ? "Forbidden" : "Unauthorized");
	return known ? 403 : 401;
}
