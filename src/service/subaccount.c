/* SPDX-License-Identifier: Apache-2.0
 * Subaccounts: each served under its own host name, nothing of one visible in another. */
#include "service/subaccount.h"

#include "base/memory.h"

char *service_subaccount_url(const struct service *service, const char *setting, const char *tenant)
{
	struct str url = str_of(service_setting_c(service, setting, ""));
	size_t at = str_find_str(url, STR("://"));
	if (strcmp(tenant, SERVICE_TENANT_DEFAULT) == 0 || at == url.n) {
		return str_dup(url);
	}
	return mem_printf("%.*s%s.%.*s", STR_ARG(str_first(url, at + 3)), tenant,
			  STR_ARG(str_skip(url, at + 3)));
}
