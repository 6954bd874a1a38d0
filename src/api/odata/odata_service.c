/* SPDX-License-Identifier: Apache-2.0
 * The OData service itself: its list of sets, and its description. */
#include "api/odata/odata_answer.h"
#include "api/odata/odata_handler.h"

#define DOCUMENT_MAX ((size_t)1024 * 1024)

void odata_service_root(struct odata_call *oc)
{
	AUTO_BUF(out, DOCUMENT_MAX);
	AUTO_VALUE *v = value_object();
	struct value *d = value_object(), *sets = value_array();
	value_set(v, "d", d);
	value_set(d, "EntitySets", sets);
	for (const struct odata_entity *e = odata_entities; e->set; e++) {
		value_append_c(sets, e->set);
	}
	enum rc rc = oc->xml ? odata_document_service(oc->root, &out) : value_format(v, &out);
	struct err err = { 0 };
	if (rc != RC_OK) {
		(void)err_set(&err, RC_BUG, "The service document is too large.");
		odata_fail(oc, &err);
		return;
	}
	odata_answer_file(oc, oc->xml ? "application/atomsvc+xml;charset=utf-8" : "application/json", NULL,
			  buf_str(&out));
}

void odata_service_metadata(struct odata_call *oc)
{
	AUTO_BUF(out, DOCUMENT_MAX);
	struct err err = { 0 };
	if (odata_entity_metadata(&out) != RC_OK) {
		(void)err_set(&err, RC_BUG, "The service's description is too large.");
		odata_fail(oc, &err);
		return;
	}
	odata_answer_file(oc, "application/xml;charset=utf-8", NULL, buf_str(&out));
}
