/* SPDX-License-Identifier: Apache-2.0
 * CSRF tokens of the OData API. */
#include "api/odata/odata_csrf.h"

#include "base/memory.h"
#include "base/random.h"
#include "csrf/csrf.h"
#include "service/core/service.h"

#define TOKEN_MAX ((size_t)2048)

void odata_csrf_fields_fini(struct odata_csrf_fields *fields)
{
	mem_free(fields->token);
	mem_free(fields->cookie);
	*fields = (struct odata_csrf_fields){ 0 };
}

static struct csrf_binding binding_of(const struct odata_call *oc, struct str session)
{
	const struct call *call = oc->call;
	return (struct csrf_binding){ str_of(call->tenant), STR("/api/v1"), str_of(odata_user(oc)), session };
}

static bool has_basic(const struct odata_call *oc)
{
	struct str authorization = call_field(oc->call, "Authorization");
	return authorization.n > 5 && str_equal_nocase(str_first(authorization, 5), STR("Basic")) &&
	       !oc->call->request.is_unix;
}

bool odata_csrf_good(const struct odata_call *oc)
{
	struct str token = call_field(oc->call, "X-CSRF-Token");
	struct str session = csrf_session(call_field(oc->call, "Cookie"));
	if (strcmp(oc->operation->method, "GET") == 0 || !has_basic(oc)) {
		return true;
	}
	const struct csrf_binding binding = binding_of(oc, session);
	return csrf_judge(&oc->call->session->service->csrf, &binding, token, wall_now()) == POLICY_CSRF_GOOD;
}

void odata_csrf_refuse(struct odata_call *oc)
{
	const struct http_field fields[] = {
		{ STR("X-CSRF-Token"), STR("Required") },
		{ STR("Content-Type"), STR("text/plain;charset=utf-8") },
	};
	call_answer_bytes(
		oc->call, 403, fields, ARRAY_SIZE(fields),
		STR("A changing request with Basic authentication needs the token and the cookie that "
		    "GET /api/v1/ with X-CSRF-Token: Fetch gives.\n"));
}

size_t odata_csrf_fetch(const struct odata_call *oc, struct odata_csrf_fields *texts, struct http_field *out)
{
	struct str field = call_field(oc->call, "X-CSRF-Token");
	char session[CSRF_SESSION_SIZE];
	AUTO_BUF(token, TOKEN_MAX);
	if (!str_equal_nocase(field, STR("fetch"))) {
		return 0;
	}
	(void)random_text(session, CSRF_SESSION_SIZE - 1);
	const struct csrf_binding binding = binding_of(oc, str_of(session));
	csrf_make(&oc->call->session->service->csrf, &binding, wall_now(), &token);
	texts->token = buf_take(&token);
	texts->cookie = mem_printf(CSRF_COOKIE "=%s; Path=/api/v1; HttpOnly; SameSite=Strict", session);
	out[0] = (struct http_field){ STR("X-CSRF-Token"), str_of(texts->token) };
	out[1] = (struct http_field){ STR("Set-Cookie"), str_of(texts->cookie) };
	return 2;
}
