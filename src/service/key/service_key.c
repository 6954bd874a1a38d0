/* SPDX-License-Identifier: Apache-2.0
 * Service keys: who may call, by secret or by certificate. */
#include "service/key/service_key.h"

#include "base/memory.h"
#include "base/random.h"
#include "pki/digest.h"
#include "service/authority/authority.h"
#include "service/core/input.h"
#include "service/key/instance_row.h"
#include "service/key/key_certificate.h"
#include "service/key/key_conflict.h"
#include "service/key/key_order.h"
#include "service/key/key_row.h"
#include "service/publish/publish.h"
#include "store/key/service_key_certificate.h"

#include <stdio.h>

#define MAX_SEALED (KEY_MAX_BYTES + 256)
#define SECRET_DIGITS 43 /* 258 random bits */
#define SECRET_SIZE (RANDOM_UUID_SIZE + 1 + SECRET_DIGITS)

/* A key in the making: its row, and what the row's slices point to. */
struct making {
	struct store_service_key row;
	char id[RANDOM_UUID_SIZE];
	char client_id[256];
	char secret[SECRET_SIZE];
	char secret_sha256[DIGEST_SHA256_TEXT_SIZE];
	struct buf sealed_secret, sealed_key;
	struct cert_list chain;
};

static void making_fini(struct making *m)
{
	mem_wipe(m->secret, sizeof(m->secret));
	buf_fini(&m->sealed_secret);
	buf_fini(&m->sealed_key);
	cert_list_fini(&m->chain);
}

/* Shapes of client ids. Source: SAP, credentials of it-rt and destination keys. */
static void name_client(struct making *m, const struct store_instance *instance)
{
	char uuid[RANDOM_UUID_SIZE];
	(void)random_uuid(uuid);
	if (strcmp(instance->service, "destination") == 0) {
		(void)snprintf(m->client_id, sizeof(m->client_id), "sb-clone-%s!b1|destination-xsappname!b1",
			       uuid);
	} else if (strcmp(instance->plan, "api") == 0) {
		(void)snprintf(m->client_id, sizeof(m->client_id), "sb-%s!b1|it!b1", uuid);
	} else {
		(void)snprintf(m->client_id, sizeof(m->client_id), "sb-%s!b1|it-rt-%s!b1", uuid,
			       instance->tenant);
	}
}

static void making_init(struct making *m, const struct store_instance *instance, const char *name)
{
	*m = (struct making){ .sealed_secret = BUF(MAX_SEALED), .sealed_key = BUF(MAX_SEALED) };
	name_client(m, instance);
	m->row = (struct store_service_key){ .tenant = instance->tenant,
					     .id = m->id,
					     .instance = instance->id,
					     .name = name,
					     .client_id = m->client_id,
					     .pinned = true,
					     .created = wall_now() };
}

static enum rc make_secret(struct session *session, struct making *m, struct err *reterr)
{
	char uuid[RANDOM_UUID_SIZE];
	char digits[SECRET_DIGITS + 1];
	(void)snprintf(m->secret, sizeof(m->secret), "%s$%s", random_uuid(uuid),
		       random_text(digits, SECRET_DIGITS));
	mem_wipe(digits, sizeof(digits));
	(void)digest_sha256_text(str_of(m->secret), m->secret_sha256);
	TRY(service_seal(session, m->row.tenant, "service_key", m->id, str_of(m->secret), &m->sealed_secret,
			 reterr));
	m->row.type = "clientid-secret";
	m->row.secret_sha256 = m->secret_sha256;
	m->row.secret = buf_str(&m->sealed_secret);
	return RC_OK;
}

static enum rc refuse(struct err *reterr, enum rc rc, const char *field, const char *text)
{
	(void)err_set(reterr, rc, "%s", text);
	return err_field(reterr, field);
}

static enum rc issue(struct session *session, struct making *m, const struct store_instance *instance,
		     const struct key_order *wish, struct key *given, struct err *reterr)
{
	AUTO(key_free_cleanup) struct key *key = key_ref(given);
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_FREE char *subject = mem_printf("CN=%s, OU=%s, O=Postern Clients", m->row.name, instance->name);
	if (!key) {
		TRY(key_generate(&key, wish->key_type, reterr));
	}
	struct service_authority_order order = { .subject = str_of(subject),
						 .usage = "client",
						 .days = (int)wish->days };
	TRY(service_authority_issue_chain(session, m->row.tenant, &order, key, &m->chain, reterr));
	if (key_format_pkcs8(key, &der) != RC_OK) {
		return err_set(reterr, RC_BUG, "The key cannot be written.");
	}
	TRY(service_seal(session, m->row.tenant, "service_key", m->id, buf_str(&der), &m->sealed_key,
			 reterr));
	m->row.type = "certificate";
	m->row.key = buf_str(&m->sealed_key);
	return RC_OK;
}

static enum rc fill(struct session *session, struct making *m, const struct store_instance *instance,
		    const struct value *input, struct key *key, struct err *reterr)
{
	struct key_order wish;
	TRY(key_order_read(input, instance, &wish, reterr));
	m->row.pinned = wish.pinned;
	if (wish.type == KEY_ORDER_SECRET) {
		return make_secret(session, m, reterr);
	}
	if (wish.type == KEY_ORDER_ISSUED) {
		return issue(session, m, instance, &wish, key, reterr);
	}
	m->row.type = "certificate-external";
	return key_certificate_take(session, m->row.tenant, wish.certificate, &m->chain, reterr);
}

enum rc service_key_add(struct change *change, const char *tenant, const char *instance,
			const struct value *input, struct key *key, struct value **ret, struct err *reterr)
{
	struct session *session = change->session;
	AUTO(store_instance_fini) struct store_instance row = { 0 };
	AUTO(making_fini) struct making m = { 0 };
	const char *name = NULL;
	enum rc rc;
	TRY(input_name(input, &name, reterr));
	TRY(instance_row_find(session, tenant, instance, &row, reterr));
	making_init(&m, &row, name);
	TRY(input_id(input, m.id, reterr));
	TRY(fill(session, &m, &row, input, key, reterr));
	rc = store_service_key_insert(session->store, &m.row, reterr);
	if (rc == RC_EXISTS) {
		(void)err_set(reterr, RC_EXISTS, "The service instance %s has a service key %s already.",
			      row.name, name);
		return err_field(reterr, "name");
	}
	TRY(rc);
	if (m.chain.n > 0) {
		TRY(key_certificate_add(session, &m.row, &m.chain, reterr));
		TRY(key_conflict_check(session, &row, &m.row, reterr));
	}
	TRY(publish_service_key(change, &m.row, reterr));
	return key_row_value(session, &row, &m.row, ret, reterr);
}

enum rc service_key_create(struct session *session, const char *tenant, const char *instance,
			   const struct value *input, struct key *key, struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_VALUE *made = NULL;
	TRY(change_begin(&change, session, reterr));
	TRY(service_key_add(&change, tenant, instance, input, key, &made, reterr));
	TRY(change_commit(&change, reterr));
	*ret = TAKE(made);
	return RC_OK;
}

enum rc service_key_add_certificate(struct session *session, const char *tenant, const char *instance,
				    const char *name, const struct value *input, struct value **ret,
				    struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(key_row_fini) struct key_row pair = { 0 };
	AUTO_CERT_LIST chain = { 0 };
	AUTO(store_service_key_certificate_list_fini) struct store_service_key_certificate_list held = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(key_row_find(session, tenant, instance, name, &pair, reterr));
	if (pair.key.secret_sha256) {
		return refuse(reterr, RC_UNSUPPORTED, "certificate",
			      "A key with client id and secret takes no certificate; make another key.");
	}
	TRY(key_certificate_take(session, tenant, value_get_str(input, "certificate"), &chain, reterr));
	TRY(store_service_key_certificate_list_of_key(session->store, tenant, pair.key.id, &held, reterr));
	if (held.n >= SERVICE_KEY_MAX_CERTIFICATES) {
		(void)refuse(reterr, RC_LIMIT, "certificate",
			     "The key holds two certificates already; take the older one out first.");
		return err_fix(reterr, "`postern service-key update %s %s --remove-certificate %s`", instance,
			       name, held.items[0].sha256);
	}
	TRY(key_certificate_add(session, &pair.key, &chain, reterr));
	TRY(key_conflict_check(session, &pair.instance, &pair.key, reterr));
	TRY(publish_service_key(&change, &pair.key, reterr));
	TRY(change_commit(&change, reterr));
	return key_row_value(session, &pair.instance, &pair.key, ret, reterr);
}

enum rc service_key_remove_certificate(struct session *session, const char *tenant, const char *instance,
				       const char *name, const char *sha256, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(key_row_fini) struct key_row pair = { 0 };
	AUTO(store_service_key_certificate_list_fini) struct store_service_key_certificate_list held = { 0 };
	bool found = false;
	TRY(change_begin(&change, session, reterr));
	TRY(key_row_find(session, tenant, instance, name, &pair, reterr));
	TRY(store_service_key_certificate_list_of_key(session->store, tenant, pair.key.id, &held, reterr));
	for (size_t i = 0; i < held.n; i++) {
		found |= str_equal_nocase(str_of(held.items[i].sha256), str_of(sha256));
	}
	if (!found) {
		return refuse(reterr, RC_NOT_FOUND, "sha256", "The key does not hold this certificate.");
	}
	if (held.n == 1) {
		return refuse(reterr, RC_CONFLICT, "sha256",
			      "It is the only certificate of the key; delete the key instead.");
	}
	for (size_t i = 0; i < held.n; i++) {
		if (str_equal_nocase(str_of(held.items[i].sha256), str_of(sha256))) {
			TRY(store_service_key_certificate_delete(session->store, tenant, held.items[i].sha256,
								 reterr));
		}
	}
	TRY(publish_service_key(&change, &pair.key, reterr));
	return change_commit(&change, reterr);
}

enum rc service_key_delete(struct session *session, const char *tenant, const char *instance,
			   const char *name, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(key_row_fini) struct key_row pair = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(key_row_find(session, tenant, instance, name, &pair, reterr));
	TRY(store_service_key_delete(session->store, tenant, pair.key.id, reterr));
	TRY(publish_gone(&change, REGISTRY_SERVICE_KEY, tenant, pair.key.id, reterr));
	return change_commit(&change, reterr);
}
