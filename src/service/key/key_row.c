/* SPDX-License-Identifier: Apache-2.0
 * Service keys as the store has them: found, shown, and told to tokens.
 * Values are those of /admin/v1/.../service-keys. */
#include "service/key/key_row.h"

#include "base/memory.h"
#include "model/reason.h"
#include "pki/chain/chain_pem.h"
#include "pki/digest.h"
#include "service/key/instance_row.h"
#include "service/key/key_certificate.h"
#include "service/publish/publish.h"
#include "store/key/service_key_certificate.h"

#define MAX_PARAMETERS ((size_t)64 * 1024)

static enum rc find_key(struct session *session, const struct store_instance *instance, const char *name,
			struct store_service_key *ret, struct err *reterr)
{
	enum rc rc = store_service_key_find_name(session->store, instance->tenant, instance->id, name, ret,
						 reterr);
	if (rc == RC_NOT_FOUND) {
		char shown[64];
		(void)err_set(reterr, RC_NOT_FOUND, "The service instance %s has no service key %s.",
			      instance->name, str_printable(str_of(name), shown, sizeof(shown)));
		return err_field(reterr, "name");
	}
	return rc;
}

void key_row_fini(struct key_row *pair)
{
	store_instance_fini(&pair->instance);
	store_service_key_fini(&pair->key);
}

enum rc key_row_find(struct session *session, const char *tenant, const char *instance, const char *name,
		     struct key_row *ret, struct err *reterr)
{
	TRY(instance_row_find(session, tenant, instance, &ret->instance, reterr));
	return find_key(session, &ret->instance, name, &ret->key, reterr);
}

/* The certificates of a key with their facts, newest first. */
static enum rc certificates_value(struct session *session, const struct store_service_key *key,
				  struct value **ret, struct value *warnings, struct err *reterr)
{
	AUTO(store_service_key_certificate_list_fini) struct store_service_key_certificate_list list = { 0 };
	AUTO_VALUE *array = value_array();
	TRY(store_service_key_certificate_list_of_key(session->store, key->tenant, key->id, &list, reterr));
	for (size_t i = list.n; i-- > 0;) {
		AUTO_CERT_LIST chain = { 0 };
		TRY(chain_pem_parse(list.items[i].chain, &chain, reterr));
		value_append(array, cert_to_value(chain.items[0]));
		key_certificate_warn(chain.items[0], wall_now(), warnings);
	}
	*ret = TAKE(array);
	return RC_OK;
}

/* An unpinned key follows renewals by its issuer's public key, which nobody may have given yet. */
static enum rc warn_of_unknown_issuers(struct session *session, const struct store_service_key *key,
				       struct value *warnings, struct err *reterr)
{
	AUTO_VALUE *record = NULL;
	if (key->pinned) {
		return RC_OK;
	}
	TRY(publish_service_key_value(session, key, &record, reterr));
	const struct value *list = value_get(record, "certificates");
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *c = value_at(list, i);
		if (!value_get_c(c, "issuer_public_key_sha256")) {
			value_append(warnings, reason_finding(REASON_S315, NULL, c));
		}
	}
	return RC_OK;
}

enum rc key_row_value(struct session *session, const struct store_instance *instance,
		      const struct store_service_key *key, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	AUTO_VALUE *record = publish_instance_value(instance);
	struct value *warnings = value_array();
	struct value *certificates = NULL;
	value_set(v, "warnings", warnings);
	TRY(certificates_value(session, key, &certificates, warnings, reterr));
	TRY(warn_of_unknown_issuers(session, key, warnings, reterr));
	value_set_c(v, "id", key->id);
	value_set_c(v, "name", key->name);
	value_set_c(v, "instance", instance->name);
	value_set_c(v, "service", instance->service);
	value_set_c(v, "plan", instance->plan);
	value_set_c(v, "type", key->type);
	value_set_bool(v, "pinned", key->pinned);
	value_set(v, "certificate",
		  value_count(certificates) > 0 ? value_copy(value_at(certificates, 0)) : value_null());
	value_set(v, "certificates", certificates);
	value_set(v, "roles", value_copy(value_get(record, "roles")));
	value_set_c(v, "client_id", key->client_id);
	value_set_wall(v, "created", key->created);
	*ret = TAKE(v);
	return RC_OK;
}

/* All, or only what is wanted: an instance may have a million. */
static enum rc read_page(struct session *session, const struct store_instance *instance,
			 const struct page *page, struct store_service_key_list *ret, struct err *reterr)
{
	if (!page_is_part(page)) {
		return store_service_key_list_of_instance(session->store, instance->tenant, instance->id, ret,
							  reterr);
	}
	return store_service_key_list_after(session->store, instance->tenant, instance->id,
					    page->after ? page->after : "", page_rows(page), ret, reterr);
}

enum rc service_key_list(struct session *session, const char *tenant, const char *instance,
			 const struct page *page, struct value **ret, struct err *reterr)
{
	AUTO(store_instance_fini) struct store_instance row = { 0 };
	AUTO(store_service_key_list_fini) struct store_service_key_list keys = { 0 };
	AUTO_VALUE *array = value_array();
	TRY(instance_row_find(session, tenant, instance, &row, reterr));
	TRY(read_page(session, &row, page, &keys, reterr));
	for (size_t i = 0; i < keys.n; i++) {
		struct value *v = NULL;
		TRY(key_row_value(session, &row, &keys.items[i], &v, reterr));
		value_append(array, v);
	}
	*ret = TAKE(array);
	return RC_OK;
}

enum rc service_key_count(struct session *session, const char *tenant, const char *instance, int64_t *ret,
			  struct err *reterr)
{
	AUTO(store_instance_fini) struct store_instance row = { 0 };
	TRY(instance_row_find(session, tenant, instance, &row, reterr));
	return store_service_key_count_of_instance(session->store, tenant, row.id, ret, reterr);
}

enum rc service_key_get(struct session *session, const char *tenant, const char *instance, const char *name,
			struct value **ret, struct err *reterr)
{
	AUTO(key_row_fini) struct key_row pair = { 0 };
	TRY(key_row_find(session, tenant, instance, name, &pair, reterr));
	return key_row_value(session, &pair.instance, &pair.key, ret, reterr);
}

static enum rc records(struct session *session, const struct store_service_key *key,
		       struct value **ret_service_key, struct value **ret_instance, struct err *reterr)
{
	AUTO(store_instance_fini) struct store_instance instance = { 0 };
	TRY(store_instance_get(session->store, key->tenant, key->instance, &instance, reterr));
	AUTO_VALUE *parameters = NULL;
	TRY(value_parse(&parameters, str_of(instance.parameters), MAX_PARAMETERS, reterr));
	TRY(publish_service_key_value(session, key, ret_service_key, reterr));
	*ret_instance = publish_instance_value(&instance);
	const struct value *grant_types = value_get(parameters, "grant-types");
	if (value_is_array(grant_types)) {
		value_set(*ret_instance, "grant_types", value_copy(grant_types));
	}
	return RC_OK;
}

/* An unknown client costs what a known one does: one row is looked for, and two digests are compared. */
enum rc service_key_check_secret(struct session *session, const char *tenant, const char *client_id,
				 struct str secret, bool *ret, struct err *reterr)
{
	AUTO(store_service_key_fini) struct store_service_key key = { 0 };
	char sent[DIGEST_SHA256_TEXT_SIZE], other[DIGEST_SHA256_TEXT_SIZE];
	enum rc rc = store_service_key_find_client_id(session->store, tenant, client_id, &key, reterr);
	if (rc != RC_OK && rc != RC_NOT_FOUND) {
		return rc;
	}
	digest_sha256_text(secret, sent);
	memset(other, '-', sizeof(other));
	bool known =
		rc == RC_OK && key.secret_sha256 && strlen(key.secret_sha256) == DIGEST_SHA256_TEXT_SIZE - 1;
	bool same = mem_equal_secret(sent, known ? key.secret_sha256 : other, DIGEST_SHA256_TEXT_SIZE - 1);
	*ret = same && known;
	return RC_OK;
}

enum rc service_key_find_client(struct session *session, const char *tenant, const char *client_id,
				struct value **ret_service_key, struct value **ret_instance,
				struct err *reterr)
{
	AUTO(store_service_key_fini) struct store_service_key key = { 0 };
	TRY(store_service_key_find_client_id(session->store, tenant, client_id, &key, reterr));
	return records(session, &key, ret_service_key, ret_instance, reterr);
}

enum rc service_key_find_id(struct session *session, const char *tenant, const char *id,
			    struct value **ret_service_key, struct value **ret_instance, struct err *reterr)
{
	AUTO(store_service_key_fini) struct store_service_key key = { 0 };
	TRY(store_service_key_get(session->store, tenant, id, &key, reterr));
	return records(session, &key, ret_service_key, ret_instance, reterr);
}

enum rc service_key_credentials(struct session *session, const char *tenant, const char *instance,
				const char *name, struct value **ret, struct err *reterr)
{
	AUTO(key_row_fini) struct key_row pair = { 0 };
	TRY(key_row_find(session, tenant, instance, name, &pair, reterr));
	return key_certificate_credentials(session, &pair.instance, &pair.key, ret, reterr);
}
