/* SPDX-License-Identifier: Apache-2.0
 * From a request's certificate and Authorization header to the service key that calls. */
#include "gateway/recognition.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "pki/digest.h"

#define MAX_BASIC ((size_t)8192)

static bool take_scheme(struct str *header, struct str scheme)
{
	if (header->n <= scheme.n || !str_equal_nocase(str_first(*header, scheme.n), scheme) ||
	    header->p[scheme.n] != ' ') {
		return false;
	}
	*header = str_trim(str_skip(*header, scheme.n));
	return true;
}

static void read_basic(struct caller *c, struct str text, struct identity_authorization *ret)
{
	AUTO_BUF_SECRET(pair, MAX_BASIC);
	char digest[DIGEST_SHA256_TEXT_SIZE];
	ret->scheme = IDENTITY_BASIC;
	if (base64_decode(&pair, text, false) != RC_OK || str_find(buf_str(&pair), ':') == pair.n ||
	    str_find(buf_str(&pair), '\0') != pair.n) {
		ret->unknown_scheme = true;
		ret->scheme = IDENTITY_NONE;
		return;
	}
	size_t at = str_find(buf_str(&pair), ':');
	(void)buf_add(&c->user, str_first(buf_str(&pair), at));
	(void)buf_add_c(&c->secret_sha256, digest_sha256_text(str_skip(buf_str(&pair), at + 1), digest));
	mem_wipe(digest, sizeof(digest));
	ret->client_id = buf_c(&c->user);
	ret->secret_sha256 = buf_c(&c->secret_sha256);
}

/* = RFC 8705 §3.1: the confirmation is the base64url SHA-256 of the certificate. */
static void read_confirmation(struct caller *c, struct identity_authorization *ret)
{
	AUTO_BUF(bytes, 64);
	struct str text = value_get_str(value_get(c->claims, "cnf"), "x5t#S256");
	if (!value_get(c->claims, "cnf")) {
		return;
	}
	/* A confirmation that cannot be read equals no certificate. */
	if (text.p && base64_decode(&bytes, text, false) == RC_OK) {
		(void)hex_encode(&c->confirmation, buf_str(&bytes));
	}
	ret->confirmation = c->confirmation.n ? buf_c(&c->confirmation) : "unreadable";
}

static void read_bearer(struct caller *c, const struct tenant *tenant, struct str text,
			struct identity_authorization *ret)
{
	ret->scheme = IDENTITY_BEARER;
	ret->signature_good = jws_verify(text, tenant->keys, tenant->n_keys, &c->claims, NULL) == RC_OK;
	if (!ret->signature_good) {
		return;
	}
	const char *client_id = value_get_c(c->claims, "cid");
	ret->client_id = client_id ? client_id : value_get_c(c->claims, "client_id");
	ret->tenant = value_get_c(c->claims, "zid");
	ret->expected_tenant = tenant->id;
	/* Without exp the token counts as expired. */
	ret->expires = wall_from_outside(value_get_int(c->claims, "exp", 0));
	ret->not_before = wall_from_outside(value_get_int(c->claims, "nbf", 0));
	ret->issued = wall_from_outside(value_get_int(c->claims, "iat", 0));
	read_confirmation(c, ret);
}

static void read_authorization(struct caller *c, struct gateway *g, const struct tenant *tenant,
			       const struct http_field *fields, size_t n_fields,
			       struct identity_authorization *ret)
{
	size_t count = http_fields_count(fields, n_fields, "authorization");
	struct str header = http_fields_get(fields, n_fields, "authorization");
	if (count == 0) {
		return;
	}
	if (count == 1 && take_scheme(&header, STR("Basic"))) {
		read_basic(c, header, ret);
	} else if (count == 1 && take_scheme(&header, STR("Bearer"))) {
		read_bearer(c, tenant, header, ret);
	} else {
		ret->unknown_scheme = true;
	}
	if (ret->client_id) {
		view_keys_by_client(tenant_view(g, tenant), ret->client_id, &c->keys);
		ret->candidate = c->keys.n ? &c->keys.candidates[0] : NULL;
	}
}

static bool bears_token(const struct http_field *fields, size_t n_fields)
{
	struct str header = http_fields_get(fields, n_fields, "authorization");
	return header.n > 0 && http_fields_count(fields, n_fields, "authorization") == 1 &&
	       take_scheme(&header, STR("Bearer"));
}

/* Beside a certificate only a bearer token is of interest: it may be bound to another one. */
static void read_bound(struct caller *c, const struct tenant *tenant, const struct http_field *fields,
		       size_t n_fields, struct identity_authorization *ret)
{
	struct str header = http_fields_get(fields, n_fields, "authorization");
	if (bears_token(fields, n_fields) && take_scheme(&header, STR("Bearer"))) {
		read_bearer(c, tenant, header, ret);
	}
}

static struct caller *judge(struct gateway *g, const struct tenant *tenant, const struct identity_peer *peer,
			    const struct http_field *fields, size_t n_fields, struct wall now)
{
	struct identity_authorization authorization = { 0 };
	struct caller *c = mem_alloc(sizeof(*c));
	*c = (struct caller){ .refs = 1,
			      .generation = registry_identity_generation(g->registry),
			      .user = BUF(MAX_BASIC),
			      .secret_sha256 = BUF_SECRET(128),
			      .confirmation = BUF(256),
			      .line = BUF(JOURNAL_MAX_RECORD) };
	if (peer->has_certificate) {
		/* Of a chain that does not hold nothing is looked up: the verdict stands. */
		if (peer->chain_reason == REASON_NONE && peer->anchored) {
			view_keys_by_certificate(tenant_view(g, tenant), &peer->leaf, &c->keys);
		}
		read_bound(c, tenant, fields, n_fields, &authorization);
	} else {
		read_authorization(c, g, tenant, fields, n_fields, &authorization);
	}
	identity_judge(peer, &authorization, c->keys.candidates, c->keys.n, now, &c->identity);
	return c;
}

static void drop_evidence(struct identity *identity)
{
	value_free(identity->presented);
	value_free(identity->expected);
	identity->presented = identity->expected = NULL;
}

struct caller *recognition_judge(struct gateway *g, const struct tenant *tenant, struct judgement *judgement,
				 const struct http_field *fields, size_t n_fields, struct wall now)
{
	static const struct identity_peer nobody;
	if (!judgement) {
		return judge(g, tenant, &nobody, fields, n_fields, now);
	}
	if (bears_token(fields, n_fields)) { /* the verdict is this request's, not the connection's */
		return judge(g, tenant, &judgement->identity, fields, n_fields, now);
	}
	if (!judgement->caller ||
	    judgement->caller->generation != registry_identity_generation(g->registry)) {
		caller_free(judgement->caller);
		judgement->caller = judge(g, tenant, &judgement->identity, fields, n_fields, now);
		if (judgement->caller->identity.reason == REASON_NONE) {
			drop_evidence(&judgement->caller->identity);
		}
	}
	judgement->caller->refs++;
	return judgement->caller;
}
