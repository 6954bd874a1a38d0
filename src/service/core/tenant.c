/* SPDX-License-Identifier: Apache-2.0
 * Which subaccounts there are, and where each is served. */
#include "service/core/tenant.h"

#include "base/memory.h"
#include "http/uri.h"
#include "service/core/session.h"
#include "store/subaccount/tenant.h"

/* Every call asks for it, also while the store is away. Owned; NULL when it is not known. */
static char *tenant_id_known(struct service *service, const char *tenant)
{
	monitor_enter(&service->monitor);
	if (service->tenant_ids_changes != service->changes) {
		value_free(TAKE(service->tenant_ids));
		service->tenant_ids_changes = service->changes;
	}
	char *id = mem_strdup(value_get_c(service->tenant_ids, tenant));
	monitor_leave(&service->monitor);
	return id;
}

/* changes as it was before the row was read: one that came between may have deleted it. */
static void tenant_id_remember(struct service *service, const char *tenant, const char *id, uint64_t changes)
{
	monitor_enter(&service->monitor);
	if (service->tenant_ids_changes == changes) {
		if (!service->tenant_ids) {
			service->tenant_ids = value_object();
		}
		value_set_c(service->tenant_ids, tenant, id);
	}
	monitor_leave(&service->monitor);
}

enum rc service_tenant_id(struct session *session, const char *tenant, char **ret, struct err *reterr)
{
	AUTO(store_tenant_fini) struct store_tenant row = { 0 };
	uint64_t changes = session->service->changes;
	char *known = tenant_id_known(session->service, tenant);
	if (known) {
		*ret = known;
		return RC_OK;
	}
	TRY(session_check_store(session, reterr));
	enum rc rc = store_tenant_get(session->store, tenant, &row, reterr);
	if (rc == RC_NOT_FOUND) {
		(void)err_set(reterr, RC_NOT_FOUND, "There is no such subaccount.");
		return err_field(reterr, "subaccount");
	}
	if (rc == RC_OK) {
		tenant_id_remember(session->service, tenant, row.id, changes);
		*ret = mem_strdup(row.id);
	}
	return rc;
}

enum rc service_tenant_check(struct session *session, const char *tenant, struct err *reterr)
{
	AUTO_FREE char *id = NULL;
	return service_tenant_id(session, tenant, &id, reterr);
}

char *service_tenant_url(const struct session *session, const char *setting, const char *tenant)
{
	struct str url = str_of(service_setting_c(session, setting, ""));
	size_t at = str_find_str(url, STR("://"));
	struct uri uri;
	/* An address has no names below it. */
	if (strcmp(tenant, SERVICE_TENANT_DEFAULT) == 0 || uri_parse(url, &uri, NULL) != RC_OK ||
	    uri.host_is_ip6) {
		return str_dup(url);
	}
	return mem_printf("%.*s%s.%.*s", STR_ARG(str_first(url, at + 3)), tenant,
			  STR_ARG(str_skip(url, at + 3)));
}
