/* SPDX-License-Identifier: Apache-2.0
 * Rows of the store become records of the registry; in force with the change's commit. */
#include "service/publish/publish.h"

#include "base/memory.h"
#include "flow/address.h"
#include "log/log.h"
#include "pki/chain/chain_pem.h"
#include "pki/chain/crl.h"
#include "service/publish/authority_row.h"
#include "service/publish/draft.h"
#include "service/publish/own_gateway.h"
#include "service/publish/publish_receiver.h"
#include "service/publish/setting_row.h"
#include "store/keystore/crl.h"
#include "store/keystore/server_key.h"
#include "store/key/service_key_certificate.h"
#include "store/subaccount/tenant.h"

#include <stdio.h>

#define MAX_PARAMETERS ((size_t)64 * 1024)

enum rc publish_gone(struct change *change, enum registry_kind kind, const char *tenant, const char *key,
		     struct err *reterr)
{
	return draft_delete(change, kind, tenant, key, reterr);
}

static enum rc publish_anchor(struct change *change, const char *tenant, const char *alias,
			      const struct cert *c, struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	value_set_c(v, "alias", alias);
	value_set_base64(v, "der", cert_der(c));
	return draft_put_value(change, REGISTRY_ANCHOR, tenant, alias, v, reterr);
}

static enum rc publish_entry_anchor(struct change *change, const struct store_keystore_entry *row,
				    struct err *reterr)
{
	AUTO_CERT_LIST chain = { 0 };
	TRY(chain_pem_parse(row->chain, &chain, reterr));
	return !row->key.p && chain.n > 0 && cert_is_ca(chain.items[0])
		       ? publish_anchor(change, row->tenant, row->alias, chain.items[0], reterr)
		       : publish_gone(change, REGISTRY_ANCHOR, row->tenant, row->alias, reterr);
}

enum rc publish_keystore_entry(struct change *change, const struct store_keystore_entry *row,
			       struct err *reterr)
{
	AUTO_FREE char *user = NULL;
	TRY(publish_entry_anchor(change, row, reterr));
	TRY(publish_find_user(change->session, row->tenant, row->alias, true, &user, reterr));
	return user ? publish_receivers(change, row->tenant, reterr) : RC_OK;
}

enum rc publish_keystore_gone(struct change *change, const char *tenant, const char *alias,
			      struct err *reterr)
{
	return publish_gone(change, REGISTRY_ANCHOR, tenant, alias, reterr);
}

enum rc publish_list(struct change *change, const char *tenant, const char *key, struct str der,
		     struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	value_set_base64(v, "der", der);
	return draft_put_value(change, REGISTRY_CRL, tenant, key, v, reterr);
}

enum rc publish_own_lists(struct change *change, const char *tenant, struct err *reterr)
{
	AUTO_BUF(issuing, CRL_MAX_BYTES);
	AUTO_BUF(root, CRL_MAX_BYTES);
	TRY(service_authority_lists(change->session, tenant, &issuing, &root, reterr));
	TRY(publish_list(change, tenant, "sap_postern_issuing", buf_str(&issuing), reterr));
	return publish_list(change, tenant, "sap_postern_root", buf_str(&root), reterr);
}

/* All revocation lists of a tenant, the built-in CA's own too. */
static enum rc publish_lists(struct change *change, const char *tenant, struct err *reterr)
{
	AUTO(store_crl_list_fini) struct store_crl_list list = { 0 };
	TRY(store_crl_list_all(change->session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		TRY(publish_list(change, tenant, list.items[i].sha256, list.items[i].der, reterr));
	}
	return publish_own_lists(change, tenant, reterr);
}

/* The built-in CA's certificates as anchors. */
static enum rc publish_authority(struct change *change, const char *tenant, struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	TRY(service_authority_certs(change->session, tenant, &own, reterr));
	TRY(publish_anchor(change, tenant, "sap_postern_issuing", own.items[0], reterr));
	return publish_anchor(change, tenant, "sap_postern_root", own.items[1], reterr);
}

/* The roles of an instance's parameters; borrowed, NULL when there are none. */
static struct value *parameters_roles(const struct value *parameters)
{
	struct value *roles = value_get(parameters, "roles");
	return value_is_array(roles) ? roles : NULL;
}

struct value *publish_instance_value(const struct store_instance *row)
{
	AUTO_VALUE *parameters = NULL;
	struct value *v = value_object();
	struct value *roles = NULL;
	value_set_c(v, "id", row->id);
	value_set_c(v, "name", row->name);
	value_set_c(v, "service", row->service);
	value_set_c(v, "plan", row->plan);
	if (value_parse(&parameters, str_of(row->parameters), MAX_PARAMETERS, NULL) == RC_OK) {
		roles = parameters_roles(parameters);
	}
	value_set(v, "roles", roles ? value_copy(roles) : value_array());
	value_set_int(v, "token_validity", value_get_int(parameters, "token-validity", 43200));
	return v;
}

enum rc publish_instance(struct change *change, const struct store_instance *row, struct err *reterr)
{
	AUTO_VALUE *v = publish_instance_value(row);
	return draft_put_value(change, REGISTRY_INSTANCE, row->tenant, row->id, v, reterr);
}

/* The public key of the one that signed a key's certificate, as far as chain, keystore and own CA know it. */
static enum rc find_issuer_key(struct session *session, const char *tenant, const char *chain_pem,
			       char ret[CERT_SHA256_TEXT_SIZE], struct err *reterr)
{
	AUTO_CERT_LIST known = { 0 };
	AUTO(store_keystore_entry_list_fini) struct store_keystore_entry_list entries = { 0 };
	ret[0] = '\0';
	TRY(chain_pem_parse(chain_pem, &known, reterr));
	TRY(service_authority_certs(session, tenant, &known, reterr));
	TRY(store_keystore_entry_list_all(session->store, tenant, &entries, reterr));
	for (size_t i = 0; i < entries.n; i++) {
		TRY(chain_pem_parse(entries.items[i].chain, &known, reterr));
	}
	for (size_t i = 0; i < known.n; i++) {
		if (cert_issued(known.items[i], known.items[0])) {
			(void)snprintf(ret, CERT_SHA256_TEXT_SIZE, "%s",
				       cert_public_key_sha256(known.items[i]));
			return RC_OK;
		}
	}
	return RC_OK;
}

static struct value *key_certificate_value(const struct store_service_key_certificate *c,
					   const char *issuer_key)
{
	struct value *v = value_object();
	value_set_c(v, "sha256", c->sha256);
	value_set_c(v, "subject", c->subject);
	value_set_c(v, "issuer", c->issuer);
	value_set_c(v, "serial", c->serial);
	value_set_c(v, "public_key_sha256", c->public_key_sha256);
	value_set_c(v, "issuer_public_key_sha256", issuer_key);
	value_set_wall(v, "not_before", c->not_before);
	value_set_wall(v, "not_after", c->not_after);
	return v;
}

static enum rc key_certificates_value(struct session *session, const struct store_service_key *row,
				      struct value *array, struct err *reterr)
{
	AUTO(store_service_key_certificate_list_fini) struct store_service_key_certificate_list list = { 0 };
	char issuer_key[CERT_SHA256_TEXT_SIZE];
	TRY(store_service_key_certificate_list_of_key(session->store, row->tenant, row->id, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		const struct store_service_key_certificate *c = &list.items[i];
		issuer_key[0] = '\0';
		if (c->issuer_public_key_sha256) {
			(void)snprintf(issuer_key, sizeof(issuer_key), "%s", c->issuer_public_key_sha256);
		} else if (!row->pinned) {
			TRY(find_issuer_key(session, row->tenant, c->chain, issuer_key, reterr));
		}
		value_append(array, key_certificate_value(c, issuer_key[0] ? issuer_key : NULL));
	}
	return RC_OK;
}

enum rc publish_service_key_value(struct session *session, const struct store_service_key *row,
				  struct value **ret, struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	struct value *certificates = value_array();
	value_set(v, "certificates", certificates);
	value_set_c(v, "id", row->id);
	value_set_c(v, "name", row->name);
	value_set_c(v, "instance", row->instance);
	value_set_c(v, "client_id", row->client_id);
	value_set_c(v, "secret_sha256", row->secret_sha256);
	value_set_bool(v, "pinned", row->pinned);
	TRY(key_certificates_value(session, row, certificates, reterr));
	*ret = TAKE(v);
	return RC_OK;
}

enum rc publish_service_key(struct change *change, const struct store_service_key *row, struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	AUTO(draft_fini) struct draft d;
	draft_init(&d, REGISTRY_SERVICE_KEY, row->tenant, row->id);
	TRY(publish_service_key_value(change->session, row, &v, reterr));
	registry_term_client(str_of(row->client_id), draft_term(&d));
	const struct value *list = value_get(v, "certificates");
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *c = value_at(list, i);
		registry_term_certificate(value_get_str(c, "sha256"), draft_term(&d));
		registry_term_dn(value_get_str(c, "subject"), value_get_str(c, "issuer"), draft_term(&d));
	}
	return draft_put(&d, change, v, reterr);
}

static enum rc publish_one_key(void *context, const struct store_service_key *row, struct err *reterr)
{
	return publish_service_key(context, row, reterr);
}

enum rc publish_unpinned(struct change *change, const char *tenant, struct err *reterr)
{
	return store_service_key_each_waiting(change->session->store, tenant, publish_one_key, change,
					      reterr);
}

enum rc publish_token_key(struct change *change, const struct store_token_key *row, struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	value_set_c(v, "kid", row->kid);
	value_set_base64(v, "public", row->public_key);
	return draft_put_value(change, REGISTRY_TOKEN_KEY, row->tenant, row->kid, v, reterr);
}

/* Who judges its own gateway's certificates reads them anew. */
static void server_keys_changed(struct session *session, void *context)
{
	struct err err = { 0 };
	session->service->server_keys++;
	if (own_gateway_read(session, &err) != RC_OK) {
		log_err(LOG_ERROR, "own_gateway_not_read", &err);
	}
}

static enum rc publish_server_key(struct change *change, const struct store_server_key *row,
				  struct err *reterr)
{
	AUTO_VALUE *v = NULL;
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	TRY(draft_chain_value(row->chain, &v, reterr));
	TRY(service_unseal(change->session, row->tenant, "server_key", row->kind, row->key, &der, reterr));
	value_set_c(v, "kind", row->kind);
	return draft_put_key(change, REGISTRY_SERVER_KEY, "", row->kind, v, buf_str(&der), reterr);
}

enum rc publish_server_keys(struct change *change, struct err *reterr)
{
	AUTO(store_server_key_list_fini) struct store_server_key_list list = { 0 };
	change_when_done(change, server_keys_changed, NULL);
	TRY(store_server_key_list_all(change->session->store, SERVICE_TENANT_DEFAULT, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		TRY(publish_server_key(change, &list.items[i], reterr));
	}
	return RC_OK;
}

enum rc publish_settings(struct change *change, const char *tenant, struct err *reterr)
{
	AUTO_VALUE *settings = NULL;
	const char *name = NULL;
	struct value *member = NULL;
	TRY(service_setting_list(change->session, tenant, &settings, reterr));
	for (size_t i = 0; value_member(settings, i, &name, &member); i++) {
		TRY(draft_put_value(change, REGISTRY_SETTING, tenant, name, member, reterr));
	}
	return RC_OK;
}

enum rc publish_artifact(struct change *change, const struct store_artifact *row, struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	AUTO_BUF(key, ADDRESS_MAX + 16);
	AUTO(draft_fini) struct draft d;
	struct value *plan = NULL;
	draft_init(&d, REGISTRY_ENDPOINT, row->tenant, row->id);
	TRY(value_parse(&plan, str_of(row->plan), VALUE_MAX_BYTES, reterr));
	value_set(v, "plan", plan);
	value_set_c(v, "address", row->address);
	value_set_c(v, "artifact", row->id);
	value_set_c(v, "version", row->version);
	address_key(str_of(row->address), &key);
	registry_term_address(buf_str(&key), draft_term(&d));
	return draft_put(&d, change, v, reterr);
}

/* What receivers need comes with the flows. */
static enum rc publish_keystore(struct change *change, const char *tenant, struct err *reterr)
{
	AUTO(store_keystore_entry_list_fini) struct store_keystore_entry_list list = { 0 };
	TRY(store_keystore_entry_list_all(change->session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		TRY(publish_entry_anchor(change, &list.items[i], reterr));
	}
	return publish_lists(change, tenant, reterr);
}

static enum rc publish_clients(struct change *change, const char *tenant, bool with_keys, struct err *reterr)
{
	AUTO(store_instance_list_fini) struct store_instance_list instances = { 0 };
	AUTO(store_token_key_list_fini) struct store_token_key_list token_keys = { 0 };
	struct store *store = change->session->store;
	TRY(store_instance_list_all(store, tenant, &instances, reterr));
	for (size_t i = 0; i < instances.n; i++) {
		TRY(publish_instance(change, &instances.items[i], reterr));
	}
	if (with_keys) {
		TRY(store_service_key_each(store, tenant, publish_one_key, change, reterr));
	}
	TRY(store_token_key_list_all(store, tenant, &token_keys, reterr));
	for (size_t i = 0; i < token_keys.n; i++) {
		TRY(publish_token_key(change, &token_keys.items[i], reterr));
	}
	return RC_OK;
}

static enum rc publish_flows(struct change *change, const char *tenant, struct err *reterr)
{
	AUTO(store_artifact_list_fini) struct store_artifact_list list = { 0 };
	TRY(store_artifact_list_all(change->session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		TRY(publish_artifact(change, &list.items[i], reterr));
	}
	return publish_receivers(change, tenant, reterr);
}

static enum rc publish(struct change *change, bool with_keys, struct err *reterr)
{
	AUTO(store_tenant_list_fini) struct store_tenant_list tenants = { 0 };
	TRY(store_tenant_list_all(change->session->store, &tenants, reterr));
	for (size_t i = 0; i < tenants.n; i++) {
		const char *tenant = tenants.items[i].name;
		AUTO_VALUE *v = value_object();
		value_set_c(v, "id", tenants.items[i].id);
		value_set_c(v, "name", tenant);
		TRY(draft_put_value(change, REGISTRY_TENANT, tenant, tenant, v, reterr));
		TRY(publish_authority(change, tenant, reterr));
		TRY(publish_keystore(change, tenant, reterr));
		TRY(publish_clients(change, tenant, with_keys, reterr));
		TRY(publish_flows(change, tenant, reterr));
		TRY(publish_settings(change, tenant, reterr));
	}
	TRY(publish_server_keys(change, reterr));
	return change_stamp(change, reterr);
}

enum rc publish_everything(struct change *change, struct err *reterr)
{
	return publish(change, true, reterr);
}

enum rc publish_all_but_keys(struct change *change, struct err *reterr)
{
	return publish(change, false, reterr);
}
