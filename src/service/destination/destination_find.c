/* SPDX-License-Identifier: Apache-2.0
 * Find: one answer of a destination, its fragments and its certificates, in the shape clients read. */
#include "base/memory.h"
#include "pki/digest.h"
#include "service/destination/destination.h"
#include "service/destination/destination_row.h"
#include "service/destination/destination_property.h"
#include "service/publish/own_gateway.h"
#include "service/core/tenant.h"

/* What a Find puts together. */
struct finding {
	struct session *session;
	const struct destination_find *find;
	const char *instance; /* level of the destination */
	struct value *flat, *answer, *certificates;
	struct buf etags; /* of everything that is in the answer */
};

static void finding_fini(struct finding *f)
{
	value_free(f->flat);
	value_free(f->answer);
	value_free(f->certificates);
	buf_fini(&f->etags);
}

static struct destination_at at_of(const struct finding *f, enum destination_kind kind, const char *instance,
				   const char *name)
{
	return (struct destination_at){ kind, f->find->tenant, instance, name };
}

/* One entity, its etag noted. */
static enum rc entity_get(struct finding *f, const struct destination_at *at, bool with_secrets,
			  struct value **ret, struct err *reterr)
{
	AUTO(store_destination_fini) struct store_destination owned = { 0 };
	struct store_destination row;
	char etag[DESTINATION_ETAG_SIZE];
	TRY(destination_row_read(f->session, at, &owned, &row, etag, reterr));
	TRY(destination_row_open(f->session, &row, with_secrets, ret, reterr));
	buf_add_c(&f->etags, etag);
	return RC_OK;
}

static enum rc destination_find(struct finding *f, struct err *reterr)
{
	const struct destination_find *find = f->find;
	bool with_secrets = !find->skip_credentials;
	f->instance = find->instance ? find->instance : "";
	const struct destination_at own = at_of(f, DESTINATION_CONFIGURATION, f->instance, find->name);
	const struct destination_at all = at_of(f, DESTINATION_CONFIGURATION, "", find->name);
	if (find->explicit_level || destination_row_find(f->session, &own)) {
		return entity_get(f, &own, with_secrets, &f->flat, reterr);
	}
	f->instance = "";
	return entity_get(f, &all, with_secrets, &f->flat, reterr);
}

static void fragment_merge(struct finding *f, const struct value *fragment, struct buf *names)
{
	const char *name;
	struct value *v;
	for (size_t i = 0; value_member(fragment, i, &name, &v); i++) {
		if (strcmp(name, "FragmentName") != 0) {
			value_set(f->flat, name, value_ref(v));
		}
	}
	buf_printf(names, "%s%s", names->n ? "," : "", value_get_c(fragment, "FragmentName"));
}

/* In the order of the header; the last one wins. Source: SAP, Extending Destinations with Fragments. */
static enum rc fragments_merge(struct finding *f, struct err *reterr)
{
	AUTO_BUF(names, (DESTINATION_NAME_MAX + 1) * DESTINATION_FRAGMENTS_MAX);
	for (size_t i = 0; i < f->find->n_fragments; i++) {
		AUTO_VALUE *fragment = NULL;
		const char *level = f->find->fragments[i].instance;
		const struct destination_at at = at_of(f, DESTINATION_FRAGMENT, level ? level : f->instance,
						       f->find->fragments[i].name);
		enum rc rc = entity_get(f, &at, !f->find->skip_credentials, &fragment, reterr);
		if (rc == RC_NOT_FOUND && f->find->fragment_optional) {
			continue;
		}
		TRY(rc);
		fragment_merge(f, fragment, &names);
	}
	if (names.n > 0) {
		value_set_str(f->flat, "FragmentName", buf_str(&names));
	}
	return RC_OK;
}

static bool certificate_is_there(const struct finding *f, const char *name)
{
	return value_find(f->certificates, "Name", str_of(name)) != NULL;
}

/* A certificate of the destination's level, else of the subaccount's; one that is not there is left out. */
static enum rc certificate_append(struct finding *f, const char *name, struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	const struct destination_at own = at_of(f, DESTINATION_CERTIFICATE, f->instance, name);
	const struct destination_at all = at_of(f, DESTINATION_CERTIFICATE, "", name);
	if (!name || !*name || certificate_is_there(f, name)) {
		return RC_OK;
	}
	enum rc rc = entity_get(f, &own, true, &v, reterr);
	if (rc == RC_NOT_FOUND && *f->instance) {
		rc = entity_get(f, &all, true, &v, reterr);
	}
	if (rc == RC_NOT_FOUND && strcmp(name, OWN_GATEWAY_TRUST_STORE) == 0) {
		v = own_gateway_trust_store(f->session);
		rc = RC_OK;
	}
	if (rc == RC_NOT_FOUND) {
		return RC_OK;
	}
	TRY(rc);
	/* Java compares these three names, and their case. */
	struct value *one = value_object();
	value_set_str(one, "Name", value_get_str(v, "Name"));
	value_set_str(one, "Content", value_get_str(v, "Content"));
	value_set_c(one, "Type", "CERTIFICATE");
	value_append(f->certificates, one);
	return RC_OK;
}

static enum rc certificates_set(struct finding *f, struct err *reterr)
{
	if (!str_is(value_get_str(f->flat, "KeyStore.Source"), "ClientProvided")) {
		TRY(certificate_append(f, value_get_c(f->flat, "KeyStoreLocation"), reterr));
	}
	TRY(certificate_append(f, value_get_c(f->flat, "TrustStoreLocation"), reterr));
	TRY(certificate_append(f, value_get_c(f->flat, "tokenService.KeyStoreLocation"), reterr));
	if (value_count(f->certificates) > 0) {
		value_set(f->answer, "certificates", value_ref(f->certificates));
	}
	return RC_OK;
}

static enum rc owner_set(struct finding *f, struct err *reterr)
{
	AUTO_FREE char *id = NULL;
	TRY(service_tenant_id(f->session, f->find->tenant, &id, reterr));
	struct value *owner = value_object();
	value_set_c(owner, "SubaccountId", id);
	value_set_c(owner, "InstanceId", *f->instance ? f->instance : NULL);
	value_set(f->answer, "owner", owner);
	return RC_OK;
}

/* The destination's own where it is alone, so that it serves for If-Match of a change;
 * else one over all of them. */
static void etag_make(const struct finding *f, char ret[DESTINATION_ETAG_SIZE])
{
	if (!ret) {
		return;
	}
	if (f->etags.n == DESTINATION_ETAG_SIZE - 1) {
		memcpy(ret, f->etags.p, DESTINATION_ETAG_SIZE);
		return;
	}
	digest_sha256_text(buf_str(&f->etags), ret);
	str_lower(ret);
}

enum rc service_destination_find(struct session *session, const struct destination_find *find,
				 struct value **ret, char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr)
{
	AUTO(finding_fini)
	struct finding f = { .session = session,
			     .find = find,
			     .answer = value_object(),
			     .certificates = value_array(),
			     .etags = BUF(DESTINATION_ETAG_SIZE * (DESTINATION_FRAGMENTS_MAX + 8)) };
	TRY(destination_find(&f, reterr));
	TRY(fragments_merge(&f, reterr));
	TRY(owner_set(&f, reterr));
	if (own_gateway_needs_trust(session, f.flat)) {
		value_set_c(f.flat, "TrustStoreLocation", OWN_GATEWAY_TRUST_STORE);
	}
	value_set(f.answer, "destinationConfiguration", value_ref(f.flat));
	/* SAP Cloud SDK for JavaScript before 4.6 looks for it here alone. */
	if (value_get_str(f.flat, "TrustStoreLocation").n > 0) {
		value_set(f.answer, "TrustStoreLocation", value_ref(value_get(f.flat, "TrustStoreLocation")));
	}
	TRY(certificates_set(&f, reterr));
	etag_make(&f, ret_etag);
	*ret = TAKE(f.answer);
	return RC_OK;
}
