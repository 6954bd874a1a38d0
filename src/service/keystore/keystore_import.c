/* SPDX-License-Identifier: Apache-2.0
 * What is imported into the keystore: certificates, chains, key pairs. */
#include "base/memory.h"
#include "model/reason.h"
#include "service/keystore/keystore.h"
#include "service/keystore/keystore_entry.h"

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
		char lower = char_lower(*p);
		bool plain = char_is_letter_or_digit(lower) || lower == '.' || lower == '_';
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
	value_set_c(v, "role", cert_place_name(cert_place(c)));
	value_set_c(v, "status", status);
	return v;
}

/* Whether a certificate without an alias of its own is there already under the one made for it. */
static bool is_unchanged(const struct import *import, const char *alias, const struct keystore_draft *draft)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry old = { 0 };
	return !import->alias && !draft->key &&
	       store_keystore_entry_get(import->change->session->store, import->tenant, alias, &old, NULL) ==
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

enum rc service_keystore_import_container(struct session *session, const char *tenant,
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
	TRY(change_begin(&change, session, reterr));
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
