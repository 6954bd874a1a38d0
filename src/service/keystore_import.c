/* SPDX-License-Identifier: Apache-2.0
 * What is imported into the keystore: certificates, chains, key pairs, containers, revocation lists. */
#include "base/encoding.h"
#include "base/memory.h"
#include "model/reason.h"
#include "pki/crl.h"
#include "pki/digest.h"
#include "service/keystore.h"
#include "service/keystore_entry.h"
#include "store/crl.h"

#include <stdio.h>

/* An import under way. */
struct import {
	struct change *change;
	const char *tenant;
	const char *alias; /* given, or NULL */
	bool overwrite;
	size_t total; /* entries to come */
	size_t n;     /* entries done */
	bool any_ca;
	struct value *imported;
};

/* An alias out of a common name: lower case, what is no letter or digit becomes a dash. */
static char *derive_alias(const struct cert *c)
{
	AUTO_FREE char *name = cert_common_name(c);
	AUTO_BUF(out, KEYSTORE_MAX_ALIAS - 10);
	for (const char *p = name; *p; p++) {
		char lower = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
		bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
			     lower == '.' || lower == '_';
		if (plain) {
			(void)buf_add_char(&out, lower);
		} else if (out.n > 0 && out.p[out.n - 1] != '-') {
			(void)buf_add_char(&out, '-');
		}
	}
	if (out.n == 0) {
		(void)buf_add(&out, str_first(str_of(cert_sha256(c)), 16));
	}
	return buf_take(&out);
}

/* The alias given numbers the entries (x, x_1, x_2); else the container's own counts, else one is made. */
static char *choose_alias(const struct import *import, const char *own, const struct cert *c)
{
	if (import->alias) {
		return import->n == 0 ? mem_strdup(import->alias)
				      : mem_printf("%s_%zu", import->alias, import->n);
	}
	return own && own[0] ? mem_strdup(own) : derive_alias(c);
}

static struct value *imported_value(const char *alias, const struct keystore_draft *draft, const char *status)
{
	const struct cert *c = draft->chain->items[0];
	struct value *v = value_object();
	value_set_c(v, "alias", alias);
	value_set_c(v, "type", draft->key ? "Key Pair" : "Certificate");
	value_set_c(v, "subject", cert_subject(c));
	value_set_c(v, "issuer", cert_issuer(c));
	value_set_c(v, "sha256", cert_sha256(c));
	value_set_c(v, "role", cert_role_name(cert_role(c)));
	value_set_c(v, "status", status);
	return v;
}

/* Whether a certificate without an alias of its own is there already under the one made for it. */
static bool is_unchanged(const struct import *import, const char *alias, const struct keystore_draft *draft)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry old = { 0 };
	return !import->alias && !draft->key &&
	       store_keystore_entry_get(import->change->service->store, import->tenant, alias, &old, NULL) ==
		       RC_OK &&
	       !old.key.p && strcmp(old.sha256, cert_sha256(draft->chain->items[0])) == 0;
}

static enum rc import_one(struct import *import, const char *own_alias, struct key *key,
			  const struct cert_list *chain, struct err *reterr)
{
	AUTO_FREE char *alias = choose_alias(import, own_alias, chain->items[0]);
	struct keystore_draft draft = { alias, key, chain, import->overwrite };
	bool unchanged = is_unchanged(import, alias, &draft);
	if (!unchanged) {
		TRY(keystore_entry_write(import->change, import->tenant, &draft, reterr));
	}
	import->any_ca |= !key && cert_is_ca(chain->items[0]);
	import->n++;
	value_append(import->imported, imported_value(alias, &draft, unchanged ? "unchanged" : "new"));
	return RC_OK;
}

/* A chain without a key is so many certificates, each an entry of its own. */
static enum rc import_entry(struct import *import, const struct container_entry *entry, struct err *reterr)
{
	if (entry->chain.n == 0) {
		struct err full = { 0 };
		(void)reason_err(&full, RC_INVALID, REASON_P107, NULL);
		(void)err_set(reterr, RC_INVALID, "The file holds a private key without its certificate.");
		return err_reason(reterr, full.reason);
	}
	if (entry->key) {
		return import_one(import, entry->alias, entry->key, &entry->chain, reterr);
	}
	for (size_t i = 0; i < entry->chain.n; i++) {
		struct cert_list one = { &entry->chain.items[i], 1 };
		TRY(import_one(import, i == 0 ? entry->alias : NULL, NULL, &one, reterr));
	}
	return RC_OK;
}

enum rc service_keystore_import_container(struct service *service, const char *tenant,
					  const struct container *container, const struct value *input,
					  struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_VALUE *v = value_object();
	const char *alias = value_get_c(input, "alias");
	struct import import = { .change = &change,
				 .tenant = tenant,
				 .alias = alias && alias[0] ? alias : NULL,
				 .overwrite = value_get_bool(input, "overwrite", false),
				 .imported = value_array() };
	value_set(v, "imported", import.imported);
	value_set(v, "findings", value_array());
	if (container->n == 0) {
		return err_set(reterr, RC_INVALID, "The file holds no certificate.");
	}
	TRY(change_begin(&change, service, reterr));
	for (size_t i = 0; i < container->n; i++) {
		TRY(import_entry(&import, &container->entries[i], reterr));
	}
	if (import.any_ca) {
		TRY(publish_unpinned(&change, tenant, reterr));
	}
	TRY(change_commit(&change, reterr));
	*ret = TAKE(v);
	return RC_OK;
}

enum rc service_keystore_import(struct service *service, const char *tenant, const struct value *input,
				struct value **ret, struct err *reterr)
{
	AUTO(container_free_cleanup) struct container *container = NULL;
	AUTO_BUF_SECRET(bytes, CRL_MAX_BYTES);
	TRY(input_bytes(input, "content", CRL_MAX_BYTES, &bytes, reterr));
	if (crl_looks_like(buf_str(&bytes))) {
		return service_keystore_import_crl(service, tenant, buf_str(&bytes), ret, reterr);
	}
	TRY(container_open(&container, buf_str(&bytes), value_get_str(input, "password"), reterr));
	return service_keystore_import_container(service, tenant, container, input, ret, reterr);
}

/* The certificate that signed a list. NULL with *ret_named when the issuer is known by name but its key is another. */
static const struct cert *find_signer(const struct cert_list *known, const struct crl *crl, bool *ret_named)
{
	*ret_named = false;
	for (size_t i = 0; i < known->n; i++) {
		if (strcmp(cert_subject(known->items[i]), crl_issuer(crl)) == 0) {
			*ret_named = true;
			if (crl_verify(crl, known->items[i])) {
				return known->items[i];
			}
		}
	}
	return NULL;
}

static struct value *crl_value(const struct crl *crl, const char *sha256, bool verified)
{
	struct value *v = value_object();
	struct wall next = crl_next_update(crl);
	value_set_c(v, "issuer", crl_issuer(crl));
	value_set_wall(v, "this_update", crl_this_update(crl));
	value_set_wall(v, "next_update", (struct wall){ next.us == INT64_MAX ? 0 : next.us });
	value_set_int(v, "entries", (int64_t)crl_count(crl));
	value_set_c(v, "sha256", sha256);
	value_set_bool(v, "verified", verified);
	return v;
}

/* The former list of the same signer gives way; a list older than it is refused, for it would undo revocations. */
static enum rc replace_former(struct change *change, const char *tenant, const struct crl *crl,
			      const struct cert *signer, struct err *reterr)
{
	AUTO(store_crl_list_fini) struct store_crl_list list = { 0 };
	struct store *store = change->service->store;
	TRY(store_crl_list_all(store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		AUTO(crl_free_cleanup) struct crl *former = NULL;
		if (strcmp(list.items[i].issuer, crl_issuer(crl)) != 0) {
			continue;
		}
		TRY(crl_new_der(&former, list.items[i].der, reterr));
		if (signer && !crl_verify(former, signer)) {
			continue;
		}
		if (list.items[i].this_update.us > crl_this_update(crl).us) {
			return err_set(reterr, RC_CONFLICT,
				       "A newer revocation list of this issuer is imported already.");
		}
		TRY(store_crl_delete(store, tenant, list.items[i].sha256, reterr));
		TRY(publish_gone(change, REGISTRY_CRL, tenant, list.items[i].sha256, reterr));
	}
	return RC_OK;
}

static enum rc check_signature(const struct crl *crl, const struct cert *signer, bool named,
			       struct err *reterr)
{
	if (named && !signer) {
		(void)err_set(reterr, RC_INVALID,
			      "The revocation list says it is of %.200s, but the certificate known by that "
			      "name did not sign it.",
			      crl_issuer(crl));
		return err_reason(reterr, "K209");
	}
	return RC_OK;
}

enum rc service_keystore_import_crl(struct service *service, const char *tenant, struct str bytes,
				    struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(crl_free_cleanup) struct crl *crl = NULL;
	AUTO_CERT_LIST known = { 0 };
	char sha256[DIGEST_SHA256_TEXT_SIZE];
	bool named = false;
	TRY(crl_new_any(&crl, bytes, reterr));
	(void)digest_sha256_text(crl_der(crl), sha256);
	TRY(change_begin(&change, service, reterr));
	TRY(keystore_entry_known(service, tenant, &known, reterr));
	const struct cert *signer = find_signer(&known, crl, &named);
	TRY(check_signature(crl, signer, named, reterr));
	TRY(replace_former(&change, tenant, crl, signer, reterr));
	struct wall next = crl_next_update(crl);
	struct store_crl row = { .tenant = tenant,
				 .sha256 = sha256,
				 .issuer = crl_issuer(crl),
				 .der = crl_der(crl),
				 .this_update = crl_this_update(crl),
				 .next_update = { next.us == INT64_MAX ? 0 : next.us },
				 .created = wall_now() };
	TRY(store_crl_put(service->store, &row, reterr));
	TRY(publish_lists(&change, tenant, NULL, reterr));
	TRY(change_commit(&change, reterr));
	*ret = value_object();
	value_set(*ret, "imported", value_array());
	value_set(*ret, "crl", crl_value(crl, sha256, signer != NULL));
	struct value *findings = value_array();
	if (next.us < wall_now().us) {
		value_append(findings, reason_finding(REASON_K208, NULL, NULL));
	}
	value_set(*ret, "findings", findings);
	return RC_OK;
}

enum rc service_keystore_crls(struct service *service, const char *tenant, struct value **ret,
			      struct err *reterr)
{
	AUTO(store_crl_list_fini) struct store_crl_list list = { 0 };
	AUTO_CERT_LIST known = { 0 };
	AUTO_VALUE *array = value_array();
	TRY(keystore_entry_known(service, tenant, &known, reterr));
	TRY(store_crl_list_all(service->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		AUTO(crl_free_cleanup) struct crl *crl = NULL;
		bool named = false;
		TRY(crl_new_der(&crl, list.items[i].der, reterr));
		value_append(array,
			     crl_value(crl, list.items[i].sha256, find_signer(&known, crl, &named) != NULL));
	}
	*ret = TAKE(array);
	return RC_OK;
}
