/* SPDX-License-Identifier: Apache-2.0
 * What stands inside a design-time artifact: externalised parameters and resources. */
#include "api/odata/odata_answer.h"
#include "api/odata/odata_designtime.h"
#include "api/odata/odata_handler.h"
#include "base/memory.h"
#include "flow/bundle/bundle_edit.h"

#define VALUE_MAX ((size_t)256 * 1024)

static void refuse(struct odata_call *oc, enum rc code, const char *field, const char *text)
{
	struct err err = { 0 };
	(void)err_set(&err, code, "%s", text);
	(void)err_field(&err, field);
	odata_fail(oc, &err);
}

/* Parameters or resources of the artifact in the path; NULL: answered. */
static struct value *parts_of(struct odata_call *oc, const char *member)
{
	AUTO_VALUE *v = NULL;
	struct designtime_name name;
	struct err err = { 0 };
	if (!odata_designtime_name(oc, 0, &name)) {
		return NULL;
	}
	if (service_designtime_get(oc->call->session, &name, &v, &err) != RC_OK) {
		odata_fail(oc, &err);
		return NULL;
	}
	return value_ref(value_get(value_get(v, "facts"), member));
}

/* The one with these texts; NULL there is none. */
static struct value *part_find(const struct value *parts, const char *name, const char *text,
			       const char *name2, const char *text2)
{
	for (size_t i = 0; i < value_count(parts); i++) {
		struct value *one = value_at(parts, i);
		if (str_is(value_get_str(one, name), text) &&
		    (!name2 || str_is(value_get_str(one, name2), text2))) {
			return one;
		}
	}
	return NULL;
}

void odata_configuration_list(struct odata_call *oc)
{
	struct value *parts = parts_of(oc, "parameters");
	if (parts) {
		odata_answer_many(oc, "Configurations", parts);
	}
}

void odata_configuration_get(struct odata_call *oc)
{
	AUTO_VALUE *parts = parts_of(oc, "parameters");
	const char *key = parts ? odata_key(oc, 1, "ParameterKey") : NULL;
	if (!key) {
		return;
	}
	struct value *one = part_find(parts, "ParameterKey", key, NULL, NULL);
	if (one) {
		odata_answer_one(oc, 200, "Configurations", value_ref(one));
	} else {
		refuse(oc, RC_NOT_FOUND, "ParameterKey", "The artifact has no such parameter.");
	}
}

void odata_configuration_update(struct odata_call *oc)
{
	struct designtime_name name;
	struct str text = value_get_str(oc->body, "ParameterValue");
	const char *key = odata_key(oc, 2, "ParameterKey");
	if (!key || !odata_designtime_name(oc, 0, &name)) {
		return;
	}
	if (!text.p || text.n > VALUE_MAX) {
		refuse(oc, RC_INVALID, "ParameterValue",
		       "ParameterValue is missing, or longer than 256 KiB.");
		return;
	}
	struct value *edit = value_object();
	value_set_c(edit, "parameter", key);
	value_set_str(edit, "value", text);
	odata_designtime_edit(oc, &name, 202, edit);
}

void odata_resource_list(struct odata_call *oc)
{
	struct value *parts = parts_of(oc, "resources");
	if (parts) {
		odata_answer_many(oc, "Resources", parts);
	}
}

/* The resource that a segment names, of the artifact in the path; NULL: answered. Owned. */
static struct value *resource_named(struct odata_call *oc, size_t segment)
{
	AUTO_VALUE *parts = parts_of(oc, "resources");
	const char *name = parts ? odata_key(oc, segment, "Name") : NULL;
	const char *type = name ? odata_key(oc, segment, "ResourceType") : NULL;
	if (!type) {
		return NULL;
	}
	struct value *one = part_find(parts, "Name", name, "ResourceType", type);
	if (!one) {
		refuse(oc, RC_NOT_FOUND, "Name", "The artifact has no such resource.");
	}
	return value_ref(one);
}

void odata_resource_get(struct odata_call *oc)
{
	struct value *one = resource_named(oc, 1);
	if (one) {
		odata_answer_one(oc, 200, "Resources", one);
	}
}

static void download_done(void *context, const struct value *answer, const struct err *failure)
{
	struct odata_call *oc = odata_job_ended(context, answer, failure);
	AUTO_BUF(bytes, BUNDLE_MAX_ENTRY);
	struct err err = { 0 };
	if (!oc) {
		return;
	}
	if (value_get_base64(answer, "content", &bytes, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_file(oc, "application/octet-stream", odata_path_key(&oc->path, 1, "Name"),
				  buf_str(&bytes));
	}
}

void odata_resource_download(struct odata_call *oc)
{
	AUTO_VALUE *one = resource_named(oc, 1);
	struct designtime_name name;
	if (!one || !odata_designtime_name(oc, 0, &name)) {
		return;
	}
	struct value *request = odata_designtime_request(oc, &name);
	if (!request) {
		return;
	}
	value_set_str(request, "path", value_get_str(one, "path"));
	call_job(oc->call, JOB_BUNDLE_EXTRACT, request, download_done);
}

/* Put the body's content at a path of the bundle. */
static void put(struct odata_call *oc, const char *path, int status)
{
	struct designtime_name name;
	struct str content = value_get_str(oc->body, "ResourceContent");
	if (!odata_designtime_name(oc, 0, &name)) {
		return;
	}
	if (!content.p) {
		refuse(oc, RC_INVALID, "ResourceContent", "ResourceContent is missing: the file as base64.");
		return;
	}
	struct value *edit = value_object();
	value_set_c(edit, "put", path);
	value_set_str(edit, "bytes", content);
	odata_designtime_edit(oc, &name, status, edit);
}

void odata_resource_create(struct odata_call *oc)
{
	const char *file = value_get_c(oc->body, "Name"), *type = value_get_c(oc->body, "ResourceType");
	AUTO_VALUE *parts = parts_of(oc, "resources");
	AUTO_FREE char *path = NULL;
	struct err err = { 0 };
	if (!parts) {
		return;
	}
	if (bundle_resource_path(type ? type : "", file ? file : "", &path, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else if (part_find(parts, "path", path, NULL, NULL)) {
		refuse(oc, RC_EXISTS, "Name", "The artifact has this resource already.");
	} else {
		put(oc, path, 201);
	}
}

void odata_resource_update(struct odata_call *oc)
{
	AUTO_VALUE *one = resource_named(oc, 2);
	if (one) {
		put(oc, value_get_c(one, "path"), 200);
	}
}

void odata_resource_delete(struct odata_call *oc)
{
	AUTO_VALUE *one = resource_named(oc, 2);
	struct designtime_name name;
	if (!one || !odata_designtime_name(oc, 0, &name)) {
		return;
	}
	struct value *edit = value_object();
	value_set_str(edit, "remove", value_get_str(one, "path"));
	odata_designtime_edit(oc, &name, 200, edit);
}
