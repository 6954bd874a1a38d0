/* SPDX-License-Identifier: Apache-2.0
 * Changes of many keystore entries at once. */
#include "service/keystore/keystore_bulk.h"

#include "base/memory.h"
#include "pki/chain/chain_pem.h"
#include "service/keystore/keystore_entity.h"
#include "service/keystore/keystore_entry.h"
#include "service/publish/publish_receiver.h"

/* SAP's sentences for what was left out. */
#define LEFT_EXISTS "notImported: An entry with the same alias already exists"
#define LEFT_SAP "notImported: The alias is not allowed. Aliases starting with 'sap_' are reserved for SAP."
#define LEFT_RESERVED "notImported: The alias is not allowed. The alias '%s' is reserved for SAP."
#define LEFT_KEY_PAIR "notImported :Key Pair entry cannot be overwritten by a certificate entry."

struct bulk {
	struct change *change;
	const char *tenant;
	enum keystore_option option;
	bool any_ca;
	struct value *results;
};

static void add_result(struct bulk *bulk, const struct container_entry *entry, const char *status)
{
	struct value *v = service_keystore_entity_of(entry->alias, entry->key != NULL, &entry->chain);
	value_set_c(v, "Status", status);
	value_append(bulk->results, v);
}

static void add_left_out(struct bulk *bulk, const struct container_entry *entry)
{
	bool sap = str_equal_nocase(str_first(str_of(entry->alias), 4), STR("sap_"));
	AUTO_FREE char *text = sap ? mem_strdup(LEFT_SAP) : mem_printf(LEFT_RESERVED, entry->alias);
	add_result(bulk, entry, text);
}

static enum rc import_entry(struct bulk *bulk, const struct container_entry *entry, struct err *reterr)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry old = { 0 };
	struct store *store = bulk->change->session->store;
	if (keystore_entry_is_reserved(entry->alias)) {
		add_left_out(bulk, entry);
		return RC_OK;
	}
	enum rc rc = store_keystore_entry_get(store, bulk->tenant, entry->alias, &old, reterr);
	if (rc != RC_OK && rc != RC_NOT_FOUND) {
		return rc;
	}
	if (rc == RC_OK && bulk->option == KEYSTORE_MERGE) {
		add_result(bulk, entry, LEFT_EXISTS);
		return RC_OK;
	}
	if (rc == RC_OK && old.key.p && !entry->key) {
		add_result(bulk, entry, LEFT_KEY_PAIR);
		return RC_OK;
	}
	bool same = rc == RC_OK && !old.key.p && !entry->key &&
		    strcmp(old.sha256, cert_sha256(entry->chain.items[0])) == 0;
	struct keystore_draft draft = { entry->alias, entry->key, &entry->chain, true };
	if (!same) {
		TRY(keystore_entry_write(bulk->change, bulk->tenant, &draft, reterr));
	}
	bulk->any_ca |= !entry->key && cert_is_ca(entry->chain.items[0]);
	add_result(bulk, entry, same ? "unchanged" : rc == RC_OK ? "changed" : "new");
	return RC_OK;
}

static bool is_in(const struct container *container, const char *alias)
{
	for (size_t i = 0; i < container->n; i++) {
		if (str_equal_nocase(str_of(container->entries[i].alias), str_of(alias))) {
			return true;
		}
	}
	return false;
}

static enum rc check_unused(struct session *session, const char *tenant, const char *alias,
			    struct err *reterr)
{
	AUTO_FREE char *user = NULL;
	TRY(publish_find_user(session, tenant, alias, true, &user, reterr));
	if (!user) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_CONFLICT, "The artifact %.100s uses the entry %.100s.", user, alias);
	return err_field(reterr, "alias");
}

static enum rc drop(struct change *change, const char *tenant, const char *alias, struct err *reterr)
{
	TRY(check_unused(change->session, tenant, alias, reterr));
	TRY(store_keystore_entry_delete(change->session->store, tenant, alias, reterr));
	return publish_keystore_gone(change, tenant, alias, reterr);
}

/* What the container does not hold goes. */
static enum rc drop_others(struct bulk *bulk, const struct container *container, struct err *reterr)
{
	AUTO(store_keystore_entry_list_fini) struct store_keystore_entry_list list = { 0 };
	TRY(store_keystore_entry_list_all(bulk->change->session->store, bulk->tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		AUTO_CERT_LIST chain = { 0 };
		if (is_in(container, list.items[i].alias)) {
			continue;
		}
		TRY(chain_pem_parse(list.items[i].chain, &chain, reterr));
		TRY(drop(bulk->change, bulk->tenant, list.items[i].alias, reterr));
		struct value *v =
			service_keystore_entity_of(list.items[i].alias, list.items[i].key.p != NULL, &chain);
		value_set_c(v, "Status", "removed");
		value_append(bulk->results, v);
	}
	return RC_OK;
}

static enum rc check_entries(const struct container *container, struct err *reterr)
{
	for (size_t i = 0; i < container->n; i++) {
		const struct container_entry *e = &container->entries[i];
		if (e->chain.n == 0) {
			return err_set(reterr, RC_INVALID,
				       "The file holds a private key without its certificate.");
		}
		if (!keystore_entry_is_reserved(e->alias)) {
			TRY(keystore_entry_check_alias(e->alias, reterr));
		}
	}
	return container->n > 0 ? RC_OK : err_set(reterr, RC_INVALID, "The file holds no certificate.");
}

enum rc service_keystore_bulk_import(struct session *session, const char *tenant,
				     const struct container *given, enum keystore_option option,
				     struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(container_free_cleanup) struct container *container = container_spread(given, true);
	AUTO_VALUE *results = value_array();
	struct bulk bulk = { &change, tenant, option, false, results };
	TRY(check_entries(container, reterr));
	TRY(change_begin(&change, session, reterr));
	if (option == KEYSTORE_REPLACE) {
		TRY(drop_others(&bulk, container, reterr));
	}
	for (size_t i = 0; i < container->n; i++) {
		TRY(import_entry(&bulk, &container->entries[i], reterr));
	}
	if (bulk.any_ca || option == KEYSTORE_REPLACE) {
		TRY(publish_unpinned(&change, tenant, reterr));
	}
	TRY(publish_receivers(&change, tenant, reterr));
	TRY(change_commit(&change, reterr));
	*ret = TAKE(results);
	return RC_OK;
}

enum rc service_keystore_bulk_delete(struct session *session, const char *tenant, const struct value *aliases,
				     struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	TRY(change_begin(&change, session, reterr));
	for (size_t i = 0; i < value_count(aliases); i++) {
		AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
		const char *alias = value_c(value_at(aliases, i));
		TRY(keystore_entry_check_alias(alias ? alias : "", reterr));
		TRY(keystore_entry_find(session, tenant, alias, &row, reterr));
		TRY(drop(&change, tenant, row.alias, reterr));
	}
	return change_commit(&change, reterr);
}
