/* SPDX-License-Identifier: Apache-2.0
 * Settings of a subaccount as they are in force. */
#include "service/publish/setting_row.h"

#include "store/subaccount/setting.h"

#define MAX_VALUE 1024

static bool is_run_time(enum setting setting)
{
	return setting_rows[setting].when == SETTING_AT_RUN_TIME;
}

static enum rc in_force(struct session *session, const char *tenant, enum setting setting, struct value **ret,
			struct err *reterr)
{
	AUTO(store_setting_fini) struct store_setting row = { 0 };
	enum rc rc = store_setting_get(session->store, tenant, setting_rows[setting].name, &row, reterr);
	if (rc == RC_NOT_FOUND) {
		/* As the server was started. */
		*ret = setting_to_value(setting, NULL,
					setting_number_in(session->service->settings, setting));
		return RC_OK;
	}
	TRY(rc);
	return value_parse(ret, str_of(row.value), MAX_VALUE, reterr);
}

enum rc service_setting_list(struct session *session, const char *tenant, struct value **ret,
			     struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		struct value *set = NULL;
		if (is_run_time((enum setting)i)) {
			TRY(in_force(session, tenant, (enum setting)i, &set, reterr));
			value_set(v, setting_rows[i].name, set);
		}
	}
	*ret = TAKE(v);
	return RC_OK;
}
