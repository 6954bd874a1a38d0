/* SPDX-License-Identifier: Apache-2.0
 * Issuing tokens: RS256 JWTs in the form clients of XSUAA expect. */
#include "service/token/token.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "service/key/key_row.h"
#include "service/core/tenant.h"
#include "service/token/token_key.h"
#include "service/token/token_verify.h"
#include "store/subaccount/tenant.h"

#define TOKEN_MAX ((size_t)16 * 1024)
#define REFRESH_MAX ((size_t)8 * 1024)
#define DESTINATION_SECONDS 43199
#define RUNTIME_SECONDS 3600
#define USER_TEXT_MAX 256

static const char CLIENT_CREDENTIALS[] = "client_credentials";
static const char REFRESH_TOKEN[] = "refresh_token";
static const char JWT_BEARER[] = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/* What tells who the user is, handed on from an assertion. */
static const char *const user_claims[] = { "sub",   "user_id",    "user_name",  "origin",
					   "email", "given_name", "family_name" };

static enum rc denied(struct err *reterr)
{
	(void)err_set(reterr, RC_DENIED, "Bad credentials");
	return err_field(reterr, "invalid_client");
}

static enum rc refuse(struct err *reterr, const char *code, const char *text)
{
	(void)err_set(reterr, RC_INVALID, "%s", text);
	return err_field(reterr, code);
}

/* The client with its instance. The secret is judged before anything is read that only a known client has. */
static enum rc client_find(struct session *session, const char *tenant, const char *client_id,
			   struct str secret, const char *service_key, struct value **ret_key,
			   struct value **ret_instance, struct err *reterr)
{
	bool good = true;
	if (!service_key) {
		TRY(service_key_check_secret(session, tenant, client_id, secret, &good, reterr));
	}
	if (!good) {
		return denied(reterr);
	}
	enum rc rc =
		service_key
			? service_key_find_id(session, tenant, service_key, ret_key, ret_instance, reterr)
			: service_key_find_client(session, tenant, client_id, ret_key, ret_instance, reterr);
	if (rc == RC_NOT_FOUND) {
		return denied(reterr);
	}
	TRY(rc);
	return *client_id && !str_is(value_get_str(*ret_key, "client_id"), client_id) ? denied(reterr)
										      : RC_OK;
}

static bool has_grant(const struct value *instance, const char *type)
{
	const struct value *list = value_get(instance, "grant_types");
	/* Only instances of it-rt say what they may. */
	return !list || value_has(list, str_of(type));
}

static enum rc check_type(const char *type, struct err *reterr)
{
	bool known = strcmp(type, CLIENT_CREDENTIALS) == 0 || strcmp(type, REFRESH_TOKEN) == 0 ||
		     strcmp(type, JWT_BEARER) == 0;
	return known ? RC_OK
		     : refuse(reterr, "unsupported_grant_type",
			      "The grant types served are client_credentials, refresh_token and "
			      "urn:ietf:params:oauth:grant-type:jwt-bearer.");
}

static enum rc check_grant(const struct value *instance, const char *type, struct err *reterr)
{
	/* The deprecated client_x509 stands for client credentials by certificate. */
	bool may = has_grant(instance, type) ||
		   (strcmp(type, CLIENT_CREDENTIALS) == 0 && has_grant(instance, "client_x509"));
	return may ? RC_OK
		   : refuse(reterr, "unauthorized_client",
			    "The service instance of this client does not have the grant type.");
}

/* The application is named behind the bar of a client id: "sb-UUID!b1|it!b1". */
static const char *application_of(const char *client_id)
{
	const char *bar = strchr(client_id, '|');
	return bar ? bar + 1 : client_id;
}

static void add_scope(struct value *scope, const char *application, const char *name)
{
	AUTO_FREE char *text = mem_printf("%s.%s", application, name);
	value_append_c(scope, text);
}

static struct value *scopes_of(const struct value *instance, const char *application)
{
	struct value *scope = value_array();
	const struct value *roles = value_get(instance, "roles");
	value_append_c(scope, "uaa.resource");
	if (str_is(value_get_str(instance, "service"), "destination")) {
		add_scope(scope, application, "Read");
		add_scope(scope, application, "Modify");
	}
	for (size_t i = 0; i < value_count(roles); i++) {
		add_scope(scope, application, value_c(value_at(roles, i)));
	}
	return scope;
}

/* A list of texts on one line, as the token answer's "scope" has it. */
static void join(const struct value *list, struct buf *out)
{
	for (size_t i = 0; i < value_count(list); i++) {
		if (out->n > 0) {
			(void)buf_add_char(out, ' ');
		}
		(void)buf_add(out, value_str(value_at(list, i)));
	}
}

/* = RFC 8705 §3.1 */
static void bind_to(struct value *claims, const char *certificate_sha256)
{
	AUTO_BUF(bytes, 64);
	AUTO_BUF(text, 128);
	if (certificate_sha256 && hex_decode(&bytes, str_of(certificate_sha256)) == RC_OK && bytes.n == 32 &&
	    base64url_encode(&text, buf_str(&bytes))) {
		struct value *cnf = value_object();
		value_set_str(cnf, "x5t#S256", buf_str(&text));
		value_set(claims, "cnf", cnf);
	}
}

static void set_extension(struct value *claims, const char *tenant, const char *zid,
			  const struct value *instance)
{
	struct value *ext = value_object();
	value_set_c(ext, "enhancer", "XSUAA");
	value_set_c(ext, "subaccountid", zid);
	value_set_c(ext, "zdn", tenant);
	value_set_c(ext, "serviceinstanceid", value_get_c(instance, "id"));
	value_set(claims, "ext_attr", ext);
}

/* Who is issued what, and by whom; times are added by issue(). */
static struct value *claims_make(struct session *session, const char *tenant, const char *zid,
				 const struct value *service_key, const struct value *instance,
				 const char *grant_type)
{
	char jti[33];
	const char *client_id = value_get_c(service_key, "client_id");
	const char *application = application_of(client_id);
	AUTO_FREE char *root = service_tenant_url(session, "management_url", tenant);
	AUTO_FREE char *iss = mem_printf("%s/oauth/token", root);
	struct value *v = value_object(), *aud = value_array();
	value_set_c(v, "jti", random_text(jti, 32));
	value_set_c(v, "iss", iss);
	value_set_c(v, "sub", client_id);
	value_set_c(v, "client_id", client_id);
	value_set_c(v, "cid", client_id);
	value_set_c(v, "azp", client_id);
	value_set_c(v, "zid", zid);
	value_set_c(v, "grant_type", grant_type);
	value_append_c(aud, client_id);
	value_append_c(aud, application);
	value_set(v, "aud", aud);
	value_set(v, "scope", scopes_of(instance, application));
	set_extension(v, tenant, zid, instance);
	return v;
}

static enum rc token_sign(struct session *session, const char *tenant, const struct value *claims,
			  struct wall now, struct buf *out, struct err *reterr)
{
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO_FREE char *kid = NULL;
	AUTO_FREE char *root = service_tenant_url(session, "management_url", tenant);
	AUTO_FREE char *jku = mem_printf("%s/token_keys", root);
	TRY(service_token_key_signing(session, tenant, now, &key, &kid, reterr));
	return jws_sign(key, kid, jku, claims, out, reterr);
}

static void take_user(struct value *to, const struct value *from)
{
	for (size_t i = 0; i < ARRAY_SIZE(user_claims); i++) {
		struct str text = value_get_str(from, user_claims[i]);
		if (text.p && text.n <= USER_TEXT_MAX) {
			value_set_str(to, user_claims[i], text);
		}
	}
}

/* There are no users here but those that tokens of this subaccount name. */
static enum rc user_of_assertion(struct session *session, const char *tenant, struct str assertion,
				 struct wall now, struct value *user, struct err *reterr)
{
	AUTO(token_key_set_fini) struct token_key_set set = { 0 };
	AUTO_VALUE *claims = NULL;
	AUTO(service_token_fini) struct service_token token = { 0 };
	enum rc rc = service_token_verify(session, tenant, assertion, now, &token, reterr);
	if (rc == RC_DENIED) {
		return refuse(reterr, "invalid_grant", "The assertion is no valid token of this subaccount.");
	}
	TRY(rc);
	TRY(token_key_set_read(session, tenant, &set, reterr));
	TRY(jws_verify(assertion, set.keys, set.n, &claims, reterr));
	take_user(user, claims);
	return RC_OK;
}

/* A refresh token is sealed for its subaccount and client:
 * nobody else can use it, and it is no access token. */
static enum rc refresh_make(struct session *session, const char *tenant, const char *client_id,
			    const struct value *user, struct wall now, struct buf *out, struct err *reterr)
{
	AUTO_VALUE *v = value_copy(user);
	AUTO_BUF_SECRET(plain, REFRESH_MAX);
	AUTO_BUF(sealed, REFRESH_MAX);
	value_set_int(v, "issued_us", now.us);
	value_set_int(v, "exp", wall_seconds(now) + TOKEN_REFRESH_SECONDS);
	if (value_format(v, &plain) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The refresh token is too long.");
	}
	TRY(service_seal(session, tenant, "refresh_token", client_id, buf_str(&plain), &sealed, reterr));
	return base64url_encode(out, buf_str(&sealed))
		       ? RC_OK
		       : err_set(reterr, RC_LIMIT, "The refresh token is too long.");
}

static enum rc user_of_refresh(struct session *session, const char *tenant, const char *client_id,
			       struct str text, struct wall now, struct value *user, struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	AUTO_BUF(sealed, REFRESH_MAX);
	AUTO_BUF_SECRET(plain, REFRESH_MAX);
	AUTO(store_tenant_fini) struct store_tenant row = { 0 };
	TRY(store_tenant_get(session->store, tenant, &row, reterr));
	if (base64_decode(&sealed, text, false) != RC_OK ||
	    service_unseal(session, tenant, "refresh_token", client_id, buf_str(&sealed), &plain, NULL) !=
		    RC_OK ||
	    value_parse(&v, buf_str(&plain), REFRESH_MAX, NULL) != RC_OK ||
	    value_get_int(v, "exp", 0) <= wall_seconds(now) ||
	    wall_is_ahead((struct wall){ value_get_int(v, "issued_us", 0) }, now) ||
	    value_get_int(v, "issued_us", 0) < row.tokens_since.us) {
		return refuse(reterr, "invalid_grant", "The refresh token is wrong or has expired.");
	}
	take_user(user, v);
	return RC_OK;
}

static enum rc user_find(struct session *session, const char *tenant,
			 const struct service_token_request *request, const struct value *key,
			 struct wall now, struct value *user, struct err *reterr)
{
	if (strcmp(request->grant_type, JWT_BEARER) == 0) {
		return user_of_assertion(session, tenant, request->proof, now, user, reterr);
	}
	if (strcmp(request->grant_type, REFRESH_TOKEN) == 0) {
		return user_of_refresh(session, tenant, value_get_c(key, "client_id"), request->proof, now,
				       user, reterr);
	}
	return RC_OK;
}

/* The answer; a refresh token only where a user stands behind it. Source: RFC 6749 §4.4.3. */
static enum rc answer(struct session *session, const char *tenant, const struct value *claims,
		      const struct value *instance, const struct value *user, int64_t seconds,
		      struct wall now, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	AUTO_BUF_SECRET(token, TOKEN_MAX);
	AUTO_BUF_SECRET(refresh, TOKEN_MAX);
	AUTO_BUF(scope, TOKEN_MAX);
	TRY(token_sign(session, tenant, claims, now, &token, reterr));
	join(value_get(claims, "scope"), &scope);
	value_set_str(v, "access_token", buf_str(&token));
	value_set_c(v, "token_type", "bearer");
	value_set_int(v, "expires_in", seconds);
	value_set_str(v, "scope", buf_str(&scope));
	value_set_c(v, "jti", value_get_c(claims, "jti"));
	if (value_get(user, "sub") && has_grant(instance, REFRESH_TOKEN)) {
		TRY(refresh_make(session, tenant, value_get_c(claims, "client_id"), user, now, &refresh,
				 reterr));
		value_set_str(v, "refresh_token", buf_str(&refresh));
	}
	*ret = TAKE(v);
	return RC_OK;
}

enum rc service_token_issue(struct session *session, const char *tenant,
			    const struct service_token_request *request, struct wall now, struct value **ret,
			    struct err *reterr)
{
	AUTO_VALUE *key = NULL, *instance = NULL, *claims = NULL, *user = value_object();
	AUTO_FREE char *zid = NULL;
	TRY(check_type(request->grant_type, reterr));
	TRY(client_find(session, tenant, request->client_id, request->secret, request->service_key, &key,
			&instance, reterr));
	TRY(check_grant(instance, request->grant_type, reterr));
	TRY(user_find(session, tenant, request, key, now, user, reterr));
	TRY(service_tenant_id(session, tenant, &zid, reterr));
	bool destination = str_is(value_get_str(instance, "service"), "destination");
	int64_t seconds = destination ? DESTINATION_SECONDS
				      : value_get_int(instance, "token_validity", RUNTIME_SECONDS);
	claims = claims_make(session, tenant, zid, key, instance, request->grant_type);
	take_user(claims, user);
	value_set_int(claims, "iat", wall_seconds(now));
	value_set_int(claims, "exp", wall_seconds(now) + seconds);
	bind_to(claims, request->certificate);
	/* The refresh token that was shown stays good until its own end, so none is made of it. */
	if (strcmp(request->grant_type, REFRESH_TOKEN) == 0) {
		value_remove(user, "sub");
	}
	TRY(answer(session, tenant, claims, instance, user, seconds, now, ret, reterr));
	if (strcmp(request->grant_type, REFRESH_TOKEN) == 0) {
		value_set_str(*ret, "refresh_token", request->proof);
	}
	return RC_OK;
}

enum rc service_token_client(struct session *session, const char *tenant, const char *client_id,
			     struct str secret, struct service_token *ret, struct err *reterr)
{
	AUTO_VALUE *key = NULL, *instance = NULL;
	TRY(client_find(session, tenant, client_id, secret, NULL, &key, &instance, reterr));
	token_holder_fill(tenant, key, instance, ret);
	return RC_OK;
}
