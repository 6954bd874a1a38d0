/* SPDX-License-Identifier: Apache-2.0
 * Subaccounts: each served under its own host name, nothing of one visible in another. */
#include "service/start/subaccount.h"

#include "base/memory.h"
#include "log/log.h"
#include "service/publish/change.h"
#include "service/core/destination_memory.h"
#include "service/core/input.h"
#include "service/monitor/message.h"
#include "service/publish/publish.h"
#include "service/authority/server_renewal.h"
#include "service/core/tenant.h"
#include "service/start/tenant_make.h"
#include "store/content/artifact.h"
#include "store/key/instance.h"
#include "store/subaccount/tenant.h"

static struct value *tenant_value(const struct session *session, const struct store_tenant *row)
{
	AUTO_FREE char *gateway = service_tenant_url(session, "gateway_url", row->name);
	AUTO_FREE char *management = service_tenant_url(session, "management_url", row->name);
	struct value *v = value_object();
	value_set_c(v, "name", row->name);
	value_set_c(v, "id", row->id);
	value_set_c(v, "gateway", gateway);
	value_set_c(v, "management", management);
	value_set_wall(v, "created", row->created);
	return v;
}

enum rc service_subaccount_list(struct session *session, struct value **ret, struct err *reterr)
{
	AUTO(store_tenant_list_fini) struct store_tenant_list list = { 0 };
	TRY(store_tenant_list_all(session->store, &list, reterr));
	*ret = value_array();
	for (size_t i = 0; i < list.n; i++) {
		value_append(*ret, tenant_value(session, &list.items[i]));
	}
	return RC_OK;
}

enum rc service_subaccount_get(struct session *session, const char *name, struct value **ret,
			       struct err *reterr)
{
	AUTO(store_tenant_fini) struct store_tenant row = { 0 };
	TRY(service_tenant_check(session, name, reterr));
	TRY(store_tenant_get(session->store, name, &row, reterr));
	*ret = tenant_value(session, &row);
	return RC_OK;
}

/* = RFC 1123 §2.1: the name is a label of a host name. */
static enum rc check_name(const char *name, struct err *reterr)
{
	size_t n = strlen(name);
	if (n > 63 || strspn(name, CHAR_LOWER CHAR_DIGITS "-") != n || name[0] == '-' || name[n - 1] == '-') {
		(void)err_set(
			reterr, RC_INVALID,
			"name has to be a label of a host name: 1 to 63 of a-z 0-9 and -, neither first nor "
			"last a -.");
		return err_field(reterr, "name");
	}
	return RC_OK;
}

static enum rc check_room(struct session *session, const char *name, struct err *reterr)
{
	AUTO(store_tenant_list_fini) struct store_tenant_list list = { 0 };
	TRY(store_tenant_list_all(session->store, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		if (strcmp(list.items[i].name, name) == 0) {
			(void)err_set(reterr, RC_EXISTS, "The subaccount %s exists already.", name);
			return err_field(reterr, "name");
		}
	}
	return list.n < SUBACCOUNT_MAX
		       ? RC_OK
		       : err_set(reterr, RC_LIMIT, "A server has %d subaccounts at most.", SUBACCOUNT_MAX);
}

/* The name of one that may be made. */
static enum rc name_read(struct session *session, const struct value *input, const char **ret,
			 struct err *reterr)
{
	TRY(field_text(field_find(&object_subaccount, "name"), input, ret, reterr));
	TRY(check_name(*ret, reterr));
	return check_room(session, *ret, reterr);
}

enum rc service_subaccount_key_order(struct session *session, const struct value *input,
				     struct job_key_order *ret, struct err *reterr)
{
	const char *name = NULL;
	TRY(name_read(session, input, &name, reterr));
	service_tenant_key_order(ret);
	return server_renewal_order(session, name, ret, reterr);
}

/* Its host name has to stand in the server's certificate too. */
static enum rc make(struct session *session, const char *name, const struct job_keys *keys,
		    struct buf *ret_password, struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	struct job_key_order own = { 0 };
	service_tenant_key_order(&own);
	size_t n = keys->n < own.n ? keys->n : own.n;
	TRY(store_transaction_begin(&transaction, session->store, reterr));
	TRY(service_tenant_make(session, name, keys, ret_password, reterr));
	TRY(server_renewal_make(session, keys->items + n, keys->n - n, NULL, reterr));
	return store_transaction_commit(&transaction, reterr);
}

enum rc service_subaccount_create(struct session *session, const struct value *input,
				  const struct job_keys *keys, struct value **ret, struct err *reterr)
{
	AUTO(store_tenant_fini) struct store_tenant row = { 0 };
	AUTO_BUF_SECRET(password, 128);
	const char *name = NULL;
	TRY(name_read(session, input, &name, reterr));
	TRY(make(session, name, keys, &password, reterr));
	/* Gateways have to know it. */
	TRY(service_publish_all(session, reterr));
	TRY(store_tenant_get(session->store, name, &row, reterr));
	log_event(LOG_INFO, "subaccount_created", "name=%s id=%s", name, row.id);
	*ret = tenant_value(session, &row);
	value_set_c(*ret, "admin", "admin");
	value_set_str(*ret, "admin_password", buf_str(&password));
	return RC_OK;
}

static enum rc check_empty(struct session *session, const char *name, struct err *reterr)
{
	AUTO(store_instance_list_fini) struct store_instance_list instances = { 0 };
	AUTO(store_artifact_list_fini) struct store_artifact_list artifacts = { 0 };
	TRY(store_instance_list_all(session->store, name, &instances, reterr));
	TRY(store_artifact_list_heads(session->store, name, &artifacts, reterr));
	if (instances.n == 0 && artifacts.n == 0) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_CONFLICT,
		      "The subaccount %s has %zu service instances and %zu integration flows.", name,
		      instances.n, artifacts.n);
	return err_fix(reterr, "`postern subaccount delete %s --force` deletes them with it.", name);
}

enum rc service_subaccount_delete(struct session *session, const char *name, bool force, struct err *reterr)
{
	if (strcmp(name, SERVICE_TENANT_DEFAULT) == 0) {
		(void)err_set(reterr, RC_INVALID, "The subaccount default is the server's own; it stays.");
		return err_field(reterr, "name");
	}
	TRY(service_tenant_check(session, name, reterr));
	if (!force) {
		TRY(check_empty(session, name, reterr));
	}
	/* What its callers were told is taken over first; later records of it find no home and are
	 * dropped. */
	TRY(service_message_ingest(session, reterr));
	TRY(store_tenant_delete(session->store, name, reterr));
	session->service->users++;
	session->service->changes++;
	destination_memory_remove_level(session->service->destinations, name, NULL);
	log_event(LOG_INFO, "subaccount_deleted", "name=%s", name);
	return service_publish_all(session, reterr);
}
