/* SPDX-License-Identifier: Apache-2.0
 * Settings that are changed at run time: tell_reason, crl_stale, offer_ca_names. */
#include "service/setting.h"

#include "service/publish.h"
#include "store/setting.h"

#define MAX_VALUE 1024

/* What a setting may be; those of a boolean are NULL. */
static const struct {
	const char *name;
	const char *values[4];
} known[] = {
	{ "tell_reason", { "always", "trusted", "never", NULL } },
	{ "crl_stale", { "refuse", "warn", NULL } },
	{ "offer_ca_names", { NULL } },
};

/* As the server was started: the first value stands for the default. */
static struct value *of_server(const struct session *session, size_t i)
{
	static const char *const defaults[] = { "trusted", "refuse", NULL };
	const struct value *given = value_get(session->service->settings, known[i].name);
	if (given) {
		return value_copy(given);
	}
	return defaults[i] ? value_string(str_of(defaults[i])) : value_bool(false);
}

enum rc service_setting_list(struct session *session, const char *tenant, struct value **ret,
			     struct err *reterr)
{
	AUTO_VALUE *v = value_object();
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		AUTO(store_setting_fini) struct store_setting row = { 0 };
		struct value *set = NULL;
		enum rc rc = store_setting_get(session->store, tenant, known[i].name, &row, reterr);
		if (rc == RC_NOT_FOUND) {
			set = of_server(session, i);
		} else {
			TRY(rc);
			TRY(value_parse(&set, str_of(row.value), MAX_VALUE, reterr));
		}
		value_set(v, known[i].name, set);
	}
	*ret = TAKE(v);
	return RC_OK;
}

static bool is_allowed(size_t i, const struct value *v)
{
	const char *text = value_c(v);
	if (!known[i].values[0]) {
		return value_is_bool(v);
	}
	for (size_t k = 0; text && known[i].values[k]; k++) {
		if (strcmp(text, known[i].values[k]) == 0) {
			return true;
		}
	}
	return false;
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
	struct str name = value_get_str(input, "name");
	const struct value *v = value_get(input, "value");
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!str_is(name, known[i].name)) {
			continue;
		}
		if (!value_is_null(v) && !is_allowed(i, v)) {
			(void)err_set(reterr, RC_INVALID, "%s cannot have this value.", known[i].name);
			return err_field(reterr, "value");
		}
		TRY(change_begin(&change, session, reterr));
		TRY(store_value(session, tenant, known[i].name, v, reterr));
		TRY(publish_settings(&change, tenant, reterr));
		return change_commit(&change, reterr);
	}
	(void)err_set(reterr, RC_INVALID, "There is no such setting.");
	return err_field(reterr, "name");
}
