/* SPDX-License-Identifier: Apache-2.0
 * Replacing the gateway's own certificates, and going back to those of the built-in CA. */
#include "service/authority/server_certificate.h"

#include "base/memory.h"
#include "log/log.h"
#include "model/reason.h"
#include "pki/chain/chain_pem.h"
#include "service/publish/publish.h"
#include "service/authority/server_renewal.h"
#include "store/keystore/server_key.h"

#include <stdio.h>

static enum rc certificates_value(struct session *session, struct value **ret, struct err *reterr)
{
	AUTO(store_server_key_list_fini) struct store_server_key_list list = { 0 };
	AUTO_VALUE *array = value_array();
	TRY(store_server_key_list_all(session->store, SERVICE_TENANT_DEFAULT, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		AUTO_CERT_LIST chain = { 0 };
		TRY(chain_pem_parse(list.items[i].chain, &chain, reterr));
		struct value *v = value_object();
		value_set_c(v, "kind", list.items[i].kind);
		value_set_bool(v, "own", list.items[i].own);
		value_set(v, "certificate", cert_to_value(chain.items[0]));
		value_append(array, v);
	}
	*ret = TAKE(array);
	return RC_OK;
}

enum rc service_server_certificate_list(struct session *session, struct value **ret, struct err *reterr)
{
	return certificates_value(session, ret, reterr);
}

static enum rc refuse(struct err *reterr, const char *reason, const char *text)
{
	(void)err_set(reterr, RC_INVALID, "%s", text);
	return err_reason(reterr, reason);
}

static enum rc check(const struct container_entry *entry, struct err *reterr)
{
	if (entry->chain.n == 0) {
		return refuse(reterr, "P106", "The private key stands alone, without its certificate.");
	}
	const struct cert *leaf = entry->chain.items[0];
	int64_t now = wall_now().us;
	if (!key_matches(entry->key, leaf)) {
		return refuse(reterr, "P107", "The private key does not belong to the certificate.");
	}
	if (cert_is_ca(leaf)) {
		return refuse(reterr, "P112", "A CA certificate cannot be the server's certificate.");
	}
	if (!cert_may_server_auth(leaf)) {
		return refuse(
			reterr, "P108",
			"The certificate may not be used as a server certificate: it lacks serverAuth.");
	}
	if (cert_not_after(leaf).us <= now || cert_not_before(leaf).us > now) {
		return refuse(reterr, "P109", "The certificate is outside its validity period.");
	}
	return RC_OK;
}

static enum rc put(struct session *session, const struct container_entry *entry, struct err *reterr)
{
	const char *kind = key_is_rsa(entry->key) ? "rsa" : "ec";
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_BUF(sealed, KEY_MAX_BYTES + 256);
	if (strcmp(kind, "ec") == 0 && !str_starts_with(str_of(key_text(entry->key)), STR("EC "))) {
		return refuse(reterr, "P110", "The server's key has to be RSA or EC.");
	}
	if (key_format_pkcs8(entry->key, &der) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The private key is too large.");
	}
	TRY(service_seal(session, SERVICE_TENANT_DEFAULT, "server_key", kind, buf_str(&der), &sealed,
			 reterr));
	AUTO_FREE char *pem = chain_pem_format(&entry->chain);
	TRY(store_server_key_put(session->store,
				 &(struct store_server_key){ SERVICE_TENANT_DEFAULT, kind, pem,
							     buf_str(&sealed),
							     cert_not_after(entry->chain.items[0]), false },
				 reterr));
	log_event(LOG_INFO, "server_certificate_replaced", "kind=%s sha256=%s", kind,
		  cert_sha256(entry->chain.items[0]));
	return RC_OK;
}

static enum rc answer(struct session *session, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	struct value *list = NULL;
	size_t own = 0;
	TRY(certificates_value(session, &list, reterr));
	value_set(v, "certificates", list);
	for (size_t i = 0; i < value_count(list); i++) {
		own += value_get_bool(value_at(list, i), "own", false);
	}
	if (own > 0 && own < value_count(list)) {
		struct value *warnings = value_array();
		value_append_c(warnings, "One of the RSA and the EC certificate is still the built-in CA's; "
					 "which of both a client sees is up to the client. Replace the other "
					 "too.");
		value_set(v, "warnings", warnings);
	}
	*ret = TAKE(v);
	return RC_OK;
}

enum rc service_server_certificate_replace(struct session *session, const struct container *container,
					   struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	size_t n = 0;
	TRY(change_begin(&change, session, reterr));
	for (size_t i = 0; i < container->n; i++) {
		if (!container->entries[i].key) {
			continue;
		}
		TRY(check(&container->entries[i], reterr));
		TRY(put(session, &container->entries[i], reterr));
		n++;
	}
	if (n == 0) {
		return refuse(reterr, "P104", "The file holds no private key.");
	}
	TRY(publish_server_keys(&change, reterr));
	TRY(change_commit(&change, reterr));
	return answer(session, ret, reterr);
}

/* Without a validity left they are due. */
static enum rc give_up(struct session *session, struct err *reterr)
{
	AUTO(store_server_key_list_fini) struct store_server_key_list list = { 0 };
	TRY(store_server_key_list_all(session->store, SERVICE_TENANT_DEFAULT, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		struct store_server_key row = list.items[i];
		if (row.own) {
			continue;
		}
		row.own = true;
		row.not_after = (struct wall){ 0 };
		TRY(store_server_key_put(session->store, &row, reterr));
	}
	return RC_OK;
}

enum rc service_server_certificate_reset(struct session *session, const struct job_keys *keys,
					 struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(give_up(session, reterr));
	TRY(server_renewal_make(session, keys->items, keys->n, NULL, reterr));
	TRY(publish_server_keys(&change, reterr));
	TRY(change_commit(&change, reterr));
	return answer(session, ret, reterr);
}

enum rc service_server_certificate_upkeep(struct session *session, const struct job_keys *keys,
					  struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	bool renewed = false;
	TRY(change_begin(&change, session, reterr));
	TRY(server_renewal_make(session, keys->items, keys->n, &renewed, reterr));
	if (!renewed) {
		return RC_OK;
	}
	TRY(publish_server_keys(&change, reterr));
	return change_commit(&change, reterr);
}
