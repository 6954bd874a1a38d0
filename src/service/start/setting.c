/* SPDX-License-Identifier: Apache-2.0
 * Settings that are changed at run time, by subaccount. */
#include "service/start/setting.h"

#include "service/publish/publish.h"
#include "store/subaccount/setting.h"

#include <string.h>

#define MAX_VALUE 1024

static bool is_run_time(enum setting setting)
{
	return setting_rows[setting].when == SETTING_AT_RUN_TIME;
}

/* The handshake asks for certificates before anybody knows for which subaccount:
 * gateways read the first one's. */
static bool is_of_server(enum setting setting)
{
	return setting == SETTING_offer_ca_names;
}

static enum rc check_place(const char *tenant, enum setting setting, struct err *reterr)
{
	if (!is_of_server(setting) || strcmp(tenant, SERVICE_TENANT_DEFAULT) == 0) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_INVALID, "%s is one for the whole server: it is set in the subaccount %s.",
		      setting_rows[setting].name, SERVICE_TENANT_DEFAULT);
	return err_field(reterr, "name");
}

static enum rc store_value(struct session *session, const char *tenant, const char *name,
			   const struct value *v, struct err *reterr)
{
	AUTO_BUF(text, MAX_VALUE);
	if (value_is_null(v)) {
		enum rc rc = store_setting_delete(session->store, tenant, name, reterr);
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	}
	TRY(value_format(v, &text));
	return store_setting_put(session->store, &(struct store_setting){ tenant, name, buf_c(&text) },
				 reterr);
}

enum rc service_setting_put(struct session *session, const char *tenant, const struct value *input,
			    struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	enum setting setting = SETTING_COUNT;
	const struct value *v = value_get(input, "value");
	uint64_t number;
	if (!setting_find(value_get_str(input, "name"), &setting) || !is_run_time(setting)) {
		(void)err_set(reterr, RC_INVALID, "%s",
			      setting == SETTING_COUNT ? "There is no such setting."
						       : "This setting is read when the server starts.");
		return err_field(reterr, "name");
	}
	if (!value_is_null(v)) {
		TRY(check_place(tenant, setting, reterr));
		if (setting_of_value(setting, v, &number, reterr) != RC_OK) {
			return err_field(reterr, "value");
		}
	}
	TRY(change_begin(&change, session, reterr));
	TRY(store_value(session, tenant, setting_rows[setting].name, v, reterr));
	TRY(publish_settings(&change, tenant, reterr));
	return change_commit(&change, reterr);
}
