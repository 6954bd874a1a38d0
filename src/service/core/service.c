/* SPDX-License-Identifier: Apache-2.0
 * What every use case asks of the manager's state: settings, seals, which subaccounts there are. */
#include "service/core/service.h"

#include "base/memory.h"

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
