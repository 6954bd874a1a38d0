/* SPDX-License-Identifier: Apache-2.0
 * The token calls of OAuth destinations: forms and client authentication. */
#include "service/destination/auth_token_request.h"

#include "base/buf.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "http/uri.h"
#include "outbound/plan.h"
#include "service/destination/auth_token_answer.h"

#include <stdio.h>

#define FORM_MAX ((size_t)256 * 1024)
#define SECRET_MAX ((size_t)64 * 1024)
#define TOKEN_JSON_MAX ((size_t)256 * 1024) /* of the answer */
#define CLAIMS_MAX ((size_t)32 * 1024)
#define JWT_BEARER "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define TOKEN_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"

/* One call while it is planned. */
struct planning {
	const struct value *configuration, *found;
	const struct auth_token_headers *headers;
	struct buf form;
	struct value *request, *header_fields;
	bool failed;
	char error[512];
};

void auth_token_request_plan_fini(struct auth_token_request_plan *plan)
{
	value_free(plan->now);
	value_free(plan->request);
	*plan = (struct auth_token_request_plan){ 0 };
}

static struct str property(const struct planning *p, const char *name)
{
	return value_get_str(p->configuration, name);
}

/* The destination cannot be served: told in the answer's element. The first reason stays. */
static void fail(struct planning *p, const char *text)
{
	if (!p->failed) {
		(void)snprintf(p->error, sizeof(p->error), "%s", text);
	}
	p->failed = true;
}

static void form_add(struct planning *p, const char *name, struct str text)
{
	if (text.n == 0) {
		return;
	}
	if (p->form.n > 0) {
		buf_add_char(&p->form, '&');
	}
	percent_encode(&p->form, str_of(name));
	buf_add_char(&p->form, '=');
	percent_encode(&p->form, text);
}

static void form_need(struct planning *p, const char *name, struct str text, const char *missing)
{
	if (text.n == 0) {
		fail(p, missing);
	}
	form_add(p, name, text);
}

/* Claims of a token that is not verified: the token service does that. */
static struct value *claims_peek(struct str token)
{
	AUTO_BUF_SECRET(text, CLAIMS_MAX);
	struct str rest = token, head, payload;
	struct value *claims = NULL;
	if (!str_split(&rest, '.', &head) || !str_split(&rest, '.', &payload) || rest.n == 0 ||
	    base64_decode(&text, payload, false) != RC_OK ||
	    value_parse(&claims, buf_str(&text), CLAIMS_MAX, NULL) != RC_OK) {
		return NULL;
	}
	return claims;
}

/* The user's token: the header's, else the caller's own where that speaks for a user. */
static struct str user_token(const struct planning *p)
{
	if (p->headers->user_token.n > 0) {
		return p->headers->user_token;
	}
	AUTO_VALUE *claims = claims_peek(p->headers->authorization);
	bool user = value_get_c(claims, "user_name") || value_get_c(claims, "user_uuid") ||
		    value_get_c(claims, "user_id");
	return user ? p->headers->authorization : STR_NONE;
}

static void fill_client(struct planning *p)
{
	form_add(p, "scope", property(p, "scope"));
}

static void fill_password(struct planning *p)
{
	form_need(p, "username", property(p, "User"), "The destination has no User.");
	form_need(p, "password", property(p, "Password"), "The destination has no Password.");
	form_add(p, "scope", property(p, "scope"));
}

static void fill_user(struct planning *p)
{
	struct str token = user_token(p);
	AUTO_VALUE *claims = claims_peek(token);
	if (token.n > 0 && !claims) {
		fail(p, "The user token is no JWT.");
	}
	form_need(p, "assertion", token,
		  "This destination needs a user's token: send it as header X-user-token.");
	form_add(p, "response_type", STR("token"));
	form_add(p, "scope", property(p, "scope"));
}

static void fill_refresh(struct planning *p)
{
	form_need(p, "refresh_token", p->headers->refresh_token,
		  "This destination needs a refresh token: send it as header X-refresh-token.");
	form_add(p, "scope", property(p, "scope"));
}

static void fill_code(struct planning *p)
{
	form_need(p, "code", p->headers->code,
		  "This destination needs an authorization code: send it as header X-code.");
	form_add(p, "redirect_uri", p->headers->redirect_uri);
	form_add(p, "code_verifier", p->headers->code_verifier);
}

static void fill_exchange(struct planning *p)
{
	form_need(p, "subject_token", p->headers->subject_token,
		  "This destination needs a subject token: send X-subject-token and X-subject-token-type.");
	form_need(p, "subject_token_type", p->headers->subject_token_type,
		  "The header X-subject-token-type is missing.");
	form_add(p, "actor_token", p->headers->actor_token);
	form_add(p, "actor_token_type", p->headers->actor_token_type);
	form_add(p, "scope", property(p, "scope"));
}

static const struct {
	const char *authentication;
	const char *grant;
	void (*fill)(struct planning *p);
	bool of_user; /* the tenant of a common token service is the user's */
} grants[] = {
	{ "OAuth2ClientCredentials", "client_credentials", fill_client, false },
	{ "OAuth2Password", "password", fill_password, false },
	{ "OAuth2JWTBearer", JWT_BEARER, fill_user, true },
	{ "OAuth2UserTokenExchange", JWT_BEARER, fill_user, true },
	{ "OAuth2RefreshToken", "refresh_token", fill_refresh, true },
	{ "OAuth2AuthorizationCode", "authorization_code", fill_code, true },
	{ "OAuth2TokenExchange", TOKEN_EXCHANGE, fill_exchange, true },
};

/* Types that SAP gets a token for and Postern does not. */
static const char *const unserved[] = { "OAuth2SAMLBearerAssertion", "SAMLAssertion",
					"OAuth2TechnicalUserPropagation", "SAPAssertionSSO" };

static size_t grant_of(struct str authentication)
{
	size_t i = 0;
	while (i < ARRAY_SIZE(grants) && !str_is(authentication, grants[i].authentication)) {
		i++;
	}
	return i;
}

static struct value *basic_token(const struct value *configuration)
{
	AUTO_BUF_SECRET(pair, SECRET_MAX);
	AUTO_BUF_SECRET(text, SECRET_MAX * 2);
	AUTO_BUF_SECRET(header, SECRET_MAX * 2);
	buf_add(&pair, value_get_str(configuration, "User"));
	buf_add_char(&pair, ':');
	buf_add(&pair, value_get_str(configuration, "Password"));
	base64_encode(&text, buf_str(&pair));
	buf_add_c(&header, "Basic ");
	buf_add(&header, buf_str(&text));
	struct value *token = value_object(), *http_header = value_object(), *list = value_array();
	value_set_c(token, "type", "Basic");
	value_set_str(token, "value", buf_str(&text));
	value_set_c(http_header, "key", "Authorization");
	value_set_str(http_header, "value", buf_str(&header));
	value_set(token, "http_header", http_header);
	value_append(list, token);
	return list;
}

static void authorization_set(struct planning *p, struct str user, struct str password)
{
	AUTO_BUF_SECRET(pair, SECRET_MAX);
	AUTO_BUF_SECRET(text, SECRET_MAX * 2);
	buf_add(&pair, user);
	buf_add_char(&pair, ':');
	buf_add(&pair, password);
	buf_add_c(&text, "Basic ");
	base64_encode(&text, buf_str(&pair));
	value_set_str(p->header_fields, "Authorization", buf_str(&text));
}

static bool property_is(const struct planning *p, const char *name, const char *text)
{
	return str_equal_nocase(property(p, name), str_of(text));
}

/* The client proves itself with its certificate. Source: RFC 8705 §2. */
static void key_store_set(struct planning *p)
{
	struct str content = outbound_certificate(p->found, value_get_c(p->configuration,
									"tokenService.KeyStoreLocation"));
	struct str password = property(p, "tokenService.KeyStorePassword");
	if (content.n == 0) {
		fail(p, "The key store named by tokenService.KeyStoreLocation is not there; upload it.");
		return;
	}
	value_set_str(p->request, "container", content);
	value_set_str(p->request, "password", password.p ? password : STR(""));
}

/* How the client proves itself: assertion, certificate, user of the token service, or secret in body or
 * header. */
static void client_set(struct planning *p)
{
	struct str id = property(p, "clientId"), secret = property(p, "clientSecret");
	struct str location = property(p, "tokenService.KeyStoreLocation");
	bool in_body = !property_is(p, "tokenService.addClientCredentialsInBody", "false");
	if (location.n > 0) {
		key_store_set(p);
	}
	if (p->headers->client_assertion.n > 0) {
		form_add(p, "client_id", id);
		form_add(p, "client_assertion", p->headers->client_assertion);
		form_need(p, "client_assertion_type", p->headers->client_assertion_type,
			  "The header X-client-assertion-type is missing.");
		return;
	}
	if (property(p, "clientAssertion.destinationName").n > 0) {
		fail(p, "Client assertions of another destination are not served; send X-client-assertion.");
	}
	if (property(p, "tokenServiceUser").n > 0) {
		authorization_set(p, property(p, "tokenServiceUser"), property(p, "tokenServicePassword"));
	} else if (!in_body && location.n == 0) {
		authorization_set(p, id, secret);
	}
	if (in_body || location.n > 0) {
		form_need(p, "client_id", id, "The destination has no clientId.");
	}
	if (in_body && location.n == 0) {
		form_add(p, "client_secret", secret);
	}
}

/* Who the common token service is asked for: X-tenant, or the subdomain that the user's token names. */
static char *tenant_of(const struct planning *p, bool of_user)
{
	if (!of_user) {
		return p->headers->tenant.n > 0 ? str_dup(p->headers->tenant) : NULL;
	}
	AUTO_VALUE *claims = claims_peek(user_token(p));
	struct str zdn = value_get_str(value_get(claims, "ext_attr"), "zdn");
	return zdn.n > 0 ? str_dup(zdn) : NULL;
}

static bool label_is_good(const char *text)
{
	size_t n = strspn(text, CHAR_LETTERS_DIGITS "-");
	return n > 0 && n <= 63 && text[n] == '\0';
}

/* {tenant} is replaced, or the tenant put in front of the host. */
static void common_url(struct planning *p, struct buf *out, bool of_user)
{
	struct str url = property(p, "tokenServiceURL"), mark = STR("{tenant}"), scheme = STR("://");
	AUTO_FREE char *tenant = tenant_of(p, of_user);
	if (!tenant || !label_is_good(tenant)) {
		fail(p, of_user ? "A common token service needs a user's token that names its subdomain."
				: "A common token service needs the tenant's subdomain as header X-tenant.");
		return;
	}
	size_t at = str_find_str(url, mark), host = str_find_str(url, scheme);
	if (at < url.n) {
		buf_add(out, str_first(url, at));
		buf_add_c(out, tenant);
		buf_add(out, str_skip(url, at + mark.n));
	} else if (host < url.n) {
		buf_add(out, str_first(url, host + scheme.n));
		buf_printf(out, "%s.", tenant);
		buf_add(out, str_skip(url, host + scheme.n));
	}
}

static void url_set(struct planning *p, bool of_user)
{
	static const char prefix[] = "tokenServiceURL.queries.";
	AUTO_BUF(url, FORM_MAX);
	struct uri uri;
	const char *name;
	struct value *v;
	if (property_is(p, "tokenServiceURLType", "Common")) {
		common_url(p, &url, of_user);
	} else {
		buf_add(&url, property(p, "tokenServiceURL"));
	}
	if (!p->failed && uri_parse(buf_str(&url), &uri, NULL) != RC_OK) {
		fail(p, "tokenServiceURL is no http or https URL.");
	}
	for (size_t i = 0; value_member(p->configuration, i, &name, &v); i++) {
		if (strncmp(name, prefix, sizeof(prefix) - 1) != 0) {
			continue;
		}
		buf_add_char(&url, str_find(buf_str(&url), '?') < url.n ? '&' : '?');
		percent_encode(&url, str_of(name + sizeof(prefix) - 1));
		buf_add_char(&url, '=');
		percent_encode(&url, value_str(v));
	}
	value_set_str(p->request, "url", buf_str(&url));
}

static void extras_set(struct planning *p)
{
	static const char header[] = "tokenServiceURL.headers.", body[] = "tokenService.body.";
	const char *name;
	struct value *v;
	for (size_t i = 0; value_member(p->configuration, i, &name, &v); i++) {
		if (strncmp(name, header, sizeof(header) - 1) == 0) {
			value_set(p->header_fields, name + sizeof(header) - 1, value_ref(v));
		} else if (strncmp(name, body, sizeof(body) - 1) == 0) {
			form_add(p, name + sizeof(body) - 1, value_str(v));
		}
	}
}

/* Seconds of a property, its default where it is no number. */
static int64_t seconds_of(const struct planning *p, const char *name)
{
	uint64_t n = 0;
	return str_parse_uint(property(p, name), 60, &n) == RC_OK && n > 0 ? (int64_t)n : 10;
}

static void limits_set(struct planning *p)
{
	int64_t connect = seconds_of(p, "tokenServiceURL.ConnectionTimeoutInSeconds");
	int64_t read = seconds_of(p, "tokenServiceURL.SocketReadTimeoutInSeconds");
	value_set_int(p->request, "connect_ms", connect * 1000);
	value_set_int(p->request, "total_ms", (connect + read) * 1000);
	value_set_int(p->request, "max_body", (int64_t)TOKEN_JSON_MAX);
}

static void request_make(struct planning *p, size_t grant)
{
	value_set_c(p->request, "method", "POST");
	value_set(p->request, "headers", value_ref(p->header_fields));
	value_set_c(p->header_fields, "Content-Type", "application/x-www-form-urlencoded");
	value_set_c(p->header_fields, "Accept", "application/json");
	if (property(p, "tokenServiceURL").n == 0) {
		fail(p, "The destination has no tokenServiceURL.");
	}
	if (property_is(p, "ProxyType", "OnPremise") ||
	    property_is(p, "tokenServiceURL.ProxyType", "OnPremise")) {
		fail(p, "Token services behind a Cloud Connector (OnPremise) are not served.");
	}
	form_add(p, "grant_type", str_of(grants[grant].grant));
	grants[grant].fill(p);
	client_set(p);
	extras_set(p);
	url_set(p, grants[grant].of_user);
	limits_set(p);
	if (p->form.overflow) {
		fail(p, "The form for the token service is larger than 256 KiB.");
	}
	value_set_str(p->request, "body", buf_str(&p->form));
}

/* Headers that contradict each other or the destination are the caller's mistake. */
static enum rc headers_check(const struct planning *p, struct err *reterr)
{
	bool client = str_is(property(p, "Authentication"), "OAuth2ClientCredentials");
	bool common = property_is(p, "tokenServiceURLType", "Common");
	if (p->headers->tenant.n == 0) {
		return client && common
			       ? err_set(reterr, RC_INVALID,
					 "The header X-tenant is required: tokenServiceURLType is Common.")
			       : RC_OK;
	}
	if (p->headers->user_token.n > 0) {
		return err_set(reterr, RC_INVALID, "Send either X-tenant or X-user-token, not both.");
	}
	if (client && !common) {
		return err_set(reterr, RC_INVALID,
			       "The header X-tenant is not allowed: tokenServiceURLType is Dedicated.");
	}
	return RC_OK;
}

static bool is_unserved(struct str authentication)
{
	for (size_t i = 0; i < ARRAY_SIZE(unserved); i++) {
		if (str_is(authentication, unserved[i])) {
			return true;
		}
	}
	return false;
}

enum rc auth_token_request_plan(const struct value *found, const struct auth_token_headers *headers,
				struct auth_token_request_plan *ret, struct err *reterr)
{
	AUTO_VALUE *request = value_object(), *fields = value_object();
	struct planning p = { .configuration = value_get(found, "destinationConfiguration"),
			      .found = found,
			      .headers = headers,
			      .form = BUF_SECRET(FORM_MAX),
			      .request = request,
			      .header_fields = fields };
	struct str authentication = property(&p, "Authentication");
	size_t grant = grant_of(authentication);
	*ret = (struct auth_token_request_plan){ 0 };
	TRY(headers_check(&p, reterr));
	if (str_is(authentication, "BasicAuthentication")) {
		ret->now = basic_token(p.configuration);
	} else if (is_unserved(authentication)) {
		AUTO_FREE char *text = mem_printf("Postern gets no tokens for destinations of type %.*s.",
						  STR_ARG(authentication));
		ret->now = auth_token_answer_error(text);
	} else if (grant < ARRAY_SIZE(grants)) {
		request_make(&p, grant);
		if (p.failed) {
			ret->now = auth_token_answer_error(p.error);
		} else {
			ret->request = TAKE(request);
		}
	}
	buf_fini(&p.form);
	return RC_OK;
}
