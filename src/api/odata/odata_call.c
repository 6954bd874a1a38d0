/* SPDX-License-Identifier: Apache-2.0
 * One call of the OData API, and what it says beside its path. */
#include "api/odata/odata_call.h"

#include "base/memory.h"
#include "http/uri.h"
#include "service/core/service.h"

static void state_free(void *state)
{
	struct odata_call *oc = state;
	odata_path_fini(&oc->path);
	odata_query_fini(&oc->query);
	value_free(oc->work);
	mem_free(oc->next);
	mem_free(oc->root);
	mem_free(oc);
}

/* Links name the host that was asked for; over the socket, where the Host field says nothing, the
 * setting's. */
static char *root_of(const struct call *call)
{
	const char *url = service_setting_c(call->session, "management_url", "");
	struct uri uri;
	if (call->request.is_unix || uri_parse(str_of(url), &uri, NULL) != RC_OK) {
		return mem_printf("%s" ODATA_PREFIX, url);
	}
	struct str host = call->request.host;
	return mem_printf("%s://%.*s" ODATA_PREFIX, uri.https ? "https" : "http", STR_ARG(host));
}

struct odata_call *odata_call_new(struct call *call)
{
	struct odata_call *oc = mem_alloc(sizeof(*oc));
	oc->call = call;
	oc->root = root_of(call);
	call->state = oc;
	call->state_free = state_free;
	return oc;
}

char *odata_parameter(const struct odata_call *oc, const char *name)
{
	AUTO_FREE char *text = call_query(oc->call, name);
	size_t n = text ? strlen(text) : 0;
	if (n >= 2 && text[0] == '\'' && text[n - 1] == '\'') {
		return str_dup(str_from(text + 1, n - 2));
	}
	return TAKE(text);
}

bool odata_flag(const struct odata_call *oc, const char *name)
{
	AUTO_FREE char *text = odata_parameter(oc, name);
	return text && strcmp(text, "true") == 0;
}

const char *odata_user(const struct odata_call *oc)
{
	return oc->call->login.client_id ? oc->call->login.client_id : "admin";
}
