/* SPDX-License-Identifier: Apache-2.0
 * What receivers of deployed flows need: noted when a flow is deployed, published for the gateways. */
#include "service/publish/publish_receiver.h"

#include "base/memory.h"
#include "pki/key.h"
#include "service/publish/draft.h"
#include "store/keystore/keystore_entry.h"
#include "store/keystore/credential.h"

static const char *kind_of(bool is_alias)
{
	return is_alias ? STORE_RECEIVER_ALIAS : STORE_RECEIVER_CREDENTIAL;
}

static bool is_alias(const struct store_artifact_receiver *row)
{
	return strcmp(row->kind, STORE_RECEIVER_ALIAS) == 0;
}

static enum registry_kind record_of(const struct store_artifact_receiver *row)
{
	return is_alias(row) ? REGISTRY_RECEIVER_KEY : REGISTRY_USER_CREDENTIAL;
}

enum rc publish_note_receivers(struct session *session, const char *tenant, const char *artifact,
			       const struct flow_plan *plan, struct err *reterr)
{
	const struct flow_receiver *r;
	TRY(store_artifact_receiver_clear(session->store, tenant, artifact, reterr));
	for (size_t i = 0; (r = flow_plan_receiver(plan, i)); i++) {
		bool has_key = r->auth == FLOW_RECEIVER_CERTIFICATE;
		const struct store_artifact_receiver row = { .tenant = tenant,
							     .artifact = artifact,
							     .kind = kind_of(has_key),
							     .name = has_key ? r->alias : r->credential };
		if (r->auth != FLOW_RECEIVER_NONE) {
			TRY(store_artifact_receiver_put(session->store, &row, reterr));
		}
	}
	return RC_OK;
}

enum rc publish_find_user(struct session *session, const char *tenant, const char *name, bool has_key,
			  char **ret_artifact, struct err *reterr)
{
	AUTO(store_artifact_receiver_fini) struct store_artifact_receiver row = { 0 };
	enum rc rc =
		store_artifact_receiver_find(session->store, tenant, kind_of(has_key), name, &row, reterr);
	if (rc == RC_NOT_FOUND) {
		*ret_artifact = NULL;
		return RC_OK;
	}
	TRY(rc);
	*ret_artifact = mem_strdup(row.artifact);
	return RC_OK;
}

static enum rc publish_key(struct change *change, const struct store_artifact_receiver *named,
			   struct err *reterr)
{
	AUTO(store_keystore_entry_fini) struct store_keystore_entry row = { 0 };
	AUTO_VALUE *v = NULL;
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	struct session *session = change->session;
	TRY(store_keystore_entry_get(session->store, named->tenant, named->name, &row, reterr));
	TRY(draft_chain_value(row.chain, &v, reterr));
	TRY(service_unseal(session, named->tenant, "keystore_entry", row.id, row.key, &der, reterr));
	value_set_c(v, "alias", named->name);
	return draft_put_key(change, REGISTRY_RECEIVER_KEY, named->tenant, named->name, v, buf_str(&der),
			     reterr);
}

static enum rc publish_credential(struct change *change, const struct store_artifact_receiver *named,
				  struct err *reterr)
{
	AUTO(store_credential_fini) struct store_credential row = { 0 };
	AUTO_BUF_SECRET(password, 4096);
	AUTO_VALUE *v = value_object();
	struct session *session = change->session;
	TRY(store_credential_get(session->store, named->tenant, named->name, &row, reterr));
	TRY(service_unseal(session, named->tenant, "credential", named->name, row.password, &password,
			   reterr));
	value_set_c(v, "name", named->name);
	value_set_c(v, "user", row.user_name);
	value_set_str(v, "password", buf_str(&password));
	return draft_put_sealed(change, REGISTRY_USER_CREDENTIAL, named->tenant, named->name, v, reterr);
}

static enum rc publish_named(struct change *change, const struct store_artifact_receiver *named,
			     struct err *reterr)
{
	/* What a flow names was there when it was deployed and cannot be deleted since;
	 * a restored keystore may lack it. */
	enum rc rc = is_alias(named) ? publish_key(change, named, reterr)
				     : publish_credential(change, named, reterr);
	return rc == RC_NOT_FOUND ? draft_delete(change, record_of(named), named->tenant, named->name, reterr)
				  : rc;
}

static bool is_same(const struct store_artifact_receiver *a, const struct store_artifact_receiver *b)
{
	return strcmp(a->kind, b->kind) == 0 && strcmp(a->name, b->name) == 0;
}

enum rc publish_receivers(struct change *change, const char *tenant, struct err *reterr)
{
	AUTO(store_artifact_receiver_list_fini) struct store_artifact_receiver_list list = { 0 };
	TRY(store_artifact_receiver_list_all(change->session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		/* Sorted by name: that several flows name it makes one record. */
		if (i == 0 || !is_same(&list.items[i], &list.items[i - 1])) {
			TRY(publish_named(change, &list.items[i], reterr));
		}
	}
	return RC_OK;
}

enum rc publish_unused(struct change *change, const struct store_artifact_receiver_list *named,
		       struct err *reterr)
{
	for (size_t i = 0; i < named->n; i++) {
		const struct store_artifact_receiver *row = &named->items[i];
		AUTO_FREE char *user = NULL;
		TRY(publish_find_user(change->session, row->tenant, row->name, is_alias(row), &user, reterr));
		if (!user) {
			TRY(draft_delete(change, record_of(row), row->tenant, row->name, reterr));
		}
	}
	return RC_OK;
}
