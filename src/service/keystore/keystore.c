/* SPDX-License-Identifier: Apache-2.0
 * The tenant keystore: what is trusted, and key pairs for receivers. */
#include "service/keystore/keystore.h"

#include "base/memory.h"
#include "pki/authority.h"
#include "pki/chain/chain_pem.h"
#include "pki/paste.h"
#include "pki/request.h"
#include "service/core/input.h"
#include "service/keystore/keystore_entry.h"
#include "service/publish/publish_receiver.h"
#include "store/keystore/keystore_backup.h"

#define MAX_PEM ((size_t)256 * 1024)
#define SKEW_SECONDS 300

static enum rc append_found(struct session *session, const char *tenant, const char *alias,
			    struct value *array, struct err *reterr)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	struct value *v = NULL;
	TRY(keystore_entry_find(session, tenant, alias, &row, reterr));
	TRY(keystore_entry_value(&row, &v, reterr));
	value_append(array, v);
	return RC_OK;
}

enum rc service_keystore_list(struct session *session, const char *tenant, struct value **ret,
			      struct err *reterr)
{
	AUTO(store_keystore_entry_list_fini) struct store_keystore_entry_list list = { 0 };
	AUTO_VALUE *array = value_array();
	TRY(store_keystore_entry_list_all(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		struct value *v = NULL;
		TRY(keystore_entry_value(&list.items[i], &v, reterr));
		value_append(array, v);
	}
	TRY(append_found(session, tenant, KEYSTORE_OWN_ISSUING, array, reterr));
	TRY(append_found(session, tenant, KEYSTORE_OWN_ROOT, array, reterr));
	*ret = TAKE(array);
	return RC_OK;
}

enum rc service_keystore_get(struct session *session, const char *tenant, const char *alias,
			     struct value **ret, struct err *reterr)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	AUTO_CERT_LIST chain = { 0 };
	struct value *array = NULL;
	TRY(keystore_entry_find(session, tenant, alias, &row, reterr));
	TRY(chain_pem_parse(row.chain, &chain, reterr));
	TRY(keystore_entry_value(&row, ret, reterr));
	value_set(*ret, "certificate", cert_to_value(chain.items[0]));
	array = value_array();
	for (size_t i = 0; i < chain.n; i++) {
		value_append(array, cert_to_value(chain.items[i]));
	}
	value_set(*ret, "chain", array);
	return RC_OK;
}

/* A common name out of an alias, escaped. Source: RFC 2253 §2.4. */
static char *subject_of(const char *alias)
{
	AUTO_BUF(out, 1024);
	(void)buf_add_c(&out, "CN=");
	for (const char *p = alias; *p && out.n < 60; p++) {
		if (strchr(",+\"\\<>;=#", *p)) {
			(void)buf_add_char(&out, '\\');
		}
		(void)buf_add_char(&out, *p);
	}
	return buf_take(&out);
}

static enum rc self_sign(const struct value *input, const char *alias, const struct key *key,
			 struct cert_list *ret, struct err *reterr)
{
	AUTO(cert_free_cleanup) struct cert *cert = NULL;
	const char *subject = value_get_c(input, "subject");
	AUTO_FREE char *own = subject && subject[0] ? mem_strdup(subject) : subject_of(alias);
	int64_t days = 0, from = 0;
	TRY(field_integer(field_find(&object_keystore_create, "not_before_ms"), input, &from, reterr));
	TRY(field_integer(field_find(&object_keystore_create, "days"), input, &days, reterr));
	struct authority_order order = {
		.subject = str_of(own),
		.usage = AUTHORITY_CLIENT,
		.not_before = { from ? from * US_PER_MS : wall_now().us - SKEW_SECONDS * US_PER_SECOND },
		.days = (int)days
	};
	TRY(authority_issue(&cert, &order, key, NULL, NULL, reterr));
	cert_list_add(ret, cert);
	return RC_OK;
}

enum rc service_keystore_create(struct session *session, const char *tenant, const struct value *input,
				struct key *given, struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(key_free_cleanup) struct key *key = key_ref(given);
	AUTO_CERT_LIST chain = { 0 };
	const char *alias = NULL;
	const char *type = value_get_c(input, "key_type");
	TRY(field_text(field_find(&object_keystore_create, "alias"), input, &alias, reterr));
	TRY(keystore_entry_check_alias(alias, reterr));
	if (!key) {
		TRY(key_generate(&key, type && type[0] ? type : "rsa-2048", reterr));
	}
	TRY(self_sign(input, alias, key, &chain, reterr));
	TRY(change_begin(&change, session, reterr));
	TRY(keystore_entry_write(&change, tenant,
				 &(struct keystore_draft){
					 .alias = alias,
					 .key = key,
					 .chain = &chain,
					 .overwrite = value_get_bool(input, "overwrite", false) },
				 reterr));
	TRY(change_commit(&change, reterr));
	return service_keystore_get(session, tenant, alias, ret, reterr);
}

/* What a deployed flow's receiver names stays as it is. */
static enum rc check_unused(struct session *session, const char *tenant, const char *alias,
			    struct err *reterr)
{
	AUTO_FREE char *user = NULL;
	TRY(publish_find_user(session, tenant, alias, true, &user, reterr));
	if (user) {
		(void)err_set(reterr, RC_CONFLICT, "The artifact %.100s uses the entry %.100s.", user, alias);
		return err_field(reterr, "alias");
	}
	return RC_OK;
}

enum rc service_keystore_rename(struct session *session, const char *tenant, const struct value *input,
				struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	const char *alias = NULL;
	const char *to = NULL;
	enum rc rc;
	TRY(field_text(field_find(&object_keystore_rename, "alias"), input, &alias, reterr));
	TRY(field_text(field_find(&object_keystore_rename, "to"), input, &to, reterr));
	TRY(keystore_entry_check_alias(alias, reterr));
	TRY(keystore_entry_check_alias(to, reterr));
	TRY(change_begin(&change, session, reterr));
	TRY(keystore_entry_find(session, tenant, alias, &row, reterr));
	TRY(check_unused(session, tenant, alias, reterr));
	struct store_keystore_entry renamed = row;
	renamed.alias = to;
	renamed.modified = wall_now();
	TRY(store_keystore_entry_delete(session->store, tenant, row.alias, reterr));
	rc = store_keystore_entry_insert(session->store, &renamed, reterr);
	if (rc == RC_EXISTS) {
		(void)err_set(reterr, RC_EXISTS, "An entry with the alias %.100s exists already.", to);
		return err_field(reterr, "to");
	}
	TRY(rc);
	TRY(publish_keystore_gone(&change, tenant, row.alias, reterr));
	TRY(publish_keystore_entry(&change, &renamed, reterr));
	TRY(change_commit(&change, reterr));
	return keystore_entry_value(&renamed, ret, reterr);
}

enum rc service_keystore_delete(struct session *session, const char *tenant, const char *alias,
				struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	TRY(keystore_entry_check_alias(alias, reterr));
	TRY(change_begin(&change, session, reterr));
	TRY(keystore_entry_find(session, tenant, alias, &row, reterr));
	TRY(check_unused(session, tenant, alias, reterr));
	TRY(store_keystore_entry_delete(session->store, tenant, row.alias, reterr));
	TRY(publish_keystore_gone(&change, tenant, row.alias, reterr));
	return change_commit(&change, reterr);
}

enum rc service_keystore_export(struct session *session, const char *tenant, const char *alias,
				const char *what, struct value **ret, struct err *reterr)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	AUTO_CERT_LIST chain = { 0 };
	AUTO_CERT_LIST known = { 0 };
	const struct cert *c;
	AUTO_FREE char *pem = NULL;
	TRY(keystore_entry_find(session, tenant, alias, &row, reterr));
	TRY(chain_pem_parse(row.chain, &chain, reterr));
	if (!what || !what[0] || strcmp(what, "certificate") == 0) {
		pem = cert_pem(chain.items[0]);
	} else if (strcmp(what, "chain") == 0) {
		pem = chain_pem_format(&chain);
	} else if (strcmp(what, "root") == 0) {
		TRY(keystore_entry_known(session, tenant, &known, reterr));
		c = keystore_entry_root(&chain, &known);
		if (!c) {
			return err_set(reterr, RC_NOT_FOUND, "The root of %.100s is not in the keystore.",
				       alias);
		}
		pem = cert_pem(c);
	} else {
		(void)err_set(reterr, RC_INVALID, "what has to be certificate, chain or root.");
		return err_field(reterr, "what");
	}
	*ret = value_object();
	value_set_c(*ret, "pem", pem);
	return RC_OK;
}

enum rc service_keystore_request(struct session *session, const char *tenant, const char *alias,
				 struct value **ret, struct err *reterr)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO_CERT_LIST chain = { 0 };
	AUTO_BUF(pem, MAX_PEM);
	TRY(keystore_entry_find(session, tenant, alias, &row, reterr));
	TRY(keystore_entry_key(session, &row, &key, reterr));
	TRY(chain_pem_parse(row.chain, &chain, reterr));
	TRY(request_format_pem(key, str_of(cert_subject(chain.items[0])), NULL, 0, &pem, reterr));
	*ret = value_object();
	value_set_str(*ret, "csr_pem", buf_str(&pem));
	return RC_OK;
}

/* The signed certificate first, then its issuers. RC_INVALID when none is for the key. */
static enum rc read_response(const struct value *input, const struct key *key, struct cert_list *ret,
			     struct err *reterr)
{
	AUTO_BUF(text, PASTE_MAX_BYTES);
	TRY(field_bytes(field_find(&object_signing_response, "content"), input, &text, reterr));
	if (text.n > KEYSTORE_MAX_KEY_PAIR) {
		(void)err_set(reterr, RC_LIMIT, "The signing response is larger than %zu bytes.",
			      KEYSTORE_MAX_KEY_PAIR);
		return err_reason(reterr, "K206");
	}
	if (paste_certificates(ret, buf_str(&text), reterr) != RC_OK) {
		return err_field(reterr, "content");
	}
	for (size_t i = 0; i < ret->n; i++) {
		if (key_matches(key, ret->items[i])) {
			cert_list_sort_chain(ret, i);
			return RC_OK;
		}
	}
	(void)err_set(reterr, RC_INVALID,
		      "The public key of the signing response is another than the key pair's.");
	(void)err_reason(reterr, "P107");
	return err_field(reterr, "content");
}

enum rc service_keystore_signing_response(struct session *session, const char *tenant, const char *alias,
					  const struct value *input, struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO_CERT_LIST chain = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(keystore_entry_find(session, tenant, alias, &row, reterr));
	TRY(keystore_entry_key(session, &row, &key, reterr));
	TRY(read_response(input, key, &chain, reterr));
	TRY(keystore_entry_write(&change, tenant,
				 &(struct keystore_draft){ row.alias, key, &chain, .overwrite = true },
				 reterr));
	TRY(change_commit(&change, reterr));
	return service_keystore_get(session, tenant, alias, ret, reterr);
}

static struct store_keystore_backup backup_of(const struct store_keystore_entry *e)
{
	return (struct store_keystore_backup){ e->tenant, e->alias, e->id,     e->type,    e->chain,   e->key,
					       e->sha256, e->size,  e->status, e->created, e->modified };
}

static struct store_keystore_entry entry_of(const struct store_keystore_backup *b)
{
	return (struct store_keystore_entry){ b->tenant, b->alias, b->id,     b->type,    b->chain,   b->key,
					      b->sha256, b->size,  b->status, b->created, b->modified };
}

enum rc service_keystore_backup(struct session *session, const char *tenant, struct value **ret,
				struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_keystore_entry_list_fini) struct store_keystore_entry_list list = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(store_keystore_backup_clear(session->store, tenant, reterr));
	TRY(store_keystore_entry_list_all(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		struct store_keystore_backup row = backup_of(&list.items[i]);
		TRY(store_keystore_backup_insert(session->store, &row, reterr));
	}
	TRY(change_commit(&change, reterr));
	*ret = value_object();
	value_set_int(*ret, "entries", (int64_t)list.n);
	value_set_wall(*ret, "created", wall_now());
	return RC_OK;
}

static enum rc clear(struct change *change, const char *tenant, struct err *reterr)
{
	AUTO(store_keystore_entry_list_fini) struct store_keystore_entry_list list = { 0 };
	struct store *store = change->session->store;
	TRY(store_keystore_entry_list_all(store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		TRY(store_keystore_entry_delete(store, tenant, list.items[i].alias, reterr));
		TRY(publish_keystore_gone(change, tenant, list.items[i].alias, reterr));
	}
	return RC_OK;
}

enum rc service_keystore_restore(struct session *session, const char *tenant, struct value **ret,
				 struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_keystore_backup_list_fini) struct store_keystore_backup_list list = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(store_keystore_backup_list_all(session->store, tenant, &list, reterr));
	if (list.n == 0) {
		return err_set(reterr, RC_NOT_FOUND, "There is no backup of the keystore.");
	}
	TRY(clear(&change, tenant, reterr));
	for (size_t i = 0; i < list.n; i++) {
		struct store_keystore_entry row = entry_of(&list.items[i]);
		TRY(store_keystore_entry_insert(session->store, &row, reterr));
		TRY(publish_keystore_entry(&change, &row, reterr));
	}
	TRY(publish_unpinned(&change, tenant, reterr));
	TRY(publish_receivers(&change, tenant, reterr));
	TRY(change_commit(&change, reterr));
	*ret = value_object();
	value_set_int(*ret, "entries", (int64_t)list.n);
	return RC_OK;
}
