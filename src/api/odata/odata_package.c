/* SPDX-License-Identifier: Apache-2.0
 * Integration packages. */
#include "api/odata/odata_answer.h"
#include "api/odata/odata_handler.h"
#include "service/content/package.h"

#define SET "IntegrationPackages"

void odata_package_list(struct odata_call *oc)
{
	struct err err = { 0 };
	struct value *list = NULL;
	if (service_package_list(oc->call->session, oc->call->tenant, &list, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_many(oc, SET, list);
	}
}

void odata_package_get(struct odata_call *oc)
{
	const char *id = odata_key(oc, 0, "Id");
	struct err err = { 0 };
	struct value *v = NULL;
	if (!id) {
		return;
	}
	if (service_package_get(oc->call->session, oc->call->tenant, id, &v, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_one(oc, 200, SET, v);
	}
}

void odata_package_create(struct odata_call *oc)
{
	struct err err = { 0 };
	struct value *v = NULL;
	if (value_get(oc->body, "PackageContent")) {
		(void)err_set(
			&err, RC_UNSUPPORTED,
			"Exported packages are not imported; make the package, then upload its artifacts.");
		(void)err_field(&err, "PackageContent");
		odata_fail(oc, &err);
		return;
	}
	if (service_package_create(oc->call->session, oc->call->tenant, oc->body, odata_flag(oc, "Overwrite"),
				   odata_user(oc), &v, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_one(oc, 201, SET, v);
	}
}

void odata_package_update(struct odata_call *oc)
{
	const char *id = odata_key(oc, 0, "Id");
	struct err err = { 0 };
	if (!id) {
		return;
	}
	if (service_package_update(oc->call->session, oc->call->tenant, id, oc->body, odata_user(oc), &err) !=
	    RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_empty(oc, 202);
	}
}

void odata_package_delete(struct odata_call *oc)
{
	const char *id = odata_key(oc, 0, "Id");
	struct err err = { 0 };
	if (!id) {
		return;
	}
	if (service_package_delete(oc->call->session, oc->call->tenant, id, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_empty(oc, 202);
	}
}
