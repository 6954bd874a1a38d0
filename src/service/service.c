/* SPDX-License-Identifier: Apache-2.0
 * What every use case asks of the manager's state: settings, seals, which subaccounts there are. */
#include "service/service.h"

#include "base/memory.h"
#include "service/authority.h"
#include "service/change.h"
#include "service/session.h"
#include "store/tenant.h"

#define MAX_ASSOCIATED 1024

const char *service_setting_c(const struct session *session, const char *name, const char *otherwise)
{
	const char *c = value_get_c(session->service->settings, name);
	return c && c[0] ? c : otherwise;
}

char *service_path(const struct session *session, const char *name)
{
	return mem_printf("%s/%s", session->service->state_dir, name);
}

static void format_associated(const char *tenant, const char *table, const char *row, struct buf *out)
{
	(void)buf_printf(out, "%s/%s/%s", tenant, table, row);
}

enum rc service_seal(struct session *session, const char *tenant, const char *table, const char *row,
		     struct str plain, struct buf *out, struct err *reterr)
{
	AUTO_BUF(associated, MAX_ASSOCIATED);
	format_associated(tenant, table, row, &associated);
	if (associated.overflow ||
	    seal_close(&session->service->seal, plain, buf_str(&associated), out) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The secret is too long to be sealed.");
	}
	return RC_OK;
}

enum rc service_unseal(struct session *session, const char *tenant, const char *table, const char *row,
		       struct str sealed, struct buf *out, struct err *reterr)
{
	AUTO_BUF(associated, MAX_ASSOCIATED);
	format_associated(tenant, table, row, &associated);
	return seal_open(&session->service->seal, sealed, buf_str(&associated), out, reterr);
}

enum rc service_check_tenant(struct session *session, const char *tenant, struct err *reterr)
{
	AUTO_FREE char *id = NULL;
	return service_tenant_id(session, tenant, &id, reterr);
}

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
		if (!service->tenant_ids)
			service->tenant_ids = value_object();
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

enum rc service_root_pem(struct session *session, const char *tenant, char **ret, struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	TRY(service_authority_certs(session, tenant, &own, reterr));
	*ret = cert_pem(own.items[1]);
	return RC_OK;
}
