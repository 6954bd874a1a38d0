/* SPDX-License-Identifier: Apache-2.0
 * Whether an app that is bound can use what the destinations it will find hold. */
#include "service/doctor/binding_check.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "model/reason.h"
#include "service/destination/destination.h"
#include "service/keystore/key_store_form.h"

/* The key store as a Find would give it: of the instance, else of the subaccount. */
static enum rc find_file(struct session *session, const struct destination_at *at, struct value **ret,
			 struct err *reterr)
{
	struct destination_at subaccount = *at;
	enum rc rc = service_destination_get(session, at, ret, NULL, reterr);
	subaccount.instance = "";
	if (rc == RC_NOT_FOUND && at->instance[0]) {
		rc = service_destination_get(session, &subaccount, ret, NULL, reterr);
	}
	return rc;
}

static void is_missing(const char *destination, const char *location, struct value *findings)
{
	AUTO_VALUE *evidence = value_object();
	value_set_c(evidence, "destination", destination);
	value_set_c(evidence, "file", location);
	value_append(findings, reason_finding(REASON_D402, NULL, evidence));
}

enum rc binding_check_one(struct session *session, const char *tenant, const char *instance,
			  const struct value *destination, unsigned clients, struct value *findings,
			  struct err *reterr)
{
	const char *name = value_get_c(destination, "Name");
	const char *location = value_get_c(destination, "KeyStoreLocation");
	AUTO_VALUE *file = NULL;
	AUTO_BUF_SECRET(bytes, DESTINATION_CERTIFICATE_MAX);
	if (!name || !location || !location[0]) {
		return RC_OK;
	}
	const struct destination_at at = {
		.kind = DESTINATION_CERTIFICATE, .tenant = tenant, .instance = instance, .name = location
	};
	enum rc rc = find_file(session, &at, &file, reterr);
	if (rc == RC_NOT_FOUND) {
		is_missing(name, location, findings);
		return RC_OK;
	}
	TRY(rc);
	TRY(base64_decode(&bytes, value_get_str(file, "Content"), true));
	key_store_form_judge(name, str_of(location), buf_str(&bytes), clients, findings);
	return RC_OK;
}

static enum rc check_level(struct session *session, const char *tenant, const char *level,
			   const char *instance, unsigned clients, struct value *findings, struct err *reterr)
{
	AUTO_VALUE *list = NULL;
	const struct destination_at at = { .kind = DESTINATION_CONFIGURATION,
					   .tenant = tenant,
					   .instance = level };
	TRY(service_destination_list(session, &at, &list, reterr));
	for (size_t i = 0; i < value_count(list); i++) {
		TRY(binding_check_one(session, tenant, instance, value_at(list, i), clients, findings,
				      reterr));
	}
	return RC_OK;
}

enum rc binding_check(struct session *session, const char *tenant, const char *instance, unsigned clients,
		      struct value *findings, struct err *reterr)
{
	TRY(check_level(session, tenant, instance, instance, clients, findings, reterr));
	return check_level(session, tenant, "", instance, clients, findings, reterr);
}
