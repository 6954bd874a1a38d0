/* SPDX-License-Identifier: Apache-2.0
 * Judging logins; wrong ones are counted and slowed by refusing them. */
#include "api/login.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "http/host.h"
#include "service/service.h"
#include "service/token.h"
#include "service/user.h"

#include <unistd.h>

#define CREDENTIALS_MAX ((size_t)2048)

enum rc login_parse_basic(struct str authorization, struct buf *user, struct buf *password)
{
	if (authorization.n < 6 || !str_equal_nocase(str_first(authorization, 6), STR("Basic ")))
		return RC_INVALID;
	AUTO_BUF_SECRET(pair, CREDENTIALS_MAX);
	TRY(base64_decode(&pair, str_trim(str_skip(authorization, 6)), false));
	struct str text = buf_str(&pair);
	size_t colon = str_find(text, ':');
	if (colon == text.n)
		return RC_INVALID;
	if (!buf_add(user, str_first(text, colon)) || !buf_add(password, str_skip(text, colon + 1)))
		return RC_INVALID;
	return RC_OK;
}

/* The subaccount that the host names: "NAME." in front of the server's own, else the default one. Owned. */
static char *tenant_of_host(const struct call *call)
{
	struct str label = host_label(http_exchange_host(call->exchange), str_of(call->api->management_host));
	if (label.n == 0)
		return mem_strdup(SERVICE_TENANT_DEFAULT);
	char *name = str_dup(label);
	for (char *p = name; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	return name;
}

static struct str tenant_asked(const struct call *call)
{
	return http_exchange_field(call->exchange, "X-Postern-Subaccount");
}

static int refuse_denied(struct call *call, struct str client, struct err *reterr)
{
	struct str peer = str_of(http_connection_peer(http_exchange_connection(call->exchange)));
	call->api->n_denied++;
	throttle_count(call->api->throttle, peer, client, mono_now());
	(void)err_set(reterr, RC_DENIED, "Unauthorized");
	return 401;
}

static bool must_wait(const struct call *call, struct str client, struct err *reterr)
{
	struct str peer = str_of(http_connection_peer(http_exchange_connection(call->exchange)));
	if (!throttle_refuses(call->api->throttle, peer, client, mono_now()))
		return false;
	(void)err_set(reterr, RC_LIMIT, "Too many wrong logins; wait a minute.");
	return true;
}

/* What the key of an instance may do, by token or by secret. */
static void take_client(struct call *call, struct service_token *token)
{
	call->login.client_id = TAKE(token->client_id);
	if (strcmp(token->service, "destination") == 0) {
		call->login.instance = TAKE(token->instance);
		call->login.may_read = call->login.may_write = true;
	} else if (strcmp(token->plan, "api") == 0) {
		call->login.roles = TAKE(token->roles);
	}
}

/* Tenants of Cloud Integration take a service key's id and secret at their API; the Destination service takes tokens only. */
static bool client_login(struct call *call, const char *client_id, struct str secret)
{
	AUTO(service_token_fini) struct service_token token = { 0 };
	if (!call->route || call->route->right != ROUTE_ROLE ||
	    service_token_client(call->session, call->tenant, client_id, secret, &token, NULL) != RC_OK ||
	    strcmp(token.plan, "api") != 0)
		return false;
	take_client(call, &token);
	return true;
}

static bool is_client_id(struct str user)
{
	return str_starts_with(user, STR("sb-"));
}

static int judge_basic(struct call *call, struct str authorization, struct err *reterr)
{
	AUTO_BUF(user, 256);
	AUTO_BUF_SECRET(password, CREDENTIALS_MAX);
	if (login_parse_basic(authorization, &user, &password) != RC_OK)
		return refuse_denied(call, STR("?"), reterr);
	if (must_wait(call, buf_str(&user), reterr))
		return 429;
	if (is_client_id(buf_str(&user)))
		return client_login(call, buf_c(&user), buf_str(&password))
			       ? 0
			       : refuse_denied(call, buf_str(&user), reterr);
	if (!service_login(call->session, call->tenant, buf_c(&user), buf_str(&password)))
		return refuse_denied(call, buf_str(&user), reterr);
	call->login.admin = true;
	call->login.server = strcmp(call->tenant, SERVICE_TENANT_DEFAULT) == 0;
	return 0;
}

/* Who manages the whole server works in the subaccount that the field names; everybody else in that of the host. */
static int judge_choice(struct call *call, struct err *reterr)
{
	struct str asked = tenant_asked(call);
	if (asked.n == 0 || str_is(asked, call->tenant))
		return 0;
	if (!call->login.server && !call->login.internal) {
		(void)err_set(reterr, RC_DENIED, "The login is for another subaccount than the one named.");
		return 403;
	}
	mem_free(call->tenant);
	call->tenant = str_dup(asked);
	return 0;
}

static int judge_bearer(struct call *call, struct str text, struct err *reterr)
{
	AUTO(service_token_fini) struct service_token token = { 0 };
	enum rc rc = service_token_verify(call->session, call->tenant, text, wall_now(), &token, reterr);
	if (rc != RC_OK && rc != RC_DENIED)
		return call_status(reterr);
	/* Nobody guesses a signature, so wrong tokens are not slowed: 401 tells a client to fetch the next one. */
	if (rc == RC_DENIED) {
		call->api->n_denied++;
		(void)err_set(reterr, RC_DENIED, "Unauthorized");
		return 401;
	}
	take_client(call, &token);
	return 0;
}

static int judge_socket(struct call *call, enum api_listener listener, struct err *reterr)
{
	uid_t uid = (uid_t)-1;
	bool is_unix = http_connection_is_unix(http_exchange_connection(call->exchange), &uid);
	if (!is_unix || (uid != 0 && uid != geteuid())) {
		(void)err_set(reterr, RC_DENIED, "This socket serves the user of the server and root.");
		return 403;
	}
	call->login.admin = call->login.server = listener == API_LISTENER_ADMIN;
	call->login.internal = listener == API_LISTENER_INTERNAL;
	return 0;
}

void login_judge(struct call *call, enum api_listener listener, int *ret_status, struct err *reterr)
{
	struct str authorization = http_exchange_field(call->exchange, "Authorization");
	bool token_route = call->route && call->route->shape == ROUTE_SHAPE_TOKEN;
	call->tenant =
		listener == API_LISTENER_TCP ? tenant_of_host(call) : mem_strdup(SERVICE_TENANT_DEFAULT);
	*ret_status = 0;
	if (listener != API_LISTENER_TCP)
		*ret_status = judge_socket(call, listener, reterr);
	else if (authorization.n > 7 && str_equal_nocase(str_first(authorization, 7), STR("Bearer ")))
		*ret_status = judge_bearer(call, str_trim(str_skip(authorization, 7)), reterr);
	else if (authorization.n > 0 && !token_route) /* there it is the client's id and secret */
		*ret_status = judge_basic(call, authorization, reterr);
	if (*ret_status == 0)
		*ret_status = judge_choice(call, reterr);
	/* A stranger does not learn which subaccounts there are. */
	bool known = call->login.admin || call->login.internal || call->login.client_id || token_route;
	if (*ret_status == 0 && known && service_check_tenant(call->session, call->tenant, reterr) != RC_OK)
		*ret_status = 404;
}

int login_check(const struct call *call, const struct route *route, struct err *reterr)
{
	const struct call_login *login = &call->login;
	if (route && route->right == ROUTE_PUBLIC)
		return 0;
	if (!login->admin && !login->client_id) {
		(void)err_set(reterr, RC_DENIED, "Unauthorized");
		return 401;
	}
	bool allowed = login->admin && !(route && route->right == ROUTE_SERVER);
	if (route && route->right == ROUTE_SERVER)
		allowed = login->server;
	if (route && route->right == ROUTE_DESTINATION_READ)
		allowed = allowed || login->may_read;
	if (route && route->right == ROUTE_DESTINATION_WRITE)
		allowed = allowed || login->may_write;
	if (route && route->right == ROUTE_ROLE)
		allowed = route->roles ? call_has_role(call, route->roles) : allowed || login->roles;
	if (allowed || !route)
		return 0;
	(void)err_set(reterr, RC_DENIED, "Forbidden");
	return 403;
}
